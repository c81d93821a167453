"""What PLC and booth have agreed on so far, and what can happen to it. Pure."""

from dataclasses import dataclass

from booth.line.messages import CaptureDone, Decision, FaultRaised, LineState, Reset
from booth.line.plc.registers import Asked, Command
from booth.tray import Counts, Reason, TrayId, Verdict
from drivers.units import Duration, Instant, after

NOTHING = Command(0)
NONE_YET = Counts()


@dataclass(frozen=True, slots=True)
class Terms:
    """`verdict_due`: after the trigger. `taken_within`: how long a result waits for the PLC once it is shown.
    `silent_after`: a heartbeat that stands this long has stopped. `trays`: how many may be open at once."""

    boot: int
    verdict_due: Duration
    taken_within: Duration
    silent_after: Duration
    trays: int
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """`verdict` None is an error: nobody decided, and the tray is to be diverted."""

    verdict: Verdict | None
    score: float | None
    reasons: tuple[Reason, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class Open:
    """A tray between its trigger and the acknowledgement of its result."""

    id: TrayId
    number: int
    plate: str
    entered_at: Instant
    captured: bool = False
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Handshake:
    """Everything both sides know. `trays` in the order of their triggers, `results` in the order of their results;
    the first of those is shown. `command` is what the PLC's bits were when last looked at, `acked` whether the trigger
    that stands was taken. `controller` None: there was none yet."""

    terms: Terms
    now: Instant
    sequence: int = 0
    trays: tuple[Open, ...] = ()
    results: tuple[TrayId, ...] = ()
    shown_at: Instant | None = None
    command: Command = NOTHING
    acked: bool = False
    beat: int | None = None
    heard_at: Instant | None = None
    last: int = 0
    overrun: bool = False
    controller: bool | None = None
    latched: tuple[FaultRaised, ...] = ()
    counts: Counts = NONE_YET

    @property
    def alive(self) -> bool:
        """Whether the PLC's heart beats."""
        return self.heard_at is not None and self.now < after(self.heard_at, self.terms.silent_after)

    @property
    def ready(self) -> bool:
        return self.controller is True and self.alive and not self.latched and len(self.trays) < self.terms.trays

    @property
    def state(self) -> LineState:
        if self.latched:
            return LineState.HELD
        return LineState.EXECUTE if self.trays else LineState.IDLE


@dataclass(frozen=True, slots=True)
class Began:
    """The process has started. `held`: how many trays its last boot left open; `clear`: nobody has to look."""

    held: int
    clear: bool
    at: Instant


@dataclass(frozen=True, slots=True)
class PlcWrote:
    asked: Asked
    at: Instant


@dataclass(frozen=True, slots=True)
class ControllerIs:
    present: bool
    at: Instant


@dataclass(frozen=True, slots=True)
class ControllerSaid:
    message: CaptureDone | Decision
    at: Instant


@dataclass(frozen=True, slots=True)
class PersonAsked:
    wish: Reset
    at: Instant


@dataclass(frozen=True, slots=True)
class Broken:
    """Something of the booth's own has failed: `code` is a latched fault."""

    code: str
    detail: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Tick:
    at: Instant


Event = Began | Broken | PlcWrote | ControllerIs | ControllerSaid | PersonAsked | Tick
