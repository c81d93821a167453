"""A staged scene as depth cameras take it: light and truth drawn once, then any number of frames from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour, RawDepth
from fakes.sensors import colour, stereo
from fakes.sensors.colour import STILL
from fakes.sensors.motion import Motion
from fakes.sensors.presets import DepthCamera
from fakes.stage import Seen, Stage
from fakes.stage.render import EVERY_LIGHT

SENSOR = colour.ColourSensor(fixed=0.004)
PROJECTOR = "ring"
"""The infrared projector beside the imagers is not drawn; what it lights is taken to be what this lamp does."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One scene through one depth camera: `seen` by its colour camera, and what its imagers get, (H, W) on their own
    pixels: `depth_mm` float32, `brightness` float32."""

    seen: Seen
    depth_mm: NDArray[np.float32]
    brightness: NDArray[np.float32]


def look(stage: Stage, camera: DepthCamera, lights: Collection[str] = EVERY_LIGHT) -> View:
    """`lights`: those that any shot of it will have. Raises NoGraphics."""
    ranged = stage.see(camera.depth, 1, (PROJECTOR,))
    return View(stage.see(camera.colour, lights=lights), ranged.depth_mm, ranged.light[PROJECTOR].mean(axis=2))


def on_colour(seen: Seen) -> View:
    """What a depth camera would get that looked through the colour camera's own lens: no parallax, and nothing drawn
    anew."""
    return View(seen, seen.depth_mm, np.ascontiguousarray(seen.light[PROJECTOR].mean(axis=2)))


@dataclass(frozen=True, slots=True)
class Shot:
    """`lamps`: mean level of each over the exposure, 0..1. `shift_px`: how far everything has moved to the right.
    `sensor`: as the colour camera is set."""

    lamps: Mapping[str, float]
    exposure_ms: float
    motion: Motion = STILL
    shift_px: float = 0.0
    sensor: colour.ColourSensor = SENSOR


def take(view: View, camera: DepthCamera, shot: Shot, seed: int, index: int) -> tuple[Colour, RawDepth]:
    """Frame `index`: colour (H, W, 3) uint8 BGR, depth (H, W) uint16 in units of the imager. The same arguments give
    the same bytes."""
    key = (seed, camera.imager.serial, index)
    radiance = shifted(view.seen.lit(shot.lamps), shot.shift_px)
    picture = colour.expose(radiance, shot.exposure_ms, key, sensor=shot.sensor, motion=shot.motion)
    depth_mm, brightness = (
        shifted(view.depth_mm, shot.shift_px, cv2.INTER_NEAREST),
        shifted(view.brightness, shot.shift_px),
    )
    return picture, stereo.measure(depth_mm, camera.imager, key, brightness=brightness)


def shifted(picture: NDArray[np.float32], right_px: float, how: int = cv2.INTER_LINEAR) -> NDArray[np.float32]:
    """The picture moved to the right; its edge is repeated."""
    if abs(right_px) < 0.05:
        return picture
    move = np.array([[1, 0, right_px], [0, 1, 0]], np.float64)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, move, size, flags=how, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)
