"""What PLC and booth have agreed on, tray by tray: a fold over what either has said. Pure.

The PLC owns sensors, belt and gate. It triggers when a tray stands, may move it once the capture is done, gets each
result under the tray's own number, and says with its acknowledgement what became of the tray. Every trigger ends in
exactly one end; silence on either side is never a PASS. Bits are taken and answered on their edges, both ways.
"""

from collections.abc import Mapping
from dataclasses import replace

from booth.faults import Occurrence
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultCleared,
    FaultRaised,
    LineMessage,
    Refused,
    Reset,
    Status,
    TrayAt,
    TrayEnded,
    TrayEntered,
    TrayIdentified,
)
from booth.line.plc import registers
from booth.line.plc.agreed import (
    Began,
    Broken,
    ControllerIs,
    ControllerSaid,
    Event,
    Handshake,
    Open,
    PersonAsked,
    PlcWrote,
    Result,
)
from booth.line.plc.registers import Asked, Command, Disposition, Said
from booth.tray import End, Reason, TrayId, Verdict, tray_id
from drivers.units import Instant, Millimetres, after

ENDS: Mapping[int, End] = {
    Disposition.PASSED: End.PASSED,
    Disposition.DIVERTED: End.DIVERTED,
    Disposition.BYPASSED: End.BYPASSED,
}
COUNTED = {End.PASSED: "passed", End.DIVERTED: "diverted", End.HELD: "held", End.BYPASSED: "bypassed"}


def shake(before: Handshake, event: Event) -> tuple[Handshake, tuple[LineMessage, ...]]:
    """What both sides know after `event`, and what to tell the booth. What was due before it happens first."""
    turn = _Turn(replace(before, now=max(before.now, event.at)))
    turn.overdue()
    turn.take(event)
    after_it = turn.hands
    if (after_it.state, after_it.latched) != (before.state, before.latched):
        turn.out.append(told(after_it))
    return after_it, tuple(turn.out)


def next_wake(hands: Handshake) -> Instant | None:
    """When a Tick is wanted, if nothing else happens before."""
    terms = hands.terms
    due = [after(tray.entered_at, terms.verdict_due) for tray in hands.trays if tray.result is None]
    if hands.shown_at is not None:
        due.append(after(hands.shown_at, terms.taken_within))
    if hands.heard_at is not None and not hands.latched:
        due.append(after(hands.heard_at, terms.silent_after))
    return min(due, default=None)


def told(hands: Handshake) -> Status:
    return Status(hands.state, hands.counts, tuple(fault.code for fault in hands.latched))


def said(hands: Handshake, heartbeat: int) -> Said:
    """What the PLC is to read. RESULT_VALID falls with its acknowledgement and rises again once that has fallen."""
    bits = registers.Status
    status = bits.SIMULATED if hands.terms.simulated else bits(0)
    status |= bits.READY if hands.ready else bits(0)
    status |= bits.TRIGGER_ACK if hands.acked else bits(0)
    status |= bits.OVERRUN if hands.overrun else bits(0)
    newest = hands.trays[-1] if hands.trays else None
    status |= bits.CAPTURE_DONE if newest is None or newest.captured else bits(0)
    shown = _shown(hands)
    if hands.latched:
        status |= bits.ERROR | bits.DIVERT
    elif shown is not None and shown.result is not None:
        status |= bits.RESULT_VALID | _answer(shown.result)
    score = shown.result.score if shown is not None and shown.result is not None else None
    number = shown.number if shown is not None else 0
    return Said(heartbeat, status, hands.last, number, score, len(hands.results), len(hands.trays))


def _answer(result: Result) -> registers.Status:
    bits = registers.Status
    if result.verdict is None:
        return bits.ERROR | bits.DIVERT
    return bits.PASS if result.verdict is Verdict.PASS else bits.DIVERT


def _shown(hands: Handshake) -> Open | None:
    if hands.shown_at is None:
        return None
    return next(tray for tray in hands.trays if tray.id == hands.results[0])


class _Turn:
    """One event's worth of work."""

    def __init__(self, hands: Handshake) -> None:
        self.hands, self.out = hands, list[LineMessage]()

    # --- time

    def overdue(self) -> None:
        hands, terms = self.hands, self.hands.terms
        for tray in hands.trays:
            if tray.result is None and hands.now >= after(tray.entered_at, terms.verdict_due):
                self.raised("deadline-missed", tray.id)
                self.err(tray, "deadline-missed")
        if hands.shown_at is not None and hands.now >= after(hands.shown_at, terms.taken_within):
            self.latch("plc-untaken", hands.results[0])
        if hands.heard_at is not None and not self.hands.alive:
            self.latch("plc-silent", detail="its heartbeat stands")
        self.show()

    # --- what happened

    def take(self, event: Event) -> None:
        match event:
            case Began(held=held, clear=clear):
                self.began(held, clear)
            case Broken(code=code, detail=detail):
                self.latch(code, detail=detail)
            case PlcWrote(asked=asked):
                self.asked(asked)
            case ControllerIs(present=present):
                self.controller(present)
            case ControllerSaid(message=CaptureDone(tray=tray)):
                self.change(tray, captured=True)
            case ControllerSaid(message=Decision() as decision):
                self.decided(decision)
            case PersonAsked(wish=wish):
                self.reset(wish)
        self.show()

    def began(self, held: int, clear: bool) -> None:
        self.hands = replace(self.hands, counts=replace(self.hands.counts, entered=held, held=held))
        if not clear:
            self.latch("keeper-restarted")

    def asked(self, asked: Asked) -> None:
        """A bit that is set when the PLC is first heard rose before this process began: it is not taken."""
        if asked.version != registers.VERSION:
            return
        before = asked.command if self.hands.beat is None else self.hands.command
        if asked.heartbeat != self.hands.beat:
            self.hands = replace(self.hands, beat=asked.heartbeat, heard_at=self.hands.now)
        rises = asked.command & ~before
        acked = self.hands.acked and bool(asked.command & Command.TRIGGER)
        self.hands = replace(self.hands, command=asked.command, acked=acked)
        if rises & Command.RESULT_ACK:
            self.taken(asked)
        if rises & Command.TRIGGER:
            self.triggered(asked)

    def triggered(self, asked: Asked) -> None:
        hands, at = self.hands, self.hands.now
        tray = Open(tray_id(hands.terms.boot, hands.sequence + 1), asked.tray, asked.plate, at)
        twice = any(each.number == asked.tray for each in hands.trays)
        overrun = len(hands.trays) >= hands.terms.trays
        counts = replace(hands.counts, entered=hands.counts.entered + 1)
        self.hands = replace(
            hands, sequence=hands.sequence + 1, trays=(*hands.trays, tray), counts=counts, last=asked.tray, acked=True
        )
        self.out.append(TrayEntered(tray.id, at, after(at, hands.terms.verdict_due)))
        if tray.plate:
            self.out.append(TrayIdentified(tray.id, tray.plate))
        if hands.latched:
            self.end(tray, End.HELD, tuple(map(_reason, hands.latched)))
        elif twice:
            self.latch("plc-contradicts", tray.id, detail=f"number {asked.tray} is still open")
        elif overrun:
            self.hands = replace(self.hands, overrun=True)
            self.latch("plc-overrun", tray.id, detail=f"{hands.terms.trays} results were not taken")
        elif not hands.controller:
            self.err(tray, "controller-lost")
        else:
            self.out.append(TrayAt(tray.id, "station", at, Millimetres(0.0)))

    def taken(self, asked: Asked) -> None:
        tray = _shown(self.hands)
        if self.hands.latched:
            return
        if tray is None or tray.number != asked.acked:
            self.latch("plc-contradicts", detail=f"it took the result of {asked.acked}, which was not shown")
            return
        assert tray.result is not None
        end = ENDS.get(asked.disposition)
        if end is None:
            self.latch("plc-untaken", tray.id)
        elif end is End.PASSED and tray.result.verdict is not Verdict.PASS:
            self.latch("plc-contradicts", tray.id, detail=f"it let tray {tray.number} pass that was to be diverted")
        else:
            self.end(tray, end, tray.result.reasons)

    def decided(self, decision: Decision) -> None:
        tray = self.found(decision.tray)
        if tray is not None and tray.result is None:
            judgement = decision.judgement
            self.result(tray, Result(judgement.verdict, judgement.score, judgement.reasons, self.hands.now))

    def controller(self, present: bool) -> None:
        if present and self.hands.controller is False:
            self.out.append(FaultCleared("controller-lost", self.hands.now))
        elif self.hands.controller and not present:
            self.raised("controller-lost")
        self.hands = replace(self.hands, controller=present)
        if not present:
            for tray in self.hands.trays:
                self.err(tray, "controller-lost")

    def reset(self, wish: Reset) -> None:
        if why := _refusal(self.hands, wish):
            self.out.append(Refused(why))
            return
        self.out += [FaultCleared(fault.code, self.hands.now) for fault in self.hands.latched]
        self.hands = replace(self.hands, latched=(), overrun=False)

    # --- one tray

    def found(self, tray: TrayId) -> Open | None:
        return next((each for each in self.hands.trays if each.id == tray), None)

    def change(self, tray: TrayId, captured: bool) -> None:
        trays = tuple(replace(each, captured=captured) if each.id == tray else each for each in self.hands.trays)
        self.hands = replace(self.hands, trays=trays)

    def err(self, tray: Open, code: str) -> None:
        if tray.result is None:
            why = Reason(code, Occurrence(code, tray.id).says())
            self.result(tray, Result(None, None, (why,), self.hands.now))

    def result(self, tray: Open, result: Result) -> None:
        """A tray that has a result has been looked at, or never will be: it may be moved."""
        decided = replace(tray, captured=True, result=result)
        trays = tuple(decided if each.id == tray.id else each for each in self.hands.trays)
        self.hands = replace(self.hands, trays=trays, results=(*self.hands.results, tray.id))

    def show(self) -> None:
        """The next result, once the acknowledgement of the one before has fallen."""
        hands = self.hands
        if hands.shown_at is None and hands.results and not hands.command & Command.RESULT_ACK:
            self.hands = replace(hands, shown_at=hands.now)

    def end(self, tray: Open, end: End, reasons: tuple[Reason, ...]) -> None:
        hands = self.hands
        late = any(reason.code == "deadline-missed" for reason in reasons)
        counts = replace(
            hands.counts,
            **{COUNTED[end]: getattr(hands.counts, COUNTED[end]) + 1},
            late=hands.counts.late + late,
        )
        self.hands = replace(
            hands,
            trays=tuple(each for each in hands.trays if each.id != tray.id),
            results=tuple(each for each in hands.results if each != tray.id),
            shown_at=None if hands.results[:1] == (tray.id,) else hands.shown_at,
            counts=counts,
        )
        self.out.append(TrayEnded(tray.id, end, reasons, late, tray.entered_at, hands.now, counts))

    # --- faults

    def raised(self, code: str, tray: str = "-", detail: str = "-") -> FaultRaised:
        fault = FaultRaised(code, tray, "-", detail, self.hands.now)
        self.out.append(fault)
        return fault

    def latch(self, code: str, tray: str = "-", detail: str = "-") -> None:
        """Until a person resets; every open tray ends HELD."""
        if any(old.code == code for old in self.hands.latched):
            return
        fault = self.raised(code, tray, detail)
        self.hands = replace(self.hands, latched=(*self.hands.latched, fault))
        for each in self.hands.trays:
            self.end(each, End.HELD, (_reason(fault),))


def _reason(fault: FaultRaised) -> Reason:
    return Reason(fault.code, Occurrence(fault.code, fault.tray, fault.device, fault.detail).says())


def _refusal(hands: Handshake, wish: Reset) -> str:
    """Why a reset cannot be done, and what to do; empty if it can."""
    if not hands.latched:
        return "No fault is latched: there is nothing to reset."
    if not wish.who.strip():
        return "Say who resets the line: --who NAME."
    if not hands.alive:
        return "The PLC's heartbeat stands: start its program, then reset."
    return ""
