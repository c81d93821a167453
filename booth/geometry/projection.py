"""Points to pixels and back, through a pinhole with Brown-Conrady distortion.

Camera frame: x right, y down, z along the optical axis, mm. Pixel centres at whole numbers.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics

Points = NDArray[np.float64]
"""(..., 3), mm."""

Pixels = NDArray[np.float64]
"""(..., 2), x then y, px."""

_UNDISTORT = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-10)


Coordinates = NDArray[np.floating[Any]]
"""(...), one axis of ideal image coordinates: x / z or y / z."""


def bent(x: Coordinates, y: Coordinates, camera: Intrinsics) -> tuple[Coordinates, Coordinates]:
    """Ideal image coordinates as the lens bends them. Brown-Conrady, as in OpenCV's calib3d."""
    if not any(camera.distortion):
        return x, y
    k1, k2, p1, p2, k3 = camera.distortion
    r2 = x * x + y * y
    radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return (
        x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
        y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
    )


def project(points: Points, camera: Intrinsics) -> Pixels:
    """The pixel at which each point of the camera frame is seen. NaN for points not in front of it."""
    z = np.where(points[..., 2] > 0.0, points[..., 2], np.nan)
    x, y = bent(points[..., 0] / z, points[..., 1] / z, camera)
    return np.stack((x * camera.fx_px + camera.cx_px, y * camera.fy_px + camera.cy_px), axis=-1)


def rays_of(pixels: Pixels, camera: Intrinsics) -> Points:
    """The point at z = 1 that each pixel sees: (..., 3), the last component 1."""
    if any(camera.distortion):
        flat = np.ascontiguousarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        coefficients = np.array(camera.distortion)
        straight = cv2.undistortPoints(flat, camera.matrix(), coefficients, criteria=_UNDISTORT)
        straight = np.asarray(straight, dtype=np.float64).reshape(pixels.shape)
    else:
        straight = (pixels - (camera.cx_px, camera.cy_px)) / (camera.fx_px, camera.fy_px)
    return np.concatenate((straight, np.ones((*straight.shape[:-1], 1))), axis=-1)


def deproject(pixels: Pixels, depth_mm: NDArray[np.float64], camera: Intrinsics) -> Points:
    """The point that each pixel sees at `depth_mm` along the optical axis."""
    return rays_of(pixels, camera) * depth_mm[..., None]


def pixel_grid(x_px: int, y_px: int, width_px: int, height_px: int) -> Pixels:
    """The centres of a rectangle of pixels: (height, width, 2)."""
    x, y = np.meshgrid(np.arange(x_px, x_px + width_px), np.arange(y_px, y_px + height_px))
    return np.stack((x, y), axis=-1).astype(np.float64)
