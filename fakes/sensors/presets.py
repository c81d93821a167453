"""The depth cameras that can be simulated: Intel RealSense D415, D435, D455, by their nominal figures.

Baselines and fields of view: Intel RealSense D400 Series data sheet (nominal; every specimen is calibrated anew, so
read them from the device once there is one). The nearest distance follows from 126 disparities that are searched, as
in librealsense's wiki. Colour readouts are typical of the sensors, not measured. A mode narrower than the sensor is
taken to be the whole field of view, scaled; real devices crop some of them.
"""

from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from drivers.frames import Intrinsics, Transform
from fakes.sensors.stereo import Imager
from fakes.stage.cameras import Camera, Matrix
from fakes.streams import stream

DISPARITIES_PX = 126
MOUNT_DEG = 0.3
"""Deviation of the angles between the two cameras of one housing, as drawn for each serial."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`colour_at_mm`: the colour camera's centre, right of the left imager, which is the origin of depth; `readout_ms`
    of its rolling shutter, 0 if it is global."""

    name: str
    baseline_mm: float
    depth_fov_deg: float
    colour_fov_deg: float
    colour_at_mm: float
    readout_ms: float


PRESETS: MappingProxyType[str, Preset] = MappingProxyType({
    "D415": Preset("D415", 55.0, 65.0, 69.0, -15.0, 16.0),
    "D435": Preset("D435", 50.0, 87.0, 69.0, -15.0, 16.0),
    "D455": Preset("D455", 95.0, 87.0, 90.0, 59.0, 0.0),
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DepthCamera:
    """One specimen, mounted: `colour` and `depth` say where its two cameras truly are."""

    colour: Camera
    depth: Camera
    depth_to_colour: Transform
    imager: Imager
    readout_ms: float


def mounted(preset: Preset, serial: str, pose: Matrix, size_px: tuple[int, int] = (640, 480)) -> DepthCamera:
    """The camera `serial` with its colour camera at `pose` (4x4, camera to tray, mm), in the mode `size_px`."""
    turns = stream(0, "mount", serial).normal(0, MOUNT_DEG, 3)
    turned = np.asarray(cv2.Rodrigues(np.radians(turns))[0], dtype=np.float64)
    to_colour = Transform(tuple(float(value) for value in turned.ravel()), (-preset.colour_at_mm, 0.0, 0.0))
    lift = np.eye(4)
    lift[:3, :3], lift[:3, 3] = turned, to_colour.translation_mm
    lens = _lens(preset.depth_fov_deg, size_px)
    nearest = lens.fx_px * preset.baseline_mm / DISPARITIES_PX
    imager = Imager(serial, lens.fx_px, preset.baseline_mm, nearest)
    colour = Camera(_lens(preset.colour_fov_deg, size_px), pose)
    return DepthCamera(colour, Camera(lens, pose @ lift), to_colour, imager, preset.readout_ms)


def _lens(fov_deg: float, size_px: tuple[int, int]) -> Intrinsics:
    width, height = size_px
    focal = width / (2 * float(np.tan(np.radians(fov_deg) / 2)))
    return Intrinsics(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)
