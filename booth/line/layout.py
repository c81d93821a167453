"""The stretch from entry to gate, as travel of the belt under a tray's leading edge. Pure.

The belt is taken to run on under a tray that the stop holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from booth.line.belt import Pace, Travel, run
from drivers.units import Duration, ms, seconds

DEBOUNCE = ms(10)
"""A level counts once it has stood for this long; its edge is then the first change. Mechanical confirm switches
bounce for several ms, light barriers hardly at all. For an input that the settings do not say otherwise of."""

DELIVERY = ms(50)
"""How long an edge may take from the sensor to the tracker. A window is judged by the edge's own time and closed this
much later."""

MARGIN = ms(20)
"""Between the gate's expected arrival and the tray's, before and behind it. A keeper that wakes later than this for a
commit no longer opens the gate."""

AHEAD = ms(3)
"""The gate is committed so much before it fires, so that it can be fired on time. Part of the margin."""

STILL = ms(500)
"""No tray comes to a beam, or leaves it, on a belt that stands for so long before and after: then the encoder is dead,
or hands were on the tray."""

STIRRED = Travel(10**12)
"""Less than this, 1 mm, and a belt stands."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """When diverts are worth a person's look: so many in a row; so large a share of the last `of`."""

    in_a_row: int = 5
    share: float = 0.2
    of: int = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """Travel from the entry sensor to each place, and what else the line needs.

    `pace`: what the belt is set to. `confirm_within`: how far it runs until the confirm sensor must have seen a tray
    that is past the gate. `believed`: how old the encoder's last word may be while trays are followed by it. `label`:
    from where to where a tray is while its label may be under the scanner; None: there is no scanner.
    """

    indexed: bool
    pace: Pace
    length: Travel
    pitch: Travel
    to_station: Travel
    to_pregate: Travel
    to_gate: Travel
    tolerance: Travel
    confirm_within: Travel
    actuation: Duration
    hold_at_most: Duration
    verdict_due: Duration
    believed: Duration = seconds(1)
    debounces: Mapping[str, Duration] = field(default_factory=dict)
    alarms: Alarms = Alarms()
    label: tuple[Travel, Travel] | None = None

    def debounce(self, place: str) -> Duration:
        return self.debounces.get(place, DEBOUNCE)

    def lasts(self, stretch: Travel) -> Duration:
        """At the set speed."""
        return Duration(-(-stretch // self.pace))

    @property
    def margin(self) -> Travel:
        return run(self.pace, MARGIN)

    @property
    def journey(self) -> Duration:
        """The longest that a tray can be open while the belt runs at its set speed: from its entry edge to the end of
        its confirm window."""
        moving = self.to_gate + 2 * self.tolerance + self.confirm_within + self.pitch
        waiting = self.hold_at_most + max(self.debounce("pregate"), self.debounce("confirm")) + DELIVERY
        return Duration(self.lasts(Travel(moving)) + waiting)
