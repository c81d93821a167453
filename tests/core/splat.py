"""Depth onto the whole colour picture, slowly and without guessing: what the booth's own way is compared with."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from booth.geometry.projection import Coordinates, Points, bent, pixel_grid, rays_of
from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

_FARTHEST = np.iinfo(np.uint16).max  # stands for "nothing yet": a sensor that reports it has measured nothing
_OUTSIDE = 1e6  # px

Indices = NDArray[np.int64]


def align_depth_to_colour(
    depth: RawDepth,
    depth_unit: Millimetres,
    depth_intrinsics: Intrinsics,
    colour_intrinsics: Intrinsics,
    depth_to_colour: Transform,
) -> RawDepth:
    """(H, W) uint16 on the colour camera's pixels, in the units of `depth`; 0 where nothing was measured.

    Each depth pixel fills the rectangle between its projected corners; the nearest wins. As in librealsense
    (src/proc/align.cpp) the values stay distances along the *depth* camera's axis; `view_of` accounts for the
    difference of the axes. Both corners' pixels belong to the rectangle, so a surface grows by up to one pixel.
    """
    measured = np.flatnonzero(depth)
    values = depth.reshape(-1)[measured]
    along = values.astype(np.float64) * depth_unit
    first, last = (
        _landing(
            _turned_rays(depth_intrinsics, depth_to_colour, corner), measured, along, depth_to_colour, colour_intrinsics
        )
        for corner in (-0.5, 0.5)
    )
    size = (colour_intrinsics.width_px, colour_intrinsics.height_px)
    seen = np.flatnonzero(_overlaps(first[0], last[0], size[0]) & _overlaps(first[1], last[1], size[1]))
    left, right = (x[seen].clip(0, size[0] - 1) for x in (first[0], last[0]))
    top, bottom = (y[seen].clip(0, size[1] - 1) for y in (first[1], last[1]))
    nearest = np.full(size[1] * size[0], _FARTHEST, dtype=np.uint16)
    _splat(nearest, top * size[0] + left, (right - left + 1, bottom - top + 1), values[seen], size[0])
    nearest[nearest == _FARTHEST] = 0
    return nearest.reshape(size[1], size[0])


@lru_cache(maxsize=16)
def _turned_rays(camera: Intrinsics, transform: Transform, corner: float) -> Points:
    """(3, H * W): where a corner of every depth pixel looks, z = 1, in the directions of the colour camera."""
    pixels = pixel_grid(0, 0, camera.width_px, camera.height_px).reshape(-1, 2) + corner
    return np.ascontiguousarray((rays_of(pixels, camera) @ transform.matrix().T).T)


def _landing(
    rays: Points, measured: Indices, depth_mm: NDArray[np.float64], transform: Transform, colour: Intrinsics
) -> tuple[Indices, Indices]:
    """The colour pixel (x, y) that each point of the depth picture is seen on; far outside if it is behind."""
    x, y, z = (ray[measured] * depth_mm + shift for ray, shift in zip(rays, transform.translation_mm, strict=True))
    behind = z <= 0.0
    z[behind] = np.inf
    u, v = bent(x / z, y / z, colour)
    u[behind] = -_OUTSIDE
    return _pixel(u * colour.fx_px + colour.cx_px), _pixel(v * colour.fy_px + colour.cy_px)


def _pixel(coordinate: Coordinates) -> Indices:
    return np.floor(coordinate.clip(-_OUTSIDE, _OUTSIDE) + 0.5).astype(np.int64)


def _overlaps(first: Indices, last: Indices, size: int) -> NDArray[np.bool_]:
    overlapping: NDArray[np.bool_] = (last >= 0) & (first < size) & (first <= last)
    return overlapping


def _splat(nearest: RawDepth, corner: Indices, extent: tuple[Indices, Indices], values: RawDepth, width: int) -> None:
    """Write each value over its (width, height) rectangle of the flat picture, keeping the smaller."""
    wide, tall = extent
    for down in range(int(tall.max(initial=0))):
        rows = np.flatnonzero(tall > down)
        start, reach, depth = corner[rows] + down * width, wide[rows], values[rows]
        for right in range(int(reach.max(initial=0))):
            if right:
                on = np.flatnonzero(reach > right)
                start, reach, depth = start[on], reach[on], depth[on]
            np.minimum.at(nearest, start + right, depth)
