"""What the lights from opposed sides say: a face that bends, grains and drops beside it. Print cannot fake either.

How much a sound item bends is known from itself, as far as it can be: what stands out is measured in what the middle
of its own face has.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from booth.geometry.views import Side, View
from booth.scoring.lanes import HeatMap, LaneScore, NotRun
from booth.scoring.lanes.ratios import worst
from booth.scoring.packs.manifest import Above0, AtMost, Frozen, Measured
from booth.scoring.shape.flaws import shape_of
from booth.scoring.shape.makes import Make, make_of
from booth.scoring.shape.shading import Shading, peak, shading_of, smooth
from booth.scoring.shape.surface import (
    THREE,
    Heights,
    Mask,
    Surface,
    Thing,
    disc,
    raised,
    surface_of,
    things_on,
    top_of,
)
from booth.tray import Reason

NAME = "relief"
OPPOSED: tuple[tuple[Side, Side], ...] = (("left", "right"), ("front", "back"))
FINER, COARSER, OVER, GRAINS_OVER = 7, 25, 5, 3
"""Cells of 2.2 mm: what is between 15 and 55 mm wide, and its mean over 11 mm. Of five bands on the simulated training
captures the one that tells dents and crushed corners of cartons best, 2026-11."""
CALM = 0.02
"""What a face without any relief shows of the cameras' noise."""
BESIDE_RIM, BESIDE_THING, BELT = 5, 3, 8
"""Cells of the floor that are not looked at: where rim and items throw their shadows, and the belt all around."""
FAINTEST, STRONGEST = -8.0, 8.0
Kind = Literal["bend", "grains"]
Kinds = Mapping[Make, Mapping[Kind, AtMost]]

ALLOWED: Kinds = {
    "units": {"bend": 14.0, "grains": 0.39},
    "low": {"bend": 7.0, "grains": 0.39},
    "flat": {"bend": 6.0, "grains": 0.39},
    "padded": {"bend": 6.8, "grains": 0.39},
    "bag": {"bend": 7.0, "grains": 0.43},
}
"""What one sound item in fifty of each make exceeds. Bend: in what the middle of its face has; grains: root mean square
of half the logarithm of the light's ratio."""


class ReliefTuning(Frozen):
    """The lane's own keys in a manifest. What is a thing on the tray (`things_on`), and what is allowed: a kind that is
    left out is not looked for."""

    rim_mm: Above0 = 12.0
    floor_mm: Above0 = 3.0
    wide_mm: Above0 = 15.4
    least_cm2: Above0 = 6.0
    allowed: Kinds = ALLOWED


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """How far what a camera sees is beyond what is allowed: `ratio`, of amplitudes. `strength`: (h, w) the same, on the
    surface's cells."""

    camera: str
    kind: Kind
    ratio: float
    strength: Heights
    surface: Surface


class ReliefLane:
    """The worst bend, or the roughest spot beside the item, decides. Statistic: log2 of how many times the energy is
    that which is allowed."""

    name = NAME

    def __init__(self, entry: Measured) -> None:
        """Raises pydantic's ValidationError."""
        self._entry, self._tuning = entry, entry.tuned(ReliefTuning)

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        """Raises ScoreInvalid. What has nothing on it, and nothing beside it, scores as a sound item does."""
        lit = [view for view in views if any(_pairs(view))]
        if not lit:
            return NotRun(NAME, "no camera has pictures under light from two opposed sides; add such shots")
        surfaces = [(view, surface) for view in lit if (surface := surface_of(view))]
        if not surfaces:
            return NotRun(NAME, "nobody knows where the item's edges are: no camera with such pictures measured height")
        seen = [each for view, surface in surfaces for each in seen_in(view, surface, self._tuning)]
        seen.sort(key=lambda each: -each.ratio)
        reasons = tuple(_reason(each) for each in seen if each is seen[0] or each.ratio >= 1)
        score = self._entry.score(statistic(seen))
        looked_at = frozenset(view.camera for view, _ in surfaces)
        told = reasons or (Reason("no-relief", "no relief to be seen"),)
        return LaneScore(NAME, score, told, tuple(_heat(seen)), looked_at)


def statistic(seen: list[Seen]) -> float:
    """Within FAINTEST and STRONGEST. Raises ScoreInvalid."""
    ratio = worst(NAME, seen)
    return min(STRONGEST, 2 * math.log2(ratio)) if ratio > 2 ** (FAINTEST / 2) else FAINTEST


def seen_in(view: View, surface: Surface, tuning: ReliefTuning) -> list[Seen]:
    """Of every thing on the tray its bends, and the grains beside them all."""
    shadings = [shading_of(one, other, surface) for one, other in _pairs(view)]
    size = (tuning.rim_mm, tuning.floor_mm, tuning.wide_mm)
    grains = [tuning.allowed.get("low", {}).get("grains", math.inf)]
    seen: list[Seen] = []
    for thing in things_on(surface, *size, tuning.least_cm2):
        allowed = tuning.allowed.get(_make(thing, surface), {})
        grains.append(allowed.get("grains", math.inf))
        bent = _bent(thing, shadings) / np.float32(allowed.get("bend", math.inf))
        strength = np.zeros(surface.known.shape, np.float32)
        strength[thing.box] = bent
        seen.append(Seen(view.camera, "bend", float(bent.max(initial=0)), strength, surface))
    beside = _grains(_open_floor(surface, size), shadings) / np.float32(max(grains))
    seen.append(Seen(view.camera, "grains", float(beside.max(initial=0)), beside, surface))
    return seen


def _pairs(view: View) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for one, other in OPPOSED:
        if one in view.lit and other in view.lit:
            yield view.lit[one], view.lit[other]


def _make(thing: Thing, surface: Surface) -> Make:
    top = top_of(thing)
    shape = shape_of(thing, top, surface.cell_cm2(top.height_mm)) if top else None
    return make_of(thing, top, shape) if top and shape else "low"


def _bent(thing: Thing, shadings: list[Shading]) -> Heights:
    """(h, w) of the thing's box: its bends between FINER and COARSER, in what the middle of its face has of them."""
    inside = cv2.erode(thing.mask.view(np.uint8), THREE, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) > 0
    energy = np.zeros(thing.mask.shape, np.float32)
    counts = np.zeros(thing.mask.shape, np.bool_)
    for shading in shadings:
        weight = shading.weight[thing.box] * inside
        turned = shading.turned[thing.box]
        band = smooth(turned, weight, FINER) - smooth(turned, weight, COARSER)
        sure = inside & (weight > 0.5)
        energy += np.where(sure, band * band, 0)
        counts |= sure
    mean = peak(energy, counts, OVER)
    usual = math.sqrt(float(np.median(mean[counts][::3]))) if counts.any() else 0.0
    return np.asarray(np.sqrt(mean) / (usual + CALM), np.float32)


def _grains(floor: Mask, shadings: list[Shading]) -> Heights:
    """(h, w) of the surface: how rough the open floor is."""
    worst = np.zeros(floor.shape, np.float32)
    for shading in shadings:
        worst = np.maximum(worst, peak(shading.rough, floor & (shading.weight > 0.5), GRAINS_OVER))
    return np.asarray(np.sqrt(worst), np.float32)


def _open_floor(surface: Surface, size: tuple[float, float, float]) -> Mask:
    """Clear of all things, of the tray's rim and of the belt."""
    up = cv2.dilate(raised(surface, *size), disc(BESIDE_THING))
    low = cv2.morphologyEx((surface.height_mm > size[1]).view(np.uint8), cv2.MORPH_OPEN, THREE)
    rim = cv2.dilate(low, disc(BESIDE_RIM))
    floor = np.asarray(cv2.bitwise_or(up, rim) == 0) & surface.known
    inside = np.zeros_like(floor)
    inside[BELT:-BELT, BELT:-BELT] = True
    return floor & inside


SAYS: Mapping[Kind, tuple[str, str]] = {
    "bend": ("bent", "light from the sides shows a bend {mm:.0f} mm wide, {place}"),
    "grains": ("grains", "light from the sides shows something beside the item, {mm:.0f} mm wide, {place}"),
}


def _reason(seen: Seen) -> Reason:
    code, text = SAYS[seen.kind]
    where = seen.strength > 0.6 * float(seen.strength.max(initial=0))
    wide = 2 * math.sqrt(float(where.sum()) * seen.surface.cell_cm2() * 100 / math.pi)
    return Reason(code, f"{text.format(mm=wide, place=_place(seen.strength))} (in {seen.camera})")


def _place(strength: Heights) -> str:
    """Which ninth of the picture the strongest cell is in."""
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    down = ("upper", "middle", "lower")[int(3 * row // strength.shape[0])]
    across = ("left", "middle", "right")[int(3 * column // strength.shape[1])]
    return "in the middle" if down == across == "middle" else f"{down} {across}"


def _heat(seen: list[Seen]) -> Iterator[HeatMap]:
    """1 from twice what is allowed on; a map for what exceeds half of it."""
    for each in seen:
        if each.ratio >= 0.5:
            yield HeatMap(each.camera, SAYS[each.kind][0], np.clip(each.strength / 2, 0, 1).astype(np.float32))
