"""Quantities. A bare number never crosses a module boundary."""

from typing import NewType

Instant = NewType("Instant", int)
"""Nanoseconds on the booth clock (CLOCK_MONOTONIC, shared by every process of the machine)."""

Duration = NewType("Duration", int)
"""Nanoseconds."""

Millimetres = NewType("Millimetres", float)
MillimetresPerSecond = NewType("MillimetresPerSecond", float)

NANOSECONDS = 1_000_000_000


def ms(value: float) -> Duration:
    return Duration(round(value * 1_000_000))


def seconds(value: float) -> Duration:
    return Duration(round(value * NANOSECONDS))


def as_ms(value: Duration) -> float:
    return value / 1_000_000


def as_seconds(value: Duration) -> float:
    return value / NANOSECONDS


def after(start: Instant, span: Duration) -> Instant:
    return Instant(start + span)


def between(start: Instant, end: Instant) -> Duration:
    """The signed span from `start` to `end`."""
    return Duration(end - start)


def travel_time(distance: Millimetres, speed: MillimetresPerSecond) -> Duration:
    """How long a belt at `speed` takes for `distance`. Raises ZeroDivisionError for a belt that stands."""
    return Duration(round(distance / speed * NANOSECONDS))


def travelled(speed: MillimetresPerSecond, span: Duration) -> Millimetres:
    return Millimetres(speed * span / NANOSECONDS)
