"""UVC cameras: the contract on a camera of this machine if it has one, and on a double of what OpenCV and V4L2 give.
What the double shows is our driver, and nothing of cameras."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.cameras.device_clock import Underway
from drivers.cameras.uvc import UvcCamera
from drivers.cameras.uvc.controls import Control
from drivers.cameras.uvc.device import decoded
from drivers.cameras.uvc.finding import attached
from drivers.cameras.uvc.stamps import Buffered, buffered, exposed
from drivers.cameras.uvc.wanted import read_wanted
from drivers.errors import BadFrame, DeviceBusy, DeviceLost, DeviceMissing, OutOfRange, ReadTimeout
from drivers.frames import Frame
from drivers.units import Duration, Instant, after, ms, seconds
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.uvc_double import CLOCK, Double
from tests.drivers.uvc_nodes import NODES, at_node, unplugs

OPTIONS: dict[str, Any] = {"size_px": (64, 48), "fps": 40}
LATENESS = seconds(5)


def camera_of(double: Double, **options: Any) -> UvcCamera:
    return UvcCamera("left", double.opened, read_wanted({**OPTIONS, **options}), CLOCK)


async def unplug(double: Double) -> None:
    double.unplugged = True


class TestUvcCameraOfADouble(CameraContract):
    stamped = True

    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            double = Double(stamped=self.stamped)
            camera = camera_of(double)
            stand = CameraStand(clock=CLOCK, cut=partial(unplug, double), lateness=LATENESS, camera=camera)
            await scenario(stand)
            await camera.close()

        asyncio.run(main())


class TestUvcCameraOfADoubleWithoutStamps(TestUvcCameraOfADouble):
    stamped = False


with_a_camera = pytest.mark.skipif(not NODES, reason="no /dev/video* that gives pictures; make test-vm has one")


@with_a_camera
class TestUvcCameraOfThisMachine(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            camera = at_node(NODES[0])
            try:
                await scenario(CameraStand(clock=CLOCK, cut=unplugs(NODES[0]), lateness=LATENESS, camera=camera))
            finally:
                await camera.close()

        asyncio.run(main())

    def test_old_frames_of_the_kernels_queue_are_thrown_away(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.frame()
            await stand.clock.sleep_until(after(stand.clock.now(), seconds(1)))
            triggered_at = stand.clock.now()
            frame = await stand.frame()
            assert frame.exposed_at - frame.exposed_at_error >= triggered_at

        self.play(scenario)

    def test_a_second_booth_finds_it_busy(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.camera.open()
            with pytest.raises(DeviceBusy, match="another booth"):
                await at_node(NODES[0]).open()

        self.play(scenario)

    def test_a_gain_beyond_what_the_kernel_says_is_refused(self) -> None:
        async def main() -> None:
            with pytest.raises(OutOfRange, match="gain"):
                await at_node(NODES[0], gain=100_000).open()

        asyncio.run(main())


def play(double: Double, scenario: Callable[[UvcCamera], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        camera = camera_of(double, **options)
        await scenario(camera)
        await camera.close()

    asyncio.run(main())


async def shot(camera: UvcCamera) -> Frame:
    await camera.trigger()
    return await camera.read(after(CLOCK.now(), seconds(5)))


def refusal(double: Double, **options: Any) -> str:
    """What open() says."""

    async def main() -> None:
        await camera_of(double, **options).open()

    with pytest.raises(OutOfRange) as caught:
        asyncio.run(main())
    assert double.released.is_set()
    return str(caught.value)


def test_everything_that_changes_by_itself_is_switched_off() -> None:
    async def scenario(camera: UvcCamera) -> None:
        await camera.open()
        assert double.values[Control.EXPOSURE_MODE] == 1
        assert double.values[Control.AUTO_WHITE_BALANCE] == 0
        assert (double.values[Control.WHITE_BALANCE_K], double.values[Control.GAIN]) == (4600, 12)
        assert Control.AUTO_GAIN not in double.values

    double = Double()
    play(double, scenario, white_balance_k=4600, gain=12)


@pytest.mark.parametrize(
    ("control", "took", "says"),
    [
        (Control.WHITE_BALANCE_K, 4650, "white balance of 4600 and took 4650; write that into white_balance_k"),
        (Control.GAIN, 11, "gain of 12 and took 11; write that into gain"),
        (Control.EXPOSURE_MODE, 3, "exposure mode cannot be fixed: it stays at 3"),
        (Control.AUTO_WHITE_BALANCE, 1, "auto white balance cannot be fixed: it stays at 1"),
    ],
)
def test_a_camera_that_takes_something_else_is_refused_and_it_says_what(control: Control, took: int, says: str) -> None:
    assert says in refusal(Double(takes={control: lambda _: took}), white_balance_k=4600, gain=12)


@pytest.mark.parametrize(
    ("prop", "took", "says"),
    [
        (cv2.CAP_PROP_FRAME_WIDTH, 640, "frame width of 64 and took 640"),
        (cv2.CAP_PROP_FPS, 30, "frame rate of 40 and took 30"),
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"YUYV"), "pixel format of MJPG and took YUYV"),
    ],
)
def test_a_camera_that_has_no_such_format_is_refused_and_it_says_what_it_has(prop: int, took: int, says: str) -> None:
    assert says in refusal(Double(fixed={prop: took}), pixel_format="mjpg")


def test_a_value_that_it_cannot_have_is_refused_with_the_interval() -> None:
    assert "is not between 2800 and 6500; correct white_balance_k" in refusal(Double(), white_balance_k=9000)
    assert "has no gain to set; leave gain out" in refusal(Double(missing={Control.GAIN}), gain=3)


@pytest.mark.parametrize(
    ("double", "says"),
    [
        (Double(takes={Control.EXPOSURE_100_US: lambda _: 100}), "to expose for 4 ms and took 10 ms"),
        (Double(missing={Control.EXPOSURE_100_US}), "has no exposure in ms that could be fixed"),
    ],
)
def test_an_exposure_that_it_does_not_take_is_refused(double: Double, says: str) -> None:
    async def scenario(camera: UvcCamera) -> None:
        await camera.open()
        with pytest.raises(OutOfRange, match=says):
            await camera.arm(ms(4))

    play(double, scenario)


def test_old_frames_of_the_queue_are_thrown_away_after_a_trigger() -> None:
    async def scenario(camera: UvcCamera) -> None:
        await camera.open()
        await camera.arm(ms(4))
        await shot(camera)
        await CLOCK.sleep_until(after(CLOCK.now(), ms(200)))
        triggered_at = CLOCK.now()
        frame = await shot(camera)
        assert frame.exposed_at - frame.exposed_at_error >= triggered_at

    play(Double(), scenario)


def test_a_frame_of_an_earlier_exposure_is_not_taken_for_one_of_the_new() -> None:
    async def scenario(camera: UvcCamera) -> None:
        await camera.open()
        await camera.arm(ms(4))
        await shot(camera)
        armed_at = CLOCK.now()
        await camera.arm(ms(8))
        frame = await shot(camera)
        assert frame.exposure == ms(8)
        assert frame.exposed_at >= armed_at + 3 * ms(25)

    play(Double(), scenario)


def test_a_camera_that_stalls_ends_its_read_in_time_and_is_lost() -> None:
    async def scenario(camera: UvcCamera) -> None:
        await camera.open()
        await camera.arm(ms(4))
        await shot(camera)
        double.stalls = True
        await camera.trigger()
        with pytest.raises(ReadTimeout):
            await camera.read(after(CLOCK.now(), ms(50)))
        with pytest.raises(DeviceLost, match="hangs in waiting for a frame for 1 s"):
            await camera.read(after(CLOCK.now(), seconds(20)))
        with pytest.raises(DeviceLost):
            await camera.trigger()
        await camera.close()
        assert await asyncio.to_thread(double.released.wait, 20)  # by the thread that comes back from the stall

    double = Double()
    play(double, scenario)


def test_a_camera_that_sends_nothing_is_busy() -> None:
    double = Double(stalls=True)

    async def main() -> None:
        camera = camera_of(double)
        with pytest.raises(DeviceBusy, match="sends no frames"):
            await camera.open()

    asyncio.run(main())
    assert double.released.is_set()


def test_a_device_that_is_not_there_is_missing_and_one_that_is_no_camera_too(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "video0", "No such file"), (Path("/dev/null"), "is no camera")):
        with pytest.raises(DeviceMissing, match=says):
            attached("left", path)


def test_a_device_that_another_booth_holds_is_busy(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "video0").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DeviceBusy, match="another booth"):
            attached("left", tmp_path / "video0")


WANTED = read_wanted({**OPTIONS, "underway_ms": (1, 5), "readout_ms": 20})


def test_the_kernels_stamp_is_of_the_first_packet_and_the_exposure_ended_before() -> None:
    found = exposed(Buffered(Instant(100_000_000), Instant(80_000_000)), ms(4), WANTED)
    assert found.at == Instant(ms(80 - 4 - 3))
    assert (found.error, found.readout) == (ms(2), ms(20))


def test_without_a_stamp_the_packets_may_have_taken_a_frame_period() -> None:
    found = exposed(Buffered(Instant(100_000_000), None), ms(4), WANTED)
    assert found.at == Instant(ms(100 - 4 - 1 - (25 + 4) / 2))
    assert found.error == ms((25 + 4) / 2)


def test_nothing_is_exposed_after_it_arrived() -> None:
    late = exposed(Buffered(Instant(82_000_000), Instant(80_000_000)), ms(4), WANTED)
    assert late.at + late.error + ms(4) + late.readout == ms(82)


@pytest.mark.parametrize("pos_ms", [0.0, -1.0, 5000.1, 1.7e12])
def test_a_stamp_of_another_clock_is_not_believed(pos_ms: float) -> None:
    assert buffered(Instant(5_000_000_000), pos_ms) == Buffered(Instant(5_000_000_000), None)


def test_until_it_is_measured_a_frame_may_be_underway_for_two_periods() -> None:
    assert read_wanted(OPTIONS).underway == Underway(Duration(0), ms(50))


def test_a_jpeg_that_was_cut_off_is_a_bad_frame() -> None:
    _, jpeg = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8))
    whole = jpeg.tobytes()
    picture = decoded("left", whole + bytes(100))
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    with pytest.raises(BadFrame, match="cut off after"):
        decoded("left", whole[: len(whole) // 2])
