"""A RealSense D400 as an `rs.software_device` of the vendor's SDK, to which somebody gives the pictures.

Options, metadata and units are a D435's; docs/explanation/emulators.md says what is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyrealsense2 as rs

from drivers.cameras.device_clock import COUNTER_US
from drivers.cameras.realsense.opened import SIMULATED_PORT
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Duration, Instant, after, between
from fakes.emulators.eye import Pictures

FPS = 30
MICROSECOND = 1_000  # ns
DRIFT_PPM = 20  # of the device's clock against the booth's: an ordinary crystal
BASELINE_MM = 50.0


class Option(NamedTuple):
    """What an option can be set to; with `most` at `least`, nothing else."""

    least: float
    most: float
    step: float
    default: float


STEREO_OPTIONS: Mapping[Any, Option] = {
    rs.option.visual_preset: Option(0, 5, 1, 1),  # remembered, and changes nothing else here
    rs.option.exposure: Option(1, 165_000, 1, 8_500),  # us
    rs.option.gain: Option(16, 248, 1, 16),
    rs.option.enable_auto_exposure: Option(0, 0, 1, 0),
    rs.option.emitter_enabled: Option(0, 1, 1, 1),
    rs.option.laser_power: Option(0, 360, 30, 150),
}
RGB_OPTIONS: Mapping[Any, Option] = {
    rs.option.exposure: Option(1, 10_000, 1, 40),  # 100 us: not the unit of the stereo module
    rs.option.gain: Option(0, 128, 1, 64),
    rs.option.enable_auto_exposure: Option(0, 0, 1, 0),
    rs.option.white_balance: Option(2_800, 6_500, 10, 4_600),
    rs.option.enable_auto_white_balance: Option(0, 0, 1, 0),
}
CELSIUS = Option(-40, 125, 0.5, 20)
STEREO_EXPOSURE, RGB_EXPOSURE = Duration(MICROSECOND), Duration(100 * MICROSECOND)


@dataclass(frozen=True, slots=True)
class Shot:
    """One turn of the camera's clock: both sensors begin at once, each for its own time."""

    number: int
    start: Instant
    stereo: Duration
    rgb: Duration
    pictures: Pictures


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """Counts microseconds since the camera got power, a little too fast."""

    powered_at: Instant

    def us(self, at: Instant) -> int:
        return round(between(self.powered_at, at) * (1 + DRIFT_PPM * 1e-6) / MICROSECOND)


class Sensor:
    """One sensor of the device, and its one stream."""

    def __init__(self, sensor: Any, profile: Any, clock: DeviceClock, fps: int, exposure_unit: Duration) -> None:
        self.sensor, self._profile, self._clock, self._fps, self._unit = sensor, profile, clock, fps, exposure_unit
        self._before: int | None = None

    def streams_at(self, number: int) -> bool:
        """Whether somebody has opened it; its frames count from the first turn that found it so."""
        if not self.sensor.get_active_streams():
            self._before = None
        elif self._before is None:
            self._before = number - 1
        return self._before is not None

    def exposure(self) -> Duration:
        return Duration(round(self.sensor.get_option(rs.option.exposure)) * self._unit)

    def push(self, shot: Shot, pixels: Any, exposure: Duration, arrived_ms: int) -> None:
        """Hand a frame to the SDK: it copies the pixels, and calls whoever started the sensor before it returns."""
        if self._before is None or shot.number <= self._before or not self.sensor.get_active_streams():
            return
        frame = rs.software_video_frame()
        frame.pixels = np.ascontiguousarray(pixels)
        frame.stride, frame.bpp = pixels.shape[1] * pixels[0, 0].nbytes, pixels[0, 0].nbytes
        frame.profile, frame.frame_number = self._profile.as_video_stream_profile(), shot.number - self._before
        frame.domain = rs.timestamp_domain.hardware_clock
        frame.timestamp = self._clock.us(after(shot.start, exposure)) / 1000
        if self.sensor.supports(rs.option.depth_units):
            frame.depth_units = self.sensor.get_option(rs.option.depth_units)
        for key, value in self._metadata(frame.frame_number, shot.start, exposure).items():
            self.sensor.set_metadata(key, value)
        self.sensor.set_metadata(rs.frame_metadata_value.time_of_arrival, arrived_ms)
        self.sensor.on_video_frame(frame)

    def _metadata(self, counter: int, start: Instant, exposure: Duration) -> dict[Any, int]:
        key = rs.frame_metadata_value
        return {
            key.frame_counter: counter,
            # A D400 counts in 32 bits, and its metadata wrap; the frame's own time stamp does not.
            key.sensor_timestamp: self._clock.us(after(start, Duration(exposure // 2))) % COUNTER_US,
            key.frame_timestamp: self._clock.us(after(start, exposure)) % COUNTER_US,
            key.actual_exposure: exposure // MICROSECOND,
            # In thousandths. Without it the SDK's syncer never pairs what a software device gives.
            key.actual_fps: self._fps * 1000,
            key.gain_level: round(self.sensor.get_option(rs.option.gain)),
        }


class SoftwareRealSense:
    """`device` is what a context would have found: an `rs.software_device` with a Stereo Module (z16) and an RGB Camera
    (bgr8). `usb` is the link that it found, "2.1" for example on a poor cable. Raises ValueError for a camera without
    depth, or without colour."""

    def __init__(self, info: CameraInfo, powered_at: Instant, fps: int = FPS, usb: str = "3.2") -> None:
        if info.depth is None or info.colour is None:
            raise ValueError(f"{info.serial}: a RealSense has depth and colour; take another emulator for one without")
        self.clock = DeviceClock(powered_at)
        self.device = rs.software_device()
        for key, text in _texts(info, usb).items():
            self.device.register_info(key, text)
        stereo, rgb = self.device.add_sensor("Stereo Module"), self.device.add_sensor("RGB Camera")
        depth = stereo.add_video_stream(_video(1, rs.stream.depth, rs.format.z16, 2, info.depth, fps), True)
        colour = rgb.add_video_stream(_video(2, rs.stream.color, rs.format.bgr8, 3, info.colour, fps), True)
        depth.register_extrinsics_to(colour, _extrinsics(info.depth_to_colour))
        colour.register_extrinsics_to(depth, _extrinsics(_inverse(info.depth_to_colour)))
        for sensor, options in ((stereo, STEREO_OPTIONS), (rgb, RGB_OPTIONS)):
            for key, option in options.items():
                sensor.add_option(key, _range(option), True)
        stereo.add_option(rs.option.asic_temperature, _range(CELSIUS), False)
        stereo.add_read_only_option(rs.option.depth_units, info.depth_unit / 1000)
        stereo.add_read_only_option(rs.option.stereo_baseline, BASELINE_MM)
        self.device.create_matcher(rs.matchers.default)
        self.stereo = Sensor(stereo, depth, self.clock, fps, STEREO_EXPOSURE)
        self.rgb = Sensor(rgb, colour, self.clock, fps, RGB_EXPOSURE)

    def streams_at(self, number: int) -> bool:
        """Whether any of its sensors does, from this turn on."""
        stereo, rgb = self.stereo.streams_at(number), self.rgb.streams_at(number)
        return stereo or rgb

    def gain(self) -> float:
        """Of colour, as a multiple of the one that it has by itself."""
        return float(self.rgb.sensor.get_option(rs.option.gain)) / RGB_OPTIONS[rs.option.gain].default

    def deliver(self, shot: Shot, celsius: float, arrived_ms: int) -> None:
        """Both frames are with the host now. `arrived_ms` is wall-clock time."""
        warmth = round(celsius / CELSIUS.step) * CELSIUS.step
        self.stereo.sensor.set_read_only_option(rs.option.asic_temperature, warmth)
        self.stereo.push(shot, shot.pictures.depth, shot.stereo, arrived_ms)
        self.rgb.push(shot, shot.pictures.colour, shot.rgb, arrived_ms)


def _texts(info: CameraInfo, usb: str) -> dict[Any, str]:
    key = rs.camera_info
    return {
        key.name: f"Intel RealSense {info.model}",
        key.serial_number: info.serial,
        key.firmware_version: "5.17.0.10",
        key.product_line: "D400",
        key.product_id: "0B07",
        key.usb_type_descriptor: usb,
        key.physical_port: SIMULATED_PORT,
    }


def _video(uid: int, stream: Any, fmt: Any, bpp: int, eye: Intrinsics, fps: int) -> Any:
    video = rs.video_stream()
    video.type, video.index, video.uid, video.fmt, video.bpp, video.fps = stream, 0, uid, fmt, bpp, fps
    video.width, video.height, video.intrinsics = eye.width_px, eye.height_px, _intrinsics(eye)
    return video


def _intrinsics(eye: Intrinsics) -> Any:
    """The SDK too counts pixel centres in whole numbers, and orders Brown-Conrady's coefficients as OpenCV does."""
    given = rs.intrinsics()
    given.width, given.height = eye.width_px, eye.height_px
    given.fx, given.fy, given.ppx, given.ppy = eye.fx_px, eye.fy_px, eye.cx_px, eye.cy_px
    given.model, given.coeffs = rs.distortion.brown_conrady, list(eye.distortion)
    return given


def _extrinsics(transform: Transform) -> Any:
    """The SDK writes rotations column by column, and lengths in metres."""
    given = rs.extrinsics()
    given.rotation = transform.matrix().T.ravel().tolist()
    given.translation = [length / 1000 for length in transform.translation_mm]
    return given


def _inverse(transform: Transform) -> Transform:
    back = transform.matrix().T
    x, y, z = (float(length) for length in -back @ np.array(transform.translation_mm))
    return Transform(tuple(float(each) for each in back.ravel()), (x, y, z))


def _range(option: Option) -> Any:
    given = rs.option_range()
    given.min, given.max, given.step, given.default = option
    return given
