"""What two pictures under light from opposed sides disagree about: how a surface is turned, whatever is printed on it.

Of a matt surface both are its colour times its light. The colour goes with the ratio; half its logarithm, which is the
artanh of (a - b) / (a + b), is 0 where the surface faces neither side. Gain, exposure and lamps of unequal strength
only add to it, and what is added everywhere goes with the high-pass.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from booth.scoring.shape.surface import THREE, Bits, Heights, Mask, Surface
from drivers.frames import Colour

GAMMA = 2.2
DARKEST, BRIGHTEST = 12, 245
"""Of 255: beyond them a picture is the sensor's noise, or full."""
JUMP_MM = 7.0
"""Height from one cell to its neighbours at which one hides the light from the other."""
FINE_PX = 7
HALF_LOG: Heights = (GAMMA / 2 * np.log(np.maximum(np.arange(256), DARKEST / 2) / 255)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Shading:
    """On the cells of a surface, (h, w) float32. `turned`: half the logarithm of the light's ratio. `rough`: mean
    square of what is in it finer than 8 mm. `weight`: share of a cell that counts: lit from both sides, and no edge."""

    turned: Heights
    rough: Heights
    weight: Heights


def shading_of(one: Colour, other: Colour, surface: Surface) -> Shading:
    """Of the pictures, (H, W, 3) uint8, under light from one side and from the one opposed, on the surface's view."""
    # In grey before the logarithm: a power of a product is the product of the powers, so that no colour is mixed up.
    first, second = (np.asarray(cv2.cvtColor(each, cv2.COLOR_BGR2GRAY), np.uint8) for each in (one, other))
    turned = cv2.subtract(cv2.LUT(first, HALF_LOG), cv2.LUT(second, HALF_LOG))
    fine = cv2.subtract(turned, cv2.blur(turned, (FINE_PX, FINE_PX)))
    both = (cv2.inRange(each, (DARKEST,), (BRIGHTEST,)) for each in (first, second))
    lit = np.asarray(cv2.bitwise_and(*both), np.uint8)
    clear = np.asarray(cv2.erode(lit, np.ones((FINE_PX, FINE_PX), np.uint8)), np.uint8)
    edges = _edges(surface)
    level, sure = _mean(turned, lit, edges)
    rough, _ = _mean(cv2.multiply(fine, fine), clear, edges)
    return Shading(level, rough, sure)


def smooth(values: Heights, weight: Heights, cells: int) -> Heights:
    """The weighted mean over squares of so many cells; 0 where nothing counts."""
    share = cv2.blur(weight, (cells, cells))
    return np.asarray(cv2.blur(values * weight, (cells, cells)) / np.maximum(share, 1e-3), np.float32)


def peak(energy: Heights, counts: Mask, cells: int) -> Heights:
    """The mean of the cells that count over squares of so many; 0 where they are not half of them, and elsewhere."""
    weight = counts.astype(np.float32)
    share = cv2.blur(weight, (cells, cells))
    mean = cv2.blur(energy * weight, (cells, cells)) / np.maximum(share, 0.5)
    return np.where((share > 0.5) & counts, mean, np.float32(0)).astype(np.float32, copy=False)


def _edges(surface: Surface) -> Bits:
    """(h, w) 1 where the height jumps or nobody knows it, and next to it: there is shadow, and a wall."""
    heights = surface.height_mm
    jumps = (cv2.dilate(heights, THREE) - cv2.erode(heights, THREE) > JUMP_MM).view(np.uint8)
    blind = cv2.morphologyEx((~surface.known).view(np.uint8), cv2.MORPH_OPEN, THREE)
    return np.asarray(cv2.dilate(cv2.bitwise_or(jumps, blind), THREE), np.uint8)


def _mean(values: object, counts: Bits, edges: Bits) -> tuple[Heights, Heights]:
    """The mean over each cell of what counts (255, else 0), and the share of it that does: 0 on an edge."""
    size = (edges.shape[1], edges.shape[0])
    share = np.asarray(cv2.resize(counts, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    kept = cv2.copyTo(np.asarray(values, np.float32), counts)
    mean = cv2.resize(kept, size, interpolation=cv2.INTER_AREA) / np.maximum(share, np.float32(0.05))
    share[edges > 0] = 0
    return np.asarray(mean, np.float32), np.asarray(share, np.float32)
