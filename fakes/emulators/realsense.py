"""A RealSense D400 of the simulated booth behind the vendor's own SDK, as an `rs.software_device`.

It runs free: while a sensor streams it exposes what stands under it, in the light that there is, at every turn of its
own clock. Options, metadata and units are a D435's; docs/explanation/emulators.md says what is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyrealsense2 as rs

from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Duration, Instant, after, between, ms, seconds
from fakes.emulators.eye import Eye, Pictures
from fakes.faults.injection import Mended, Struck
from fakes.floor import Floor

FPS = 30
TRANSFER = ms(30)  # a frame is with the host so long after its exposure has ended
MICROSECOND = 1_000  # ns
DRIFT_PPM = 20  # of the device's clock against the booth's: an ordinary crystal
IN_FLIGHT = 3  # so many frames may be underway; a turn that finds more of them makes none, and is counted
BASELINE_MM = 50.0


class Option(NamedTuple):
    """What an option can be set to; with `most` at `least`, nothing else."""

    least: float
    most: float
    step: float
    default: float


STEREO_OPTIONS: Mapping[Any, Option] = {
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
            key.sensor_timestamp: self._clock.us(after(start, Duration(exposure // 2))),
            key.frame_timestamp: self._clock.us(after(start, exposure)),
            key.actual_exposure: exposure // MICROSECOND,
            # In thousandths. Without it the SDK's syncer never pairs what a software device gives.
            key.actual_fps: self._fps * 1000,
            key.gain_level: round(self.sensor.get_option(rs.option.gain)),
        }


class RealSense:
    """The camera `name` of the floor. `run` has to run while anybody streams.

    `device` is what a context would have found: an `rs.software_device` with a Stereo Module (z16) and an RGB Camera
    (bgr8). It is None while the camera is unplugged, and another object afterwards; the old one falls silent. `usb` is
    the link that it found, "2.1" for example on a poor cable. The floor's faults of frames, and `camera-lost`, strike.
    """

    def __init__(self, floor: Floor, name: str, info: CameraInfo, fps: int = FPS, usb: str = "3.2") -> None:
        if info.depth is None or info.colour is None:
            raise ValueError(f"{name}: a RealSense has depth and colour; take another emulator for a camera without")
        self._floor, self._name, self._info, self._fps, self._usb = floor, name, info, fps, usb
        self._eye = Eye(floor, name)
        self._number = self._underway = 0
        self._last: Shot | None = None
        self.device: Any = None
        self._plug()
        floor.listen(self._befallen)

    async def run(self) -> None:
        """For ever."""
        clock, period = self._floor.clock, seconds(1 / self._fps)
        turn = clock.now()
        while True:
            self._turn()
            turn = max(after(turn, period), clock.now())
            await clock.sleep_until(turn)

    def _turn(self) -> None:
        self._number += self._floor.faults.standing("counter-stuck", self._name) is None
        streaming = [sensor.streams_at(self._number) for sensor in (self._stereo, self._rgb)]
        if self.device is not None and any(streaming) and self._underway < IN_FLIGHT:
            self._underway += 1
            self._floor.start(self._take(self._number))

    async def _take(self, number: int) -> None:
        try:
            await self._expose(number, self._stereo, self._rgb)
        finally:
            self._underway -= 1

    async def _expose(self, number: int, stereo: Sensor, rgb: Sensor) -> None:
        trouble, start = self._eye.trouble(), self._floor.clock.now()
        times = stereo.exposure(), rgb.exposure()
        gain = rgb.sensor.get_option(rs.option.gain) / RGB_OPTIONS[rs.option.gain].default
        shot = Shot(number, start, *times, await self._eye.expose(times[1], gain * trouble.burnt))
        if self._last and (trouble.stale or trouble.repeated):
            shot = self._last if trouble.stale else replace(self._last, number=number)
        self._last = shot
        await self._floor.clock.sleep_until(after(start, Duration(max(times) + TRANSFER + trouble.late)))
        if not trouble.dropped and stereo is self._stereo and self.device is not None:
            self._deliver(shot)

    def _deliver(self, shot: Shot) -> None:
        celsius = round(self._floor.climate.celsius(self._floor.clock.now()) / CELSIUS.step) * CELSIUS.step
        self._stereo.sensor.set_read_only_option(rs.option.asic_temperature, celsius)
        arrived_ms = int(self._floor.clock.utc().timestamp() * 1000)
        self._stereo.push(shot, shot.pictures.depth, shot.stereo, arrived_ms)
        self._rgb.push(shot, shot.pictures.colour, shot.rgb, arrived_ms)

    def _befallen(self, change: Struck | Mended) -> None:
        fault = change.fault
        if fault.name == "camera-lost" and fault.where == self._name and isinstance(change, Struck):
            self.device = None
            self._floor.later(ms(fault.span_ms), self._plug)

    def _plug(self) -> None:
        info, clock = self._info, DeviceClock(self._floor.clock.now())
        assert info.depth is not None
        assert info.colour is not None
        device = rs.software_device()
        for key, text in _texts(info, self._usb).items():
            device.register_info(key, text)
        stereo, rgb = device.add_sensor("Stereo Module"), device.add_sensor("RGB Camera")
        depth = stereo.add_video_stream(_video(1, rs.stream.depth, rs.format.z16, 2, info.depth, self._fps), True)
        colour = rgb.add_video_stream(_video(2, rs.stream.color, rs.format.bgr8, 3, info.colour, self._fps), True)
        depth.register_extrinsics_to(colour, _extrinsics(info.depth_to_colour))
        colour.register_extrinsics_to(depth, _extrinsics(_inverse(info.depth_to_colour)))
        for sensor, options in ((stereo, STEREO_OPTIONS), (rgb, RGB_OPTIONS)):
            for key, option in options.items():
                sensor.add_option(key, _range(option), True)
        stereo.add_option(rs.option.asic_temperature, _range(CELSIUS), False)
        stereo.add_read_only_option(rs.option.depth_units, info.depth_unit / 1000)
        stereo.add_read_only_option(rs.option.stereo_baseline, BASELINE_MM)
        device.create_matcher(rs.matchers.default)
        self._stereo = Sensor(stereo, depth, clock, self._fps, STEREO_EXPOSURE)
        self._rgb = Sensor(rgb, colour, clock, self._fps, RGB_EXPOSURE)
        self.device = device


def _texts(info: CameraInfo, usb: str) -> dict[Any, str]:
    key = rs.camera_info
    return {
        key.name: f"Intel RealSense {info.model}",
        key.serial_number: info.serial,
        key.firmware_version: "5.17.0.10",
        key.product_line: "D400",
        key.product_id: "0B07",
        key.usb_type_descriptor: usb,
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
