"""Basler cameras of pylon's emulation that see a simulated shop floor, in real time and in this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from drivers.cameras.basler import BaslerCamera, attached, read_wanted
from drivers.clock import SystemClock
from drivers.frames import Colour, Frame, Intrinsics
from drivers.units import Duration, after, ms
from fakes.emulators.basler import Basler
from fakes.emulators.pylon_camera import SERIALS, PylonCamera, emulate
from fakes.line.floor import Floor
from fakes.plan import PlannedFault, WorldPlan
from fakes.studios.flat import FlatStudio
from tests.emulators.floors import running

CLOCK = SystemClock()
STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
SERIAL_OF = dict(zip(("left", "right"), SERIALS, strict=False))
LENS = {"lens_mm": 4.0, "pixel_um": 4.0}


def claim(serial: str) -> str:
    """Emulated cameras are those of their process."""
    return f"{serial} of process {os.getpid()}"


@dataclass(slots=True)
class Emulation:
    """Cameras `left` and `right`. `opened`: pylon's object of the one that was opened last."""

    floor: Floor
    emulators: dict[str, Basler]
    opened: Any = None

    def camera(self, name: str = "left", **options: Any) -> BaslerCamera:
        wanted = read_wanted({**LENS, **options})
        return BaslerCamera(name, claim(SERIAL_OF[name]), partial(self._opens, name), wanted, CLOCK)

    def inject(self, fault: str, where: str = "left", **details: Any) -> None:
        self.floor.inject(PlannedFault(fault, where, **details))

    def _opens(self, name: str) -> Any:
        camera = attached(name, SERIAL_OF[name])
        self.emulators[name].plug(camera)
        self.opened = camera
        return camera


@asynccontextmanager
async def emulation() -> AsyncIterator[Emulation]:
    """With the ring lit."""
    emulate(2)
    async with running(STANDS, CLOCK) as floor:
        floor.lamps.turn("ring", 1.0, floor.clock.now())
        emulators = {name: Basler(floor, name, FlatStudio().info(name)) for name in SERIAL_OF}
        yield Emulation(floor, emulators)
        for emulator in emulators.values():
            emulator.close()


def emulated(scenario: Callable[[Emulation], Awaitable[None]]) -> None:
    async def main() -> None:
        async with emulation() as there:
            await scenario(there)

    asyncio.run(main())


@asynccontextmanager
async def sheet(bgr: tuple[int, int, int], **options: Any) -> AsyncIterator[BaslerCamera]:
    """A camera that sees nothing but a sheet of this colour."""
    eye = Intrinsics(64, 48, 50.0, 50.0, 31.5, 23.5)

    async def photograph(exposure: Duration, gain: float) -> Colour:
        return np.full((eye.height_px, eye.width_px, 3), bgr, np.uint8)

    def opens() -> Any:
        opened = attached("sheet", SERIALS[0])
        emulator.plug(opened)
        return opened

    emulate(1)
    emulator = PylonCamera(eye, CLOCK, photograph, asyncio.get_running_loop().create_task)
    camera = BaslerCamera("sheet", claim(SERIALS[0]), opens, read_wanted({**LENS, **options}), CLOCK)
    try:
        yield camera
    finally:
        await camera.close()
        emulator.close()


async def read(camera: BaslerCamera, within_ms: float = 3_000) -> Frame:
    return await camera.read(after(CLOCK.now(), ms(within_ms)))


async def shot(camera: BaslerCamera) -> Frame:
    await camera.trigger()
    return await read(camera)


async def armed(camera: BaslerCamera, exposure_ms: float = 4) -> BaslerCamera:
    await camera.open()
    await camera.arm(ms(exposure_ms))
    return camera


def with_left(scenario: Callable[[Emulation, BaslerCamera], Awaitable[None]], **options: Any) -> None:
    """An armed camera."""

    async def main(there: Emulation) -> None:
        camera = await armed(there.camera(**options))
        try:
            await scenario(there, camera)
        finally:
            await camera.close()

    emulated(main)


def same(one: Frame, other: Frame) -> bool:
    assert one.colour is not None
    assert other.colour is not None
    return bool((one.colour == other.colour).all())
