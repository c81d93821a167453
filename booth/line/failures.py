"""What each failure of the line leads to: the fail-safe table of docs/reference/failures.md. Pure.

The effect of a fault is not written down here: it follows from the fault's severity, by which the tracker acts.
"""

from dataclasses import dataclass
from enum import Enum

from booth.faults import FAULTS, Severity
from booth.line.turn import SUSPENDS


class Effect(Enum):
    """What becomes of the trays and of the line."""

    HELD = "belt permit withdrawn, gate at divert; every tray on the line ends HELD until a person says where it is"
    SWEPT = (
        "gate at divert; every tray on the line ends HELD until a person says where it is, or, with an encoder, until "
        "the belt, started by a person, has run from entry to gate plus one tray and each of them is in the bin; trays "
        "that enter meanwhile are diverted"
    )
    SUSPENDED = "belt permit withdrawn; trays wait where they stand, and go on when it has ended and a person starts"
    UNDECIDED = "every tray is diverted until it has ended"
    TRAY = "that tray is diverted, and a neighbour that cannot be parted from it; the line goes on"
    TOLD = "a person is called by the stack light; the line goes on"
    WAIT = "trays wait where they stand, and go on with the belt; none is late for it"
    UNNAMED = "nothing but this: the record does not say which item it was"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Failure:
    """`fault`: the code under which it is told; for one that has none, `effect` says what follows."""

    what: str
    noticed: str
    fault: str = ""
    effect: Effect | None = None

    @property
    def leads_to(self) -> Effect:
        if self.effect is not None:
            return self.effect
        if self.fault in SUSPENDS.values():
            return Effect.SUSPENDED
        return BY_SEVERITY[FAULTS[self.fault].severity]


BY_SEVERITY = {
    Severity.LATCHED: Effect.HELD,
    Severity.DEGRADED: Effect.UNDECIDED,
    Severity.COUNTED: Effect.TRAY,
}

# fmt: off
FAILURES = (
    Failure("No verdict in time: slow, silent, crashed or hung controller", "the tray is at the point of no return",
            effect=Effect.TRAY),
    Failure("The controller is killed, or its link is cut", "the link ends", "controller-lost"),
    Failure("The line keeper is killed", "its devices let go: the gate falls to divert, the belt loses its permit; the "
            "next keeper reads the ledger", "keeper-restarted", Effect.SWEPT),
    Failure("The line keeper hangs", "the heartbeat relay is not beaten and stops the belt; the watchdog ends the "
            "keeper", "keeper-restarted", Effect.SWEPT),
    Failure("The power fails", "outputs fall; the next keeper reads the ledger", "keeper-restarted"),
    Failure("The line keeper is killed, and the belt does not bring all its trays to the bin",
            "the pre-gate sensor and the confirm sensor", "trays-unaccounted"),
    Failure("The disk under the ledger is full", "a line is not taken", "ledger-failed"),
    Failure("The wall clock steps", "only the monotonic clock is used", effect=Effect.NOTHING),
    Failure("An I/O module, or the link to it, is lost", "no answer", "line-io-lost"),
    Failure("The entry sensor's cable is cut", "it reads blocked, for longer than a tray: the next trays come to the "
            "pre-gate sensor unannounced", "tray-unexpected"),
    Failure("The pre-gate sensor's cable is cut", "it reads blocked, and no tray arrives", "tray-missing"),
    Failure("The confirm sensor's cable is cut", "it reads blocked, and nobody was diverted", "confirm-spurious"),
    Failure("The bypass key's cable is cut", "it reads on, and the confirm sensor sees a tray", "bypass-contradicted"),
    Failure("The cable of bin-full is cut", "it reads blocked", "bin-full"),
    Failure("The cable of low-air is cut", "it reads blocked", "low-air"),
    Failure("The cable of backed-up is cut", "it reads blocked", "backed-up"),
    Failure("The gate loses power, or sticks at divert", "a tray that should pass is seen by the confirm sensor",
            "confirm-spurious"),
    Failure("The gate sticks at pass", "a diverted tray is not seen by the confirm sensor", "confirm-missing"),
    Failure("The encoder is dead", "a tray breaks a beam, and the belt stands by the encoder; or it says nothing",
            "encoder-dead"),
    Failure("The encoder slips", "a tray is out of its place at the pre-gate sensor", "tray-unexpected"),
    Failure("Somebody stops the belt, on a line with an encoder", "the count stands", effect=Effect.WAIT),
    Failure("Somebody stops the belt, on a line without one", "a tray is out of its place", "tray-missing"),
    Failure("A tray is taken off the belt", "it does not come to the pre-gate sensor", "tray-missing"),
    Failure("A tray is put onto the belt", "the pre-gate sensor sees a tray nobody expects", "tray-unexpected"),
    Failure("Two trays are closer than the gate can part", "their entry edges", "pitch-short"),
    Failure("Two trays touch", "the entry sensor is blocked for longer than a tray", "trays-merged"),
    Failure("The bin for diverted trays is full", "its sensor", "bin-full"),
    Failure("The gate's air pressure is low", "its switch", "low-air"),
    Failure("The line behind the booth is backed up", "its sensor", "backed-up"),
    Failure("The label scanner is unplugged", "its line ends; it is opened again when it is back", "scanner-lost",
            Effect.UNNAMED),
    Failure("A label is read where no tray is, or two are", "the trays' places when it was read", "plate-unbound",
            Effect.UNNAMED),
    Failure("Two labels are read on one tray", "they differ", "plate-contradicts", Effect.UNNAMED),
    Failure("Many trays in a row are diverted", "the keeper counts", "diverts-in-a-row", Effect.TOLD),
    Failure("A large share of the last trays was diverted", "the keeper counts", "diverts-many", Effect.TOLD),
)
# fmt: on
