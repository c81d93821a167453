"""The SDK's lenses and poses in the booth's own terms."""

from typing import Any

import numpy as np
import pyrealsense2 as rs

from drivers.errors import OutOfRange
from drivers.frames import Intrinsics, Transform

GRID = 24  # points a side, to fit a lens by
WORST_FIT_PX = 0.1
OWN_MODELS = (rs.distortion.brown_conrady, rs.distortion.none)

Coefficients = tuple[float, float, float, float, float]


def lens(given: Any, camera: str) -> Intrinsics:
    """From rs.intrinsics: pixel centres are at whole numbers there too. Raises OutOfRange for a lens that the booth's
    model does not fit to WORST_FIT_PX."""
    coefficients = _five(given.coeffs) if given.model in OWN_MODELS or not any(given.coeffs) else _fitted(given, camera)
    return Intrinsics(given.width, given.height, given.fx, given.fy, given.ppx, given.ppy, coefficients)


def decimated(eye: Intrinsics, by: int) -> Intrinsics:
    """As the SDK's decimation filter leaves it: sizes rounded up to multiples of four, the rest black."""
    width, height = (-(-size // by // 4) * 4 for size in (eye.width_px // by * by, eye.height_px // by * by))
    return Intrinsics(
        width, height, eye.fx_px / by, eye.fy_px / by, eye.cx_px / by, eye.cy_px / by, eye.distortion
    )  # fmt: skip


def pose(given: Any) -> Transform:
    """From rs.extrinsics, which writes rotations column by column, and lengths in metres."""
    turn = np.array(given.rotation).reshape(3, 3).T
    x, y, z = (length * 1000 for length in given.translation)
    return Transform(tuple(float(each) for each in turn.ravel()), (x, y, z))


def _fitted(given: Any, camera: str) -> Coefficients:
    """Colour of the D400 family states an inverse Brown-Conrady model: from the pixel to the ray. Its forward model is
    linear in the coefficients, so it is fitted over the picture."""
    ask = [
        [column, row]
        for row in np.linspace(0, given.height - 1, GRID)
        for column in np.linspace(0, given.width - 1, GRID)
    ]
    pixels = np.array(ask)
    rays = np.array([rs.rs2_deproject_pixel_to_point(given, pixel, 1.0)[:2] for pixel in ask])
    scale = np.array([given.fx, given.fy])
    wanted = (pixels - [given.ppx, given.ppy]) / scale - rays
    terms = np.concatenate([_terms(rays, axis) for axis in (0, 1)])
    found, *_ = np.linalg.lstsq(terms, wanted.T.ravel(), rcond=None)
    worst = np.abs((terms @ found - wanted.T.ravel()) * scale.max()).max()
    if worst > WORST_FIT_PX:
        raise OutOfRange(f"{camera}: its lens ({given.model}) fits Brown-Conrady to {worst:.2f} px only; calibrate it")
    return _five(found)


def _terms(rays: Any, axis: int) -> Any:
    x, y = rays[:, 0], rays[:, 1]
    square, own = x * x + y * y, rays[:, axis]
    mixed, alone = 2 * x * y, square + 2 * own * own
    first, second = (mixed, alone) if axis == 0 else (alone, mixed)
    return np.stack([own * square, own * square**2, first, second, own * square**3], axis=1)


def _five(given: Any) -> Coefficients:
    k1, k2, p1, p2, k3 = (float(each) for each in given)
    return k1, k2, p1, p2, k3
