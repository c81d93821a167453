"""A RealSense of the vendor's SDK that sees a simulated shop floor, in real time and in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from drivers.cameras.realsense import RealSenseCamera, read_wanted
from drivers.clock import SystemClock
from drivers.errors import DeviceMissing
from fakes.emulators.realsense import RealSense
from fakes.flat import FlatStudio
from fakes.floor import Floor
from fakes.plan import PlannedFault, WorldPlan
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
