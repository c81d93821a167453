"""From two polls of an input to its edges. Pure.

A poll says what an input is, not what it was. Where the board counts an input's pulses, two polls also tell what
came and went between them: both of its edges are told, as wide apart as they may have been. That is no fault: a
glitch is for the tracker to judge, which has to see it; and a gap between two trays that fell between two polls,
because a poll was held up, has to be seen too, or the two would be taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.protocols import Edge
from drivers.units import Duration, Instant, after, between

COUNTS = 1 << 32
RESTARTED = 1 << 31
"""A counter that seems to have run on by this much has begun again."""

MOST_PULSES = 8
"""More between two polls is an input that rings; the rest is not told."""


@dataclass(frozen=True, slots=True)
class Between:
    """The span in which a change happened: from when the first poll was asked to when the second was answered, and the
    board's latency before."""

    start: Instant
    end: Instant
    latency: Duration

    def parts(self, count: int) -> list[tuple[Instant, Duration]]:
        """So many instants in order, evenly spread; each with the bound that reaches to both ends. One: the middle."""
        whole = between(self.start, self.end)
        instants = [after(self.start, Duration(whole * (2 * n + 1) // (2 * count))) for n in range(count)]
        return [(at, Duration(max(at - self.start, self.end - at) + self.latency)) for at in instants]


class Pulses:
    """What each channel's counter has told too much or too little so far."""

    def __init__(self) -> None:
        self._surplus: dict[int, int] = {}

    def edges(
        self, channel: int, blocked: tuple[bool, bool], rises: tuple[int, int] | None, when: Between
    ) -> list[Edge]:
        """`blocked` and `rises` at the first poll and the second; a rise of voltage is an end of blocked."""
        before, now = blocked
        levels = [now] if before != now else []
        levels = [not before, before] * self._unseen(channel, blocked, rises) + levels
        return [Edge(level, at, error) for level, (at, error) in zip(levels, when.parts(len(levels)), strict=True)]

    def _unseen(self, channel: int, blocked: tuple[bool, bool], rises: tuple[int, int] | None) -> int:
        """How many pulses came and went. Counters are read just before the levels: one may lag by a rise, which it
        then has too much the next time. One that does not count at all lags for ever, which does no harm."""
        if rises is None:
            return 0
        counted = (rises[1] - rises[0]) % COUNTS
        if counted >= RESTARTED:
            return 0  # the outputs, read back, tell of a board that was switched off and on
        surplus = self._surplus.get(channel, 0) + counted - (blocked == (True, False))
        self._surplus[channel] = max(min(surplus, 0), -1)
        return min(max(surplus, 0), MOST_PULSES)
