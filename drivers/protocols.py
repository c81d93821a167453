"""What the booth needs of its devices, as few verbs as will do. No base class, no settings bag.

The line keeper imports this module: nothing here may import numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from drivers.units import Duration, Instant

if TYPE_CHECKING:
    from drivers.frames import CameraInfo, Frame


@dataclass(frozen=True, slots=True)
class Armed:
    """What a camera really took: the exposure rounded to its line time, and how long a shot then lasts."""

    exposure: Duration
    readout: Duration


class Camera(Protocol):
    """Something that turns light into frames, one shot at a time.

    Order: open, arm, (trigger, read)*, close. Out of order raises NotOpen or NotArmed. close() is always
    allowed, twice too.
    """

    async def open(self) -> CameraInfo:
        """Find the device and claim it. Raises DeviceMissing, DeviceBusy."""

    async def arm(self, exposure: Duration) -> Armed:
        """Be ready to expose for `exposure`. Returns what the camera really took, which a caller must
        use: most sensors round to a line time. Raises OutOfRange with the allowed interval."""

    async def trigger(self) -> None:
        """Expose once, from now on. A frame not read before the next trigger is dropped."""

    async def read(self, deadline: Instant) -> Frame:
        """The frame of the last trigger, exposed wholly after it; each is read once. Raises ReadTimeout
        at `deadline`, DeviceLost if the link is gone, StaleFrame if the counter did not advance, BadFrame
        if it arrived damaged, EndOfRecording if a recording has no more."""

    async def close(self) -> None:
        """Release the device. Never raises for a device that is gone already."""


class Light(Protocol):
    """One switchable lamp, or one channel of a controller. Off until told; off after close()."""

    async def open(self) -> None:
        """Raises DeviceMissing, DeviceBusy."""

    async def on(self, intensity: float) -> Instant:
        """Shine at `intensity` in (0, 1] of full. Returns the instant from which the light is settled:
        an exposure that begins earlier sees it rising. Raises NotOpen, OutOfRange, DeviceLost."""

    async def off(self) -> Instant:
        """Go dark. Returns the instant at which the light began to change. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Dark, and released. Always allowed, twice too."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One change of a sensor. `blocked` is what it changed to, `at` when, `at_error` the bound."""

    blocked: bool
    at: Instant
    at_error: Duration


class TraySensor(Protocol):
    """A digital input that is blocked or clear: a light barrier, a confirm switch, a key-switch.

    Wired so that a cut cable reads blocked.
    """

    async def open(self) -> bool:
        """Claim the input. Returns whether it is blocked now. Raises DeviceMissing, DeviceBusy."""

    async def edge(self) -> Edge:
        """The next change, oldest first; waits for as long as it takes. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Release the input. Always allowed, twice too."""


class GatePosition(Enum):
    PASS = "pass"
    DIVERT = "divert"


class Gate(Protocol):
    """The divert actuator. De-energised is divert; so is open() and so is close()."""

    async def open(self) -> None:
        """Claim the gate and put it at divert. Raises DeviceMissing, DeviceBusy."""

    async def move(self, to: GatePosition) -> None:
        """Command the gate; the blade arrives after its actuation time. The same position twice is one
        move. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Park at divert and release. Always allowed, twice too."""


class TrayStop(Protocol):
    """The blade that keeps a tray at the station. De-energised is released."""

    async def open(self) -> None:
        """Claim the stop and release it. Raises DeviceMissing, DeviceBusy."""

    async def hold(self) -> None:
        """Rise: the next tray that comes is stopped at the station. Raises NotOpen, DeviceLost."""

    async def release(self) -> None:
        """Sink: the tray at the station goes on. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Release the tray and the device. Always allowed, twice too."""


class BeltPermit(Protocol):
    """The contact in the belt's start circuit. Giving it does not start a belt: a person does."""

    async def open(self) -> None:
        """Claim the contact and give the permit. Raises DeviceMissing, DeviceBusy."""

    async def give(self) -> None:
        """Allow the belt to run. Raises NotOpen, DeviceLost."""

    async def withdraw(self) -> None:
        """Stop the belt. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Withdraw and release. Always allowed, twice too."""


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """How far the belt runs for a count, and how old a reading may be: `latency` is the bound of every at_error."""

    counts_per_mm: float
    latency: Duration


@dataclass(frozen=True, slots=True)
class Counted:
    """`count` as the hardware had it at `at`, give or take `at_error`."""

    count: int
    at: Instant
    at_error: Duration


class Encoder(Protocol):
    """A hardware counter on the belt, which runs forward only. A coil that is polled is not one: it misses counts."""

    async def open(self) -> EncoderInfo:
        """Claim the counter; it need not begin at 0. Raises DeviceMissing, DeviceBusy."""

    async def read(self) -> Counted:
        """The count now. It never goes back while the device is open: the driver unrolls a register that wraps, and
        one that was reset by a power cut is a lost device. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Release the counter. Always allowed, twice too."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a label says that was under the scanner at `at`, give or take `at_error`. Printable ASCII."""

    text: str
    at: Instant
    at_error: Duration


@dataclass(frozen=True, slots=True)
class Scans:
    """What a scanner has made of what went by: labels that it `read`, triggers that it answered with `none`, and lines
    that were `unreadable`, by noise or a cable that was pulled."""

    read: int = 0
    none: int = 0
    unreadable: int = 0


class Scanner(Protocol):
    """A barcode scanner that reads the labels going by. A label that it cannot read is no read: it says nothing, or
    that there was none."""

    @property
    def scans(self) -> Scans:
        """Since it was made, however often it was opened."""

    async def open(self) -> None:
        """Claim the scanner; what it read before is forgotten. Raises DeviceMissing, DeviceBusy."""

    async def read(self) -> Read:
        """The next read, oldest first; waits for as long as it takes. A label that stays under the scanner is read
        once. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Release the scanner. Always allowed, twice too."""


class Heartbeat(Protocol):
    """A relay in the belt's start circuit that lets go by itself unless it is beaten. De-energised: the belt stops."""

    async def open(self) -> Duration:
        """Claim the relay and beat once. Returns how long after a beat it lets go. Raises DeviceMissing, DeviceBusy."""

    async def beat(self) -> None:
        """Hold it for that long from now on. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Let it go, at once if it can be told to and else by itself, and release it. Always allowed, twice too."""


class Lamp(Enum):
    """One segment of a stack light, as IEC 60073 colours them."""

    RED = "red"  # a person must act
    AMBER = "amber"  # soon, or somebody elsewhere
    GREEN = "green"  # the line runs
    BLUE = "blue"  # a person has taken over


class StackLight(Protocol):
    """The column of lamps over the booth. De-energised is dark."""

    async def open(self) -> None:
        """Claim the lamps, dark. Raises DeviceMissing, DeviceBusy."""

    async def show(self, lamps: frozenset[Lamp]) -> None:
        """Exactly these shine; a column that has no such lamp leaves it out. Raises NotOpen, DeviceLost."""

    async def close(self) -> None:
        """Dark, and released. Always allowed, twice too."""
