"""What a site sets, what a RealSense refuses, and what its pictures then are, against the vendor's own SDK."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

import cv2
import pyrealsense2 as rs

from drivers.cameras import realsense
from drivers.cameras.realsense import geometry
from drivers.cameras.realsense.opened import Opened, refusal
from drivers.cameras.realsense.pixels import Development
from drivers.cameras.realsense.wanted import Filters, Wanted, readout_of
from drivers.discovery.realsense_usb import on_the_bus, slow_link, why_none
from drivers.errors import BadFrame, DeviceBusy, DeviceLost, DeviceMissing, OutOfRange
from drivers.frames import Frame, Intrinsics, Transform
from drivers.registry import Bench
from drivers.units import Instant, Millimetres, after, between, ms, seconds
from fakes.emulators.realsense_device import SoftwareRealSense
from fakes.studios.flat import FlatStudio
from tests.drivers.buses import D435, Bus
from tests.drivers.emulated_realsense import CLOCK, Emulation, in_real_time

EXPOSURE = ms(4)


async def taken(there: Emulation, **options: Any) -> Frame:
    camera = there.camera(**options)
    await camera.open()
    try:
        await camera.arm(EXPOSURE)
        await camera.trigger()
        return await camera.read(after(CLOCK.now(), seconds(3)))
    finally:
        await camera.close()


def test_options_reach_the_sensors_and_the_preset_comes_first() -> None:
    async def story(there: Emulation) -> None:
        await taken(
            there, preset="high-accuracy", laser_power=240, emitter=False, depth_gain=32, colour_gain=80,
            white_balance_k=5_000, depth_exposure_ms=6,
        )  # fmt: skip
        stereo, rgb = there.emulator.device.query_sensors()
        stands = {key: stereo.get_option(getattr(rs.option, key)) for key in ("visual_preset", "laser_power", "gain")}
        assert stands == {"visual_preset": 3, "laser_power": 240, "gain": 32}
        assert stereo.get_option(rs.option.emitter_enabled) == 0
        assert stereo.get_option(rs.option.exposure) == 6_000
        assert (rgb.get_option(rs.option.gain), rgb.get_option(rs.option.white_balance)) == (80, 5_000)
        assert rgb.get_option(rs.option.exposure) == 40

    in_real_time(story)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"laser_power": 400}, "Laser Power 400 is not between 0 and 360"),
        ({"laser_power": 100}, "Laser Power 100 is not 0 and whole steps of 30"),
        ({"white_balance_k": 1_000}, "White Balance 1000 is not between 2800 and 6500"),
        ({"depth_px": (848, 480)}, r"has no depth of 848 x 480 at 30 fps; there are: 320 x 240 z16 at 30"),
        ({"colour_format": "yuyv"}, r"has no colour of 320 x 240 yuyv at 30 fps; there are: 320 x 240 bgr8 at 30"),
        ({"depth_px": None, "colour_px": None}, "neither depth_px nor colour_px"),
    ],
)
def test_what_the_camera_has_not_is_refused_and_named(options: dict[str, Any], says: str) -> None:
    async def story(there: Emulation) -> None:
        with pytest.raises(OutOfRange, match=says):
            await there.camera(**options).open()

    in_real_time(story, runs=False)


def test_on_a_slow_link_the_refusal_says_so() -> None:
    async def story(there: Emulation) -> None:
        with pytest.raises(OutOfRange, match=r"it is on a USB 2.1 link"):
            await there.camera(colour_px=(1280, 720)).open()

    in_real_time(story, runs=False, usb="2.1")


def test_an_exposure_that_a_frame_period_cannot_hold_is_out_of_range() -> None:
    async def story(there: Emulation) -> None:
        camera = there.camera()
        await camera.open()
        with pytest.raises(OutOfRange, match=r"is not between 0.1 and 33.3 ms"):
            await camera.arm(ms(40))
        assert (await camera.arm(ms(3.97))).exposure == ms(4)
        await camera.close()

    in_real_time(story, runs=False)


@pytest.mark.parametrize("missing", ["depth_px", "colour_px"])
def test_a_stream_that_is_not_wanted_is_not_there(missing: str) -> None:
    async def story(there: Emulation) -> None:
        frame = await taken(there, **{missing: None})
        assert (frame.depth is None, frame.colour is None) == (missing == "depth_px", missing == "colour_px")

    in_real_time(story)


def test_the_temperature_of_the_chip_comes_with_the_frames() -> None:
    async def story(there: Emulation) -> None:
        assert (await taken(there)).origin["chip_c"] == pytest.approx(20, abs=1)

    in_real_time(story)


def test_frames_that_do_not_say_when_they_were_exposed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fakes.emulators.realsense_device.Sensor._metadata", lambda *_: {})

    async def story(there: Emulation) -> None:
        with pytest.raises(BadFrame, match="kernel drops their metadata"):
            await taken(there)

    in_real_time(story)


@pytest.mark.parametrize("by", [2, 3])
def test_decimated_depth_has_the_size_that_its_intrinsics_state(by: int) -> None:
    async def story(there: Emulation) -> None:
        camera = there.camera(decimation=by)
        info = await camera.open()
        await camera.arm(EXPOSURE)
        await camera.trigger()
        frame = await camera.read(after(CLOCK.now(), seconds(3)))
        await camera.close()
        assert frame.depth is not None
        assert info.depth is not None
        assert frame.depth.shape == (info.depth.height_px, info.depth.width_px)
        assert info.depth.fx_px == pytest.approx(240 / by)
        middle = frame.depth[round(info.depth.cy_px), round(info.depth.cx_px)]
        assert middle == 630

    in_real_time(story)


def test_several_frames_are_averaged_and_all_lie_after_the_trigger() -> None:
    async def story(there: Emulation) -> None:
        camera = there.camera(depth_frames=4, spatial=True, fill_holes=True)
        await camera.open()
        await camera.arm(EXPOSURE)
        triggered_at = CLOCK.now()
        await camera.trigger()
        frame = await camera.read(after(triggered_at, seconds(3)))
        await camera.close()
        assert frame.exposed_at - frame.exposed_at_error >= triggered_at
        assert frame.readout >= 2.5 * seconds(1 / 30)
        assert frame.depth is not None
        assert frame.depth[120, 160] == pytest.approx(630, abs=1)

    in_real_time(story)


class Frozen:
    """A frame of the SDK, as far as a development looks at it."""

    def __init__(self, kind: Any, pixels: Any) -> None:
        self._kind, self._pixels = kind, pixels

    def get_profile(self) -> "Frozen":
        return self

    def format(self) -> Any:
        return self._kind

    def get_data(self) -> Any:
        return self._pixels


def test_colour_is_blue_green_red_whatever_the_camera_sends() -> None:
    development = Development(Filters())
    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 200
    assert development.colour(Frozen(rs.format.rgb8, red))[0, 0].tolist() == [0, 0, 200]
    assert development.colour(Frozen(rs.format.bgr8, red))[0, 0].tolist() == [200, 0, 0]
    luma, blue = 82, np.zeros((4, 4), np.uint16)
    blue[:, 0::2], blue[:, 1::2] = luma | 90 << 8, luma | 240 << 8  # Y U and Y V of a saturated red
    b, g, r = development.colour(Frozen(rs.format.yuyv, blue))[0, 0].tolist()
    assert r > 240 > 20 > max(b, g)


def test_what_is_copied_does_not_change_when_the_sdk_uses_its_buffer_again() -> None:
    buffer = np.full((4, 4), 630, np.uint16)
    depth = Development(Filters()).depth(Frozen(rs.format.z16, buffer))
    buffer[:] = 0
    assert depth.min() == 630


def test_a_serial_number_that_is_not_there_is_missing_at_once() -> None:
    """The SDK's own pipeline looks for one for 15 s."""

    async def story(_: Emulation) -> None:
        camera = realsense.make({"serial": "0123456789"}, Bench("left", CLOCK))
        begun = CLOCK.now()
        with pytest.raises(DeviceMissing, match="no RealSense has the serial number '0123456789'"):
            await camera.open()
        assert between(begun, CLOCK.now()) < seconds(4)
        await camera.close()

    in_real_time(story, runs=False)


def test_a_camera_on_the_bus_that_may_not_be_opened_needs_a_udev_rule(tmp_path: Path) -> None:
    there = Bus(tmp_path)
    assert "look at its cable" in why_none(on_the_bus(there.machine), there.machine)
    there.plug(*D435)
    there.plug("8086", "0026", "Bluetooth", "480")
    found = on_the_bus(there.machine)
    assert [each.name for each in found] == [D435[2]]
    assert "unplug it and plug it in" in why_none(found, there.machine)
    there.shut.add(there.node(1))
    assert "60-inspection-booth.rules" in why_none(found, there.machine)


def test_a_slow_link_is_seen_on_the_bus_and_in_the_sdk(tmp_path: Path) -> None:
    there = Bus(tmp_path)
    there.plug(*D435, speed="480")
    assert on_the_bus(there.machine)[0].slow
    assert slow_link("2.1")
    assert not slow_link("3.2")


def test_errors_of_the_sdk_are_told_apart_by_what_they_say() -> None:
    busy = RuntimeError("xioctl(VIDIOC_S_FMT) failed, errno=16 Last Error: Device or resource busy")
    assert isinstance(refusal("left", busy), DeviceBusy)
    assert isinstance(refusal("left", RuntimeError("failed to set power state")), DeviceLost)


def test_a_rolling_shutter_is_assumed_of_a_model_that_is_not_known() -> None:
    wanted = Wanted()
    assert readout_of(wanted, "0B07") == (0, wanted.period)
    assert readout_of(wanted, "0B5C") == (0, 0)
    assert readout_of(wanted, "FFFF") == (wanted.period, wanted.period)
    assert readout_of(replace(wanted, colour_readout=ms(20)), "0B07") == (0, ms(20))


def sdk_lens(model: Any, coefficients: list[float]) -> Any:
    given = rs.intrinsics()
    given.width, given.height, given.fx, given.fy, given.ppx, given.ppy = 1280, 720, 910.0, 909.0, 640.5, 362.0
    given.model, given.coeffs = model, coefficients
    return given


@pytest.mark.parametrize("model", [rs.distortion.brown_conrady, rs.distortion.inverse_brown_conrady])
def test_a_lens_projects_as_the_sdk_does(model: Any) -> None:
    given = sdk_lens(model, [0.06, -0.09, 0.001, -0.0005, 0.02])
    lens = geometry.lens(given, "left")
    for pixel in ([0.0, 0.0], [1279.0, 719.0], [300.0, 650.0]):
        ray = rs.rs2_deproject_pixel_to_point(given, pixel, 1.0)
        landed, _ = cv2.projectPoints(
            np.array([ray]), np.zeros(3), np.zeros(3), lens.matrix(), np.array(lens.distortion)
        )
        assert landed.ravel() == pytest.approx(pixel, abs=0.1)


def test_lenses_pose_and_unit_are_those_of_the_device() -> None:
    turn, _ = cv2.Rodrigues(np.array([0.1, -0.2, 0.3]))
    pose = Transform(tuple(float(each) for each in turn.ravel()), (-15.0, 2.0, 5.0))
    eye = Intrinsics(320, 240, 250.0, 251.0, 158.0, 121.5, (0.1, -0.05, 0.002, -0.001, 0.01))
    stated = replace(FlatStudio().info("left"), colour=eye, depth_to_colour=pose, depth_unit=Millimetres(0.1))
    info = Opened("left", SoftwareRealSense(stated, Instant(0)).device, Wanted(whatever=True)).info
    assert info.colour is not None
    assert info.colour.matrix() == pytest.approx(eye.matrix())
    assert info.colour.distortion == pytest.approx(eye.distortion)
    assert info.depth_to_colour.matrix() == pytest.approx(pose.matrix(), abs=1e-6)
    assert info.depth_to_colour.translation_mm == pytest.approx(pose.translation_mm, abs=1e-4)
    assert (info.depth_unit, info.model, info.serial, info.simulated) == (0.1, "flat", "flat-left", True)


def test_a_lens_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OutOfRange, match="calibrate it"):
        geometry.lens(sdk_lens(rs.distortion.inverse_brown_conrady, [0.9, 2.5, 0.0, 0.0, 9.0]), "left")


def test_the_centre_of_a_decimated_picture_stays_in_its_middle() -> None:
    eye = Intrinsics(848, 480, 600.0, 600.0, 424.0, 240.0)
    half = geometry.decimated(eye, 2)
    assert (half.width_px, half.height_px, half.cx_px, half.cy_px) == (424, 240, 212.0, 120.0)
