"""A RealSense of the vendor's SDK that sees a simulated shop floor, in real time and in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivers.cameras.realsense import RealSenseCamera, read_wanted
from drivers.clock import SystemClock
from drivers.errors import DeviceMissing
from drivers.units import Instant, after, seconds
from fakes.emulators.eye import Pictures
from fakes.emulators.realsense import RealSense
from fakes.emulators.realsense_device import Shot, SoftwareRealSense
from fakes.line.floor import Floor
from fakes.plan import PlannedFault, WorldPlan
from fakes.studios.flat import FlatStudio
from tests.emulators.floors import running

CLOCK = SystemClock()
NAME = "left"
STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
STREAMS = {"depth_px": (320, 240), "colour_px": (320, 240), "depth_readout_ms": 0, "colour_readout_ms": 0}


class Emulated:
    """A drivers.cameras.realsense.Source."""

    live = True

    def __init__(self, emulator: RealSense) -> None:
        self._emulator = emulator
        self._found: Any = None

    def find(self) -> Any:
        if self._emulator.device is None:
            raise DeviceMissing(f"{NAME}: is unplugged")
        self._found = self._emulator.device
        return self._found

    def gone(self) -> bool:
        return self._found is not None and self._found is not self._emulator.device

    def over(self) -> bool:
        return False

    def release(self) -> None:
        self._found = None


@dataclass(frozen=True, slots=True)
class Emulation:
    floor: Floor
    emulator: RealSense

    def camera(self, **options: Any) -> RealSenseCamera:
        return RealSenseCamera(NAME, Emulated(self.emulator), read_wanted({**STREAMS, **options}), CLOCK)

    def suffer(self, name: str, **words: Any) -> None:
        """A fault, now, at this camera."""
        self.floor.inject(PlannedFault(name, NAME, **words))


@asynccontextmanager
async def emulation(plan: WorldPlan = STANDS, runs: bool = True, **powered: Any) -> AsyncIterator[Emulation]:
    """With the ring lit. Without `runs` the camera has power and takes no pictures. `powered` is for the emulator."""
    async with running(plan, CLOCK) as floor:
        floor.lamps.turn("ring", 1.0, floor.clock.now())
        emulator = RealSense(floor, NAME, FlatStudio().info(NAME), **powered)
        task = asyncio.create_task(emulator.run()) if runs else None
        yield Emulation(floor, emulator)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def in_real_time(story: Callable[[Emulation], Awaitable[None]], **powered: Any) -> None:
    async def main() -> None:
        async with emulation(**powered) as there:
            await story(there)

    asyncio.run(main())


class Rapid:
    """A drivers.cameras.realsense.Source: a device that streams as fast as a test wants, nothing in its pictures.

    `run` has to run while anybody streams.
    """

    live = True

    def __init__(self, fps: int) -> None:
        self._info, self._fps = FlatStudio().info(NAME), fps
        self.body = SoftwareRealSense(self._info, CLOCK.now(), fps)
        self._blank = Pictures(np.zeros((240, 320, 3), np.uint8), np.zeros((240, 320), np.uint16))
        self._number = 0

    def camera(self) -> RealSenseCamera:
        """With its way measured: as good as none."""
        wanted = read_wanted({**STREAMS, "fps": self._fps, "underway_ms": (0, 2)})
        return RealSenseCamera(NAME, self, wanted, CLOCK)

    async def run(self) -> None:
        while True:
            self._number += 1
            if self.body.streams_at(self._number):
                exposures = self.body.stereo.exposure(), self.body.rgb.exposure()
                start = Instant(CLOCK.now() - max(exposures))
                self.body.deliver(Shot(self._number, start, *exposures, self._blank), 20.0, 0)
            await CLOCK.sleep_until(after(CLOCK.now(), seconds(1 / self._fps)))

    def find(self) -> Any:
        return self.body.device

    def gone(self) -> bool:
        return False

    def over(self) -> bool:
        return False

    def release(self) -> None:
        """It is this object's."""


def rapidly(story: Callable[[RealSenseCamera], Awaitable[None]], fps: int = 400) -> None:
    """With a camera that is neither open nor armed."""

    async def main() -> None:
        source = Rapid(fps)
        running = asyncio.create_task(source.run())
        camera = source.camera()
        await story(camera)
        await camera.close()
        running.cancel()

    asyncio.run(main())
