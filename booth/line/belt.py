"""How far the belt has run, and when it will have run further. Pure.

A tray rides on the belt: its place is what the belt has run since the tray's leading edge was at the entry sensor. By
an encoder that is read off its samples; without one the belt is taken to run at its set speed for ever. Both are the
same value, so that nothing else on the line knows which it is.
"""

from dataclasses import dataclass
from typing import NewType

from drivers.units import Duration, Instant, Millimetres, MillimetresPerSecond, seconds

Travel = NewType("Travel", int)
"""Femtometres of belt. At 1 um/s a belt runs exactly 1 fm in a nanosecond: instants and travel turn into one another
without rounding, and a tray on a steady belt is due at the same nanosecond however often that is asked."""

Pace = NewType("Pace", int)
"""Micrometres a second, which is femtometres a nanosecond."""

FM_PER_MM = 10**12
HISTORY = seconds(2)
"""For so long an instant can be turned into travel. An edge is older than that only if nobody has listened."""


def travel(distance: Millimetres) -> Travel:
    return Travel(round(distance * FM_PER_MM))


def distance(run: Travel) -> Millimetres:
    return Millimetres(run / FM_PER_MM)


def pace(speed: MillimetresPerSecond) -> Pace:
    return Pace(round(speed * 1000))


def run(at: Pace, span: Duration) -> Travel:
    return Travel(at * span)


@dataclass(frozen=True, slots=True)
class Knot:
    """The belt had run so far then."""

    at: Instant
    travel: Travel


@dataclass(frozen=True, slots=True)
class Belt:
    """`knots`, oldest first: between two of them the belt ran evenly, after the last it runs on at `pace`. `counted`:
    an encoder says so, and what it has not said yet is only expected."""

    pace: Pace
    knots: tuple[Knot, ...] = (Knot(Instant(0), Travel(0)),)
    counted: bool = False

    @property
    def last(self) -> Knot:
        return self.knots[-1]

    def at(self, instant: Instant) -> Travel:
        """How far it had run, or will have. Before the first knot: as far as at that."""
        last = self.last
        if instant >= last.at:
            return Travel(last.travel + self.pace * (instant - last.at))
        later = last
        for knot in reversed(self.knots):
            if knot.at <= instant:
                share = (later.travel - knot.travel) * (instant - knot.at)
                return Travel(knot.travel + share // (later.at - knot.at))
            later = knot
        return later.travel

    def reaches(self, mark: Travel) -> Instant | None:
        """When it has run, or is expected to have run, to `mark`; None while it stands short of that. For a mark from
        before the first knot: when that was."""
        last = self.last
        if mark > last.travel:
            return Instant(last.at - (last.travel - mark) // self.pace) if self.pace > 0 else None
        later = last
        for knot in reversed(self.knots):
            if knot.travel < mark:
                late = (mark - knot.travel) * (later.at - knot.at)
                return Instant(knot.at - (-late) // (later.travel - knot.travel))
            later = knot
        return later.at

    def reached(self, mark: Travel) -> Instant | None:
        """As `reaches`, but by an encoder only once it has counted so far: what a tray did not do in time is never
        concluded from where the belt may be."""
        return None if self.counted and mark > self.last.travel else self.reaches(mark)

    def guessed(self, now: Instant) -> Travel:
        """How much of where the belt is now has not been counted."""
        return Travel(self.at(now) - self.last.travel) if self.counted else Travel(0)

    def turned(self, so_far: Travel, at: Instant) -> "Belt":
        """After one more sample; one that is older than the last, or a belt that was pushed back, changes nothing."""
        last = self.last
        if at <= last.at:
            return self
        here = Knot(at, Travel(max(so_far, last.travel)))
        kept = tuple(knot for knot in self.knots if knot.at >= at - HISTORY)
        return Belt(Pace((here.travel - last.travel) // (at - last.at)), (*(kept or (last,)), here), counted=True)


def by_time(at: Pace) -> Belt:
    """A belt that nobody counts."""
    return Belt(at)


def by_encoder(so_far: Travel, at: Instant) -> Belt:
    """A belt that stands until a second sample says otherwise."""
    return Belt(Pace(0), (Knot(at, so_far),), counted=True)


STANDING = Belt(Pace(0))
NOWHERE = Travel(0)
