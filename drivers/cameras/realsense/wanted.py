"""What a site wants of its RealSense, and the options of the sensors that say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyrealsense2 as rs

from drivers.cameras.device_clock import Underway
from drivers.errors import OutOfRange
from drivers.units import Duration, ms, seconds

Size = tuple[int, int]
"""Width and height in pixels."""

PRESETS = {
    "default": rs.rs400_visual_preset.default,
    "hand": rs.rs400_visual_preset.hand,
    "high-accuracy": rs.rs400_visual_preset.high_accuracy,
    "high-density": rs.rs400_visual_preset.high_density,
    "medium-density": rs.rs400_visual_preset.medium_density,
}
FORMATS = {"bgr8": rs.format.bgr8, "rgb8": rs.format.rgb8, "yuyv": rs.format.yuyv}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is done to depth before anybody sees it. All off: depth as it was measured.

    `decimation`: median of so many pixels square; less noise, fewer pixels, edges move by up to half of one.
    `spatial`: smooths along surfaces, in disparity; dents of a few pixels lose depth, steps are rounded off.
    `frames`: so many frames of the tray are averaged, all of them exposed after the trigger; noise falls, and the shot
    lasts longer. `fill_holes`: pixels without a measurement get a neighbour's; these were not measured.
    """

    decimation: int = 1
    spatial: bool = False
    frames: int = 1
    fill_holes: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """`whatever`: the first of what each stream offers, not these sizes and this rate. `depth_exposure` None: as long
    as colour. `stereo` and `rgb` are options of the two sensors. `underway` None: it has not been measured. A `readout`
    of None: of the model, see `readout_of`."""

    depth_px: Size | None = None
    colour_px: Size | None = None
    whatever: bool = False
    fps: int = 30
    colour_format: str = "bgr8"
    preset: str | None = None
    depth_exposure: Duration | None = None
    stereo: Mapping[Any, float] = field(default_factory=dict)
    rgb: Mapping[Any, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    underway: Underway | None = None
    depth_readout: Duration | None = None
    colour_readout: Duration | None = None
    record: str | None = None

    @property
    def period(self) -> Duration:
        return seconds(1 / self.fps)

    def ways(self) -> Underway:
        """Unless it was measured: at once, or within two frame periods, as far as USB and the SDK are in order."""
        return self.underway or Underway(Duration(0), Duration(2 * self.period))


# Product ids with a global shutter, from the data sheet of the D400 family: a rolling one is assumed of any other.
GLOBAL_DEPTH = {"0B07", "0B3A", "0B5C", "0ABF", "0B5B"}  # D435, D435i, D455, D457, D405
GLOBAL_COLOUR = {"0B5C", "0ABF", "0B5B"}


def readout_of(wanted: Wanted, product: str) -> tuple[Duration, Duration]:
    """How long after its first row the last row of depth and of colour begins, at most: a frame period if the shutter
    rolls."""
    depth = Duration(0) if product in GLOBAL_DEPTH else wanted.period
    colour = Duration(0) if product in GLOBAL_COLOUR else wanted.period
    return (
        depth if wanted.depth_readout is None else wanted.depth_readout,
        colour if wanted.colour_readout is None else wanted.colour_readout,
    )


def read_wanted(options: Mapping[str, Any]) -> Wanted:
    """From a settings block; a key that is not there keeps its default."""
    stereo = {rs.option.emitter_enabled: options.get("emitter"), rs.option.laser_power: options.get("laser_power")}
    stereo[rs.option.gain] = options.get("depth_gain")
    rgb = {rs.option.gain: options.get("colour_gain"), rs.option.white_balance: options.get("white_balance_k")}
    way = options.get("underway_ms")
    return Wanted(
        depth_px=_size(options.get("depth_px")),
        colour_px=_size(options.get("colour_px")),
        whatever=bool(options.get("whatever", False)),
        fps=int(options.get("fps", 30)),
        colour_format=options.get("colour_format", "bgr8"),
        preset=options.get("preset"),
        depth_exposure=_span(options.get("depth_exposure_ms")),
        stereo={key: float(value) for key, value in stereo.items() if value is not None},
        rgb={key: float(value) for key, value in rgb.items() if value is not None},
        filters=Filters(
            int(options.get("decimation", 1)),
            bool(options.get("spatial", False)),
            int(options.get("depth_frames", 1)),
            bool(options.get("fill_holes", False)),
        ),
        underway=None if way is None else Underway(ms(way[0]), ms(way[1])),
        depth_readout=_span(options.get("depth_readout_ms")),
        colour_readout=_span(options.get("colour_readout_ms")),
        record=None if options.get("record") is None else str(options["record"]),
    )


def _size(given: Any) -> Size | None:
    return None if given is None else (int(given[0]), int(given[1]))


def _span(value_ms: float | None) -> Duration | None:
    return None if value_ms is None else ms(value_ms)


FIRST: Mapping[Any, float] = {
    rs.option.enable_auto_exposure: 0,
    rs.option.enable_auto_white_balance: 0,
    rs.option.auto_exposure_priority: 0,  # else the frame rate falls in the dark
    rs.option.global_time_enabled: 0,  # the SDK's own mapping of clocks asks the camera for the time again and again
}
"""For both sensors, where there is such an option: what is measured must not depend on what was seen before."""


def put(sensor: Any, wanted: Mapping[Any, float], camera: str) -> None:
    """Set options and read them back. Raises OutOfRange."""
    for key, value in wanted.items():
        if not sensor.supports(key):
            raise OutOfRange(f"{camera}: its {sensor.name} has no {_name(key)}; remove that key")
        span = sensor.get_option_range(key)
        if not span.min <= value <= span.max:
            raise OutOfRange(f"{camera}: {_name(key)} {value:g} is not between {span.min:g} and {span.max:g}")
        steps = (value - span.min) / span.step if span.step else 0.0
        if abs(steps - round(steps)) > 0.01:
            raise OutOfRange(f"{camera}: {_name(key)} {value:g} is not {span.min:g} and whole steps of {span.step:g}")
        sensor.set_option(key, value)
        taken = sensor.get_option(key)
        if abs(taken - value) > span.step / 2:
            raise OutOfRange(f"{camera}: {_name(key)} {value:g} was not taken, {taken:g} stands; choose that")


def put_where_there_is(sensor: Any, wanted: Mapping[Any, float], camera: str) -> None:
    put(sensor, {key: value for key, value in wanted.items() if sensor.supports(key)}, camera)


def _name(key: Any) -> str:
    return str(key).rsplit(".", 1)[-1]
