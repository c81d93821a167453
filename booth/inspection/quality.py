"""Whether a picture is good enough to be judged. Pure."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.faults import Occurrence
from booth.geometry.views import View
from booth.settings.model import Quality
from drivers.frames import Colour

SATURATED = 250  # of 255, all channels
DARK = 8  # of 255, all channels: the sensor's own noise floor
TILE_PX = 16
TILES_AT_MOST = 0.005
"""Share of tiles that may be of one value, black with them, and of rows that may repeat the one above. A sensor's noise
leaves none: of 3315 simulated pictures not one had any, nor had the deepest shadow under light from one side (800
pictures of 400 pristine trays), nor a real tote, 2026-11. A camera that cuts its shadows off at 0 needs a higher black
level."""
OWN_BLUR_PX = 1.5
EDGE = 3.0
"""Grey levels per pixel that an edge has after OWN_BLUR_PX: well above the noise."""
EDGES = 60
SHARPEST = 90
"""Percentile of the edges that is taken for the picture's sharpness: how plain the goods are hardly matters to it."""
HOLE_PX = 4
"""Cells in which depth is looked at for holes: single pixels always lack some."""


def poor(view: View, limits: Quality, has_depth: bool) -> Occurrence | None:
    """The first limit that `view` misses, or None. Depth is only asked of a camera that has it. `view`: as much as the
    camera's picture has, and nothing padded: what is black beyond a picture is not told from what is missing in it."""
    detail = next(_misses(view, limits, has_depth), None)
    return None if detail is None else Occurrence("quality-poor", device=view.camera, detail=detail)


def unlit(camera: str, picture: Colour, limits: Quality) -> Occurrence | None:
    """The same of a picture under light from one side, or of a later shot: with the limits that such light needs."""
    misses = _of_colour(picture, limits.side_saturated_at_most, limits.side_dark_at_most, limits)
    detail = next(misses, None)
    return None if detail is None else Occurrence("quality-poor", device=camera, detail=f"{detail} (in a later shot)")


def _misses(view: View, limits: Quality, has_depth: bool) -> Iterator[str]:
    yield from _of_colour(view.colour, limits.saturated_at_most, limits.dark_at_most, limits)
    if has_depth:
        yield from _of_depth(view.valid, limits)


def _of_colour(picture: Colour, saturated_at_most: float, dark_at_most: float, limits: Quality) -> Iterator[str]:
    # Channel by channel: a reduction over an axis of three is twenty times slower.
    blue, green, red = (picture[:, :, channel] for channel in range(3))
    saturated = float(np.mean(np.minimum(np.minimum(blue, green), red) >= SATURATED))
    dark = float(np.mean(np.maximum(np.maximum(blue, green), red) <= DARK))
    if saturated > saturated_at_most:
        yield f"{saturated:.0%} of the picture is saturated, {saturated_at_most:.0%} is allowed"
    if dark > dark_at_most:
        yield f"{dark:.0%} of the picture is black, {dark_at_most:.0%} is allowed"
    if not limits.looks_at_detail:
        return
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    if (missing := _missing(grey)) > TILES_AT_MOST:
        yield f"{missing:.1%} of the picture is missing: it has one value, or repeats"
    yield from _of_detail(grey, limits)


def _of_detail(grey: NDArray[np.uint8], limits: Quality) -> Iterator[str]:
    low, high = np.percentile(cv2.resize(grey, (104, 80), interpolation=cv2.INTER_AREA), (2, 98))
    contrast = float(high - low) / 255
    if contrast < limits.contrast_at_least:
        yield f"nothing is in the picture: its contrast is {contrast:.0%}, {limits.contrast_at_least:.0%} is needed"
    blur = _blur_px(grey)
    if blur is None:
        yield "nothing is in the picture: it has no edges"
    elif blur > limits.blur_px_at_most:
        yield f"the picture is blurred by {blur:.1f} px, {limits.blur_px_at_most:.1f} are allowed"


def _of_depth(valid: NDArray[np.bool_], limits: Quality) -> Iterator[str]:
    share, hole = float(np.mean(valid)), _hole(valid)
    if share < limits.valid_depth_at_least:
        yield f"{share:.0%} of the picture has depth, {limits.valid_depth_at_least:.0%} is needed"
    if hole > limits.depth_hole_at_most:
        yield f"depth is missing in one piece of {hole:.0%} of the picture, {limits.depth_hole_at_most:.0%} is allowed"


def _missing(grey: NDArray[np.uint8]) -> float:
    """Share of tiles that are of one value, full light excepted, or of rows that repeat the one above; the larger."""
    height, width = (side // TILE_PX * TILE_PX for side in grey.shape)
    if not height or not width:
        return 0.0
    tiles = grey[:height, :width].reshape(height // TILE_PX, TILE_PX, width // TILE_PX, TILE_PX)
    darkest, brightest = tiles.min(axis=(1, 3)), tiles.max(axis=(1, 3))
    flat = (darkest == brightest) & (brightest < SATURATED)
    black = _black_rows(grey)
    again = (grey[1:] == grey[:-1]).all(axis=1) & (grey[1:].max(axis=1) < SATURATED) & ~black[1:]
    return max(float(flat.mean()), float(again.mean()), float(black.mean()))


def _black_rows(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Rows that never came: a sensor's darkest row still has noise in it somewhere."""
    return np.asarray(grey.max(axis=1) == 0)


def _blur_px(grey: NDArray[np.uint8]) -> float | None:
    """Sigma of what the sharpest edges are blurred by; None where there are none.

    Blurred by s, an edge's steepest slope is 1 / s of it: with OWN_BLUR_PX more, the two slopes' ratio R gives s =
    OWN_BLUR_PX / sqrt(R^2 - 1).
    """
    picture = grey.astype(np.float32)
    softer = _slope(cv2.GaussianBlur(picture, (0, 0), OWN_BLUR_PX))
    edges = softer > EDGE
    if int(edges.sum()) < EDGES:
        return None
    ratio = float(np.percentile(_slope(picture)[edges] / softer[edges], SHARPEST))
    return OWN_BLUR_PX / float(np.sqrt(max(ratio * ratio - 1, 0.01)))


def _slope(picture: object) -> NDArray[np.float32]:
    """Grey levels per px."""
    image = np.asarray(picture, np.float32)
    across, down = (cv2.Sobel(image, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (1, 0))
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _hole(valid: NDArray[np.bool_]) -> float:
    """Share of the picture that its largest connected hole has."""
    size = tuple(max(1, side // HOLE_PX) for side in valid.shape[::-1])
    known = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    _, _, found, _ = cv2.connectedComponentsWithStats((known < 0.5).astype(np.uint8))
    return float(found[1:, cv2.CC_STAT_AREA].max(initial=0)) / known.size
