"""Thousands of captures leave nothing behind: no threads, no open files, no memory, none of the SDK's frames."""

import gc
import os
import threading
from pathlib import Path

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from drivers.cameras.realsense import RealSenseCamera
from drivers.clock import pause
from drivers.units import after, ms, seconds
from tests.drivers.emulated_realsense import CLOCK, rapidly

EXPOSURE = ms(1)
GROWS_AT_MOST_MB = 6  # 500 captures are 190 MB


def held() -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "threads": threading.active_count(),
        "tasks": len(os.listdir("/proc/self/task")),  # noqa: PTH208 - the number is what is wanted
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "mb": pages * os.sysconf("SC_PAGE_SIZE") >> 20,
    }


async def capture(camera: RealSenseCamera, times: int) -> None:
    for _ in range(times):
        await camera.trigger()
        await camera.read(after(CLOCK.now(), seconds(5)))


def leak_of(before: dict[str, int], after_it: dict[str, int]) -> dict[str, int]:
    grown = {key: after_it[key] - before[key] for key in before}
    return {key: by for key, by in grown.items() if by > (GROWS_AT_MOST_MB if key == "mb" else 0)}


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
