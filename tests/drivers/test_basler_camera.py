"""The Basler driver over the vendor's own SDK: cameras of its emulation, or one on this machine."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("pypylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

from drivers.cameras import basler
from drivers.cameras.basler import BaslerCamera
from drivers.clock import pause
from drivers.errors import (
    BadFrame,
    DeviceBusy,
    DeviceError,
    DeviceLost,
    DeviceMissing,
    NotArmed,
    OutOfRange,
    ReadTimeout,
)
from drivers.registry import CAMERAS, Bench, load
from drivers.units import as_ms, between, ms, seconds
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.emulated_basler import (
    CLOCK,
    LENS,
    SERIAL_OF,
    Emulation,
    armed,
    emulated,
    read,
    same,
    sheet,
    shot,
    with_left,
)

LATENESS = ms(200)  # real time, on a machine that may be busy
READY_MS = 5_000


class Emulated(CameraContract):
    name: str

    def play(self, scenario: Scenario) -> None:
        async def main(there: Emulation) -> None:
            async def unplug() -> None:
                there.inject("camera-lost", self.name, lasts_ms=60_000)

            camera = there.camera(self.name)
            await scenario(CameraStand(clock=CLOCK, cut=unplug, lateness=LATENESS, camera=camera))
            await camera.close()

        emulated(main)


class TestLeft(Emulated):
    name = "left"


class TestRight(Emulated):
    name = "right"


@pytest.mark.hardware
class TestHardware(CameraContract):
    @pytest.fixture(autouse=True)
    def _serial(self, hardware: Callable[[str], str]) -> None:
        self.serial = hardware("basler")

    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            camera = basler.make({"serial": self.serial, **LENS}, Bench("camera", CLOCK))
            stand = CameraStand(clock=CLOCK, cut="pull its cable by hand", lateness=LATENESS, camera=camera)
            await scenario(stand)
            await camera.close()

        asyncio.run(main())


def test_the_registry_knows_it() -> None:
    assert load(CAMERAS, "basler") is basler.make


def test_both_cameras_are_exposed_together_and_see_each_their_own() -> None:
    async def scenario(there: Emulation) -> None:
        cameras = [await armed(there.camera(name)) for name in SERIAL_OF]
        for _ in range(5):
            await asyncio.gather(*(camera.trigger() for camera in cameras))
            left, right = await asyncio.gather(*(read(camera) for camera in cameras))
            assert (left.camera, right.camera) == ("left", "right")
            assert not same(left, right)
            assert abs(between(left.exposed_at, right.exposed_at)) < seconds(0.2)
        for camera in cameras:
            await camera.close()

    emulated(scenario)


def test_a_buffer_that_failed_is_a_bad_frame_with_what_pylon_says_and_costs_one() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        there.opened.ForceFailedBufferCount.Value = 1
        there.opened.ForceFailedBuffer.Execute()
        with pytest.raises(BadFrame, match="incompletely grabbed"):
            await shot(camera)
        with pytest.raises(NotArmed):
            await read(camera)
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_no_frame_after_a_trigger_is_a_read_timeout() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        there.inject("frame-late", amount=60_000)
        await camera.trigger()
        with pytest.raises(ReadTimeout, match="no frame came for the trigger"):
            await read(camera, 100)
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_a_frame_that_comes_after_the_next_trigger_is_not_given_for_it() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        there.inject("frame-late", amount=150)
        await camera.trigger()
        with pytest.raises(ReadTimeout):
            await read(camera, 50)
        triggered_at = CLOCK.now()
        await camera.trigger()
        frame = await read(camera)
        assert frame.exposed_at - frame.exposed_at_error >= triggered_at
        assert as_ms(between(triggered_at, CLOCK.now())) < 150
        assert frame.missed == 0

    with_left(scenario)


def test_a_frame_that_came_too_late_and_waits_is_not_given_for_the_next_trigger() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        first = await shot(camera)
        there.inject("saturated", amount=50)
        await camera.trigger()
        await pause(CLOCK, ms(200))
        frame = await shot(camera)
        assert frame.colour is not None
        assert frame.colour.max() < 255
        assert (frame.sequence, frame.missed) == (first.sequence + 2, 0)

    with_left(scenario)


def test_a_read_that_was_given_up_leaves_the_camera_to_the_next_trigger() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        there.inject("frame-late", amount=60_000)
        await camera.trigger()
        reading = asyncio.create_task(read(camera, 60_000))
        await pause(CLOCK, ms(50))
        reading.cancel()
        begun = CLOCK.now()
        await shot(camera)
        assert between(begun, CLOCK.now()) < seconds(1)

    with_left(scenario)


@pytest.mark.parametrize("how", ["removed", "destroyed"])
def test_a_camera_that_goes_while_a_frame_is_waited_for_is_lost_and_works_again_after_close_and_open(how: str) -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        there.inject("frame-late", amount=60_000)
        await camera.trigger()
        reading = asyncio.create_task(read(camera, 5_000))
        await pause(CLOCK, ms(100))
        if how == "removed":
            there.inject("camera-lost", lasts_ms=100)
        else:
            await asyncio.to_thread(there.opened.DestroyDevice)
        begun = CLOCK.now()
        with pytest.raises(DeviceLost, match="the camera is gone"):
            await reading
        assert between(begun, CLOCK.now()) < seconds(1)
        await pause(CLOCK, ms(200))  # it is plugged in again, and nobody has closed it
        for verb in (camera.trigger(), camera.arm(ms(4)), read(camera)):
            with pytest.raises(DeviceLost):
                await verb
        await camera.close()
        await pause(CLOCK, ms(150))
        await armed(camera)
        assert (await shot(camera)).missed == 0

    with_left(scenario)


def test_a_frame_that_had_come_before_the_camera_was_known_to_be_lost_is_not_given_afterwards() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        await camera.trigger()
        await pause(CLOCK, ms(150))
        there.inject("camera-lost", lasts_ms=60_000)
        with pytest.raises(DeviceLost):
            await camera.arm(ms(4))
        with pytest.raises(DeviceLost):
            await read(camera)

    with_left(scenario)


def test_an_exposure_that_it_cannot_take_names_what_it_can() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        with pytest.raises(OutOfRange, match=r"20000 ms is not between 0.001 and 10000 ms"):
            await camera.arm(seconds(20))
        assert (await shot(camera)).exposure == ms(4)

    with_left(scenario)


def test_exposures_change_from_shot_to_shot() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        short = await shot(camera)
        await camera.arm(ms(8))
        long = await shot(camera)
        assert long.exposure == ms(8)
        assert short.colour is not None
        assert long.colour is not None
        assert long.colour.mean() > 1.7 * short.colour.mean()
        assert long.sequence == short.sequence + 1

    with_left(scenario)


@pytest.mark.parametrize(
    ("pixels", "seen"),
    [("BGR8", (200, 100, 50)), ("RGB8", (200, 100, 50)), ("BayerRG8", (200, 100, 50)), ("Mono8", (100, 100, 100))],
)
def test_every_pixel_format_comes_out_as_bgr(pixels: str, seen: tuple[int, int, int]) -> None:
    async def scenario() -> None:
        async with sheet((200, 100, 50), pixel_format=pixels) as camera:
            frame = await shot(await armed(camera))
            assert frame.colour is not None
            assert frame.colour.shape == (48, 64, 3)
            assert frame.colour[24, 32].tolist() == pytest.approx(seen, abs=2)

    asyncio.run(scenario())


def test_what_the_settings_ask_for_is_what_the_camera_is_set_to() -> None:
    async def scenario(there: Emulation, camera: BaslerCamera) -> None:
        nodes = there.opened
        nodes.LineSelector.Value = "Line2"
        assert (nodes.LineMode.Value, nodes.LineSource.Value) == ("Output", "ExposureActive")
        nodes.TriggerSelector.Value = "FrameStart"
        assert (nodes.TriggerMode.Value, nodes.TriggerSource.Value) == ("On", "Line1")
        assert (nodes.TriggerActivation.Value, nodes.TriggerDelay.Value) == ("FallingEdge", 250.0)
        assert nodes.Gain.Value == pytest.approx(6.0, abs=0.1)
        assert (nodes.Width.Value, nodes.Height.Value) == (160, 120)
        assert abs(nodes.OffsetX.Value - (nodes.WidthMax.Value - 160) / 2) <= 2
        assert not nodes.AcquisitionFrameRateEnable.Value

    trigger = {"TriggerSource": "Line1", "TriggerActivation": "FallingEdge", "TriggerDelay_us": 250}
    with_left(scenario, trigger=trigger, gain_db=6.0, strobe_line="Line2", size_px=(160, 120))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"gain_db": 60}, "gain 60 is not between 0 and 48"),
        ({"pixel_format": "YCbCr422_8"}, "PixelFormat cannot be YCbCr422_8 on this camera; it can be Mono8, .*BGR8"),
        ({"strobe_line": "Line9"}, "LineSelector cannot be Line9 on this camera; it can be Line1, Line2, Line3"),
        ({"trigger": {"TriggerSource": "Line4"}}, "TriggerSource cannot be Line4"),
        ({"size_px": (10_000, 120)}, "Width 10000 is not between"),
    ],
)
def test_what_the_camera_cannot_be_set_to_is_refused_at_open_with_what_it_can(
    options: dict[str, Any], says: str
) -> None:
    async def scenario(there: Emulation) -> None:
        with pytest.raises(OutOfRange, match=says):
            await there.camera(**options).open()
        camera = there.camera()
        await camera.open()
        await camera.close()

    emulated(scenario)


def test_a_second_one_of_the_same_serial_is_busy_until_the_first_is_closed() -> None:
    async def scenario(there: Emulation) -> None:
        first, second = there.camera(), there.camera()
        await first.open()
        with pytest.raises(DeviceBusy, match="holds 0815-0000"):
            await second.open()
        await first.close()
        await second.open()
        await second.close()

    emulated(scenario)


def test_a_serial_that_is_not_there_is_missing_and_those_that_are_are_named() -> None:
    async def scenario(there: Emulation) -> None:
        camera = basler.make({"serial": "40001234", **LENS}, Bench("top", CLOCK))
        with pytest.raises(DeviceMissing, match="top: no Basler has the serial 40001234; there are: 0815-0000, 0815-"):
            await camera.open()

    emulated(scenario)


def test_it_says_what_it_is_and_a_lens_as_the_settings_have_it() -> None:
    async def scenario(there: Emulation) -> None:
        camera = there.camera(lens_mm=8.0, pixel_um=5.0)
        info = await camera.open()
        assert (info.model, info.serial, info.simulated) == ("Emulation", "0815-0000", True)
        assert info.colour is not None
        assert (info.colour.fx_px, info.colour.cx_px, info.colour.cy_px) == (1600.0, 159.5, 119.5)
        assert info.depth is None
        await camera.close()

    emulated(scenario)


def test_every_message_of_an_error_names_the_camera() -> None:
    async def scenario(there: Emulation) -> None:
        camera = there.camera("right")
        with pytest.raises(DeviceError, match=r"^right: "):
            await camera.trigger()

    emulated(scenario)
