"""What of a thing on the tray is not as a flat top says: sunk, raised, cut off at a corner, gone, leaning.

Each is an amount with its unit and the cells that show it; how much of it a sound item may have is not said here.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.scoring.shape.surface import FACE_MM, FIVE, THREE, Bits, Heights, Mask, Surface, Thing, Top, disc

Kind = Literal["sunk", "raised", "corner", "gap", "lean", "spill"]
UNEVEN_MM = 1.0
"""Off the plane by no more than this and three times what the top's own middle half is: even a sound top is."""
BREADTH = 2.5
CLEAR = 0.7
"""Share of the cells around one that has to be measured."""
DEEP_MM, DEEP = 12.0, 0.3
"""Lower than this and than this share of the height: not a dent, but something that is not there."""
GAPS, PARTS = 3, 4
"""As many gaps in a top, or parts that it is in, and it is that of several units."""
LEAST_PART_CM2 = 1.0
UNIT_HOLE_CM2, LEAST_UNIT_MM = 2.0, 8.0
"""Holes in a unit's face, up to there, are glints; no unit has a smaller radius."""
LEAST_GAP, USUAL = 1.5, 0.3
"""Cells that a gap's radius has; a gap beside a unit counts so many times as much as one beside the other gaps."""
BLIND = 0.75
"""Share of a gap that may be unmeasured."""


@dataclass(frozen=True, slots=True, eq=False)
class Flaw:
    """`amount`: cm3 of sunk and raised, mm of a corner (radius of the widest circle that fits), mm per mm of lean, cm2
    of spill, and of a gap its width beside a unit's, or 0.3 of that beside the
    other gaps'. `mm`: the most that it is deep, high or wide, over `cm2`. `where`:
    those cells of `box` that show it."""

    kind: Kind
    amount: float
    mm: float
    cm2: float
    box: tuple[slice, slice]
    where: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A thing's top in outline: `core` the inside of its hull, `corners` what its rectangle has beyond the hull.
    `uneven_mm`: by how much the top itself is off its plane, robustly: 0.7 of a carton, 2 of a bag."""

    core: Mask
    corners: Bits
    gaps: Bits
    units: bool
    uneven_mm: float


def shape_of(thing: Thing, top: Top, cell_cm2: float) -> Shape | None:
    """None of a top that is too small to have an inside."""
    outline = cv2.convexHull(_ends(top.face))
    hull = _filled(top.face.shape, outline)
    core = _eroded(hull).astype(np.bool_)
    flat = core & top.face
    if not flat.any():
        return None
    rectangle = _filled(top.face.shape, cv2.boxPoints(cv2.minAreaRect(outline)))
    beyond = (rectangle > hull) & thing.known & (top.above_mm < -FACE_MM)
    corners = cv2.morphologyEx(beyond.view(np.uint8), cv2.MORPH_OPEN, THREE)
    gaps, count = _gaps(thing, top, core)
    units = count >= GAPS or _parts(top.face, LEAST_PART_CM2 / cell_cm2) >= PARTS
    uneven = 1.4826 * float(np.median(np.abs(top.above_mm[flat][::3])))
    return Shape(core, np.asarray(corners, np.uint8), gaps, units, uneven)


def sunk(thing: Thing, top: Top, shape: Shape, cell_cm2: float) -> Flaw:
    """Below the top's plane, inside its outline. Between the units of a pack everything is, and nothing counts; nor
    does the edge of a glint, where stereo finds what is not there."""
    known = (shape.core & thing.seen).astype(np.float32)
    share = cv2.blur(known, (3, 3))
    level = cv2.blur(top.above_mm * known, (3, 3)) / np.maximum(share, CLEAR)
    low = np.where(shape.core & (share > CLEAR), -level - _limit(shape), 0)
    if shape.units:
        low = np.zeros_like(low)
    return _volume("sunk", thing, np.maximum(low, 0).astype(np.float32), _limit(shape), cell_cm2)


def raised_above(thing: Thing, top: Top, shape: Shape, cell_cm2: float) -> Flaw:
    """Above the top's plane, anywhere on the thing."""
    level = cv2.blur(np.where(thing.mask, top.above_mm, np.float32(0)), (3, 3))
    return _volume("raised", thing, np.maximum(level - _limit(shape), 0).astype(np.float32), _limit(shape), cell_cm2)


def corner(thing: Thing, shape: Shape, cell_mm: float, cell_cm2: float) -> Flaw:
    """What a rectangle's corner lacks."""
    radius = _widest(shape.corners)
    where = shape.corners.astype(np.bool_)
    return Flaw("corner", radius * cell_mm, radius * cell_mm, float(where.sum()) * cell_cm2, thing.box, where)


def gap(thing: Thing, top: Top, shape: Shape, cell_mm: float, cell_cm2: float) -> Flaw:
    """The widest gap between units, where there are several; a gap alone is what has sunk. Caps stand far apart, and
    nothing is missing: it has to be wide beside the other gaps, too."""
    where = shape.gaps.astype(np.bool_)
    if not shape.units:
        return Flaw("gap", 0.0, 0.0, 0.0, thing.box, np.zeros_like(where))
    far = cv2.distanceTransform(_padded(shape.gaps), cv2.DIST_L2, 3)
    widest = float(far.max())
    whole = cv2.dilate((far > 0.6 * widest).astype(np.uint8), disc(max(1, round(0.5 * widest))))[1:-1, 1:-1]
    large = whole.astype(np.bool_) & where
    unit = max(_widest(_without_holes(top.face, UNIT_HOLE_CM2 / cell_cm2)), LEAST_UNIT_MM / cell_mm)
    peaks = far[(far >= cv2.dilate(far, FIVE)) & (far > LEAST_GAP)]
    usual = float(np.median(peaks)) if peaks.size >= GAPS else widest
    amount = min(widest / unit, USUAL * widest / max(usual, LEAST_GAP))
    return Flaw("gap", amount, 2 * widest * cell_mm, float(large.sum()) * cell_cm2, thing.box, large)


def lean(thing: Thing, top: Top, shape: Shape, cell_mm: float, cell_cm2: float) -> Flaw:
    """The whole top, not level with the tray."""
    long = max(thing.mask.shape) * cell_mm
    return Flaw("lean", top.lean, top.lean * long, float(shape.core.sum()) * cell_cm2, thing.box, shape.core)


def spill(surface: Surface, up: Bits, rim_mm: float, low_mm: float) -> Flaw:
    """Patches on the tray's floor that are higher than `low_mm`, beside all things and clear of its rim, all of which
    is higher than half of `rim_mm`."""
    high = ((surface.height_mm > rim_mm / 2) & surface.known).view(np.uint8)
    near = cv2.bitwise_or(cv2.dilate(up, disc(4)), cv2.dilate(high, disc(3)))
    open_floor = ((near == 0) & surface.known).astype(np.float32)
    level = cv2.blur(surface.height_mm * open_floor, (5, 5)) / np.maximum(cv2.blur(open_floor, (5, 5)), 0.2)
    where = (level > low_mm) & (open_floor > 0)
    everything = (slice(0, where.shape[0]), slice(0, where.shape[1]))
    highest = float(level[where].max(initial=0))
    return Flaw("spill", float(where.sum()) * surface.cell_cm2(), highest, float(where.sum()) * surface.cell_cm2(),
                everything, where)  # fmt: skip


def _limit(shape: Shape) -> float:
    return UNEVEN_MM + BREADTH * shape.uneven_mm


def _volume(kind: Kind, thing: Thing, excess_mm: Heights, limit_mm: float, cell_cm2: float) -> Flaw:
    where = excess_mm > 0
    most = float(excess_mm.max(initial=0))
    amount, over = float(excess_mm.sum()) / 10 * cell_cm2, float(where.sum()) * cell_cm2
    return Flaw(kind, amount, most + limit_mm if most else 0.0, over, thing.box, where)


def _ends(face: Mask) -> NDArray[np.int32]:
    """(N, 2) x, y of the first and the last cell of every row: all that a hull can have as corners."""
    rows = np.flatnonzero(face.any(axis=1))
    first = face[rows].argmax(axis=1)
    last = face.shape[1] - 1 - face[rows, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([first, rows], axis=1), np.stack([last, rows], axis=1)]).astype(np.int32)


def _gaps(thing: Thing, top: Top, core: Mask) -> tuple[Bits, int]:
    """(h, w) 1 where the core has nothing of the top's height, and how many such places there are."""
    deep = (top.above_mm < -max(DEEP_MM, DEEP * top.height_mm)) & thing.known
    gone = ((deep | ~thing.known) & core).view(np.uint8)
    opened = np.asarray(cv2.morphologyEx(gone, cv2.MORPH_OPEN, THREE), np.uint8)
    count, labels = cv2.connectedComponents(opened)
    cells = np.bincount(labels.ravel(), minlength=count)
    measured = np.bincount(labels[deep].ravel(), minlength=count)
    real = (measured > (1 - BLIND) * cells) & (cells >= 12)
    real[0] = False
    return real[labels].astype(np.uint8), int(real.sum())


def _parts(face: Mask, cells: float) -> int:
    """Into which it falls when what is three cells wide is cut."""
    count, _, found, _ = cv2.connectedComponentsWithStats(cv2.erode(face.view(np.uint8), THREE), connectivity=4)
    return int((found[1:count, cv2.CC_STAT_AREA] > cells).sum())


def _without_holes(face: Mask, cells: float) -> Bits:
    """Holes of fewer than so many cells are filled."""
    _, labels, found, _ = cv2.connectedComponentsWithStats((~face).view(np.uint8), connectivity=4)
    small = found[:, cv2.CC_STAT_AREA] < cells
    small[0] = True
    return np.asarray(small[labels], np.uint8)


def _filled(shape: tuple[int, ...], outline: object) -> Bits:
    out = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(out, np.round(np.asarray(outline, np.float32)).astype(np.int32), (1,))
    return out


def _eroded(mask: Bits) -> Bits:
    return np.asarray(cv2.erode(mask, FIVE, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)), np.uint8)


def _padded(mask: Bits) -> Bits:
    return np.asarray(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,)), np.uint8)


def _widest(mask: Bits) -> float:
    """Radius in cells of the largest circle inside."""
    return float(cv2.distanceTransform(_padded(mask), cv2.DIST_L2, 3).max())
