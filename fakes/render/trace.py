"""Where the ray of each pixel meets the height field."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes.render.rig import Matrix
from fakes.scene.field import BELT_MM, CENTRE_COLUMN, CENTRE_ROW, Plane

LAYER_MM = 6.0
"""Step of the search along a ray: shorter than anything that stands on a tray is wide, as the rays lean < 30°."""
HALVINGS = 5
"""Of the layer in which the ray first is below the surface: 6 mm / 2^5 = 0.2 mm along z."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Per pixel, float32: the surface point in grid pixels (`column`, `row`) and its height `z_mm`."""

    column: Plane
    row: Plane
    z_mm: Plane


@lru_cache(maxsize=8)
def directions(lens: Intrinsics) -> NDArray[np.float64]:
    """The ray of each pixel in the camera's frame, (H, W, 3), z = 1, distortion removed."""
    rows, columns = np.mgrid[: lens.height_px, : lens.width_px]
    points = np.stack([columns, rows], axis=-1).reshape(-1, 1, 2).astype(np.float64)
    until = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 60, 1e-10)
    flat = cv2.undistortPoints(points, lens.matrix(), np.array(lens.distortion), criteria=until)
    flat = np.asarray(flat).reshape(lens.height_px, lens.width_px, 2)
    return np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=2)


def meet(height_mm: Plane, lens: Intrinsics, to_tray: Matrix) -> Hits:
    """The first surface point along each ray of a camera at `to_tray` (4x4) that looks down.

    A ray is followed by its height z: x = cx + (cz - z) dx. Beyond the grid its outermost cells go on.
    """
    rays = directions(lens) @ to_tray[:3, :3].T
    centre = to_tray[:3, 3]
    slope_x = (rays[..., 0] / -rays[..., 2]).astype(np.float32)
    slope_y = (-rays[..., 1] / -rays[..., 2]).astype(np.float32)
    start_x = (centre[0] + CENTRE_COLUMN + centre[2] * slope_x).astype(np.float32)
    start_y = (-centre[1] + CENTRE_ROW + centre[2] * slope_y).astype(np.float32)

    def ground(z: Plane | np.float32) -> Plane:
        columns, rows = start_x - slope_x * z, start_y - slope_y * z
        return np.asarray(cv2.remap(height_mm, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    high = _first_layer(height_mm, ground)
    low = high - np.float32(LAYER_MM)
    for _ in range(HALVINGS):
        middle = np.asarray((low + high) * np.float32(0.5), dtype=np.float32)
        below = ground(middle) >= middle
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    # On a smooth surface the ray now moves less than 0.1 mm sideways: take the height that is there.
    z = np.clip(ground(low), low, high)
    z = np.clip(ground(z), low, high)
    return Hits(start_x - slope_x * z, start_y - slope_y * z, z)


def _first_layer(height_mm: Plane, ground: Callable[[Plane | np.float32], Plane]) -> Plane:
    """The upper end of the first layer, from the top, at whose lower end a ray is below the surface."""
    top = np.float32(height_mm.max() + 0.01)
    bottom = np.float32(min(float(height_mm.min()), BELT_MM))
    count = int(np.ceil((top - bottom) / LAYER_MM))
    found = ground(top) > top
    upper = np.full(found.shape, top - np.float32((count - 1) * LAYER_MM), dtype=np.float32)
    for layer in range(1, count):
        z = top - np.float32(layer * LAYER_MM)
        fresh = ~found & (ground(z) >= z)
        upper[fresh] = z + np.float32(LAYER_MM)
        found |= fresh
    return upper
