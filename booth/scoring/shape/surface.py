"""What stands on the tray, by its height alone: the things on it, and the flat top that each may have."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View

CELL_MM = 2.2
"""Side of a cell on the tray's floor. The noise of stereo depth reaches two pixels: finer cells tell no more."""
SEEN = 0.3
"""Share of a cell that has to be measured."""
BRIDGED = 0.15
"""Share of the 11 mm around a cell from which its height is taken where it has none: a glint, a blind edge."""
FACE_MM = 4.0
"""Cells this near to a top's plane are of it: four times the noise of stereo depth at 0.7 m."""
LEVEL_MM = 3.0
"""Step in which levels are counted to find the top's."""
HIGHEST_MM = 450.0
FITTED = 1500
"""Cells that a plane is fitted through, at most."""
LEAST_CELLS = 20

Mask = NDArray[np.bool_]
Heights = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Heights above the tray on square cells, (h, w) float32 mm, 0 where not `known`; where not `seen`, that of the
    cells around. `cell_mm` on the floor; `distance_mm` from the camera to the floor."""

    height_mm: Heights
    known: Mask
    seen: Mask
    cell_mm: float
    distance_mm: float

    def cell_cm2(self, height_mm: float = 0.0) -> float:
        """Of a cell that shows what is `height_mm` above the floor: nearer to the camera, so smaller."""
        nearer = 1 - height_mm / self.distance_mm
        return (self.cell_mm * nearer) ** 2 / 100


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A connected part of the surface that stands above the tray. The arrays are those of its box, (h, w), a cell wider
    on each side than the thing: `mask` its cells; heights, `known` and `seen` of all that is in the box."""

    box: tuple[slice, slice]
    mask: Mask
    height_mm: Heights
    known: Mask
    seen: Mask
    area_cm2: float


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """The plane that most of a thing's top lies in. On its box: `above_mm` that plane; `face`: cells that are of it.
    `height_mm` in the middle of the box; `lean`: rise of the plane in mm per mm."""

    above_mm: Heights
    face: Mask
    height_mm: float
    lean: float


@lru_cache(maxsize=32)
def disc(radius: int) -> Bits:
    """As a structuring element."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


THREE, FIVE = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)


def surface_of(view: View) -> Surface | None:
    """None where nothing was measured, or the tray's scale is unknown."""
    stands = view.standpoint
    if stands is None or not view.valid.any():
        return None
    shape = view.valid.shape
    width, height = (max(1, round(side * stands.mm_per_px / CELL_MM)) for side in (shape[1], shape[0]))
    # Zeroed before the mean, for NaN times 0 is NaN.
    share = cv2.resize(view.valid.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    sums = cv2.resize(
        np.where(view.valid, view.height_mm, np.float32(0)), (width, height), interpolation=cv2.INTER_AREA
    )
    around, over = cv2.blur(share, (5, 5)), cv2.blur(sums, (5, 5))
    seen, known = share > SEEN, around > BRIDGED
    heights = np.where(seen, sums / np.maximum(share, SEEN), over / np.maximum(around, BRIDGED))
    heights[~known] = 0
    return Surface(heights.astype(np.float32, copy=False), known, seen, CELL_MM, stands.distance_mm)


def things_on(surface: Surface, rim_mm: float, floor_mm: float, wide_mm: float, least_cm2: float) -> tuple[Thing, ...]:
    """The largest first. What is above `rim_mm` is a thing, and above `floor_mm` what is wider than `wide_mm`, too: a
    tray's rim is low and narrow. Smaller than `least_cm2` is none."""
    up = raised(surface, rim_mm, floor_mm, wide_mm)
    _, labels, found, _ = cv2.connectedComponentsWithStats(up, connectivity=8)
    cell = surface.cell_cm2()
    large = [place for place in range(1, len(found)) if found[place, cv2.CC_STAT_AREA] * cell >= least_cm2]
    return tuple(
        _thing(surface, np.asarray(labels, np.int32), place, np.asarray(found[place], np.int32))
        for place in sorted(large, key=lambda place: -int(found[place, cv2.CC_STAT_AREA]))
    )


def raised(surface: Surface, rim_mm: float, floor_mm: float, wide_mm: float) -> Bits:
    """(h, w) 1 where something stands on the tray. Of single cells that are off by chance none is left."""
    high = ((surface.height_mm > rim_mm) & surface.known).view(np.uint8)
    low = ((surface.height_mm > floor_mm) & surface.known).view(np.uint8)
    radius = max(1, round(wide_mm / 2 / surface.cell_mm))
    wide = cv2.morphologyEx(low, cv2.MORPH_OPEN, disc(radius))
    return np.asarray(cv2.bitwise_or(cv2.morphologyEx(high, cv2.MORPH_OPEN, THREE), wide), np.uint8)


def top_of(thing: Thing) -> Top | None:
    """The plane of the level that most cells are at, fitted to those near it. None for what has no such level."""
    height, width = thing.mask.shape
    across = ((np.arange(width) - width / 2) / 50).astype(np.float32)
    down = ((np.arange(height) - height / 2) / 50).astype(np.float32)
    y, x = np.nonzero(thing.mask)
    every = max(1, len(y) // FITTED)
    y, x = y[::every], x[::every]
    plane = _plane(across[x], down[y], thing.height_mm[y, x])
    above = thing.height_mm - (plane[0] * across[None] + plane[1] * down[:, None] + plane[2]).astype(np.float32)
    near = ((np.abs(above) < FACE_MM) & thing.mask).view(np.uint8)
    face = cv2.morphologyEx(near, cv2.MORPH_OPEN, THREE)
    if cv2.countNonZero(face) < LEAST_CELLS:
        return None
    lean = float(np.hypot(plane[0], plane[1])) / (50 * CELL_MM)
    return Top(above, face.astype(np.bool_), float(plane[2]), lean)


def _thing(surface: Surface, labels: NDArray[np.int32], place: int, found: NDArray[np.int32]) -> Thing:
    x, y, width, height = (int(part) for part in found[:4])
    rows = slice(max(0, y - 1), y + height + 1)
    columns = slice(max(0, x - 1), x + width + 1)
    box = (rows, columns)
    heights, mask = surface.height_mm[box], labels[box] == place
    area = float(found[cv2.CC_STAT_AREA]) * surface.cell_cm2(float(np.median(heights[mask][::5])))
    return Thing(box, mask, heights, surface.known[box], surface.seen[box], area)


def _plane(x: Heights, y: Heights, z: Heights) -> NDArray[np.float64]:
    """(a, b, c) of z = a x + b y + c through the level that most are at, the highest of those that nearly as many are
    at: what a carton contains is no top."""
    counts = np.bincount((np.clip(z, 0, HIGHEST_MM) / LEVEL_MM).astype(np.intp), minlength=2)
    smooth = np.convolve(counts, (1, 2, 1), "same")
    level = float(np.flatnonzero(smooth >= 0.6 * smooth.max())[-1])
    plane = np.array([0.0, 0.0, (level + 0.5) * LEVEL_MM])
    cells = np.stack([x, y, np.ones_like(x)], axis=1).astype(np.float64)
    for reach in (9.0, 6.0, 4.5, FACE_MM):
        near = np.abs(z - cells @ plane) < reach
        if int(near.sum()) < LEAST_CELLS:
            break
        some = cells[near]
        plane = np.linalg.solve(some.T @ some + np.diag([1e-2, 1e-2, 1e-9]), some.T @ z[near])
    return plane
