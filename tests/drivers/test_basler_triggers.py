"""What a Basler camera makes of exposures that somebody else causes: lines, counters, frames of before."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pypylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

from drivers.cameras import basler
from drivers.cameras.basler import BaslerCamera
from drivers.cameras.basler.camera import _Trigger
from drivers.cameras.basler.grabbing import Grabbed
from drivers.cameras.basler.stamps import Called, Latch, Taken
from drivers.cameras.device_clock import Ticks
from drivers.clock import pause
from drivers.errors import (
    ReadTimeout,
    StaleFrame,
)
from drivers.frames import Frame
from drivers.units import Instant, between, ms
from tests.drivers.emulated_basler import (
    CLOCK,
    LENS,
    Emulation,
    read,
    with_left,
)

READY_MS = 5_000


def test_with_a_line_for_a_trigger_the_next_exposure_is_taken_whoever_causes_it() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        pull = there.opened.TriggerSoftware.Execute  # the emulation has no wire, and takes this for one
        assert await asyncio.to_thread(there.opened.WaitForFrameTriggerReady, READY_MS)
        await camera.trigger()
        await pause(CLOCK, ms(30))
        pulled_at = CLOCK.now()
        pull()
        frame = await read(camera)
        assert abs(between(frame.exposed_at, pulled_at)) <= frame.exposed_at_error
        assert frame.missed == 0

    with_left(scenario, trigger={"TriggerSource": "Line1"})


def test_exposures_of_a_line_that_nobody_asked_for_are_thrown_away_and_counted() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        for _ in range(2):
            assert await asyncio.to_thread(there.opened.WaitForFrameTriggerReady, READY_MS)
            there.opened.TriggerSoftware.Execute()
            await pause(CLOCK, ms(100))
        await camera.trigger()
        with pytest.raises(ReadTimeout, match="nothing pulled Line1"):
            await read(camera, 50)
        there.opened.TriggerSoftware.Execute()
        assert (await read(camera)).missed == 2

    with_left(scenario, trigger={"TriggerSource": "Line1"})


def test_a_pull_from_before_the_trigger_whose_frame_comes_after_it_is_thrown_away() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        pull = there.opened.TriggerSoftware.Execute
        assert await asyncio.to_thread(there.opened.WaitForFrameTriggerReady, READY_MS)
        there.inject("frame-late", amount=150)
        pull()
        await pause(CLOCK, ms(30))
        await camera.trigger()
        with pytest.raises(ReadTimeout):
            await read(camera, 300)
        pull()
        assert (await read(camera)).missed == 1

    with_left(scenario, trigger={"TriggerSource": "Line1"})


class Shelf:
    """A grabber with these frames, of a camera whose clock was read once."""

    emulated = False

    def __init__(self, *frames: Grabbed) -> None:
        self._frames = list(frames)

    def grab(self, until: Instant, wanted: Callable[[], bool]) -> Grabbed | None:
        return self._frames.pop(0) if self._frames else None

    def latch(self) -> Latch:
        return Latch(Ticks(0), Called(Instant(ms(900)), Instant(ms(901))))


def grabbed(
    arrived_ms: float, sequence: int, stale: bool = False, missed: int = 0, ticks: int | None = None
) -> Grabbed:
    told = None if ticks is None else Ticks(ticks)
    return Grabbed(Instant(ms(arrived_ms)), sequence, stale, missed, told, np.zeros((2, 2, 3), np.uint8))


def taken_off(*frames: Grabbed, clock_is_read: bool = False) -> Frame | None:
    """What a camera on Line1 makes of these, triggered at 1000 ms to expose for 4."""
    wanted = basler.read_wanted({**LENS, "trigger": {"TriggerSource": "Line1"}})
    camera = BaslerCamera("top", "shelf", lambda: None, wanted, CLOCK)
    shelf: Any = Shelf(*frames)
    if clock_is_read:
        camera._read_clock(shelf)
    called = Called(Instant(ms(1_000)), Instant(ms(1_000)))
    return camera._take(shelf, _Trigger(called, Taken(ms(4))), Instant(ms(2_000)), lambda: True)


def test_a_frame_that_was_begun_before_the_trigger_is_passed_over_and_its_gap_is_told() -> None:
    frame = taken_off(grabbed(1_003, 4, missed=2), grabbed(1_040, 5))
    assert frame is not None
    assert (frame.sequence, frame.missed) == (5, 2)
    assert frame.exposed_at - frame.exposed_at_error == ms(1_000)
    assert frame.exposed_at + frame.exposed_at_error == ms(1_036)


def test_a_camera_whose_clock_can_be_read_says_when_the_line_was_pulled() -> None:
    frame = taken_off(grabbed(1_040, 5, ticks=ms(120)), clock_is_read=True)
    assert frame is not None
    assert frame.exposed_at == pytest.approx(ms(1_020.5), abs=ms(0.1))
    assert frame.exposed_at_error == pytest.approx(ms(0.5), abs=ms(0.1))


def test_a_frame_that_the_camera_dates_before_the_trigger_is_passed_over() -> None:
    assert taken_off(grabbed(1_040, 5, ticks=ms(80)), clock_is_read=True) is None


def test_a_frame_whose_counter_did_not_advance_is_stale() -> None:
    with pytest.raises(StaleFrame, match="came again"):
        taken_off(grabbed(1_040, 5, stale=True))
