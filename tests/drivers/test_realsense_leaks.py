"""Thousands of captures leave nothing behind: no threads, no open files, no memory, none of the SDK's frames."""

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from drivers.cameras.realsense import RealSenseCamera
from drivers.clock import pause
from drivers.units import after, ms, seconds
from tests.drivers.emulated_realsense import CLOCK, rapidly
from tests.drivers.leaks import held, leak_of

EXPOSURE = ms(1)


async def capture(camera: RealSenseCamera, times: int) -> None:
    for _ in range(times):
        await camera.trigger()
        await camera.read(after(CLOCK.now(), seconds(5)))


def captures_leave_nothing_behind(times: int) -> None:
    async def story(camera: RealSenseCamera) -> None:
        await camera.open()
        await camera.arm(EXPOSURE)
        await capture(camera, 50)
        before = held()
        await capture(camera, times)
        assert leak_of(before, held()) == {}

    rapidly(story)


def test_five_hundred_captures_leave_nothing_behind() -> None:
    captures_leave_nothing_behind(500)


@pytest.mark.soak
def test_ten_thousand_captures_leave_nothing_behind() -> None:
    captures_leave_nothing_behind(10_000)


def test_triggers_that_nobody_reads_hold_no_frames() -> None:
    async def story(camera: RealSenseCamera) -> None:
        await camera.open()
        await camera.arm(EXPOSURE)
        await capture(camera, 20)
        before = held()
        for _ in range(300):
            await camera.trigger()
            await pause(CLOCK, ms(2))
        await capture(camera, 5)
        assert leak_of(before, held()) == {}

    rapidly(story)


def test_opening_and_closing_leaves_nothing_behind() -> None:
    async def story(camera: RealSenseCamera) -> None:
        await around(camera, 3)
        before = held()
        await around(camera, 20)
        assert leak_of(before, held()) == {}

    rapidly(story)


async def around(camera: RealSenseCamera, times: int) -> None:
    for _ in range(times):
        await camera.open()
        await camera.arm(EXPOSURE)
        await capture(camera, 2)
        await camera.close()
    await pause(CLOCK, ms(200))  # what ends by itself
