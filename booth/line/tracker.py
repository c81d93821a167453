"""Where every tray is and what becomes of it: a fold over what happened to the line. Pure.

Every tray that entered gets exactly one end. The gate opens for a tray that has its own PASS when the gate must be
committed (its arrival less the actuation time and a margin), for that tray alone, and only if no other can be under
the blade meanwhile. A tray too close behind one whose gate is committed already is diverted alone: the gate goes back
behind the first. Only if the pre-gate sensor sees the second so near that it would slip under the open gate is the
matter ambiguous: then it is a tray nobody expected there, and the line is held.

A latched fault holds the line: belt permit withdrawn, gate at divert, and every open tray ends HELD, those just past
the gate too: by time alone nobody knows where a tray stands once a belt has coasted to a stop. Trays that enter while
the line is held end HELD at once. A person who resets has cleared the stretch from entry to gate.
"""

from dataclasses import replace

from booth.line.answers import reason, reasons, refusal, status
from booth.line.barrier import Barrier
from booth.line.layout import MARGIN
from booth.line.line import (
    PLACES,
    Broken,
    Command,
    ControllerThere,
    EdgeSeen,
    Heard,
    Line,
    LineEvent,
    MoveGate,
    MoveStop,
    Permit,
    Place,
    Ready,
    Stop,
    Tick,
    Tray,
)
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultCleared,
    FaultRaised,
    LineState,
    Refused,
    Reset,
    TrayAt,
    TrayEnded,
    TrayEntered,
)
from booth.line.schedule import DUE, ahead_of, confirm_window, gate_free, in_the_way, pregate_window, stop_event, wakes
from booth.line.table import COMMIT, DEADLINE, TABLE, WORDS, Do, Table, TrayEvent, TrayState
from booth.tray import End, Reason, TrayId, tray_id
from drivers.protocols import GatePosition
from drivers.units import Instant, after

ENDS = {
    Do.END_PASSED: End.PASSED,
    Do.END_DIVERTED: End.DIVERTED,
    Do.END_HELD: End.HELD,
    Do.END_BYPASSED: End.BYPASSED,
}
AHEAD_OF_COMMIT = frozenset(state for state in TrayState if state.value <= TrayState.NEARING.value)


def track(line: Line, event: LineEvent, table: Table = TABLE) -> tuple[Line, tuple[Command, ...]]:
    """What the line is after `event`, and what to do, in order. Whatever was due before `event.at` happens first; an
    event older than what the line knows already is taken at its own time if it is an edge, else as of now."""
    turn = _Turn(line, table)
    turn.advance(event.at)
    if not isinstance(event, Tick):
        turn.take(event)
        turn.advance(event.at)
    if (turn.line.state, turn.line.latched) != (line.state, line.latched):
        turn.tell_status(line)
    return turn.line, tuple(turn.out)


def next_wake(line: Line) -> Instant | None:
    """When the tracker next wants a Tick, if nothing else happens before."""
    return min((at for at, _ in wakes(line)), default=None)


class _Turn:
    """One event's worth of work on the line."""

    def __init__(self, line: Line, table: Table) -> None:
        self.line, self.table = line, table
        self.out: list[Command] = []
        self.until = line.now

    def tell_status(self, before: Line) -> None:
        now = status(self.line)
        if (now.state, now.latched) != (before.state, status(before).latched):
            self.out.append(now)

    # --- time

    def advance(self, until: Instant) -> None:
        self.until = max(until, self.line.now)
        while pending := [(at, what) for at, what in wakes(self.line) if at <= self.until]:
            at, what = min(pending, key=lambda wake: wake[0])
            self.line = replace(self.line, now=max(self.line.now, at))
            if isinstance(what, Tray):
                self.overdue(what, at)
            elif what == "merged":
                self.merged()
            else:
                self.settle(what)
        if self.line.now != self.until:
            self.line = replace(self.line, now=self.until)

    def overdue(self, tray: Tray, at: Instant) -> None:
        """Raises LookupError if the table has no row that leads on: such a tray would never end."""
        event = self.deadline(tray)
        row = self.table.get((tray.state, event))
        if row is None or row.to is tray.state:
            raise LookupError(f"no row leads on from {tray.state} by {event}")
        self.step(tray.id, event, at)

    def deadline(self, tray: Tray) -> TrayEvent:
        """What the deadline of the tray's state turns into."""
        if tray.state is TrayState.ENTERED:
            return stop_event(self.line, tray)
        if tray.state is TrayState.NEARING:
            return self.commit(tray)
        return DEADLINE[tray.state][0]

    def commit(self, tray: Tray) -> TrayEvent:
        """By the word, the key and the blade; from here on the gate is this tray's until it is past."""
        event = COMMIT[tray.word]
        if self.line.barrier("bypass").blocked:
            event = TrayEvent.KEY_ON
        elif event is TrayEvent.MAY_PASS and not self.may_open(tray):
            event = TrayEvent.MUST_DIVERT
        self.line = replace(self.line, gate_free_at=gate_free(self.line.layout, tray))
        return event

    def may_open(self, tray: Tray) -> bool:
        if tray.bars:
            return False
        if self.until > DUE[tray.state](self.line, tray) + MARGIN:
            self.bar(tray.id, Reason("gate-late", "The keeper woke too late to open the gate for it."))
            return False
        other = in_the_way(self.line, tray)
        if other is not None:
            self.too_close(other, tray.id)
        return other is None

    def settle(self, place: Place) -> None:
        barrier, began = self.line.barrier(place).settled()
        barriers = tuple(
            barrier if each == place else old for each, old in zip(PLACES, self.line.barriers, strict=True)
        )
        self.line = replace(self.line, barriers=barriers)
        if place == "entry" and not barrier.blocked:
            self.line = replace(self.line, entering=None)
        if began is None or not barrier.blocked:
            return
        if place == "entry":
            self.entered(began)
        elif place == "pregate" and self.line.running:
            self.at_pregate(began)
        elif place == "confirm" and self.line.running:
            self.confirmed(began)

    # --- what happened

    def take(self, event: LineEvent) -> None:
        match event:
            case EdgeSeen(place=place, blocked=blocked, at=at):
                moved = self.line.barrier(place).moved(blocked, at)
                barriers = (moved if each == place else self.line.barrier(each) for each in PLACES)
                self.line = replace(self.line, barriers=tuple(barriers))
            case Heard(message=Decision() as decision):
                self.decided(decision)
            case Heard(message=CaptureDone(tray=tray)):
                self.captured(tray)
            case Heard(message=Reset() as wish):
                self.reset(wish)
            case ControllerThere(present=present):
                self.controller(present)
            case Broken(code=code, device=device, detail=detail):
                self.latch(code, device=device, detail=detail)
            case Ready():
                self.ready(event)
            case Stop():
                self.stopped()

    def ready(self, event: Ready) -> None:
        levels = tuple(Barrier(place in event.blocked, place in event.blocked) for place in PLACES)
        counts = replace(self.line.counts, entered=event.held, held=event.held)
        self.line = replace(self.line, barriers=levels, counts=counts)
        self.become(LineState.IDLE)
        if not event.clear or event.blocked & {"entry", "pregate"}:
            self.latch("keeper-restarted")

    def entered(self, at: Instant) -> None:
        line = self.line
        tray = Tray(tray_id(line.boot, line.sequence + 1), TrayState.ENTERED, at, at, at)
        close = line.last_entry is not None and at < after(line.last_entry, line.layout.pitch)
        ahead = line.trays[-1].id if line.trays else tray.id
        counts = replace(line.counts, entered=line.counts.entered + 1)
        self.line = replace(
            line, sequence=line.sequence + 1, trays=(*line.trays, tray), counts=counts, entering=tray.id, last_entry=at
        )
        self.out.append(TrayEntered(tray.id, at, after(at, line.layout.verdict_due)))
        if not self.line.running:
            self.step(tray.id, TrayEvent.HOLD, at)
            return
        self.become(LineState.EXECUTE)
        if close:
            self.too_close(tray.id, ahead)

    def merged(self) -> None:
        tray = self.line.entering
        self.line = replace(self.line, entering=None)
        if tray is not None:
            self.bar(tray, self.raised("trays-merged", tray))

    def at_pregate(self, at: Instant) -> None:
        """The oldest tray that is expected now. Its place is known better from here on."""
        layout = self.line.layout
        coming = (tray for tray in self.line.trays if tray.state is TrayState.TRAVELLING)
        tray = next((each for each in coming if pregate_window(layout, each).holds(at)), None)
        if tray is None or self.would_slip_under(at):
            self.latch("tray-unexpected")
            return
        self.put(replace(tray, origin=Instant(at - layout.to_pregate)))
        self.step(tray.id, TrayEvent.AT_PREGATE, at)

    def would_slip_under(self, at: Instant) -> bool:
        """Whether a tray at the pre-gate sensor reaches the gate before the blade is back behind the one passing."""
        layout = self.line.layout
        passing = any(each.state is TrayState.PASSING for each in self.line.trays)
        return passing and at + layout.to_gate - layout.to_pregate < self.line.gate_free_at + layout.actuation

    def confirmed(self, at: Instant) -> None:
        """Credited to the oldest diverting tray whose window it lies in, else to a tray that went by under the key."""
        for state in (TrayState.DIVERTING, TrayState.BYPASSING):
            for tray in self.line.trays:
                if tray.state is state and confirm_window(self.line.layout, tray).holds(at):
                    self.step(tray.id, TrayEvent.CONFIRMED, at)
                    return
        self.latch("confirm-spurious")

    def decided(self, decision: Decision) -> None:
        tray = self.found(decision.tray)
        if tray is None or tray.state not in AHEAD_OF_COMMIT:
            return
        word = WORDS[tray.word, decision.judgement.verdict]
        if word is not tray.word:
            self.put(replace(tray, word=word, judgement=decision.judgement))

    def captured(self, tray: TrayId) -> None:
        if self.found(tray):
            self.step(tray, TrayEvent.CAPTURED, self.line.now)

    def controller(self, present: bool) -> None:
        lost = not present
        if lost and not self.line.controller_lost:
            self.raised("controller-lost")
        if present and self.line.controller_lost:
            self.out.append(FaultCleared("controller-lost", self.line.now))
        self.line = replace(self.line, controller_lost=lost)

    def stopped(self) -> None:
        for tray in self.line.trays:
            self.step(tray.id, TrayEvent.HOLD, self.line.now)
        self.out += [MoveGate(GatePosition.DIVERT), MoveStop(up=False), Permit(given=False)]
        self.become(LineState.STOPPED)

    # --- faults and their end

    def raised(self, code: str, tray: str = "-", device: str = "-", detail: str = "-") -> Reason:
        fault = FaultRaised(code, tray, device, detail, self.line.now)
        self.out.append(fault)
        return reason(fault)

    def latch(self, code: str, tray: str = "-", device: str = "-", detail: str = "-") -> None:
        """Once per code and device until a person resets. Raised before the trays end, so that they can name it."""
        if any((old.code, old.device) == (code, device) for old in self.line.latched):
            return
        if self.line.state not in (LineState.IDLE, LineState.EXECUTE, LineState.HELD):
            return
        if not self.line.latched:
            self.out += [Permit(given=False), MoveGate(GatePosition.DIVERT)]
        self.raised(code, tray, device, detail)
        fault = FaultRaised(code, tray, device, detail, self.line.now)
        self.line = replace(self.line, latched=(*self.line.latched, fault), state=LineState.HELD)
        for each in self.line.trays:
            self.step(each.id, TrayEvent.HOLD, self.line.now)

    def reset(self, wish: Reset) -> None:
        if why := refusal(self.line, wish):
            self.out.append(Refused(why))
            return
        self.out += [FaultCleared(code, self.line.now) for code in dict.fromkeys(f.code for f in self.line.latched)]
        self.out += [MoveGate(GatePosition.DIVERT), MoveStop(up=False), Permit(given=True)]
        self.line = replace(self.line, latched=(), entering=None, last_entry=None)
        self.become(LineState.IDLE)

    # --- one tray

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
                self.out.append(MoveGate(GatePosition.PASS))
            case Do.CLOSE_GATE:
                self.out.append(MoveGate(GatePosition.DIVERT))
            case Do.RAISE_STOP:
                self.out.append(MoveStop(up=True))
            case Do.LOWER_STOP:
                self.out.append(MoveStop(up=False))
            case Do.LET_GO:
                self.out.append(MoveStop(up=False))
                self.put(replace(there, origin=Instant(at - layout.to_station)))
            case Do.TELL_STATION:
                self.out.append(TrayAt(tray, "station", at, layout.station))
            case Do.LEAVE_STATION:
                self.left_station(at)
            case Do.TELL_PREGATE:
                self.out.append(TrayAt(tray, "pregate", at, layout.pregate))
            case Do.MARK_LATE:
                self.put(replace(there, late=True))
            case Do.BAR_UNSTOPPED:
                ahead = ahead_of(self.line, tray)
                self.too_close(tray, ahead[-1].id if ahead else tray)
            case Do.LATCH_MISSING:
                self.latch("tray-missing", tray)
            case Do.LATCH_UNCONFIRMED:
                self.latch("confirm-missing", tray)
            case Do.LATCH_CONTRADICTED:
                self.latch("bypass-contradicted", tray)
            case _:
                self.end(there, ENDS[do])

    def left_station(self, at: Instant) -> None:
        """Until when the tray that leaves the station now is in the next one's way."""
        layout = self.line.layout
        self.line = replace(
            self.line, stop_free_at=Instant(at + layout.length + MARGIN), parted_at=after(at, layout.pitch)
        )

    def end(self, tray: Tray, end: End) -> None:
        name = end.name.lower()
        old = self.line.counts
        counts = replace(old, late=old.late + tray.late, **{name: getattr(old, name) + 1})
        rest = tuple(each for each in self.line.trays if each.id != tray.id)
        self.line = replace(self.line, counts=counts, trays=rest)
        why = reasons(self.line, tray, end)
        self.out.append(TrayEnded(tray.id, end, why, tray.late, tray.entered_at, self.line.now, counts))
        if not rest and self.line.running:
            self.become(LineState.IDLE)

    # --- the line

    def become(self, state: LineState) -> None:
        self.line = replace(self.line, state=state)
