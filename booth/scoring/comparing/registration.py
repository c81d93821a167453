"""Register first, compare second: how a reference's item has to be turned and shifted to lie where the tray's does.

Both views are flattened: seen from straight above, at the height of the item's top, where an item's turn and shift
are a turn and a shift of its picture. Coarsely by outline and print, finely by ECC (Evangelidis and Psarakis,
"Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization", 2008; `cv2.findTransformECC`).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.region import Size
from booth.geometry.views import View
from booth.scoring.comparing.ground import Floats, Ground, Places, grid
from booth.scoring.comparing.standing import BELOW_MM, STANDS_MM, UNKNOWN_MM, Mask, matte, standing

__all__ = ["ACROSS", "DOWN", "STANDS_MM", "STEP_MM", "Flat", "Laid", "flattened", "register"]

STEP_MM = 3.3
"""Of a flattened picture: as `standing` wants its cells."""
ACROSS, DOWN = 144, 112
"""Its size: what a view of 416 x 320 px at 1.1 mm shows, and a tall item's top that looks further out."""
SIZE: Size = (ACROSS, DOWN)
FEWEST = 40
"""Cells, 4 cm2: less is no item that could be laid over another."""
TALL_SHARE = 75
"""Percentile of an item's heights that is its top."""
FACE_MM, FACE_SHARE = 20.0, 0.3
"""The top is what is no further below, the larger of the two; the share is of its height."""
CLOSED, OPENED = np.ones((5, 5), np.uint8), np.ones((3, 3), np.uint8)

LEVEL, SPREAD = 6.0, 12.0
"""Cells, sigmas: how wide light and gloss vary, and the contrast of print. What is wider than LEVEL is not registered
by: the mirror image of a ring light stays where it is while the item turns."""
FAINT = np.float32(4.0)
"""Of 255: weaker print than this is noise."""
CLIP = 2.0
OUTSIDE = -CLIP
"""What is not the top is as dark as nothing on it: an outline shows, whatever the tray's colour."""

MARGIN = 12
"""Halved cells, 80 mm, that an item may lie beyond the other's picture."""
NEAR_BEST = 0.15
"""A hypothesis whose coarse correlation is this much less than the best one's is not refined."""
REFINED = 2
ROUNDS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-3)
SMOOTH = 3
"""Cells that ECC smooths over."""
AGREED, SHARED = 0.3, 0.4
"""The least correlation of print, and the least share of the two outlines that they have in common. Of pristine items
beside one reference of the same product 515 of 517 reach it (median correlation 0.94, first percentile 0.65), of opened
ones 60 of 105, of otherwise damaged ones 461 of 462; simulated (train), 2026-11. It is for what cannot be compared, not
for another product: two of three pairs of products reach it, too, with a median of 0.4."""

Picture = NDArray[np.uint8]
Cells = NDArray[Any]
"""What OpenCV takes and gives: its stubs know no more."""
Warp = NDArray[np.float32]
"""(2, 3): from cells of the reference to cells of the tray."""


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A view from straight above at the height of its item's top, cells of STEP_MM: `picture` (DOWN, ACROSS) float32,
    print in deviations, -CLIP to CLIP; `face`: where the top is; `top_mm`: how high."""

    picture: Floats
    face: Mask
    top_mm: float

    def cell(self, x_mm: Floats, y_mm: Floats) -> Places:
        """Column and row of places over the tray."""
        step = np.float32(STEP_MM)
        return x_mm / step + np.float32((ACROSS - 1) / 2), y_mm / step + np.float32((DOWN - 1) / 2)


@dataclass(frozen=True, slots=True)
class Laid:
    """How a place of a reference comes to lie on the tray: turned about the origin (the x axis towards y), then
    shifted. `agreement`: the correlation of the two pictures, 1 where they are the same; `shared`: the share of both
    tops that lies over one another."""

    turn_deg: float
    shift_mm: tuple[float, float]
    agreement: float
    shared: float = 1.0

    def back(self, x_mm: Floats, y_mm: Floats) -> Places:
        """Where in the reference places over the tray come from."""
        turn = np.radians(self.turn_deg)
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        x, y = x_mm - np.float32(self.shift_mm[0]), y_mm - np.float32(self.shift_mm[1])
        return cos * x + sin * y, cos * y - sin * x


def flattened(view: View, top_mm: float | None = None) -> Flat | None:
    """None where nothing can be registered: no standpoint, no heights, or nothing that stands on the tray. `top_mm`:
    the height to flatten at, instead of the item's own top."""
    if view.standpoint is None or not view.valid.any():
        return None
    ground, colour = Ground(view.standpoint), cv2.blur(matte(view), (3, 3))
    known = np.where(view.valid & (view.height_mm > BELOW_MM), view.height_mm, np.float32(UNKNOWN_MM))
    top = _top_mm(known, colour, ground) if top_mm is None else top_mm
    if top is None:
        return None
    raised = _above(ground, top)
    seen = np.asarray(cv2.remap(colour, *raised, cv2.INTER_LINEAR), np.uint8)
    face = _face(_taken(known, raised), seen, top)
    if face.sum() < FEWEST:
        return None
    return Flat(_print(np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), np.float32), face), face, top)


def _top_mm(known: Cells, colour: Cells, ground: Ground) -> float | None:
    floor = _above(ground, 0.0)
    heights = _taken(known, floor)
    heights = heights[standing(heights, _taken(colour, floor)) & (heights > STANDS_MM)]
    return float(np.percentile(heights, TALL_SHARE)) if heights.size >= FEWEST else None


def _above(ground: Ground, height_mm: float) -> Places:
    """The pixels that see the cells of a flattened picture, were they all at that height."""
    x, y = grid(SIZE)
    step = np.float32(STEP_MM)
    middle = np.float32((ACROSS - 1) / 2), np.float32((DOWN - 1) / 2)
    return ground.pixels((x - middle[0]) * step, (y - middle[1]) * step, np.float32(height_mm))


def _taken(values: Cells, places: Places) -> Cells:
    # Beyond the picture is the border's value, 0: floor, and black.
    return np.asarray(cv2.remap(values, *places, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT))


def _face(heights: Floats, colour: Picture, top_mm: float) -> Mask:
    """The item's top without holes: what glints or is cut out of it is of it, too."""
    below = (heights > UNKNOWN_MM) & (heights < top_mm - max(FACE_MM, FACE_SHARE * top_mm))
    top: Cells = (standing(heights, colour) & ~below).view(np.uint8)
    face = cv2.morphologyEx(cv2.morphologyEx(top, cv2.MORPH_CLOSE, CLOSED), cv2.MORPH_OPEN, OPENED)
    outlines, _ = cv2.findContours(face, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(face), outlines, -1, 1, cv2.FILLED), np.uint8).view(np.bool_)


def _print(grey: Floats, face: Mask) -> Floats:
    """What is brighter or darker than around it, in deviations of what is around it."""
    inside = face.astype(np.float32)
    off = (grey - _mean_inside(grey, inside, LEVEL)) * inside
    spread = np.sqrt(_mean_inside(off * off, inside, SPREAD))
    level = np.clip(off / np.maximum(spread, FAINT), -CLIP, CLIP)
    return np.asarray(cv2.GaussianBlur(np.where(face, level, np.float32(OUTSIDE)), (3, 3), 0), np.float32)


def _mean_inside(values: Floats, inside: Floats, sigma: float) -> Floats:
    near = cv2.GaussianBlur(inside, (0, 0), sigma) + np.float32(1e-3)
    return np.asarray(cv2.GaussianBlur(values * inside, (0, 0), sigma) / near, np.float32)


def register(reference: Flat, tray: Flat) -> Laid | None:
    """None where the reference cannot be laid over what is on the tray."""
    guesses = [_guess(reference, tray, turn) for turn in _turns(reference.face, tray.face)]
    guesses.sort(key=lambda guess: -guess[1])
    near = [warp for warp, score in guesses[:REFINED] if score > guesses[0][1] - NEAR_BEST]
    refined = [found for warp in near if (found := _refined(reference, tray, warp)) is not None]
    if not refined:
        return None
    warp, agreement = max(refined, key=lambda found: found[1])
    over = cv2.warpAffine(reference.face.view(np.uint8), warp, SIZE) > 0
    shared = float((over & tray.face).sum() / (over | tray.face).sum())
    return _laid(warp, agreement, shared) if agreement >= AGREED and shared >= SHARED else None


def _turns(reference: Mask, tray: Mask) -> tuple[float, ...]:
    """Degrees to be tried: what the outlines say, half a turn more, a quarter where a side may be the other; and none
    at all, for an outline may have been damaged."""
    (lean, squarish), (other, other_squarish) = _outline(tray), _outline(reference)
    apart = (lean - other + 90) % 180 - 90
    quarters = (90.0, 270.0) if squarish or other_squarish else ()
    turns = (apart, apart + 180, *(apart + quarter for quarter in quarters))
    return turns if abs(apart) < 4 else (*turns, 0.0, 180.0)


def _outline(face: Mask) -> tuple[float, bool]:
    """How the long side of its rectangle leans, degrees, and whether its sides are nearly alike."""
    _, (across, down), lean = cv2.minAreaRect(cv2.findNonZero(face.view(np.uint8)))
    return float(lean) + (0 if across >= down else 90), max(across, down) < 1.25 * min(across, down)


def _guess(reference: Flat, tray: Flat, turn_deg: float) -> tuple[Warp, float]:
    """Turned so, the shift at which the two correlate most, and how much; on every second cell."""
    warp = np.asarray(cv2.getRotationMatrix2D(((ACROSS - 1) / 2, (DOWN - 1) / 2), -turn_deg, 1.0), np.float32)
    turned = _small(cv2.warpAffine(reference.picture, warp, SIZE, borderValue=OUTSIDE))
    left, top, width, height = cv2.boundingRect((turned > OUTSIDE + 0.2).view(np.uint8))
    if min(width, height) < 3:  # turned out of the picture
        return warp, -1.0
    beyond = np.pad(_small(tray.picture), MARGIN, constant_values=OUTSIDE)
    found = cv2.matchTemplate(beyond, turned[top : top + height, left : left + width], cv2.TM_CCOEFF_NORMED)
    _, best, _, at = cv2.minMaxLoc(found)
    warp[:, 2] += (2 * (at[0] - MARGIN - left), 2 * (at[1] - MARGIN - top))
    return warp, best


def _small(picture: Cells) -> Cells:
    return np.asarray(cv2.resize(picture, (ACROSS // 2, DOWN // 2), interpolation=cv2.INTER_AREA))


def _refined(reference: Flat, tray: Flat, warp: Warp) -> tuple[Warp, float] | None:
    """By ECC, from there; None where it does not converge."""
    # findTransformECC keeps a turn as the arc sine of one number: beyond 90 degrees it turns back.
    near = cv2.warpAffine(reference.picture, warp, SIZE, borderValue=OUTSIDE)
    around = cv2.dilate(tray.face.view(np.uint8), CLOSED)
    still = np.eye(2, 3, dtype=np.float32)
    try:
        agreement, back = cv2.findTransformECC(
            tray.picture, near, still, cv2.MOTION_EUCLIDEAN, ROUNDS, around, SMOOTH
        )  # fmt: skip
    except cv2.error:  # its matrix cannot be inverted: nothing in the two agrees
        return None
    forth = cv2.invertAffineTransform(back)
    turn, shift = forth[:, :2] @ warp[:, :2], forth[:, :2] @ warp[:, 2] + forth[:, 2]
    return np.asarray(np.column_stack((turn, shift)), np.float32), float(agreement)


def _laid(warp: Warp, agreement: float, shared: float) -> Laid:
    """From cells, whose origin is a corner, to mm about the middle."""
    middle = np.array([(ACROSS - 1) / 2, (DOWN - 1) / 2])
    x, y = (warp[:, :2] @ middle + warp[:, 2] - middle) * STEP_MM
    turn = np.degrees(np.arctan2(warp[1, 0], warp[0, 0]))
    return Laid(float(turn), (float(x), float(y)), agreement, shared)
