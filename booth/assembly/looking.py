"""Pictures from the booth's own cameras outside a run: what calibration works on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from booth.assembly.devices import cameras, lights
from booth.assembly.simulation import Exhibit, world_apart
from booth.settings import Settings
from drivers.clock import Clock, SystemClock
from drivers.errors import EndOfRecording
from drivers.frames import CameraInfo, Frame
from drivers.links import Dial
from drivers.protocols import Light
from drivers.units import after, ms, seconds

FRAME_WITHIN = seconds(5)


def look(settings: Settings, camera: str, count: int, exhibit: Exhibit) -> tuple[CameraInfo, tuple[Frame, ...]]:
    """`count` frames of `camera` under the recipe's first shot; a recorded session gives what it has.

    `exhibit` says what a simulated booth puts under its cameras; a real one shows what lies there. Raises
    DeviceError. Lights are off afterwards.
    """
    return asyncio.run(_look(settings, camera, count, exhibit))


async def _look(settings: Settings, camera: str, count: int, exhibit: Exhibit) -> tuple[CameraInfo, tuple[Frame, ...]]:
    clock = SystemClock()
    async with world_apart(settings, clock, exhibit) as world, _lit(settings, clock, world):
        eye = cameras(settings, clock, world)[camera]
        try:
            info = await eye.open()
            await eye.arm(ms(settings.recipe.shots[0].exposure_ms))
            frames: list[Frame] = []
            with suppress(EndOfRecording):
                for _ in range(count):
                    await eye.trigger()
                    frames.append(await eye.read(after(clock.now(), FRAME_WITHIN)))
            return info, tuple(frames)
        finally:
            await eye.close()


@asynccontextmanager
async def _lit(settings: Settings, clock: Clock, world: Dial | None) -> AsyncIterator[None]:
    """The lights of the first shot, settled."""
    shot = settings.recipe.shots[0]
    lamps: list[Light] = []
    try:
        for name, lamp in lights(settings, clock, world).items():
            if name in shot.lights:
                lamps.append(lamp)
                await lamp.open()
                await clock.sleep_until(await lamp.on(shot.lights[name]))
        yield
    finally:
        for lamp in lamps:
            await lamp.close()
