"""Every fault that the simulated booth knows, as a row."""

from dataclasses import dataclass
from enum import Enum

from fakes.line.places import CAMERAS, LAMPS, PLACES


class Kind(Enum):
    """How a fault happens. OCCASION: to the next `times` frames, trays or edges that come. SPELL: from its moment on,
    for as long as it lasts. EVENT: it is only said that it is due; whoever composed the booth makes it happen."""

    OCCASION = "occasion"
    SPELL = "spell"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of it: the key in a plan, with its unit; what it is if the plan does not say; the most it can be."""

    key: str
    default: float
    most: float
    says: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """`where` are the places it can happen at; empty if there is only one. `lasts_ms` is what a plan may leave out;
    None if it takes no time."""

    name: str
    kind: Kind
    does: str
    where: tuple[str, ...] = ()
    lasts_ms: float | None = None
    amount: Amount | None = None


O, S, E = Kind.OCCASION, Kind.SPELL, Kind.EVENT  # noqa: E741

# fmt: off
_ROWS = (
    FaultRow("frame-dropped", O, "The camera exposes, and the frame never arrives.", CAMERAS),
    FaultRow("frame-late", O, "The frame arrives, but later than any other.", CAMERAS,
             amount=Amount("late_ms", 400, 60_000, "how much later")),
    FaultRow("frame-stale", O, "The frame of the trigger before comes again, with its counter and stamp.", CAMERAS),
    FaultRow("frame-repeated", O, "The picture and stamp of the trigger before come under a new counter.", CAMERAS),
    FaultRow("counter-stuck", S, "New pictures come, but the frame counter stands.", CAMERAS, 5_000),
    FaultRow("saturated", O, "The gain jumps for one frame: what is lit burns out.", CAMERAS,
             amount=Amount("gain", 50, 10_000, "times the light that there was")),
    FaultRow("camera-lost", S, "The camera is unplugged at this moment, and plugged in again afterwards.", CAMERAS, 0),
    FaultRow("camera-hung-in-stop", O, "The next call that stops the camera does not return, and the camera is taken.",
             CAMERAS, 10_000),
    FaultRow("light-dead", S, "The lamp stays dark, and its controller says that all is well.", LAMPS, 10_000),
    FaultRow("light-dim", S, "The lamp shines with a share of its light.", LAMPS, 10_000,
             Amount("share", 0.3, 1, "of the light that was asked for")),
    FaultRow("light-slow", S, "The lamp takes longer to settle than its controller says.", LAMPS, 10_000,
             Amount("rise_ms", 60, 60_000, "from dark to full")),
    FaultRow("depth-bias", S, "Depth reads long by so much for each kelvin that the booth is warmer than at the start.",
             CAMERAS, 60_000, Amount("ppm_per_k", 500, 100_000, "parts per million of the depth, for each kelvin")),
    FaultRow("sensor-bounce", O, "The sensor's contact bounces at the next edge.", PLACES,
             amount=Amount("within_ms", 2, 1_000, "until it has come to rest")),
    FaultRow("sensor-cable-cut", S, "The sensor reads blocked, whatever is before it.", PLACES, 5_000),
    FaultRow("encoder-slip", S, "The encoder's wheel slips on the belt and counts too little.", (), 10_000,
             Amount("share", 0.2, 1, "of the counts that are lost")),
    FaultRow("encoder-dead", S, "The encoder does not count.", (), 10_000),
    FaultRow("belt-stopped", S, "Somebody presses a stop button, and pulls it out again afterwards.", (), 5_000),
    FaultRow("trays-merged", O, "The next tray comes with another one touching it from behind."),
    FaultRow("tray-removed", O, "A person takes the next tray off the belt between station and pre-gate sensor."),
    FaultRow("gate-stuck", S, "The blade stays where it is; once mended it goes where it was last sent.", (), 60_000),
    FaultRow("confirm-missing", O, "The confirm sensor does not see the next diverted tray."),
    FaultRow("confirm-spurious", S, "The confirm sensor sees a tray that is not there.", (), 300),
    FaultRow("controller-killed", E, "The controller is killed, and started again afterwards.", (), 2_000),
    FaultRow("keeper-killed", E, "The line keeper is killed, and started again afterwards.", (), 1_000),
    FaultRow("disk-full", E, "The disk under the records and the ledger is full.", (), 5_000),
    FaultRow("clock-step", E, "The wall clock steps.", amount=Amount("step_s", 3_600, 1e9, "forward; negative: back")),
)
# fmt: on

TABLE: dict[str, FaultRow] = {row.name: row for row in _ROWS}
