"""When a triggered exposure began, and how sure that is. Pure."""

from collections import deque
from dataclasses import dataclass

from drivers.cameras.device_clock import STEEPEST, Between, Ticks
from drivers.units import Duration, Instant, after, ms

START_DELAY = ms(0.1)
"""From trigger to exposure at most, for a camera that does not tell. Tens of microseconds by the vendor's tables of
cameras with a global shutter."""

REMEMBERS = 8  # latches


@dataclass(frozen=True, slots=True)
class Called:
    """A call to the SDK took effect at some time between these two."""

    before: Instant
    after: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """What the camera does with a trigger. The exposure begins within `starts_within` of it, and of a shutter that
    rolls the last row `rolls_for` after the first; `readout` is over so long after the exposure."""

    exposure: Duration
    readout: Duration = Duration(0)
    rolls_for: Duration = Duration(0)
    starts_within: Duration = START_DELAY


def began(called: Called, by_software: bool, delay: Duration, taken: Taken, arrived: Instant) -> Between:
    """Between which instants the first row of a frame that arrived then began to be exposed. Unless `by_software`, a
    line triggered it at any time after the call. `latest` before `earliest`: it is of an earlier trigger."""
    whole = Instant(arrived - taken.exposure - taken.rolls_for)
    acted = after(called.after, Duration(delay + taken.starts_within))
    return Between(after(called.before, delay), min(acted, whole) if by_software else whole)


def believed(bound: Between, told: Between | None, by_software: bool) -> Between:
    """The bound, narrowed by what the camera's own clock told. That is not believed if it is after the arrival, nor
    against a software trigger: of these only one is under way."""
    if told is None or told.earliest > bound.latest or (by_software and told.latest < bound.earliest):
        return bound
    return _both(bound, told)


def _both(one: Between, other: Between) -> Between:
    """They exclude each other if `latest` is then before `earliest`."""
    return Between(max(one.earliest, other.earliest), min(one.latest, other.latest))


def middle(span: Between) -> tuple[Instant, Duration]:
    """The instant in the middle, and its error."""
    return Instant((span.earliest + span.latest) // 2), Duration((span.latest - span.earliest + 1) // 2)


@dataclass(frozen=True, slots=True)
class Latch:
    """The camera's clock stood at `ticks` during this call."""

    ticks: Ticks
    called: Called

    def when(self, ticks: Ticks) -> Between:
        apart = ticks - self.ticks
        drift = round(abs(apart) * STEEPEST)
        return Between(Instant(self.called.before + apart - drift), Instant(self.called.after + apart + drift))


class LatchedClock:
    """The camera's clock on the booth's, from moments at which it was read: no delay of a frame is in it."""

    def __init__(self) -> None:
        self._latches: deque[Latch] = deque(maxlen=REMEMBERS)

    def hear(self, latch: Latch) -> None:
        """In the order of time. A clock that runs backwards, or elsewhere, has been reset: what was known is void."""
        if self._latches:
            expected = _both(self._latches[-1].when(latch.ticks), Between(latch.called.before, latch.called.after))
            if expected.latest < expected.earliest:
                self._latches.clear()
        self._latches.append(latch)

    def when(self, ticks: Ticks) -> Between | None:
        """None: it was never read."""
        spans = [latch.when(ticks) for latch in self._latches]
        return min(spans, key=lambda span: span.latest - span.earliest, default=None)
