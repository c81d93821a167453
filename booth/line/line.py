"""The line as the tracker knows it: a value. What happened to it, and what is to be done about it. Pure."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from booth.line.barrier import Barrier
from booth.line.belt import NOWHERE, STANDING, Belt, Travel
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
    TrayIdentified,
)
from booth.line.table import TrayState, Word
from booth.tray import Counts, Judgement, Reason, TrayId
from drivers.protocols import GatePosition
from drivers.units import Duration, Instant

Place = Literal["entry", "pregate", "confirm", "bypass", "bin_full", "low_air", "backed_up"]
PLACES: tuple[Place, ...] = get_args(Place)
CAUSES: tuple[Place, ...] = ("bin_full", "low_air", "backed_up")
"""Inputs that suspend the line while they are blocked."""


@dataclass(frozen=True, slots=True)
class Tray:
    """One open tray, which was `ahead` past the entry sensor at `seen`: as it entered, as it was let go at the station,
    as the pre-gate sensor said where it really is. `origin` is how far the belt had run when it would have been at the
    entry sensor, had it never stopped since; `entered`: when it was. `since`: when its state began. `contradicted`: two
    labels were read on it, so that it has no plate."""

    id: TrayId
    state: TrayState
    entered_at: Instant
    seen: Instant
    ahead: Travel
    origin: Travel
    since: Instant
    word: Word = Word.NONE
    judgement: Judgement | None = None
    bars: tuple[Reason, ...] = ()  # why the keeper itself will not let it pass
    late: bool = False
    entered: Travel = NOWHERE
    plate: str | None = None
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Sweep:
    """The belt carries the trays that the last boot left open, `left` of them, to the bin. `since`: how far it had run
    when the last of them had left the entry sensor; None: not yet. `near`: the origins of those that the pre-gate
    sensor has seen and the confirm sensor has not; `found`: how many that has seen too."""

    left: int
    since: Travel | None
    near: tuple[Travel, ...] = ()
    found: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """All that the tracker knows. `trays` are the open ones, first in first.

    `last_entry`: how far the belt had run as the last tray entered; `stop_free`: when the last tray that left the
    station is clear of the stop; `parted`: when it is one pitch ahead; `gate_free`: when the last committed tray is
    clear of the gate. `entering`: the tray under the entry sensor. `unmoved`: edges of trays that the encoder has
    yet to bear out. `recent`: whether each of the last trays was diverted; `alarms`: the faults that stand for it.
    `labels`: read, and not judged yet, oldest first. `sweep`: what the last boot left open is on its way to the bin;
    `unanswered`: nobody has said yet what became of it.
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
    belt: Belt = STANDING
    entering: TrayId | None = None
    last_entry: Travel | None = None
    stop_free: Travel = NOWHERE
    parted: Travel = NOWHERE
    gate_free: Travel = NOWHERE
    unmoved: tuple[Instant, ...] = ()
    controller_lost: bool = False
    recent: tuple[bool, ...] = ()
    alarms: frozenset[str] = frozenset()
    labels: "tuple[LabelRead, ...]" = ()
    sweep: Sweep | None = None
    unanswered: bool = False

    @property
    def following(self) -> bool:
        """Trays are followed, on a belt that runs or on one that waits."""
        return self.state in (LineState.IDLE, LineState.EXECUTE, LineState.SUSPENDED) or self.sweep is not None

    def barrier(self, place: Place) -> Barrier:
        return self.barriers[PLACES.index(place)]

    @property
    def causes(self) -> tuple[Place, ...]:
        return tuple(place for place in CAUSES if self.barrier(place).blocked)


@dataclass(frozen=True, slots=True)
class Ready:
    """The devices are open. `blocked`: the inputs that are; `held`: how many trays the last boot left open;
    `clear`: no tray is open, and no fault latched, from the last boot; `turned`: the encoder's first word, None on a
    line that has none; `sweepable`: as Past.sweepable."""

    at: Instant
    blocked: frozenset[Place] = frozenset()
    held: int = 0
    clear: bool = True
    turned: "Turned | None" = None
    sweepable: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """The encoder's word: how far the belt had run at `at`."""

    travel: Travel
    at: Instant


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """A raw change of an input, with its driver's timestamp and its bound: an input that is polled changed some time
    between two polls. The bypass key is on when blocked."""

    place: Place
    blocked: bool
    at: Instant
    at_error: Duration = Duration(0)


@dataclass(frozen=True, slots=True)
class LabelRead:
    """The scanner's word: what a label says that was under it at `at`, give or take `at_error`."""

    text: str
    at: Instant
    at_error: Duration


@dataclass(frozen=True, slots=True)
class ScannerThere:
    """The scanner is lost, and why, or it is back."""

    there: bool
    detail: str
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


LineEvent = Ready | EdgeSeen | Turned | LabelRead | ScannerThere | Heard | ControllerThere | Broken | Stop | Tick


@dataclass(frozen=True, slots=True)
class MoveGate:
    """`at`: at that instant, not as soon as possible; a later command takes its place if that comes first."""

    to: GatePosition
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class MoveStop:
    up: bool


@dataclass(frozen=True, slots=True)
class Permit:
    given: bool


Command = (
    MoveGate
    | MoveStop
    | Permit
    | Status
    | TrayEntered
    | TrayAt
    | TrayIdentified
    | TrayEnded
    | FaultRaised
    | FaultCleared
    | Refused
)
