"""What the tracker does to the line in one event's worth of work. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from booth.line import alarms
from booth.line.answers import reason, reasons
from booth.line.belt import Travel, distance
from booth.line.layout import AHEAD
from booth.line.line import Command, Line, MoveGate, MoveStop, Permit, Place, Tray
from booth.line.messages import FaultCleared, FaultRaised, LineState, TrayAt, TrayEnded
from booth.line.schedule import ahead_of
from booth.line.table import Do, Table, TrayEvent
from booth.tray import End, Reason, TrayId
from drivers.protocols import GatePosition
from drivers.units import Instant, after

ENDS = {
    Do.END_PASSED: End.PASSED,
    Do.END_DIVERTED: End.DIVERTED,
    Do.END_HELD: End.HELD,
    Do.END_BYPASSED: End.BYPASSED,
}
SUSPENDS: Mapping[Place, str] = {"bin_full": "bin-full", "low_air": "low-air", "backed_up": "backed-up"}
"""The fault that stands while an input suspends the line."""


class Turn:
    """The line so far, `out`: the commands so far, in order; `until`: the instant that the work goes up to."""

    def __init__(self, line: Line, table: Table) -> None:
        self.line, self.table = line, table
        self.out: list[Command] = []
        self.until = line.now

    def raised(self, code: str, tray: str = "-", device: str = "-", detail: str = "-") -> Reason:
        fault = FaultRaised(code, tray, device, detail, self.line.now)
        self.out.append(fault)
        return reason(fault)

    def latch(self, code: str, tray: str = "-", device: str = "-", detail: str = "-") -> None:
        """Once per code and device until a person resets. Raised before the trays end, so that they can name it."""
        if any((old.code, old.device) == (code, device) for old in self.line.latched):
            return
        if self.line.state is LineState.STOPPED:
            return
        if not self.line.latched or self.line.sweep is not None:
            self.out += [Permit(given=False), MoveGate(GatePosition.DIVERT)]
        self.raised(code, tray, device, detail)
        fault = FaultRaised(code, tray, device, detail, self.line.now)
        aborted = self.line.state is LineState.ABORTED
        state = LineState.ABORTED if aborted else LineState.HELD
        self.line = replace(self.line, latched=(*self.line.latched, fault), state=state, unmoved=(), sweep=None)
        for each in self.line.trays:
            self.step(each.id, TrayEvent.HOLD, self.line.now)

    def suspend_or_resume(self) -> None:
        """By the causes that stand now. Given its permit back, the belt still waits for a person."""
        standing = {SUSPENDS[place] for place in self.line.causes}
        self.tell_alarms(self.line.alarms - {*SUSPENDS.values()} | standing, {})
        if standing and self.line.state in (LineState.IDLE, LineState.EXECUTE):
            self.out.append(Permit(given=False))
            self.become(LineState.SUSPENDED)
        elif self.line.sweep is not None:
            self.out.append(Permit(given=not standing))
        elif not standing and self.line.state is LineState.SUSPENDED:
            self.out.append(Permit(given=True))
            self.become(LineState.EXECUTE if self.line.trays else LineState.IDLE)

    def tell_alarms(self, now: frozenset[str] | set[str], details: Mapping[str, str]) -> None:
        """Raise what stands from now on, clear what no longer does."""
        for code in sorted(now - self.line.alarms):
            self.raised(code, detail=details.get(code, "-"))
        self.out += [FaultCleared(code, self.line.now) for code in sorted(self.line.alarms - now)]
        self.line = replace(self.line, alarms=frozenset(now))

    def found(self, tray: TrayId) -> Tray | None:
        return next((each for each in self.line.trays if each.id == tray), None)

    def put(self, tray: Tray) -> None:
        self.line = replace(self.line, trays=tuple(tray if each.id == tray.id else each for each in self.line.trays))

    def bar(self, tray: TrayId, why: Reason) -> None:
        there = self.found(tray)
        if there is not None and why.code not in (old.code for old in there.bars):
            self.put(replace(there, bars=(*there.bars, why)))

    def too_close(self, behind: TrayId, ahead: TrayId) -> None:
        why = self.raised("pitch-short", behind)
        self.bar(ahead, why)
        self.bar(behind, why)

    def step(self, tray: TrayId, event: TrayEvent, at: Instant) -> None:
        there = self.found(tray)
        row = self.table.get((there.state, event)) if there else None
        if there is None or row is None:
            return
        self.put(replace(there, state=row.to, since=at))
        for do in row.do:
            self.do(do, tray, at)

    def do(self, do: Do, tray: TrayId, at: Instant) -> None:
        there, layout = self.found(tray), self.line.layout
        assert there is not None, "a row does nothing after an end"
        match do:
            case Do.OPEN_GATE:
                self.out.append(MoveGate(GatePosition.PASS, after(at, AHEAD)))
            case Do.CLOSE_GATE:
                self.out.append(MoveGate(GatePosition.DIVERT))
            case Do.RAISE_STOP:
                self.out.append(MoveStop(up=True))
            case Do.LOWER_STOP:
                self.out.append(MoveStop(up=False))
            case Do.LET_GO:
                self.out.append(MoveStop(up=False))
                self.put(seen_at(there, at, layout.to_station, self.line.belt.at(at)))
            case Do.TELL_STATION:
                self.out.append(TrayAt(tray, "station", at, distance(layout.to_station)))
            case Do.LEAVE_STATION:
                self.left_station(at)
            case Do.TELL_PREGATE:
                self.out.append(TrayAt(tray, "pregate", at, distance(layout.to_pregate)))
            case Do.MARK_LATE:
                self.put(replace(there, late=True))
            case Do.BAR_UNSTOPPED:
                ahead = ahead_of(self.line, tray)
                self.too_close(tray, ahead[-1].id if ahead else tray)
            case Do.LATCH_MISSING:
                self.miss(tray)
            case Do.LATCH_UNCONFIRMED:
                self.latch("confirm-missing", tray)
            case Do.LATCH_CONTRADICTED:
                self.latch("bypass-contradicted", tray)
            case _:
                self.end(there, ENDS[do])

    def miss(self, tray: TrayId) -> None:
        """While the belt is swept somebody may be clearing it by hand: then nobody is asked for this tray alone."""
        if self.line.sweep is None:
            self.latch("tray-missing", tray)
        else:
            self.latch("trays-unaccounted", detail=f"{tray} did not come to the pre-gate sensor")

    def left_station(self, at: Instant) -> None:
        """Until when the tray that leaves the station now is in the next one's way."""
        layout, here = self.line.layout, self.line.belt.at(at)
        free = Travel(here + layout.length + layout.margin)
        self.line = replace(self.line, stop_free=free, parted=Travel(here + layout.pitch))

    def end(self, tray: Tray, end: End) -> None:
        name = end.name.lower()
        old = self.line.counts
        counts = replace(old, late=old.late + tray.late, **{name: getattr(old, name) + 1})
        rest = tuple(each for each in self.line.trays if each.id != tray.id)
        self.line = replace(self.line, counts=counts, trays=rest)
        why = reasons(self.line, tray, end)
        self.out.append(TrayEnded(tray.id, end, why, tray.late, tray.entered_at, self.line.now, counts))
        if not rest and self.line.state is LineState.EXECUTE:
            self.become(LineState.IDLE)
        self.look_at_diverts(end)

    def look_at_diverts(self, end: End) -> None:
        limits = self.line.layout.alarms
        self.line = replace(self.line, recent=alarms.remembered(self.line.recent, end, limits))
        found = alarms.standing(self.line.recent, limits)
        self.tell_alarms(self.line.alarms & {*SUSPENDS.values()} | found.keys(), found)

    def become(self, state: LineState) -> None:
        self.line = replace(self.line, state=state)


def seen_at(tray: Tray, at: Instant, ahead: Travel, run_so_far: Travel) -> Tray:
    """The tray is `ahead` past the entry sensor at `at`, when the belt has run so far."""
    return replace(tray, seen=at, ahead=ahead, origin=Travel(run_so_far - ahead))
