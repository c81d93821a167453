"""Thousands of captures, and hosts that come and go: nothing grows on either side."""

import os
from pathlib import Path

import pytest

from drivers.frames import Frame
from drivers.units import after, ms, seconds
from tests.drivers.hosts import CLOCK, Camera, play, unruly

GROWTH_AT_MOST = 4 << 20
WARM = 200
REOPENED = 6


def resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def handles(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def segments() -> int:
    """Shared memory of frames that this process holds."""
    return Path("/proc/self/maps").read_text().count("memfd:frames")


async def shot(camera: Camera) -> Frame:
    await camera.isolated.trigger()
    return await camera.isolated.read(after(CLOCK.now(), seconds(20)))


def nothing_grows(captures: int, width_px: int, height_px: int) -> None:
    async def scenario(camera: Camera) -> None:
        await camera.isolated.open()
        await camera.isolated.arm(ms(0.001))
        processes = (os.getpid(), camera.process)
        for _ in range(WARM):
            await shot(camera)
        before = [(resident(process), handles(process)) for process in processes]
        for _ in range(captures - WARM):
            await shot(camera)
        assert (await shot(camera)).sequence == captures + 1
        for process, (size, count) in zip(processes, before, strict=True):
            assert resident(process) - size < GROWTH_AT_MOST
            assert handles(process) == count
        assert segments() == 1

    play(unruly(size_px=[width_px, height_px]), scenario)


def test_nothing_grows_over_two_thousand_captures() -> None:
    nothing_grows(2_000, 320, 240)


@pytest.mark.soak
def test_nothing_grows_over_ten_thousand_captures() -> None:
    nothing_grows(10_000, 1280, 720)


def test_nothing_is_left_of_hosts_that_came_and_went() -> None:
    async def scenario(camera: Camera) -> None:
        counts = set()
        for turn in range(REOPENED):
            await camera.isolated.open()
            await camera.isolated.arm(ms(0.001))
            await shot(camera)
            if turn % 2:
                await camera.kill()
            await camera.isolated.close()
            await camera.isolated.close()
            if turn > 1:
                counts.add(handles(os.getpid()))
        assert len(counts) == 1
        assert segments() == 0

    roomy = unruly()
    roomy.budget.restarts = REOPENED
    play(roomy, scenario)
