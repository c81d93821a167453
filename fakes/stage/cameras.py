"""The cameras of the stage: two top views and two oblique ones, each with its own lens."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """`lens`, and `pose`: 4x4, camera to tray, mm; z looks out of the camera, x right, y down in its picture."""

    lens: Intrinsics
    pose: Matrix


def looking_at(centre: tuple[float, float, float], target: tuple[float, float, float]) -> Matrix:
    """A pose at `centre` with the optical axis through `target`; the belt's travel is to the right where it can be."""
    forward = np.subtract(target, centre) / np.linalg.norm(np.subtract(target, centre))
    right = np.cross(forward, (0.0, 0.0, 1.0)) if abs(forward[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = right - (right @ forward) * forward
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = centre
    return pose


def _vga(focal: float, centre: tuple[float, float], distortion: tuple[float, float, float, float, float]) -> Intrinsics:
    return Intrinsics(640, 480, focal, focal * 0.999, *centre, distortion)


CAMERAS: MappingProxyType[str, Camera] = MappingProxyType({
    "left": Camera(
        _vga(742.3, (322.8, 237.1), (0.062, -0.118, 0.0006, -0.0004, 0.0)),
        looking_at((-4.0, 112.0, 702.0), (2.0, 4.0, 20.0)),
    ),
    "right": Camera(
        _vga(739.1, (317.4, 242.6), (0.055, -0.104, -0.0005, 0.0007, 0.0)),
        looking_at((6.0, -118.0, 697.0), (-3.0, -2.0, 20.0)),
    ),
    "oblique": Camera(
        _vga(735.0, (319.0, 241.0), (0.058, -0.11, 0.0003, 0.0002, 0.0)),
        looking_at((210.0, -430.0, 480.0), (0.0, 0.0, 40.0)),
    ),
    "oblique-back": Camera(
        _vga(737.0, (321.0, 239.0), (0.060, -0.112, 0.0, -0.0002, 0.0)),
        looking_at((-230.0, 420.0, 480.0), (0.0, 0.0, 40.0)),
    ),
})  # fmt: skip


def finer(camera: Camera, factor: int) -> Camera:
    """The same camera with `factor` times the pixels along each side."""
    lens = camera.lens
    shift = (factor - 1) / 2
    return Camera(
        replace(
            lens, width_px=lens.width_px * factor, height_px=lens.height_px * factor, fx_px=lens.fx_px * factor,
            fy_px=lens.fy_px * factor, cx_px=lens.cx_px * factor + shift, cy_px=lens.cy_px * factor + shift,
        ),
        camera.pose,
    )  # fmt: skip
