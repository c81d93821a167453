"""A view on the pixels that a pack wants: one scale and one size for every camera."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.region import Size
from booth.geometry.views import Standpoint, View
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.manifest import ViewShape

T = TypeVar("T", bound=np.generic)

AT_SCALE = 0.01
"""Share by which a view's scale may be off before it is resampled: a geometry at a scale ends on whole pixels."""


def fitted(view: View, shape: ViewShape) -> View:
    """The view at the pack's scale and size: resampled if it has another scale, then cropped or padded around its
    middle (colour 0, height NaN, not valid beyond the picture). One that fits is returned as it is.

    A view of unknown scale is shown whole and in its proportions, as large as fits; for a pack without a scale it is
    stretched. Raises ScoreInvalid for what is no picture.
    """
    _check(view)
    if shape.mm_per_px is None:
        return _on(view, shape.size)
    return centred(_at_scale(view, shape.size, shape.mm_per_px), shape.size)


def centred(view: View, size: Size) -> View:
    """The view cropped or padded around its middle (colour 0, height NaN, not valid beyond the picture); its scale
    stays. One of that size is returned as it is."""
    if view.valid.shape[::-1] == size:
        return view
    return _each(
        view,
        lambda colour: framed(colour, size, 0),
        lambda height: framed(height, size, np.nan),
        lambda valid: framed(valid, size, False),
        view.standpoint and replace(view.standpoint, size_px=size),
    )


def framed(picture: NDArray[T], size: Size, beyond: float) -> NDArray[T]:
    """(H, W, ...) cropped or padded with `beyond` around its middle; of an odd rest the larger half is left and above
    where it is cropped, right and below where it is padded."""
    if picture.shape[1::-1] == size:
        return picture
    width, height = size
    out = np.full((height, width, *picture.shape[2:]), beyond, picture.dtype)
    (to_y, from_y), (to_x, from_x) = _overlap(height, picture.shape[0]), _overlap(width, picture.shape[1])
    out[to_y, to_x] = picture[from_y, from_x]
    return out


def _check(view: View) -> None:
    for colour in (view.colour, *view.lit.values()):
        if colour.dtype != np.uint8 or colour.ndim != 3 or colour.shape[2] != 3 or not colour.size:
            raise ScoreInvalid(f"the view of {view.camera} is {colour.dtype} {colour.shape}, not a BGR picture")
    shapes = {
        view.height_mm.shape,
        view.valid.shape,
        *(colour.shape[:2] for colour in (view.colour, *view.lit.values())),
    }
    if len(shapes) > 1:
        raise ScoreInvalid(f"the pictures of {view.camera} differ in size: {sorted(shapes)}")


def _at_scale(view: View, wanted: Size, mm_per_px: float) -> View:
    """Of unknown scale: as large as fits into `wanted`."""
    height, width = view.valid.shape
    stands = view.standpoint
    factor = stands.mm_per_px / mm_per_px if stands else min(wanted[0] / width, wanted[1] / height)
    if abs(factor - 1) <= AT_SCALE:
        return view
    scaled = _on(view, (max(1, round(width * factor)), max(1, round(height * factor))))
    # To half a pixel over the whole width, which only a view of a few pixels would feel.
    return replace(scaled, standpoint=stands and replace(stands, size_px=scaled.valid.shape[::-1], mm_per_px=mm_per_px))


def _on(view: View, size: Size) -> View:
    """The whole view on `size` (width, height) pixels."""
    height, width = view.valid.shape
    if (width, height) == size:
        return view
    stands = view.standpoint
    smaller = size[0] < width
    return _each(
        view,
        lambda colour: cv2.resize(colour, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR),
        # Between a surface and what is far below it, or unknown, there is no height in the middle.
        lambda height: cv2.resize(height, size, interpolation=cv2.INTER_NEAREST_EXACT),
        lambda valid: cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT).astype(np.bool_),
        stands and replace(stands, size_px=size, mm_per_px=stands.mm_per_px * width / size[0]),
    )


def _each(
    view: View,
    colour: Callable[[NDArray[np.uint8]], Any],
    height: Callable[[NDArray[np.float32]], Any],
    valid: Callable[[NDArray[np.bool_]], Any],
    stands: Standpoint | None,
) -> View:
    return replace(
        view,
        colour=colour(view.colour),
        height_mm=height(view.height_mm),
        valid=valid(view.valid),
        lit={side: colour(lit) for side, lit in view.lit.items()},
        standpoint=stands,
    )


def _overlap(wanted: int, given: int) -> tuple[slice, slice]:
    """Where in the wanted row the given one goes, and which part of it."""
    to, start = max(0, wanted - given) // 2, (max(0, given - wanted) + 1) // 2
    length = min(wanted, given)
    return slice(to, to + length), slice(start, start + length)
