"""A device of the SDK with its sensors open: everything here blocks, and is called on the SDK's thread."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrealsense2 as rs

from drivers.cameras.realsense import geometry
from drivers.cameras.realsense.selection import Stream
from drivers.cameras.realsense.wanted import FIRST, FORMATS, PRESETS, Size, Wanted, put, put_where_there_is, readout_of
from drivers.discovery.realsense_usb import slow_link
from drivers.errors import DeviceBusy, DeviceError, DeviceLost, OutOfRange
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Duration, Millimetres, as_ms

SIMULATED_PORT = "simulated"
"""What an emulated camera states as its physical port; a recording of one states it too."""

STREAMS = {rs.stream.depth: Stream.DEPTH, rs.stream.color: Stream.COLOUR}
EXPOSURE_UNITS = {Stream.DEPTH: Duration(1_000), Stream.COLOUR: Duration(100_000)}
TEMPERATURES = {"chip_c": rs.option.asic_temperature, "projector_c": rs.option.projector_temperature}

Given = Callable[[Any], None]
"""Takes one frame, on a thread of the SDK."""


class Opened:
    """Sensors and profiles as `wanted`. Raises what `refusal` makes of the SDK's errors, and OutOfRange for a stream or
    an option that the camera has not. `played`: nothing can be set."""

    def __init__(self, camera: str, device: Any, wanted: Wanted, played: bool = False) -> None:
        self._camera, self._wanted, self._device = camera, wanted, device
        self._exposed: tuple[Duration, dict[Stream, Duration]] | None = None
        self._recorder = None if wanted.record is None else rs.recorder(str(_free(Path(wanted.record))), device)
        self._controls = {stream: sensor for sensor in device.query_sensors() for stream in _streams_of(sensor)}
        # The recorder's own sensors pass frames on, and know none of the options.
        sensors = (self._recorder or device).query_sensors()
        self._sensors = [(sensor, self._profiles(sensor)) for sensor in sensors]
        self._sensors = [(sensor, profiles) for sensor, profiles in self._sensors if profiles]
        self.profiles = {STREAMS[each.stream_type()]: each for _, profiles in self._sensors for each in profiles}
        self._refuse_what_is_not_there(sensors)
        if wanted.whatever:
            self._wanted = replace(wanted, fps=min(each.fps() for each in self.profiles.values()))
        if not played:
            self._set_up()
        self.info = self._info()
        depth, colour = readout_of(wanted, _text(device, rs.camera_info.product_id))
        self.readouts = {Stream.DEPTH: depth, Stream.COLOUR: colour}

    @property
    def wanted(self) -> Wanted:
        """With the rate that it really has."""
        return self._wanted

    def start(self, given: Given) -> None:
        """`given` is a plain function. An rs.frame_queue is taken for one too (it can be called), so that every frame
        waits for Python's lock, and a full queue of a recording holds that lock for ever."""
        for sensor, profiles in self._sensors:
            sensor.open(profiles)
        # A recording runs from the first sensor's start on, and the second one misses what passes until its own.
        recording = self._device.as_playback() if self._device.is_playback() else None
        if recording:
            recording.pause()
        for sensor, _ in self._sensors:
            sensor.start(given)
        if recording:
            recording.resume()

    def stop(self) -> None:
        """Also what is open only in part. The recorder's file is complete, and free, once this object is gone too."""
        for sensor, _ in self._sensors:
            for verb in (sensor.stop, sensor.close):
                try:
                    verb()
                except RuntimeError:  # it was not open, or is gone: both are what is wanted here
                    continue

    def exposures(self) -> dict[Stream, Duration]:
        """As they are set now; of a recording as they were at its beginning."""
        return {
            stream: Duration(round(self._controls[stream].get_option(rs.option.exposure)) * EXPOSURE_UNITS[stream])
            for stream in self.profiles
        }

    def expose(self, exposure: Duration) -> dict[Stream, Duration]:
        """Set the exposure of every stream; returns what was taken. Raises OutOfRange with the allowed interval."""
        if self._exposed is not None and self._exposed[0] == exposure:
            return self._exposed[1]  # asking for an option takes a camera a millisecond or more
        self._exposed = None
        lead = Stream.COLOUR if Stream.COLOUR in self.profiles else Stream.DEPTH
        taken = {lead: self._expose(lead, exposure)}
        if Stream.DEPTH in self.profiles:
            taken[Stream.DEPTH] = self._expose(Stream.DEPTH, self._wanted.depth_exposure or taken[lead])
        self._exposed = (exposure, taken)
        return taken

    def forget_exposure(self) -> None:
        """It is set anew the next time: another program may have set it."""
        self._exposed = None

    def celsius(self) -> dict[str, float]:
        """What its thermometers say, as far as it has any."""
        stereo = self._controls.get(Stream.DEPTH)
        if stereo is None:
            return {}
        return {name: stereo.get_option(key) for name, key in TEMPERATURES.items() if stereo.supports(key)}

    def _expose(self, stream: Stream, exposure: Duration) -> Duration:
        sensor, unit = self._controls[stream], EXPOSURE_UNITS[stream]
        span = sensor.get_option_range(rs.option.exposure)
        shortest, longest = Duration(round(span.min) * unit), min(Duration(round(span.max) * unit), self._wanted.period)
        if not shortest <= exposure <= longest:
            raise OutOfRange(
                f"{self._camera}: an exposure of {as_ms(exposure):g} ms is not between {as_ms(shortest):g} and "
                f"{as_ms(longest):.3g} ms ({stream.value} at {self._wanted.fps} frames a second); correct exposure_ms"
            )
        steps = round(exposure / unit)
        if round(sensor.get_option(rs.option.exposure)) != steps:
            sensor.set_option(rs.option.exposure, steps)
        return Duration(round(sensor.get_option(rs.option.exposure)) * unit)

    def _set_up(self) -> None:
        for sensor in self._controls.values():
            put_where_there_is(sensor, FIRST, self._camera)
        stereo, rgb = (self._controls.get(stream) for stream in (Stream.DEPTH, Stream.COLOUR))
        if stereo is not None and self._wanted.preset is not None:  # first: it changes the others
            put(stereo, {rs.option.visual_preset: float(int(PRESETS[self._wanted.preset]))}, self._camera)
            put_where_there_is(stereo, FIRST, self._camera)
        for sensor, options in ((stereo, self._wanted.stereo), (rgb, self._wanted.rgb)):
            if sensor is not None:
                put(sensor, options, self._camera)

    def _profiles(self, sensor: Any) -> list[Any]:
        """One for each wanted stream that this sensor has as wanted."""
        found: dict[Stream, Any] = {}
        for profile in sensor.get_stream_profiles():
            stream = STREAMS.get(profile.stream_type())
            if stream is not None and self._fits(stream, profile):
                found.setdefault(stream, profile)
        return list(found.values())

    def _fits(self, stream: Stream, profile: Any) -> bool:
        video = profile.as_video_stream_profile()
        if self._wanted.whatever:
            return video.format() in (rs.format.z16, *FORMATS.values())
        size = self._size(stream)
        kind = FORMATS[self._wanted.colour_format] if stream is Stream.COLOUR else rs.format.z16
        return (size, kind, self._wanted.fps) == ((video.width(), video.height()), video.format(), video.fps())

    def _size(self, stream: Stream) -> Size | None:
        return self._wanted.depth_px if stream is Stream.DEPTH else self._wanted.colour_px

    def _refuse_what_is_not_there(self, sensors: list[Any]) -> None:
        link = slow_link(_text(self._device, rs.camera_info.usb_type_descriptor))
        for stream in Stream:
            size = self._size(stream)
            if size is not None and stream not in self.profiles:
                there = {_described(each) for one in sensors for each in _offers(one, stream)}
                kind = f" {self._wanted.colour_format}" if stream is Stream.COLOUR else ""
                raise OutOfRange(
                    f"{self._camera}: has no {stream.value} of {size[0]} x {size[1]}{kind} at {self._wanted.fps} fps"
                    f"{link}; there are: {', '.join(sorted(there)) or 'none'}"
                )
        if not self.profiles:
            raise OutOfRange(f"{self._camera}: has no depth and no colour, or neither depth_px nor colour_px is given")

    def _info(self) -> CameraInfo:
        depth, colour = (self.profiles.get(stream) for stream in (Stream.DEPTH, Stream.COLOUR))
        between, unit = Transform(), Millimetres(1.0)
        if depth is not None:
            unit = Millimetres(round(self._controls[Stream.DEPTH].get_option(rs.option.depth_units) * 1000, 6))
            between = between if colour is None else geometry.pose(depth.get_extrinsics_to(colour))
        eye = self._eye(depth)
        return CameraInfo(
            model=_text(self._device, rs.camera_info.name).removeprefix("Intel RealSense "),
            serial=_text(self._device, rs.camera_info.serial_number),
            simulated=_text(self._device, rs.camera_info.physical_port) == SIMULATED_PORT,
            colour=self._eye(colour),
            depth=eye and geometry.decimated(eye, self._wanted.filters.decimation),
            depth_to_colour=between,
            depth_unit=unit,
        )

    def _eye(self, profile: Any) -> Intrinsics | None:
        if profile is None:
            return None
        return geometry.lens(profile.as_video_stream_profile().get_intrinsics(), self._camera)


def refusal(camera: str, error: RuntimeError) -> DeviceError:
    """What an error of the SDK, which knows but one kind, means."""
    said = str(error)
    if any(sign in said.lower() for sign in ("busy", "errno=16", "in use")):
        return DeviceBusy(f"{camera}: another program streams from it; stop that one first ({said})")
    return DeviceLost(f"{camera}: the camera does not answer: {said}; check its cable, then close and open it again")


def _streams_of(sensor: Any) -> set[Stream]:
    return {STREAMS[each.stream_type()] for each in sensor.get_stream_profiles() if each.stream_type() in STREAMS}


def _offers(sensor: Any, stream: Stream) -> list[Any]:
    return [each for each in sensor.get_stream_profiles() if STREAMS.get(each.stream_type()) is stream]


def _described(profile: Any) -> str:
    video = profile.as_video_stream_profile()
    kind = str(video.format()).rsplit(".", 1)[-1]
    return f"{video.width()} x {video.height()} {kind} at {video.fps()}"


def _text(device: Any, key: Any) -> str:
    return str(device.get_info(key)) if device.supports(key) else ""


def _free(path: Path) -> Path:
    """A camera that is opened again begins another file: -2, -3, ..."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free
