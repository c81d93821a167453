"""What stands on the tray, by height and by colour: film and foil have no height for a stereo camera, cards hardly
any."""

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.comparing.ground import Floats
from drivers.frames import Colour

STANDS_MM = 5.0
"""What stands higher is on the tray: five deviations of a D435's noise there."""
BELOW_MM = -10.0
"""Lower than the tray's floor there is nothing: what is measured there is a mirror image."""
UNKNOWN_MM = -1000.0
"""Where nothing was measured."""
BRIGHT = 30
"""Of 255, more than the tray's floor, in any colour. Shadows are only darker."""
CORE = np.ones((5, 5), np.uint8)
"""Cells of 3.3 mm. Narrower than 16 mm are rims and walls of trays."""
AROUND, NEXT = np.ones((9, 9), np.uint8), np.ones((3, 3), np.uint8)
"""What is so near to one another is one thing, and what is next to it belongs to it."""
RIM = 8
"""Share of the width and height, 1 / RIM on each side, that is not asked for the floor's colour."""

Mask = NDArray[np.bool_]


def matte(view: View) -> Colour:
    """The colour picture without what shines under one light alone, where there is light from left and right: of each
    pixel the middle one of three, all as bright as the first."""
    sides = [view.lit[side] for side in ("left", "right") if side in view.lit]
    if len(sides) < 2:
        return view.colour
    bright = sum(cv2.mean(view.colour))
    left, right = (cv2.convertScaleAbs(side, alpha=bright / max(1.0, sum(cv2.mean(side)))) for side in sides)
    middle = cv2.max(cv2.min(left, right), cv2.min(cv2.max(left, right), view.colour))
    return np.asarray(middle, np.uint8)


def standing(height_mm: Floats, colour: Colour) -> Mask:
    """The largest thing that stands on the tray; rims are none. Both on cells of about 3.3 mm; UNKNOWN_MM where
    nothing was measured."""
    high = (height_mm > STANDS_MM).view(np.uint8) | _unlike_the_floor(height_mm, colour)
    core = cv2.morphologyEx(high, cv2.MORPH_OPEN, CORE)
    if not core.any():
        return np.zeros(high.shape, np.bool_)
    near = cv2.dilate(cv2.morphologyEx(core, cv2.MORPH_CLOSE, AROUND), NEXT)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(near)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray((labels == largest) & (high > 0), np.bool_)


def _unlike_the_floor(height_mm: Floats, colour: Colour) -> NDArray[np.uint8]:
    rows, columns = height_mm.shape
    within = slice(rows // RIM, -(rows // RIM)), slice(columns // RIM, -(columns // RIM))
    low = (height_mm[within] > UNKNOWN_MM) & (height_mm[within] <= STANDS_MM)
    if not low.any():
        return np.zeros((rows, columns), np.uint8)
    usual = np.median(colour[within][low][::5], axis=0)
    brighter = cv2.subtract(colour, (*usual.tolist(), 0))  # type: ignore[call-overload]  # the stub knows no scalars
    blue, green, red = cv2.split(brighter)
    unlike = (cv2.max(cv2.max(blue, green), red) > BRIGHT).view(np.uint8)
    return np.asarray(cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, CORE), np.uint8)
