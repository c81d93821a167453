"""Depth onto the colour camera's pixels."""

import numpy as np
from numpy.typing import NDArray

from booth.geometry.projection import Pixels, deproject, project, transformed
from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

_FARTHEST = np.iinfo(np.uint16).max  # stands for "nothing yet": a sensor that reports it has measured nothing
_OUTSIDE = 1e6  # px


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
    rows, columns = np.nonzero(depth)
    values = depth[rows, columns]
    centres = np.stack((columns, rows), axis=-1).astype(np.float64)
    first, last = (
        _landing(
            centres + corner,
            values.astype(np.float64) * depth_unit,
            depth_intrinsics,
            colour_intrinsics,
            depth_to_colour,
        )
        for corner in (-0.5, 0.5)
    )
    size = np.array((colour_intrinsics.width_px, colour_intrinsics.height_px))
    seen = ((last >= 0) & (first < size) & (first <= last)).all(axis=-1)
    first, last, values = first[seen].clip(0), last[seen].clip(max=size - 1), values[seen]
    nearest = np.full(size[1] * size[0], _FARTHEST, dtype=np.uint16)
    _splat(nearest, first, last - first + 1, values, int(size[0]))
    nearest[nearest == _FARTHEST] = 0
    return nearest.reshape(size[1], size[0])


def _landing(
    pixels: Pixels, depth_mm: NDArray[np.float64], depth: Intrinsics, colour: Intrinsics, transform: Transform
) -> NDArray[np.int64]:
    """The colour pixel under each point of the depth picture; far outside for points behind the camera."""
    seen = project(transformed(deproject(pixels, depth_mm, depth), transform), colour)
    bounded: Pixels = np.nan_to_num(seen.clip(-_OUTSIDE, _OUTSIDE), nan=-_OUTSIDE)
    return np.floor(bounded + 0.5).astype(np.int64)


def _splat(
    nearest: RawDepth, corner: NDArray[np.int64], extent: NDArray[np.int64], values: RawDepth, width: int
) -> None:
    """Write each value over its rectangle of the flat picture `nearest`, keeping the smaller."""
    for down in range(int(extent[:, 1].max(initial=0))):
        tall = extent[:, 1] > down
        corner, extent, values = corner[tall], extent[tall], values[tall]
        start = (corner[:, 1] + down) * width + corner[:, 0]
        reach, depth = extent[:, 0], values
        for right in range(int(reach.max(initial=0))):
            wide = reach > right
            start, reach, depth = start[wide], reach[wide], depth[wide]
            np.minimum.at(nearest, start + right, depth)
