"""When things are due on the line, and inside which windows edges count. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from booth.line.layout import DEBOUNCE, DELIVERY, MARGIN, Layout
from booth.line.line import PLACES, Line, Place, Tray
from booth.line.table import TrayEvent, TrayState
from booth.tray import TrayId
from drivers.units import Duration, Instant

S = TrayState
UNRELEASED = (S.ENTERED, S.APPROACHING, S.STANDING, S.SEEN)


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends belong to it. `closes`: when an edge inside it has surely been heard of."""

    opens: Instant
    ends: Instant

    def holds(self, at: Instant) -> bool:
        return self.opens <= at <= self.ends

    @property
    def closes(self) -> Instant:
        return Instant(self.ends + DEBOUNCE + DELIVERY)


def at_gate(layout: Layout, tray: Tray) -> Instant:
    return Instant(tray.origin + layout.to_gate)


def gate_free(layout: Layout, tray: Tray) -> Instant:
    """When the tray's tail is past the gate."""
    return Instant(at_gate(layout, tray) + layout.length + MARGIN)


def pregate_window(layout: Layout, tray: Tray) -> Window:
    expected = tray.origin + layout.to_pregate
    return Window(Instant(expected - layout.tolerance), Instant(expected + layout.tolerance))


def confirm_window(layout: Layout, tray: Tray) -> Window:
    expected = at_gate(layout, tray)
    return Window(Instant(expected - layout.tolerance), Instant(expected + layout.tolerance + layout.confirm_within))


def ahead_of(line: Line, tray: TrayId) -> tuple[Tray, ...]:
    return line.trays[: [each.id for each in line.trays].index(tray)]


def behind(line: Line, tray: TrayId) -> tuple[Tray, ...]:
    return line.trays[[each.id for each in line.trays].index(tray) + 1 :]


def _stop_rises(line: Line, tray: Tray) -> Instant | None:
    """When the stop can rise for `tray`; None if it cannot before the tray is there."""
    taken = any(each.state in UNRELEASED for each in ahead_of(line, tray.id))
    rises = max(tray.since, line.stop_free_at)
    return rises if not taken and rises <= tray.origin + line.layout.to_station else None


def _entered(line: Line, tray: Tray) -> Instant:
    arrival = Instant(tray.origin + line.layout.to_station)
    rises = _stop_rises(line, tray) if line.layout.indexed else None
    return arrival if rises is None else rises


def stop_event(line: Line, tray: Tray) -> TrayEvent:
    """What the deadline of an entered tray turns into."""
    if not line.layout.indexed:
        return TrayEvent.ROLLED_BY
    return TrayEvent.UNSTOPPED if _stop_rises(line, tray) is None else TrayEvent.STOP_FREE


def _commit(line: Line, tray: Tray) -> Instant:
    return Instant(at_gate(line.layout, tray) - line.layout.actuation - MARGIN)


def _silent(line: Line, tray: Tray) -> Instant:
    """Not before the tray is past the gate: a short confirm window does not make a tray shorter."""
    return max(confirm_window(line.layout, tray).closes, gate_free(line.layout, tray))


DUE: Mapping[TrayState, Callable[[Line, Tray], Instant]] = {
    S.ENTERED: _entered,
    S.APPROACHING: lambda line, tray: Instant(tray.origin + line.layout.to_station),
    S.STANDING: lambda line, tray: Instant(tray.since + line.layout.hold_at_most),
    S.SEEN: lambda line, tray: max(tray.since, line.parted_at),
    S.TRAVELLING: lambda line, tray: pregate_window(line.layout, tray).closes,
    S.NEARING: _commit,
    S.PASSING: lambda line, tray: gate_free(line.layout, tray),
    S.DEPARTING: _silent,
    S.DIVERTING: _silent,
    S.BYPASSING: _silent,
}
"""The deadline of every state but the last."""


def merged_at(line: Line) -> Instant | None:
    """When the tray under the entry sensor has been there for longer than a tray is; None while it may stand still."""
    tray = next((each for each in line.trays if each.id == line.entering), None)
    layout = line.layout
    longest = Duration(layout.length + layout.tolerance + DEBOUNCE + DELIVERY)
    if tray is None or (layout.indexed and tray.state in UNRELEASED and longest > layout.to_station):
        return None
    return Instant(tray.origin + longest)


def wakes(line: Line) -> list[tuple[Instant, Place | Literal["merged"] | Tray]]:
    """All that is due some time. At the same instant, what the sensors say comes first, then first tray first."""
    found: list[tuple[Instant, Place | Literal["merged"] | Tray]] = []
    for place, barrier in zip(PLACES, line.barriers, strict=True):
        if barrier.settles_at is not None:
            found.append((barrier.settles_at, place))
    if (longest := merged_at(line)) is not None:
        found.append((longest, "merged"))
    found += [(due(line, tray), tray) for tray in line.trays if (due := DUE.get(tray.state))]
    return found


def in_the_way(line: Line, tray: Tray) -> TrayId | None:
    """Who else might be under the blade while it is open for `tray`: the tray behind it, or, under its own id, what
    went before. Trays that the stop has yet to let go keep the pitch."""
    if line.gate_free_at > _commit(line, tray):
        return tray.id
    blade_back = gate_free(line.layout, tray) + line.layout.actuation
    for other in behind(line, tray.id):
        kept_apart = line.layout.indexed and other.state in UNRELEASED
        if not kept_apart and at_gate(line.layout, other) - line.layout.tolerance < blade_back:
            return other.id
    return None
