"""When things are due on the line, and inside which windows edges count. Pure.

What is fired, for which a tray must not have gone further, is due when the belt is expected to be there; what is
concluded from silence, only when it has been there. None: not while the belt stands where it does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from booth.line.belt import Travel, run
from booth.line.layout import DELIVERY, MARGIN, STILL, STIRRED, Layout
from booth.line.line import PLACES, Line, Place, Tray
from booth.line.table import TrayEvent, TrayState
from booth.tray import TrayId
from drivers.units import Duration, Instant, after

S = TrayState
UNRELEASED = (S.ENTERED, S.APPROACHING, S.STANDING, S.SEEN)

Due = Instant | None
Own = Literal["merged", "followed", "unheard", "unmoved", "label", "unfound", "swept"]
Wake = Place | Own | Tray


@dataclass(frozen=True, slots=True)
class Window:
    """How far the belt has run. Both ends belong to it."""

    opens: Travel
    ends: Travel

    def holds(self, at: Travel) -> bool:
        return self.opens <= at <= self.ends

    def surely_holds(self, at: Travel, unsure: Travel) -> bool:
        """Wherever within `unsure` of `at` it was."""
        return self.holds(Travel(at - unsure)) and self.holds(Travel(at + unsure))


def at_gate(layout: Layout, tray: Tray) -> Travel:
    return Travel(tray.origin + layout.to_gate)


def gate_free(layout: Layout, tray: Tray) -> Travel:
    """When the tray's tail is past the gate."""
    return Travel(at_gate(layout, tray) + layout.length + layout.margin)


def pregate_window(layout: Layout, tray: Tray) -> Window:
    expected = tray.origin + layout.to_pregate
    return Window(Travel(expected - layout.tolerance), Travel(expected + layout.tolerance))


def confirm_window(layout: Layout, tray: Tray) -> Window:
    return bin_window(layout, tray.origin)


def bin_window(layout: Layout, origin: Travel) -> Window:
    """When the confirm sensor sees a diverted tray of that origin."""
    expected = origin + layout.to_gate
    return Window(Travel(expected - layout.tolerance), Travel(expected + layout.tolerance + layout.confirm_within))


def ahead_of(line: Line, tray: TrayId) -> tuple[Tray, ...]:
    return line.trays[: [each.id for each in line.trays].index(tray)]


def behind(line: Line, tray: TrayId) -> tuple[Tray, ...]:
    return line.trays[[each.id for each in line.trays].index(tray) + 1 :]


def _heard(due: Due, debounce: Duration) -> Due:
    """When an edge of then has surely been heard of."""
    return None if due is None else Instant(due + debounce + DELIVERY)


def _stop_rises(line: Line, tray: Tray) -> Due:
    """When the stop can rise for `tray`; None if it cannot before the tray is there."""
    taken = any(each.state in UNRELEASED for each in ahead_of(line, tray.id))
    if taken or line.stop_free > tray.origin + line.layout.to_station:
        return None
    return _no_sooner(tray.since, line.belt.reaches(line.stop_free))


def _no_sooner(than: Instant, due: Due) -> Due:
    return None if due is None else max(than, due)


def _at_station(line: Line, tray: Tray) -> Due:
    return line.belt.reaches(Travel(tray.origin + line.layout.to_station))


def _entered(line: Line, tray: Tray) -> Due:
    if stop_event(line, tray) is TrayEvent.STOP_FREE:
        return _stop_rises(line, tray)
    return _at_station(line, tray)


def stop_event(line: Line, tray: Tray) -> TrayEvent:
    """What the deadline of an entered tray turns into."""
    if not line.layout.indexed or line.sweep is not None:
        return TrayEvent.ROLLED_BY  # the stop would hold back what has to come to the bin
    return TrayEvent.UNSTOPPED if _stop_rises(line, tray) is None else TrayEvent.STOP_FREE


def commit(line: Line, tray: Tray) -> Due:
    """One actuation time, and the margin, before the tray is at the gate at the speed at which the belt runs now."""
    arrives = line.belt.reaches(at_gate(line.layout, tray))
    return None if arrives is None else Instant(arrives - line.layout.actuation - MARGIN)


def _missing(line: Line, tray: Tray) -> Due:
    return _heard(line.belt.reached(pregate_window(line.layout, tray).ends), line.layout.debounce("pregate"))


def _silent(line: Line, tray: Tray) -> Due:
    """Not before the tray is past the gate: a short confirm window does not make a tray shorter."""
    ends = max(confirm_window(line.layout, tray).ends, gate_free(line.layout, tray))
    return _heard(line.belt.reached(ends), line.layout.debounce("confirm"))


DUE: Mapping[TrayState, Callable[[Line, Tray], Due]] = {
    S.ENTERED: _entered,
    S.APPROACHING: _at_station,
    S.STANDING: lambda line, tray: after(tray.since, line.layout.hold_at_most),
    S.SEEN: lambda line, tray: _no_sooner(tray.since, line.belt.reaches(line.parted)),
    S.TRAVELLING: _missing,
    S.NEARING: commit,
    S.PASSING: lambda line, tray: line.belt.reaches(gate_free(line.layout, tray)),
    S.DEPARTING: _silent,
    S.DIVERTING: _silent,
    S.BYPASSING: _silent,
}
"""The deadline of every state but the last."""


def merged_at(line: Line) -> Due:
    """When the tray under the entry sensor has been there for longer than a tray is; None while it may stand still."""
    tray = next((each for each in line.trays if each.id == line.entering), None)
    layout = line.layout
    longest = Travel(layout.length + layout.tolerance)
    if tray is None or (layout.indexed and tray.state in UNRELEASED and longest > layout.to_station):
        return None
    return _heard(line.belt.reached(Travel(tray.origin + longest)), layout.debounce("entry"))


def followed_at(line: Line) -> Due:
    """When the tray that the gate is for, or soon will be, should have left the pre-gate sensor, and something is still
    there: another tray, so close behind it that the gap was no longer than a bounce. It would slip through the open
    gate."""
    beam = line.barrier("pregate")
    if not (beam.blocked and beam.raw):
        return None
    there = [tray for tray in line.trays if S.NEARING.value <= tray.state.value < S.ENDED.value]
    if not there or there[-1].state not in (S.NEARING, S.PASSING):
        return None
    layout = line.layout
    left = Travel(there[-1].origin + layout.to_pregate + layout.length + layout.tolerance // 2)
    return _heard(line.belt.reached(left), layout.debounce("pregate"))


def unheard_at(line: Line) -> Due:
    """When the encoder has said nothing for longer than it is believed."""
    return after(line.belt.last.at, line.layout.believed) if line.belt.counted and line.following else None


def unmoved_at(line: Line) -> Due:
    """When the belt should have moved for the tray that broke a beam."""
    if not line.unmoved or not line.following or line.belt.last.at < line.unmoved[0] + STILL:
        return None
    return after(line.unmoved[0], STILL)


def label_at(line: Line) -> Due:
    """When every edge from before the oldest label has surely been heard of."""
    return _heard(line.labels[0].at, line.layout.debounce("entry")) if line.labels else None


def unfound_at(line: Line) -> Due:
    """When the confirm sensor should have seen the oldest tray that is swept past the gate."""
    if line.sweep is None or not line.sweep.near:
        return None
    ends = bin_window(line.layout, line.sweep.near[0]).ends
    return _heard(line.belt.reached(ends), line.layout.debounce("confirm"))


def swept_at(line: Line) -> Due:
    """When nothing that was on the belt as the keeper began can still be short of the bin."""
    if line.sweep is None or line.sweep.since is None:
        return None
    layout = line.layout
    way = layout.to_gate + layout.length + 2 * layout.tolerance + layout.confirm_within
    return _heard(line.belt.reached(Travel(line.sweep.since + way)), layout.debounce("confirm"))


def unsure(line: Line, error: Duration) -> Travel:
    """How far the belt may have run within the bound of an edge's time."""
    return run(max(line.belt.pace, line.layout.pace), error)


def stood(line: Line, at: Instant, until: Instant) -> bool:
    """Whether, by the encoder, the belt stood for STILL before `at` and from then to `until`."""
    moved = line.belt.at(until) - line.belt.at(Instant(at - STILL))
    return line.belt.counted and moved < STIRRED


OWN: Mapping[Own, Callable[[Line], Due]] = {
    "unheard": unheard_at,
    "unmoved": unmoved_at,
    "merged": merged_at,
    "followed": followed_at,
    "label": label_at,
    "unfound": unfound_at,
    "swept": swept_at,
}
"""What is due for the line itself, by the names of Wake."""


def first_wake(line: Line) -> tuple[Instant, Wake] | None:
    """What is due next, some time. At the same instant, what the sensors say comes first, then first tray first."""
    first: tuple[Instant, Wake] | None = None
    for place, barrier in zip(PLACES, line.barriers, strict=True):
        if barrier.first is not None:
            at = after(barrier.last, barrier.debounce)
            first = (at, place) if first is None or at < first[0] else first
    for name, when in OWN.items():
        if (due := when(line)) is not None and (first is None or due < first[0]):
            first = (due, name)
    for tray in line.trays:
        if (comes := DUE.get(tray.state)) is None or (due := comes(line, tray)) is None:
            continue
        if first is None or due < first[0]:
            first = (due, tray)
    return first


def in_the_way(line: Line, tray: Tray) -> TrayId | None:
    """Who else might be under the blade while it is open for `tray`: the tray behind it, or, under its own id, what
    went before. Trays that the stop has yet to let go keep the pitch."""
    layout, pace = line.layout, max(line.belt.pace, line.layout.pace)
    if line.gate_free > at_gate(layout, tray) - run(pace, Duration(layout.actuation + MARGIN)):
        return tray.id
    blade_back = gate_free(layout, tray) + run(pace, layout.actuation)
    for other in behind(line, tray.id):
        kept_apart = layout.indexed and other.state in UNRELEASED
        if not kept_apart and at_gate(layout, other) - layout.tolerance < blade_back:
            return other.id
    return None


def slips_under(line: Line, here: Travel) -> bool:
    """Whether a tray at the pre-gate sensor reaches the gate before the blade is back behind the one passing."""
    layout = line.layout
    passing = any(each.state is S.PASSING for each in line.trays)
    blade_back = line.gate_free + run(max(line.belt.pace, layout.pace), layout.actuation)
    return passing and here + layout.to_gate - layout.to_pregate < blade_back
