"""When a RealSense's frame was exposed: against what the emulated camera knows, and as the station needs it."""

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

import asyncio
from typing import Any

from booth.inspection.station import Capture, Station
from booth.settings.model import Shot
from booth.tray import TrayId
from drivers.cameras.device_clock import COUNTER_US
from drivers.cameras.realsense import RealSenseCamera, read_wanted
from drivers.frames import Frame
from drivers.units import Duration, Instant, after, as_ms, between, ms, seconds
from fakes.emulators.realsense import DRIFT_PPM, RealSense
from fakes.line.floor import Floor
from fakes.studios.flat import FlatStudio
from tests.drivers.emulated_realsense import CLOCK, STANDS, STREAMS, Emulated, Emulation, in_real_time
from tests.emulators.floors import running

SLOW = 10  # frames a second: a busy machine is late by less than that, and leaves none out
TRANSFER_MS = (29.0, 120.0)  # 30 in the emulator, and what the machine adds


async def frames(camera: RealSenseCamera, count: int) -> list[Frame]:
    await camera.open()
    await camera.arm(ms(4))
    taken = []
    for _ in range(count):
        await camera.trigger()
        taken.append(await camera.read(after(CLOCK.now(), seconds(3))))
    await camera.close()
    return taken


def truly_exposed_at(there: Emulation, frame: Frame) -> Instant:
    """By the emulated camera's clock, undone. Good while it does not wrap."""
    body = there.emulator.body
    assert body is not None
    mid = round(frame.origin["colour"]["mid_us"] * 1000 / (1 + DRIFT_PPM * 1e-6))
    wrapped = round(COUNTER_US * 1000 / (1 + DRIFT_PPM * 1e-6))
    at = body.clock.powered_at + mid - frame.exposure // 2
    return Instant(min((at + turn * wrapped for turn in (0, 1)), key=lambda each: abs(each - frame.exposed_at)))


@pytest.mark.parametrize("underway_ms", [None, TRANSFER_MS])
def test_the_truth_lies_within_the_error_of_a_stamp(underway_ms: tuple[float, float] | None) -> None:
    async def story(there: Emulation) -> None:
        for frame in await frames(there.camera(fps=SLOW, underway_ms=underway_ms), 3):
            off = abs(between(frame.exposed_at, truly_exposed_at(there, frame)))
            assert off <= frame.exposed_at_error + ms(0.002)

    in_real_time(story, fps=SLOW)


def test_the_error_is_a_frame_period_until_the_way_has_been_measured() -> None:
    async def story(there: Emulation) -> None:
        (vague,) = await frames(there.camera(fps=SLOW), 1)
        (sharp,) = await frames(there.camera(fps=SLOW, underway_ms=TRANSFER_MS), 1)
        assert 1000 / SLOW / 2 < as_ms(vague.exposed_at_error) < 1000 / SLOW + 2
        assert as_ms(sharp.exposed_at_error) <= (TRANSFER_MS[1] - TRANSFER_MS[0]) / 2 + 2

    in_real_time(story, fps=SLOW)


def test_a_camera_that_has_had_power_for_71_minutes_begins_to_count_again() -> None:
    nearly = Duration(COUNTER_US * 1000 - ms(400))

    async def story(there: Emulation) -> None:
        taken = await frames(there.camera(), 6)
        mids = [frame.origin["colour"]["mid_us"] for frame in taken]
        assert mids == sorted(mids)
        assert mids[-1] > COUNTER_US > mids[0]
        for frame in taken:
            assert between(frame.exposed_at, CLOCK.now()) < seconds(5)

    in_real_time(story, powered_for=nearly)


class Lamp:
    """The ring of a floor, as a drivers.protocols.Light."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def open(self) -> None:
        self._turn(0.0)

    async def on(self, intensity: float) -> Instant:
        return self._turn(intensity)

    async def off(self) -> Instant:
        self._turn(0.0)
        return self._floor.clock.now()

    async def close(self) -> None:
        self._turn(0.0)

    def _turn(self, level: float) -> Instant:
        return self._floor.lamps.turn("ring", level, self._floor.clock.now())


def captured(pairing: Duration, **options: Any) -> Capture:
    """A capture of two cameras that run free, each at its own time."""

    async def main() -> Capture:
        async with running(STANDS, CLOCK) as floor:
            eyes = {name: RealSense(floor, name, FlatStudio().info(name), SLOW) for name in ("left", "right")}
            tasks = []
            for eye in eyes.values():
                tasks.append(asyncio.create_task(eye.run()))
                await CLOCK.sleep_until(after(CLOCK.now(), ms(51)))
            wanted = read_wanted({**STREAMS, "fps": SLOW, **options})
            cameras = {name: RealSenseCamera(name, Emulated(eye), wanted, CLOCK) for name, eye in eyes.items()}
            station = Station(cameras, {"ring": Lamp(floor)}, CLOCK, lambda _: None, lambda _: None)
            await station.open()
            shot = Shot(lights={"ring": 1.0}, exposure_ms=4)
            capture = await station.capture(
                TrayId("000001-000001"), (shot, shot), pairing, after(CLOCK.now(), seconds(3))
            )
            await station.close()
            for task in tasks:
                task.cancel()
            return capture

    return asyncio.run(main())


@pytest.mark.parametrize("options", [{}, {"underway_ms": TRANSFER_MS}], ids=["unmeasured", "measured"])
def test_two_cameras_that_run_free_make_a_capture_under_one_light(options: dict[str, Any]) -> None:
    """Their stamps with their errors lie within the light, for the station has looked."""
    capture = captured(seconds(0.5), **options)
    assert len(capture.shots) == 2
    for frame in (frame for shot in capture.shots for frame in shot):
        assert frame.colour is not None
        assert frame.colour[120, 160].mean() > 80  # wholly lit: 102 of 255, and some noise
