"""What the RealSense driver does when its camera does what cameras do, against the vendor's own SDK."""

import threading
from collections.abc import Callable

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

import pyrealsense2 as rs

from drivers.cameras.realsense import RealSenseCamera
from drivers.cameras.realsense.opened import Opened
from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing, ReadTimeout, StaleFrame
from drivers.frames import Frame
from drivers.units import Instant, after, ms, seconds
from tests.drivers.emulated_realsense import CLOCK, Emulation, in_real_time

PERIOD = seconds(1 / 30)
LONG = seconds(10)
NEVER_MENDED = 60_000.0


def soon() -> Instant:
    return after(CLOCK.now(), seconds(3))


async def ready(there: Emulation) -> RealSenseCamera:
    camera = there.camera()
    await camera.open()
    await camera.arm(ms(4))
    return camera


async def frame(camera: RealSenseCamera) -> Frame:
    await camera.trigger()
    return await camera.read(soon())


@pytest.mark.parametrize(
    "strike",
    [
        lambda there: there.suffer("frame-stale"),
        lambda there: there.suffer("frame-repeated"),
        lambda there: there.suffer("frame-late", amount=2.5 * 33),
        lambda there: [there.suffer("frame-stale") for _ in range(3)],
    ],
    ids=["stale", "repeated", "late", "stale three times"],
)
def test_an_old_frame_is_never_taken_for_a_new_one(strike: Callable[[Emulation], object]) -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        last = await frame(camera)
        for _ in range(4):
            strike(there)
            triggered_at = CLOCK.now()
            await camera.trigger()
            taken = await camera.read(soon())
            assert taken.exposed_at - taken.exposed_at_error >= triggered_at
            assert taken.sequence > last.sequence
            last = taken
        await camera.close()

    in_real_time(story)


def test_a_frame_that_is_lost_after_the_trigger_is_counted_as_missed() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        there.suffer("frame-dropped")
        assert (await frame(camera)).missed >= 1
        assert 0 in [(await frame(camera)).missed for _ in range(5)]  # a busy machine may drop some by itself
        await camera.close()

    in_real_time(story)


def test_a_counter_that_stands_is_a_stale_frame_and_the_next_one_is_good_again() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        there.suffer("counter-stuck", lasts_ms=300)
        await camera.trigger()
        with pytest.raises(StaleFrame, match="under the old count"):
            await camera.read(soon())
        await pause(CLOCK, ms(400))
        assert (await frame(camera)).sequence > 0
        await camera.close()

    in_real_time(story)


def test_a_camera_that_only_repeats_itself_is_stale_at_the_deadline() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        for _ in range(40):
            there.suffer("frame-stale")
        await camera.trigger()
        with pytest.raises(StaleFrame, match="only frames that were there before"):
            await camera.read(after(CLOCK.now(), ms(400)))
        await camera.close()

    in_real_time(story)


def test_frames_that_are_not_exposed_as_armed_are_not_taken_and_the_timeout_says_why() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        rgb = there.emulator.device.query_sensors()[1]
        rgb.set_option(rs.option.exposure, 80)
        await camera.trigger()
        with pytest.raises(ReadTimeout, match="exposed for 8 ms and not as armed"):
            await camera.read(after(CLOCK.now(), ms(400)))
        await camera.arm(ms(4))
        assert (await frame(camera)).exposure == ms(4)
        await camera.close()

    in_real_time(story)


def test_a_saturated_frame_comes_as_it_is() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        for _ in range(10):
            there.suffer("saturated", amount=50)
        burnt = (await frame(camera)).colour
        assert burnt is not None
        assert burnt[120, 160].min() == 255
        await camera.close()

    in_real_time(story)


def test_a_camera_that_sends_nothing_times_out_at_the_deadline() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await camera.trigger()
        deadline = after(CLOCK.now(), ms(100))
        with pytest.raises(ReadTimeout, match="no frame in time"):
            await camera.read(deadline)
        assert deadline <= CLOCK.now() <= after(deadline, seconds(2))
        await camera.close()

    in_real_time(story, runs=False)


def test_a_camera_that_has_fallen_silent_for_long_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.cameras.realsense.camera.QUIET_AT_MOST", ms(300))

    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await camera.trigger()
        with pytest.raises(DeviceLost, match="has sent nothing"):
            await camera.read(soon())
        with pytest.raises(DeviceLost, match="has sent nothing"):
            await camera.arm(ms(4))
        await camera.close()

    in_real_time(story, runs=False)


def test_a_camera_that_is_unplugged_while_somebody_waits_is_lost_at_once() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await camera.trigger()
        there.suffer("camera-lost", lasts_ms=NEVER_MENDED)
        begun = CLOCK.now()
        with pytest.raises(DeviceLost, match="unplugged"):
            await camera.read(after(begun, LONG))
        assert CLOCK.now() - begun < LONG // 2
        await camera.close()

    in_real_time(story)


def test_a_camera_that_does_not_answer_stays_lost_until_it_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("hwmon command 0x10 failed")

    async def story(there: Emulation) -> None:
        camera = await ready(there)
        with monkeypatch.context() as patched:
            patched.setattr(Opened, "expose", fail)
            with pytest.raises(DeviceLost, match="hwmon command"):
                await camera.arm(ms(5))
        with pytest.raises(DeviceLost, match="hwmon command"):
            await camera.trigger()
        await camera.close()
        await camera.open()
        await camera.arm(ms(5))
        assert (await frame(camera)).exposure == ms(5)
        await camera.close()

    in_real_time(story)


def test_a_camera_that_was_unplugged_comes_back_after_close_and_open() -> None:
    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        there.suffer("camera-lost", lasts_ms=200)
        for verb in (camera.trigger, lambda: camera.arm(ms(4)), lambda: camera.read(soon())):
            with pytest.raises(DeviceLost):
                await verb()
        await camera.close()
        with pytest.raises(DeviceMissing):
            await camera.open()
        await pause(CLOCK, ms(300))
        await camera.open()
        await camera.arm(ms(4))
        assert (await frame(camera)).sequence > 0
        await camera.close()

    in_real_time(story)


def test_a_library_that_hangs_in_stop_costs_a_deadline_and_the_camera_opens_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.cameras.realsense.camera.STOPS_WITHIN", ms(200))
    released, stop = threading.Event(), Opened.stop

    def hang(opened: Opened) -> None:
        released.wait()
        stop(opened)

    async def story(there: Emulation) -> None:
        camera = await ready(there)
        await frame(camera)
        monkeypatch.setattr(Opened, "stop", hang)
        begun = CLOCK.now()
        await camera.close()
        assert CLOCK.now() - begun < LONG
        monkeypatch.setattr(Opened, "stop", stop)
        released.set()
        await pause(CLOCK, ms(100))
        await camera.open()
        await camera.arm(ms(4))
        assert (await frame(camera)).sequence > 0
        await camera.close()

    in_real_time(story)
