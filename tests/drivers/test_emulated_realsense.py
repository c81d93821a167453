"""The RealSense of a whole simulated booth: the real driver and the vendor's SDK, the world's pictures over a link."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from drivers.clock import LoopClock, SystemClock, pause
from drivers.errors import DeviceBusy, DeviceMissing, StaleFrame
from drivers.registry import Bench
from drivers.units import after, ms, seconds
from fakes.devices import light, realsense
from fakes.plan import WorldPlan
from fakes.world import World
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.worlds import Cables, laid

CLOCK = SystemClock()
LEFT = {"view": "left"}
PLAN = WorldPlan(seed=3, pictures="flat", exhibit="empty")


def cables() -> AbstractAsyncContextManager[Cables]:
    return laid(PLAN, CLOCK, ms(5))


class TestEmulatedRealSenseOfABooth(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                camera = realsense.make(LEFT, booth.bench("left"))
                await scenario(CameraStand(clock=CLOCK, cut=booth.cut, lateness=seconds(2), camera=camera))
                await camera.close()

        asyncio.run(main())


def test_it_sees_what_the_lamps_of_the_world_light() -> None:
    async def main() -> None:
        async with cables() as booth:
            ring, camera = (
                light.make({"lamp": "ring"}, booth.bench("ring")),
                realsense.make(LEFT, booth.bench("left")),
            )
            await ring.open()
            info = await camera.open()
            await camera.arm(ms(4))
            await camera.trigger()
            dark = await camera.read(after(CLOCK.now(), seconds(2)))
            await ring.on(1.0)
            await camera.trigger()
            lit = await camera.read(after(CLOCK.now(), seconds(2)))
            assert dark.colour is not None
            assert lit.colour is not None
            assert dark.colour.max() < 10 < 2 * 10 < lit.colour.mean()
            assert lit.depth is not None
            assert lit.depth[120, 160] * info.depth_unit == pytest.approx(630)
            await camera.close()
            await ring.close()

    asyncio.run(main())


def test_only_frames_that_somebody_waits_for_are_drawn(tmp_path: Path) -> None:
    async def main() -> None:
        async with cables() as booth:
            taken = counting(booth.world)
            camera = realsense.make(LEFT, booth.bench("left"))
            await camera.open()
            await camera.arm(ms(4))
            await pause(CLOCK, ms(200))
            assert taken == []
            await camera.trigger()
            frame = await camera.read(after(CLOCK.now(), seconds(2)))
            assert frame.depth is not None
            assert frame.depth.any()
            drawn = len(taken)
            assert drawn
            await pause(CLOCK, ms(200))
            assert len(taken) <= drawn + 1  # one may have been under way
            await camera.close()
            recording = realsense.make({**LEFT, "record": str(tmp_path / "all.db3")}, booth.bench("left"))
            await recording.open()
            await pause(CLOCK, ms(300))
            await recording.close()
            assert len(taken) > drawn + 1

    asyncio.run(main())


def counting(world: World) -> list[int]:
    """Grows by one with every picture from now on."""
    taken: list[int] = []
    photograph = world.floor.exhibition.photograph

    async def count(*arguments: Any) -> Any:
        taken.append(1)
        return await photograph(*arguments)

    world.floor.exhibition.photograph = count  # type: ignore[method-assign,assignment]
    return taken


def test_without_a_world_it_is_missing() -> None:
    with pytest.raises(DeviceMissing, match="this booth is not simulated"):
        asyncio.run(realsense.make(LEFT, Bench("left", CLOCK)).open())


def test_in_virtual_time_it_says_which_driver_to_take() -> None:
    with pytest.raises(DeviceMissing, match="driver: simulated"):
        asyncio.run(realsense.make(LEFT, Bench("left", LoopClock())).open())


def test_a_second_one_on_the_same_view_is_busy() -> None:
    async def main() -> None:
        async with cables() as booth:
            first, second = (realsense.make(LEFT, booth.bench(name)) for name in ("one", "two"))
            await first.open()
            with pytest.raises(DeviceBusy):
                await second.open()
            await first.close()

    asyncio.run(main())


@pytest.mark.parametrize("fault", ["frame-stale", "frame-repeated", "frame-dropped"])
def test_what_the_world_gives_twice_or_not_at_all_is_never_taken_for_a_new_frame(fault: str) -> None:
    async def main() -> None:
        async with cables() as booth:
            camera = realsense.make(LEFT, booth.bench("left"))
            await camera.open()
            await camera.arm(ms(4))
            before = 0
            for _ in range(3):
                await booth.tell(kind="fault", name=fault, where="left")
                triggered_at = CLOCK.now()
                await camera.trigger()
                frame = await camera.read(after(triggered_at, seconds(4)))
                assert frame.exposed_at - frame.exposed_at_error >= triggered_at
                assert frame.sequence > before
                before = frame.sequence
            await camera.close()

    asyncio.run(main())


def test_a_world_that_does_not_count_makes_a_stale_frame() -> None:
    async def main() -> None:
        async with cables() as booth:
            camera = realsense.make(LEFT, booth.bench("left"))
            await camera.open()
            await camera.arm(ms(4))
            await camera.trigger()
            await camera.read(after(CLOCK.now(), seconds(3)))
            await booth.tell(kind="fault", name="counter-stuck", where="left", lasts_ms=1_000)
            await camera.trigger()
            with pytest.raises(StaleFrame):
                await camera.read(after(CLOCK.now(), seconds(3)))
            await camera.close()

    asyncio.run(main())


def test_a_camera_that_hangs_in_stop_is_closed_within_seconds_and_taken_until_it_lets_go() -> None:
    async def main() -> None:
        async with cables() as booth:
            camera = realsense.make(LEFT, booth.bench("left"))
            await camera.open()
            await booth.tell(kind="fault", name="camera-hung-in-stop", where="left", lasts_ms=3_000)
            begun = CLOCK.now()
            await camera.close()
            assert CLOCK.now() - begun < seconds(3)
            with pytest.raises(DeviceMissing, match="hangs"):
                await camera.open()
            await CLOCK.sleep_until(after(begun, seconds(3.5)))
            await camera.open()
            await camera.close()

    asyncio.run(main())
