"""The simulated booth's cameras and lamps, and where they truly are.

The station's frame is the tray's frame when the tray stands at the station: see fakes.scene.field.
"""

from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Millimetres

Matrix = NDArray[np.float64]

BASELINE_MM = 55.0
"""Between the two imagers of the depth camera (D415)."""


@dataclass(frozen=True, slots=True, eq=False)
class RigCamera:
    """A camera of the rig: what it says of itself, and where its colour camera truly is (4x4, to station, mm)."""

    info: CameraInfo
    colour: Intrinsics
    depth: Intrinsics
    colour_to_station: Matrix
    depth_to_station: Matrix


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp at `elevation_deg` above the tray. `from_axis` is the side it shines from, (+-1, 0) or (0, +-1) in
    tray x and y; (0, 0) is a ring all around."""

    from_axis: tuple[int, int]
    elevation_deg: float
    strength: float


def _rotation(degrees: tuple[float, float, float]) -> Matrix:
    turned, _ = cv2.Rodrigues(np.radians(np.array(degrees)))
    return np.asarray(turned, dtype=np.float64)


def _looking_at(centre: tuple[float, float, float], target: tuple[float, float, float], roll_deg: float) -> Matrix:
    """Camera to station: z towards `target`, x along the belt, turned about z by `roll_deg`."""
    forward = np.subtract(target, centre) / np.linalg.norm(np.subtract(target, centre))
    right = np.array([1.0, 0.0, 0.0]) - forward[0] * forward
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1) @ _rotation((0, 0, roll_deg))
    pose[:3, 3] = centre
    return pose


def _camera(serial: str, colour: Intrinsics, depth: Intrinsics, to_colour: Transform, pose: Matrix) -> RigCamera:
    info = CameraInfo("Simulated RGB-D", serial, True, colour, depth, to_colour, Millimetres(1.0))
    lift = np.eye(4)
    lift[:3, :3] = to_colour.matrix()
    lift[:3, 3] = to_colour.translation_mm
    return RigCamera(info, colour, depth, pose, pose @ lift)


def _transform(degrees: tuple[float, float, float], translation_mm: tuple[float, float, float]) -> Transform:
    return Transform(tuple(float(value) for value in _rotation(degrees).ravel()), translation_mm)


CAMERAS: MappingProxyType[str, RigCamera] = MappingProxyType({
    "left": _camera(
        "SIM-LEFT",
        Intrinsics(640, 480, 742.3, 741.6, 322.8, 237.1, (0.062, -0.118, 0.0006, -0.0004, 0.0)),
        Intrinsics(640, 480, 668.4, 668.4, 316.2, 241.9),
        _transform((0.35, -0.42, 0.18), (15.1, 0.3, -0.4)),
        _looking_at((-4.0, 112.0, 702.0), (2.0, 4.0, 20.0), 0.6),
    ),
    "right": _camera(
        "SIM-RIGHT",
        Intrinsics(640, 480, 739.1, 739.0, 317.4, 242.6, (0.055, -0.104, -0.0005, 0.0007, 0.0)),
        Intrinsics(640, 480, 665.2, 665.2, 321.7, 238.4),
        _transform((-0.28, 0.31, -0.22), (14.8, -0.2, 0.5)),
        _looking_at((6.0, -118.0, 697.0), (-3.0, -2.0, 20.0), -0.8),
    ),
})  # fmt: skip

LAMPS: MappingProxyType[str, Lamp] = MappingProxyType({
    "ring": Lamp((0, 0), 62.0, 1.0),
    "left": Lamp((0, 1), 24.0, 0.9),
    "right": Lamp((0, -1), 24.0, 0.9),
    "front": Lamp((1, 0), 24.0, 0.9),
    "back": Lamp((-1, 0), 24.0, 0.9),
})  # fmt: skip


def camera_named(name: str) -> RigCamera:
    """Raises KeyError with the names there are."""
    if name not in CAMERAS:
        raise KeyError(f"No camera {name!r} in the simulated rig: take one of {', '.join(CAMERAS)}.")
    return CAMERAS[name]


def lamp_named(name: str) -> Lamp:
    """Raises KeyError with the names there are."""
    if name not in LAMPS:
        raise KeyError(f"No lamp {name!r} in the simulated rig: take one of {', '.join(LAMPS)}.")
    return LAMPS[name]
