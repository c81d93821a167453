"""The stretch from entry to gate, in travel times of a tray's leading edge. Pure.

This version tracks by time: a distance is how long the belt takes for it at its set speed. The belt is taken to run
on under a tray that the stop holds.
"""

from dataclasses import dataclass

from drivers.units import Duration, Millimetres, ms

DEBOUNCE = ms(10)
"""A level counts once it has stood for this long; its edge is then the first change. Mechanical confirm switches
bounce for several ms, light barriers hardly at all."""

DELIVERY = ms(50)
"""How long an edge may take from the sensor to the tracker. A window is judged by the edge's own time and closed this
much later."""

MARGIN = ms(20)
"""Between the gate's expected arrival and the tray's, before and behind it. A keeper that wakes later than this for a
commit no longer opens the gate."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Travel times from the entry sensor to each place, of a tray that never stops, and what else the line needs."""

    indexed: bool
    length: Duration
    pitch: Duration
    to_station: Duration
    to_pregate: Duration
    to_gate: Duration
    tolerance: Duration
    actuation: Duration
    confirm_within: Duration
    hold_at_most: Duration
    verdict_due: Duration
    station: Millimetres
    pregate: Millimetres

    @property
    def journey(self) -> Duration:
        """The longest that a tray can be open: from its entry edge to the end of its confirm window."""
        moving = self.to_gate + 2 * self.tolerance + self.confirm_within + self.pitch + DEBOUNCE + DELIVERY
        return Duration(moving + self.hold_at_most)
