"""What the tracker answers when somebody asks why. Pure."""

from collections.abc import Mapping

from booth.faults import FAULTS
from booth.line.line import Line, Place, Tray
from booth.line.messages import FaultRaised, LineState, Reset, Status
from booth.line.schedule import stood
from booth.line.table import Word
from booth.tray import End, Reason
from drivers.protocols import Lamp

SOUGHT = ("tray-missing", "confirm-missing", "bypass-contradicted")
"""Faults after which a person must say what became of the tray."""

SHOWN: Mapping[LineState, frozenset[Lamp]] = {
    LineState.HELD: frozenset({Lamp.RED}),
    LineState.ABORTED: frozenset({Lamp.RED}),
    LineState.SUSPENDED: frozenset({Lamp.AMBER}),
    LineState.IDLE: frozenset({Lamp.GREEN}),
    LineState.EXECUTE: frozenset({Lamp.GREEN}),
    LineState.STOPPED: frozenset(),
}
"""Beside these: blue while the bypass key is on, amber while an alarm stands or the controller is lost."""

CLEARED_BY_A_PERSON: tuple[Place, ...] = ("entry", "pregate")


def status(line: Line) -> Status:
    return Status(line.state, line.counts, tuple(dict.fromkeys(fault.code for fault in line.latched)))


def lamps(line: Line) -> frozenset[Lamp]:
    """What the stack light shows."""
    key = {Lamp.BLUE} if line.barrier("bypass").blocked else set()
    call = {Lamp.AMBER} if line.alarms or line.controller_lost else set()
    return SHOWN[line.state] | key | call


def reason(fault: FaultRaised) -> Reason:
    """The fault in the operator's words."""
    row = FAULTS[fault.code]
    return Reason(fault.code, row.says.format(tray=fault.tray, device=fault.device, detail=fault.detail))


def reasons(line: Line, tray: Tray, end: End) -> tuple[Reason, ...]:
    """Why `tray` ends so: the keeper's own grounds first, then the controller's."""
    said = tray.judgement.reasons if tray.judgement else ()
    match end:
        case End.PASSED:
            return said
        case End.BYPASSED:
            return (Reason("bypass-key", "The bypass key was on."),)
        case End.HELD:
            latched = tuple(map(reason, line.latched))
            return latched or (Reason("keeper-stopped", "The line keeper was stopped with it on the line."),)
    late = (Reason("no-verdict", "It came to the gate with no verdict."),) if tray.late else ()
    return (*tray.bars, *late, *(said if tray.word is Word.DIVERT else ()))


def refusal(line: Line, wish: Reset) -> str:
    """Why a reset cannot be done, and what to do; empty if it can."""
    if not line.latched and not line.unanswered:
        return "No fault is latched: there is nothing to reset."
    if not wish.who.strip():
        return "Say who resets the line: --who NAME."
    sought = next((fault.tray for fault in line.latched if fault.code in SOUGHT), None)
    if sought is not None and (wish.tray != sought or wish.found is None):
        return f"Tray {sought} was not found yet: --tray {sought} --found diverted|passed|removed."
    if sought is None and wish.tray is not None:
        return f"Nobody is looking for tray {wish.tray}: reset without --tray."
    blocked = [place for place in CLEARED_BY_A_PERSON if line.barrier(place).blocked]
    if line.sweep is not None and not stood(line, line.now, line.now):
        blocked = [place for place in blocked if place != "entry"]  # the next tray, on a belt that runs
    if line.latched and blocked:
        return f"The {' and the '.join(blocked)} sensor is blocked: take the tray off the belt, or mend the sensor."
    return ""
