"""The vendor's depth alignment, driven without a device: software_device, syncer, rs.align."""

from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

# The syncer pairs by actual_fps metadata, in milli-fps. Without it the two streams never meet.
FPS = 30
PERIOD_MS = 1000 / FPS


class VendorAlign:
    """rs.align(color) for one pair of cameras. Keeps every pushed buffer: the SDK does not copy them."""

    def __init__(self, depth: Intrinsics, colour: Intrinsics, transform: Transform, unit: Millimetres) -> None:
        self._unit = unit
        self._device = rs.software_device()
        self._streams = [
            self._stream("Depth", rs.stream.depth, 1, rs.format.z16, 2, depth),
            self._stream("Color", rs.stream.color, 2, rs.format.bgr8, 3, colour),
        ]
        (sensor, depth_profile, _), (_, colour_profile, _) = self._streams
        sensor.add_read_only_option(rs.option.depth_units, unit / 1000)
        depth_profile.register_extrinsics_to(colour_profile, _extrinsics(transform))
        self._device.create_matcher(rs.matchers.default)
        self._syncer = rs.syncer()
        for sensor, profile, _ in self._streams:
            sensor.open(profile)
            sensor.start(self._syncer)
        self._align = rs.align(rs.stream.color)
        self._colour = np.zeros((colour.height_px, colour.width_px, 3), np.uint8)
        self._keep: list[RawDepth] = []
        self._pushed = 0

    def aligned(self, depth: RawDepth) -> RawDepth:
        return self.process(self.pair(depth))

    def process(self, frames: Any) -> RawDepth:
        return np.array(self._align.process(frames).get_depth_frame().get_data(), dtype=np.uint16)

    def pair(self, depth: RawDepth) -> Any:
        """Push until a pair comes out: the first push never does."""
        for _ in range(5):
            self._push(depth)
            while frames := self._syncer.poll_for_frames():
                if frames.size() == 2:
                    return frames
        raise AssertionError("the syncer never paired the streams")

    def close(self) -> None:
        for sensor, _, _ in self._streams:
            sensor.stop()
            sensor.close()

    def _stream(
        self, name: str, kind: Any, uid: int, pixels: Any, bytes_per_pixel: int, camera: Intrinsics
    ) -> tuple[Any, Any, int]:
        sensor = self._device.add_sensor(name)
        video = rs.video_stream()
        video.type, video.index, video.uid, video.fmt = kind, 0, uid, pixels
        video.width, video.height, video.fps, video.bpp = camera.width_px, camera.height_px, FPS, bytes_per_pixel
        video.intrinsics = _intrinsics(camera)
        return sensor, sensor.add_video_stream(video), bytes_per_pixel

    def _push(self, depth: RawDepth) -> None:
        self._pushed += 1
        self._keep.append(depth)
        pictures: tuple[NDArray[Any], ...] = (depth, self._colour)
        for (sensor, profile, size), pixels in zip(self._streams, pictures, strict=True):
            sensor.set_metadata(rs.frame_metadata_value.actual_fps, FPS * 1000)
            frame = rs.software_video_frame()
            frame.pixels, frame.stride, frame.bpp = pixels, pixels.shape[1] * size, size
            frame.timestamp, frame.domain = self._pushed * PERIOD_MS, rs.timestamp_domain.hardware_clock
            frame.frame_number, frame.profile = self._pushed, profile.as_video_stream_profile()
            if size == 2:
                frame.depth_units = self._unit / 1000
            sensor.on_video_frame(frame)


def _intrinsics(camera: Intrinsics) -> Any:
    made = rs.intrinsics()
    made.width, made.height = camera.width_px, camera.height_px
    made.fx, made.fy, made.ppx, made.ppy = camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px
    # On x86 rs.align knows this model alone and takes every other for a pinhole, brown_conrady too. It differs
    # from OpenCV's in the tangential terms only (librealsense src/proc/sse/sse-align.cpp).
    assert camera.distortion[2:4] == (0.0, 0.0), "rs.align bends tangentially in its own way"
    made.model = rs.distortion.modified_brown_conrady if any(camera.distortion) else rs.distortion.none
    made.coeffs = list(camera.distortion)
    return made


def _extrinsics(transform: Transform) -> Any:
    made = rs.extrinsics()
    made.rotation = [float(v) for v in transform.matrix().T.ravel()]  # column-major in the SDK
    made.translation = [v / 1000 for v in transform.translation_mm]
    return made
