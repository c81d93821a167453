"""The line as the tracker knows it: a value. What happened to it, and what is to be done about it. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from booth.line.barrier import Barrier
from booth.line.layout import Layout
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultCleared,
    FaultRaised,
    LineState,
    Refused,
    Reset,
    Status,
    TrayAt,
    TrayEnded,
    TrayEntered,
)
from booth.line.table import TrayState, Word
from booth.tray import Counts, Judgement, Reason, TrayId
from drivers.protocols import GatePosition
from drivers.units import Instant

Place = Literal["entry", "pregate", "confirm", "bypass"]
PLACES: tuple[Place, ...] = ("entry", "pregate", "confirm", "bypass")


@dataclass(frozen=True, slots=True)
class Tray:
    """One open tray. A tray that never stopped since `origin` was at the entry sensor then: `origin` moves when it is
    let go at the station, and when the pre-gate sensor says where it really is. `since`: when its state began."""

    id: TrayId
    state: TrayState
    entered_at: Instant
    origin: Instant
    since: Instant
    word: Word = Word.NONE
    judgement: Judgement | None = None
    bars: tuple[Reason, ...] = ()  # why the keeper itself will not let it pass
    late: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """All that the tracker knows. `trays` are the open ones, first in first.

    `stop_free_at`: the last tray that left the station is clear of the stop; `parted_at`: it is one pitch ahead;
    `gate_free_at`: the last committed tray is clear of the gate. `entering`: the tray under the entry sensor.
    """

    layout: Layout
    boot: int
    state: LineState = LineState.ABORTED
    now: Instant = Instant(0)
    sequence: int = 0
    trays: tuple[Tray, ...] = ()
    counts: Counts = field(default_factory=Counts)
    latched: tuple[FaultRaised, ...] = ()
    barriers: tuple[Barrier, ...] = (Barrier(),) * len(PLACES)
    entering: TrayId | None = None
    last_entry: Instant | None = None
    stop_free_at: Instant = Instant(0)
    parted_at: Instant = Instant(0)
    gate_free_at: Instant = Instant(0)
    controller_lost: bool = False

    @property
    def running(self) -> bool:
        return self.state in (LineState.IDLE, LineState.EXECUTE)

    def barrier(self, place: Place) -> Barrier:
        return self.barriers[PLACES.index(place)]


@dataclass(frozen=True, slots=True)
class Ready:
    """The devices are open. `blocked`: the inputs that are; `held`: how many trays the last boot left open;
    `clear`: no tray is open, and no fault latched, from the last boot."""

    at: Instant
    blocked: frozenset[Place] = frozenset()
    held: int = 0
    clear: bool = True


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """A raw change of an input, with its driver's timestamp. The bypass key is on when blocked."""

    place: Place
    blocked: bool
    at: Instant


@dataclass(frozen=True, slots=True)
class Heard:
    """What a client said. `at`: when it arrived."""

    message: CaptureDone | Decision | Reset
    at: Instant


@dataclass(frozen=True, slots=True)
class ControllerThere:
    present: bool
    at: Instant


@dataclass(frozen=True, slots=True)
class Broken:
    """Something of ours failed: a latched fault that comes from outside the tracker."""

    code: Literal["line-io-lost", "ledger-failed"]
    device: str
    detail: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Stop:
    """The keeper is going: what is still open ends HELD."""

    at: Instant


@dataclass(frozen=True, slots=True)
class Tick:
    at: Instant


LineEvent = Ready | EdgeSeen | Heard | ControllerThere | Broken | Stop | Tick


@dataclass(frozen=True, slots=True)
class MoveGate:
    to: GatePosition


@dataclass(frozen=True, slots=True)
class MoveStop:
    up: bool


@dataclass(frozen=True, slots=True)
class Permit:
    given: bool


Command = (
    MoveGate | MoveStop | Permit | Status | TrayEntered | TrayAt | TrayEnded | FaultRaised | FaultCleared | Refused
)
