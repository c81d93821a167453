"""A Basler for the whole booth: driver, vendor's SDK and the world behind a socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

pytest.importorskip("pypylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

from drivers.clock import LoopClock, pause
from drivers.errors import BadFrame, DeviceBusy, DeviceLost, DeviceMissing
from drivers.frames import Frame
from drivers.registry import CAMERAS, Bench, load
from drivers.units import after, between, ms, seconds
from fakes.devices.basler import EmulatedBasler, make
from fakes.plan import PlannedFault, WorldPlan
from fakes.studios.flat import FlatStudio
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.emulated_basler import CLOCK
from tests.drivers.worlds import Cables, laid

STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
LATENESS = ms(500)  # real time, on a machine that may be busy


class Booth:
    """A world in this process, and its cables."""

    def __init__(self, cables: Cables) -> None:
        self.world, self._cables = cables.world, cables

    def camera(self, view: str = "left") -> EmulatedBasler:
        return make({"view": view}, self._cables.bench(view))

    def inject(self, fault: str, **details: float) -> None:
        self.world.floor.inject(PlannedFault(fault, "left", **details))  # type: ignore[arg-type]

    async def cut(self) -> None:
        await pause(CLOCK, ms(10))  # the trigger's message is still on its way
        await self._cables.cut()


@asynccontextmanager
async def booth() -> AsyncIterator[Booth]:
    async with laid(STANDS, CLOCK, ms(20)) as cables:
        await pause(CLOCK, ms(1))
        cables.world.floor.lamps.turn("ring", 1.0, CLOCK.now())
        yield Booth(cables)


def with_left(scenario: Callable[[Booth, EmulatedBasler], Awaitable[None]]) -> None:
    """An armed camera."""

    async def main() -> None:
        async with booth() as there:
            camera = there.camera()
            await camera.open()
            await camera.arm(ms(4))
            await scenario(there, camera)
            await camera.close()

    asyncio.run(main())


async def shot(camera: EmulatedBasler, within_ms: float = 3_000) -> Frame:
    await camera.trigger()
    return await camera.read(after(CLOCK.now(), ms(within_ms)))


class TestEmulatedBasler(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with booth() as there:
                camera = there.camera()
                await scenario(CameraStand(clock=CLOCK, cut=there.cut, lateness=LATENESS, camera=camera))
                await camera.close()

        asyncio.run(main())


def test_the_registry_knows_it() -> None:
    assert load(CAMERAS, "emulated-basler") is make


def test_it_says_of_itself_what_the_world_does_less_the_depth() -> None:
    async def main() -> None:
        async with booth() as there:
            camera = there.camera("right")
            info = await camera.open()
            assert (info.serial, info.simulated, info.depth) == ("flat-right", True, None)
            assert info.colour == FlatStudio().info("right").colour
            await camera.close()

    asyncio.run(main())


def test_both_views_are_exposed_together() -> None:
    async def main() -> None:
        async with booth() as there:
            cameras = [there.camera(view) for view in ("left", "right")]
            for camera in cameras:
                await camera.open()
                await camera.arm(ms(4))
            left, right = await asyncio.gather(*(shot(camera) for camera in cameras))
            assert abs(between(left.exposed_at, right.exposed_at)) < seconds(0.2)
            assert left.colour is not None
            assert left.colour.mean() > 20
            for camera in cameras:
                await camera.close()

    asyncio.run(main())


def test_a_frame_that_the_world_drops_is_a_buffer_that_failed() -> None:
    async def scenario(there: Booth, camera: EmulatedBasler) -> None:
        there.inject("frame-dropped")
        with pytest.raises(BadFrame, match="incompletely grabbed"):
            await shot(camera)
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_a_camera_that_the_world_unplugs_while_a_frame_is_waited_for_is_lost_and_comes_back() -> None:
    async def scenario(there: Booth, camera: EmulatedBasler) -> None:
        there.inject("frame-late", amount=5_000)
        await camera.trigger()
        reading = asyncio.create_task(camera.read(after(CLOCK.now(), seconds(4))))
        await pause(CLOCK, ms(50))
        there.inject("camera-lost", lasts_ms=200)
        with pytest.raises(DeviceLost):
            await reading
        with pytest.raises(DeviceMissing, match="unplugged"):
            await camera.open()
        await pause(CLOCK, ms(250))
        await camera.open()
        await camera.arm(ms(4))
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_a_view_that_another_camera_has_is_busy() -> None:
    async def scenario(there: Booth, camera: EmulatedBasler) -> None:
        with pytest.raises(DeviceBusy):
            await there.camera().open()
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_in_virtual_time_it_is_refused_with_what_to_take_instead() -> None:
    async def main() -> None:
        with pytest.raises(DeviceMissing, match="driver: simulated"):
            await make({"view": "left"}, Bench("left", LoopClock())).open()

    asyncio.run(main())
