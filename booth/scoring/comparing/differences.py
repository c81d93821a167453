"""What differs between a tray and a reference that was laid over it, in cells of the view.

A reference is drawn as it would look where the tray's item lies: for each pixel of the tray the place of the reference
that it would see there, by the reference's own heights, so that walls and tops move as the camera would have it. What
lies beside where the reference has it by less than SLACK is no difference.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.region import Size
from booth.geometry.views import View
from booth.scoring.comparing.ground import Floats, Ground, Places, grid
from booth.scoring.comparing.registration import Flat, Laid
from booth.scoring.comparing.standing import BELOW_MM, UNKNOWN_MM, Mask, matte, standing
from drivers.frames import Colour

HALF = 2
"""px of a view that a pixel of the comparison is wide."""
CELL = 4
"""Pixels of the comparison that a cell is wide: 9 mm at 1.1 mm/px."""
CELL_PX = HALF * CELL
SLACK = np.ones((3, 3), np.uint8)
"""Pixels of the comparison, 2.2 mm to each side, that print may lie beside where the reference has it."""
STEEP = np.ones((5, 5), np.uint8)
"""The same for heights: stereo depth moves an edge by twice as much."""
STEEP_MM = 8.0
"""Where a reference's heights differ by more within STEEP is an edge: only what is beyond all of them counts there."""
COARSE = 3
"""What a coarse map has of the pixels across. Of a view that makes the cells that `standing` wants."""
LOOKS = 3
"""Until a tall item's walls have settled."""
GAIN_PX = 14.0
"""How wide light is taken to vary, pixels of the comparison: wider differences of brightness are the lamps'."""
GAINS = (np.float32(0.6), np.float32(1.6))
BESIDE_MM, FLOOR_MM, HIGH_MM = 14.0, 5.0, 40.0
"""Beside the item: what is higher than a tray's rim stands there, what is lower than FLOOR_MM lies there, and what is
higher than HIGH_MM is no worse."""
SPECK = np.ones((4, 4), np.uint8)
"""Pixels. What is smaller is an edge that depth smears."""
MARGIN = np.ones((7, 7), np.uint8)
"""Cells of a flattened picture, 10 mm to each side, that depth smears an item's walls over."""
RIM = 10
"""Share of a view's width and height, 1 / RIM on each side, where the tray's rim is: no spill is looked for."""

CHANNELS = ("colour", "structure", "height", "beside", "spilt")
"""colour: of 255, beyond what the reference shows within the slack. structure: edges that one has and the other has
not, log units a pixel. height: mm. beside: mm that something stands where no item should. spilt: of 255, how unlike the
rest of the tray's floor a part of it is."""

Cells = NDArray[Any]
"""What OpenCV takes and gives: its stubs know no more."""


@dataclass(frozen=True, eq=False)
class Halved:
    """A view as it is compared, on pixels HALF wide: `colour` (h, w, 3) uint8 BGR, `height_mm` (h, w) with NaN where
    unknown, `item`: what stands on the tray."""

    ground: Ground
    colour: Colour
    height_mm: Floats
    item: Mask

    @cached_property
    def filled_mm(self) -> Floats:
        """Heights without holes: from ever further around them."""
        known = np.isfinite(self.height_mm)
        values, weight = np.where(known, self.height_mm, np.float32(0)), known.astype(np.float32)
        for reach in (5, 15, 61):
            near = np.asarray(cv2.blur(weight, (reach, reach)))
            fill = (weight < 0.5) & (near > 0.02)
            values = np.where(fill, cv2.blur(values, (reach, reach)) / np.maximum(near, np.float32(0.02)), values)
            weight = np.maximum(weight, fill.astype(np.float32))
        return np.asarray(values, np.float32)


def halved(view: View) -> Halved:
    """`view` has a standpoint."""
    assert view.standpoint is not None
    height, width = view.valid.shape
    size, coarse = (width // HALF, height // HALF), (width // COARSE, height // COARSE)
    colour = cv2.resize(matte(view), size, interpolation=cv2.INTER_AREA)
    heights = _mean_of_known(view, size)
    known = np.where(np.isfinite(heights), heights, np.float32(UNKNOWN_MM))
    low = np.asarray(cv2.resize(known, coarse, interpolation=cv2.INTER_NEAREST), np.float32)
    small = np.asarray(cv2.resize(colour, coarse, interpolation=cv2.INTER_AREA), np.uint8)
    item = np.asarray(cv2.resize(standing(low, small).view(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return Halved(Ground(view.standpoint), np.asarray(colour, np.uint8), heights, item.view(np.bool_))


def _mean_of_known(view: View, size: Size) -> Floats:
    known = view.valid & (view.height_mm > BELOW_MM)
    weight = np.asarray(cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA))
    total = np.asarray(cv2.resize(np.where(known, view.height_mm, np.float32(0)), size, interpolation=cv2.INTER_AREA))
    return np.where(weight > 0.4, total / np.maximum(weight, np.float32(0.4)), np.float32(np.nan)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A reference as it would look on the tray, on the tray's pixels; `seen`: where it shows its item; `at`: from which
    of its pixels."""

    colour: Colour
    height_mm: Floats
    seen: NDArray[np.uint8]
    at: Places


def drawn(reference: Halved, laid: Laid, top_mm: float, tray: Halved) -> Drawn:
    """`top_mm`: of the reference's item."""
    at = _sources(reference, laid, top_mm, tray)
    seen = cv2.remap(reference.item.view(np.uint8), *at, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    colour = cv2.remap(reference.colour, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    height = cv2.remap(reference.height_mm, *at, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return Drawn(np.asarray(colour, np.uint8), np.asarray(height, np.float32), np.asarray(seen, np.uint8), at)


def _sources(reference: Halved, laid: Laid, top_mm: float, tray: Halved) -> Places:
    """The pixel of the reference that each pixel of the tray would see."""
    rows, columns = tray.item.shape
    u, v = grid((columns, rows), HALF)
    height = np.full((rows, columns), top_mm, np.float32)
    x, y = u, v
    for _ in range(LOOKS):
        full = reference.ground.pixels(*laid.back(*tray.ground.places(u, v, height)), height)
        x, y = ((p + np.float32(0.5)) / np.float32(HALF) - np.float32(0.5) for p in full)
        found = cv2.remap(reference.filled_mm, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        height = np.asarray(found, np.float32)
    return x, y


def differences(tray: Halved, reference: Drawn, laid: Laid, flat: Flat) -> Floats:
    """(len(CHANNELS), rows, columns) of cells, none negative, 0 where nothing can be compared. `flat`: of the
    reference."""
    inside = np.asarray(cv2.erode(reference.seen, SLACK), np.float32)
    grey = (cv2.cvtColor(each, cv2.COLOR_BGR2GRAY) for each in (tray.colour, reference.colour))
    bright, expected = (np.asarray(each, np.float32) for each in grey)
    gain = _gain(bright, expected, inside)
    ours = cv2.multiply(tray.colour, cv2.merge((gain, gain, gain)), dtype=cv2.CV_8U)
    colour = _most(_beyond(ours, reference.colour, SLACK))
    structure = np.maximum(_beyond(_edges(bright), _edges(expected), SLACK), np.float32(0))
    height = _off_in_height(tray.height_mm, reference.height_mm, inside)
    beside = _beside(tray, laid, flat)
    return np.stack([cells(colour * inside), cells(structure * inside), height, *map(cells, beside)])


def cells(values: Cells) -> Floats:
    """Their mean in each cell."""
    rows, columns = values.shape[0] // CELL, values.shape[1] // CELL
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _edges(bright: Floats) -> Floats:
    """How steep the brightness is, in log units per pixel."""
    grey = cv2.log(bright + np.float32(12.0))
    across, down = (cv2.Scharr(grey, cv2.CV_32F, *way, scale=1 / 32) for way in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _gain(ours: Floats, theirs: Floats, inside: Floats) -> Floats:
    """By what the light here is brighter on the reference than on the tray, from COARSE times as wide pixels."""
    size = (inside.shape[1] // COARSE, inside.shape[0] // COARSE)
    small = (cv2.resize(bright * inside, size, interpolation=cv2.INTER_AREA) for bright in (ours, theirs))
    ours, theirs = (np.asarray(cv2.GaussianBlur(each, (0, 0), GAIN_PX / COARSE), np.float32) for each in small)
    gain = np.clip((theirs + np.float32(1e-3)) / (ours + np.float32(1e-3)), *GAINS)
    return np.asarray(cv2.resize(gain, inside.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _beyond(tray: Cells, reference: Cells, around: NDArray[np.uint8]) -> Cells:
    """By how much the tray is outside of what the reference shows around there; where it is inside 0, or less for
    numbers that have a sign."""
    above = cv2.subtract(tray, cv2.dilate(reference, around))
    return np.asarray(cv2.max(above, cv2.subtract(cv2.erode(reference, around), tray)))


def _most(channels: Cells) -> Floats:
    blue, green, red = cv2.split(channels)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.float32)


def _off_in_height(tray: Floats, reference: Floats, inside: Floats) -> Floats:
    """In cells. The mean of a cell has a quarter of a pixel's noise; at edges it would have the registration's."""
    there = np.isfinite(reference)
    known = np.isfinite(tray) & there & (inside > 0)
    off = np.where(known, tray - reference, np.float32(0))
    held = np.where(there, reference, np.float32(0))
    level = known & (np.asarray(cv2.morphologyEx(held, cv2.MORPH_GRADIENT, STEEP)) < STEEP_MM)
    if level.any():
        off -= np.median(off[level][::5])  # depth cameras are off by a millimetre or two as a whole
    flat = np.abs(cells(off * level)) / np.maximum(cells(level.astype(np.float32)), np.float32(0.3))
    high = np.asarray(cv2.dilate(np.where(there, reference, np.float32(-1e4)), STEEP))
    low = np.asarray(cv2.erode(np.where(there, reference, np.float32(1e4)), STEEP))
    beyond = np.where(known, np.maximum(np.maximum(tray - high, low - tray), np.float32(0)), np.float32(0))
    return np.maximum(flat, cells(beyond))


def _beside(tray: Halved, laid: Laid, flat: Flat) -> tuple[Floats, Floats]:
    """What stands, and what is of another colour than the tray, where the reference's item does not stand."""
    rows, columns = tray.item.shape
    known = np.isfinite(tray.height_mm)
    height = np.where(known, tray.height_mm, np.float32(0))
    places = laid.back(*tray.ground.places(*grid((columns, rows), HALF), np.maximum(height, np.float32(0))))
    wide = cv2.dilate(flat.face.view(np.uint8), MARGIN)
    foot = np.asarray(cv2.remap(wide, *flat.cell(*places), cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT))
    outside = known & (foot == 0)
    stands = np.where(outside & (height > BESIDE_MM), np.minimum(height, np.float32(HIGH_MM)), np.float32(0))
    stands = np.asarray(cv2.morphologyEx(stands, cv2.MORPH_OPEN, SPECK), np.float32)
    within = slice(rows // RIM, -(rows // RIM)), slice(columns // RIM, -(columns // RIM))
    floor = np.zeros_like(outside)
    floor[within] = (outside & (height < FLOOR_MM))[within]
    return stands, _unlike_the_floor(tray.colour, floor)


def _unlike_the_floor(colour: Colour, floor: Mask) -> Floats:
    """Brighter, or of another hue; what is only darker is a shadow."""
    if not floor.any():
        return np.zeros(floor.shape, np.float32)
    usual = np.median(colour[floor][::7], axis=0).astype(np.float32)
    blue, green, red = cv2.split(colour.astype(np.float32) - usual)
    mean = np.asarray((blue + green + red) / np.float32(3))
    hue = cv2.max(cv2.max(cv2.absdiff(blue, mean), cv2.absdiff(green, mean)), cv2.absdiff(red, mean))
    brighter = np.asarray(cv2.max(cv2.max(blue, green), red), np.float32)
    unlike = np.maximum(np.maximum(brighter, np.asarray(hue, np.float32) * np.float32(2)), np.float32(0))
    return np.where(floor, unlike, np.float32(0))
