"""A camera that gives a prepared frame when its exposure is over, and does what an SDK may do to its process."""

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from drivers.clock import Clock
from drivers.errors import DeviceMissing, NotArmed, NotOpen, OutOfRange, ReadTimeout
from drivers.frames import CameraInfo, Frame, Intrinsics
from drivers.protocols import Armed
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, Millimetres, after

HOARD = bytearray()
READOUT = Duration(1000)


def hang() -> None:
    """With the GIL, as a C extension does: nothing else runs in this process any more."""
    ctypes.PyDLL(None).sleep(1000)


def leak() -> None:
    HOARD.extend(os.urandom(1 << 20) * 64)


def talk() -> None:
    os.write(1, b"speaks to stdout\n")
    os.write(2, b"speaks to stderr\n" + b"long " * 4000 + b"\n")


def fail() -> None:
    raise RuntimeError("error 0x17 of the SDK")


MISDEEDS: dict[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "hang": hang,
    "wait": lambda: threading.Event().wait(),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "leak": leak,
    "talk": talk,
    "fail": fail,
}


def intrinsics(width_px: int, height_px: int) -> Intrinsics:
    return Intrinsics(width_px, height_px, 900.0, 900.0, width_px / 2, height_px / 2, (0.1, -0.1, 0.0, 0.001, 0.02))


@dataclass
class Unruly:
    """`misdeeds`: which verb does what, each time."""

    name: str
    clock: Clock
    size: tuple[int, int]
    misdeeds: dict[str, str]
    odd_size: bool = False
    missed: int = 0
    sequence: int = 0
    opened: bool = False
    exposure: Duration | None = None
    triggered_at: Instant | None = None
    frame: Frame = field(init=False)

    def _do(self, verb: str) -> None:
        if verb in self.misdeeds:
            MISDEEDS[self.misdeeds[verb]]()
        if verb != "open" and not self.opened:
            raise NotOpen(f"{self.name}: is not open; call open() first")

    async def open(self) -> CameraInfo:
        if self.misdeeds.get("open") == "missing":
            raise DeviceMissing(f"{self.name}: no such camera; check its serial number")
        self._do("open")
        self.opened = True
        width, height = self.size
        random = np.random.default_rng(1)
        self.colour = random.integers(0, 255, (height, width, 3), np.uint8)
        self.depth = random.integers(0, 4000, (height - self.odd_size, width), np.uint16)
        eye = intrinsics(width, height)
        return CameraInfo("unruly", "7", True, eye, eye, depth_unit=Millimetres(0.5))

    async def arm(self, exposure: Duration) -> Armed:
        self._do("arm")
        if exposure <= 0:
            raise OutOfRange(f"{self.name}: an exposure of 0 ms is not more than 0 ms; correct exposure_ms")
        self.exposure = exposure
        return Armed(exposure, READOUT)

    async def trigger(self) -> None:
        self._do("trigger")
        if self.exposure is None:
            raise NotArmed(f"{self.name}: is not armed; call arm() first")
        self.triggered_at = self.clock.now()

    async def read(self, deadline: Instant) -> Frame:
        self._do("read")
        if self.triggered_at is None or self.exposure is None:
            raise NotArmed(f"{self.name}: has no frame to read; call trigger() first")
        end = after(self.triggered_at, Duration(self.exposure + READOUT))
        await self.clock.sleep_until(min(end, deadline))
        if deadline < end:
            raise ReadTimeout(f"{self.name}: no frame in time; trigger again")
        self.sequence += 1
        at, self.triggered_at = self.triggered_at, None
        return Frame(
            camera=self.name,
            sequence=self.sequence,
            exposed_at=at,
            exposed_at_error=Duration(10),
            exposure=self.exposure,
            readout=READOUT,
            colour=self.colour,
            depth=self.depth,
            depth_unit=Millimetres(0.5),
            origin={"simulated": True, "process": os.getpid()},
            missed=self.missed,
        )

    async def close(self) -> None:
        if self.opened:
            self._do("close")
        self.opened, self.exposure, self.triggered_at = False, None, None


def make(options: Options, bench: Bench) -> Unruly:
    """`size_px`; `misdeeds`: a mapping from verb to one of MISDEEDS; `odd_size`: depth is a row short; `missed`: what
    each frame says of it."""
    width, height = options.get("size_px", (64, 48))
    misdeeds, odd_size = dict(options.get("misdeeds", {})), bool(options.get("odd_size"))
    return Unruly(bench.name, bench.clock, (width, height), misdeeds, odd_size, options.get("missed", 0))
