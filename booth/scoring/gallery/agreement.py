"""Whether two captures show the same product in the same state: laid over one another, print, height and colour.

Tuned on pristine trays of 110 products, simulated (train, seed 11, 2026-11). On 28 others (val, seed 12): of two
references of a product 25 pairs of 28 agree, of its pristine trays 96 % with one of the two, of two products of the
same family 3 %. That is no check for damage: of damaged trays 74 % agree, for most damage is small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.comparing.ground import Ground, grid
from booth.scoring.comparing.registration import STANDS_MM, Flat, Laid, flattened, register

PRINT_AT_LEAST, SHARED_AT_LEAST = 0.65, 0.75
"""Correlation of the two, flattened, and the share of both tops that lies over one another."""
LEVEL_MM = 10.0
"""How much higher the one may stand in the median."""
HEIGHT_MM, HEIGHT_AT_MOST = 20.0, 0.15
"""So far apart, for this share of the item: less is what glossy film has between two captures of itself."""
COLOUR, COLOUR_AT_MOST = 60.0, 0.3
"""Likewise, of 255, in the channel that differs most, both blurred, the exposure made the same. Gloss moves with the
pose: of the same product 2 % of the pixels in the median, 24 % in the 98th percentile."""
SAME_SHIFT_MM, SAME_TURN_DEG = 3.0, 1.5
"""Moved by less the item lies where it lay."""
BLUR_PX = 1.5
EDGE = np.ones((5, 5), np.uint8)
"""Of the item, not compared: there a pixel sees half of what is below."""
FEWEST_PX = 200


@dataclass(frozen=True, slots=True)
class Apart:
    """How two captures differ, the worst of the cameras they share. `print_` is the correlation of the flattened
    pictures, 1 where they are the same; `shared` of their tops; `level_mm` how much higher the first one stands;
    `height` and `colour` are shares of the item. `why`: why they could not be laid over one another, or what differs
    too much; None: they agree. `moved`: whether the item lay elsewhere."""

    print_: float = 0.0
    shared: float = 0.0
    level_mm: float = 0.0
    height: float = 1.0
    colour: float = 1.0
    moved: bool = True
    why: str | None = None

    @property
    def agree(self) -> bool:
        return self.why is None

    @property
    def told(self) -> Mapping[str, Any]:
        """Nothing for what could not be laid over one another."""
        if not self.shared:
            return {}
        names = {"print": self.print_, "shared": self.shared, "level_mm": self.level_mm}
        return {name: round(each, 3) for name, each in (names | {"height": self.height, "colour": self.colour}).items()}

    def __str__(self) -> str:
        if not self.shared:
            return "no numbers"
        return (
            f"print {self.print_:.2f}, shared {self.shared:.0%}, level {self.level_mm:+.0f} mm, "
            f"height {self.height:.0%}, colour {self.colour:.0%}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A capture's views, ready to be laid over others: by camera, those that have something on the tray."""

    flats: Mapping[str, tuple[View, Flat]]


def shown(views: tuple[View, ...]) -> Shown:
    flats = {view.camera: (view, flat) for view in views if (flat := flattened(view)) is not None}
    return Shown(flats)


def apart(one: Shown, other: Shown) -> Apart:
    """Blocking: some 20 ms a camera."""
    cameras = sorted(one.flats.keys() & other.flats.keys())
    if not cameras:
        return Apart(why="no camera sees something on the tray in both")
    found = [_apart(*one.flats[camera], *other.flats[camera]) for camera in cameras]
    return max(found, key=lambda each: (not each.agree, 1 - each.print_))


def _apart(view: View, flat: Flat, other: View, other_flat: Flat) -> Apart:
    laid = register(flat, other_flat)
    if laid is None:
        return Apart(why="cannot be laid over one another")
    colour, height = laid_over(view, other, laid)
    item = _item(other) & (colour.max(axis=2) > 0)
    if item.sum() < FEWEST_PX:
        return Apart(laid.agreement, laid.shared, why="share too little of the item")
    moved = max(map(abs, laid.shift_mm)) > SAME_SHIFT_MM or abs(laid.turn_deg) > SAME_TURN_DEG
    higher = _higher(height, other.height_mm, item)
    paler = _paler(colour, other.colour, item)[item]
    found = Apart(
        laid.agreement,
        laid.shared,
        float(np.median(higher)) if higher.size else 0.0,
        float((np.abs(higher) > HEIGHT_MM).mean()) if higher.size else 0.0,
        float((paler > COLOUR).mean()),
        moved,
    )
    return replace(found, why=_why(found))


def _why(found: Apart) -> str | None:
    if found.print_ < PRINT_AT_LEAST:
        return f"the print agrees by {found.print_:.2f}, less than {PRINT_AT_LEAST:g}"
    if found.shared < SHARED_AT_LEAST:
        return f"{found.shared:.0%} of the two tops lies over one another, less than {SHARED_AT_LEAST:.0%}"
    if abs(found.level_mm) > LEVEL_MM:
        return f"one stands {abs(found.level_mm):.0f} mm higher"
    if found.height > HEIGHT_AT_MOST:
        return f"{found.height:.0%} of the item is another height by more than {HEIGHT_MM:g} mm"
    if found.colour > COLOUR_AT_MOST:
        return f"{found.colour:.0%} of the item has another colour"
    return None


def _higher(height: NDArray[np.float32], other: NDArray[np.float32], item: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(N,) mm, of the item's pixels that both measured. Depth of film is speckled: a single pixel says nothing."""
    measured = item & np.isfinite(height)
    off = np.where(measured, height - other, np.float32(0)).astype(np.float32)
    return np.asarray(cv2.medianBlur(off, 5)[measured], np.float32)


def laid_over(view: View, other: View, laid: Laid) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Colour and height of `view`, moved as its item has to be to lie where that of `other` lies, on the pixels of
    `other`: black and NaN where it shows nothing. Both have a standpoint."""
    assert view.standpoint is not None
    assert other.standpoint is not None
    height = np.where(other.valid, other.height_mm, np.float32(0))
    places = Ground(other.standpoint).places(*grid(other.standpoint.size_px), height)
    u, v = Ground(view.standpoint).pixels(*laid.back(*places), height)
    colour = cv2.remap(view.colour, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    heights = cv2.remap(view.height_mm, u, v, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan)
    return np.asarray(colour, np.uint8), np.asarray(heights, np.float32)


def _item(view: View) -> NDArray[np.bool_]:
    """Where it surely stands."""
    high = (view.valid & (view.height_mm > STANDS_MM)).astype(np.uint8)
    core = cv2.morphologyEx(high, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.erode(core, EDGE) > 0, np.bool_)


def _paler(colour: NDArray[np.uint8], other: NDArray[np.uint8], item: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W): by how much they differ once both are as bright and as warm on the item."""
    soft, wanted = (cv2.GaussianBlur(each, (0, 0), BLUR_PX).astype(np.float32) + 8 for each in (colour, other))
    gain = np.median(wanted[item] / soft[item], axis=0)
    return np.asarray(np.abs(wanted - soft * gain).max(axis=2), np.float32)
