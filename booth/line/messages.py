"""What the line keeper and everyone else tell each other. Pure; `booth.line.wire` puts it into bytes."""

from dataclasses import dataclass
from enum import Enum

from booth.tray import Counts, End, Found, Judgement, Reason, TrayId
from drivers.protocols import Scans
from drivers.units import Instant, Millimetres

PROTOCOL = "booth.line/1"


class LineState(Enum):
    """States after PackML. Suspended: upstream or downstream cause. Held: our cause."""

    STOPPED = "Stopped"
    IDLE = "Idle"
    EXECUTE = "Execute"
    SUSPENDED = "Suspended"
    HELD = "Held"
    ABORTED = "Aborted"


class Role(Enum):
    CONTROLLER = "controller"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Hello:
    role: Role
    protocol: str = PROTOCOL


@dataclass(frozen=True, slots=True)
class Status:
    """Sent on Hello and at every change of state or of latched fault. `runs`: how the keeper's process runs, in a few
    words each: what of real-time scheduling and locked memory the machine gave it. `scans`: of the scanner, since the
    keeper was started; None on a line without one, and in the tracker's own words."""

    state: LineState
    counts: Counts
    latched: tuple[str, ...]
    protocol: str = PROTOCOL
    runs: tuple[str, ...] = ()
    scans: Scans | None = None


@dataclass(frozen=True, slots=True)
class TrayEntered:
    """`decide_by` is advice: late is decided by the tray's position, by the keeper alone."""

    tray: TrayId
    entered_at: Instant
    decide_by: Instant


@dataclass(frozen=True, slots=True)
class TrayAt:
    """The tray's leading edge was at `place` at `at`, `position` after the entry sensor."""

    tray: TrayId
    place: str
    at: Instant
    position: Millimetres


@dataclass(frozen=True, slots=True)
class TrayIdentified:
    """What the tray's label says: its licence plate, evidence that travels with it. Nothing is decided by it. None:
    what was said before is taken back, for another label was read in the same place."""

    tray: TrayId
    plate: str | None


@dataclass(frozen=True, slots=True)
class TrayEnded:
    """The final end. `late`: the tray came to the gate with no verdict.

    A tray that the keeper's last boot left open is told again on every Hello until a person has reset the line, and a
    controller that says Hello hears the last ends again: readers go by its id.
    """

    tray: TrayId
    end: End
    reasons: tuple[Reason, ...]
    late: bool
    entered_at: Instant
    at: Instant
    counts: Counts


@dataclass(frozen=True, slots=True)
class FaultRaised:
    """`code` is a row of booth.faults."""

    code: str
    tray: str
    device: str
    detail: str
    at: Instant


@dataclass(frozen=True, slots=True)
class FaultCleared:
    code: str
    at: Instant


@dataclass(frozen=True, slots=True)
class CaptureDone:
    """The tray has been looked at: the stop may let it go."""

    tray: TrayId


@dataclass(frozen=True, slots=True)
class Decision:
    """The controller's word on one tray, for that tray alone."""

    tray: TrayId
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Reset:
    """A person clears the latched faults: `who` they are, and what became of the tray they were asked to find."""

    who: str
    why: str
    tray: TrayId | None = None
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The keeper did not do what was asked, and why."""

    why: str


LineMessage = (
    Hello
    | Status
    | TrayEntered
    | TrayAt
    | TrayIdentified
    | TrayEnded
    | FaultRaised
    | FaultCleared
    | CaptureDone
    | Decision
    | Reset
    | Refused
)
