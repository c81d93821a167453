"""What stands on the tray, before anybody asks whether it is damaged: nothing, one item, two, or one over its edge."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Protocol

import cv2
import numpy as np

from booth.geometry.views import View
from booth.scoring.comparing.ground import Ground
from booth.scoring.shape.surface import THREE, Surface, Thing, disc, surface_of, things_on, top_of
from booth.scoring.verdict import by_score
from booth.tray import Judgement, Reason, Verdict

Arrangement = Literal["empty", "one", "two", "overhang"]
RIM_MM, FLOOR_MM, WIDE_MM = 12.0, 3.0, 15.4
"""As for the lanes that measure: the tray's rim is lower, or narrower."""
LEAST_CM2 = 6.0
COARSEST_MM = 8.0
"""Pixels of a view, on the tray's floor: of wider ones the smallest thing has not the three by three that tell it from
noise."""
ITEM_CM2 = 60.0
"""A thing as large as this is an item of its own; smaller ones are what an item is made of, or has lost."""
STEP_MM, STEP = 12.0, 0.25
"""A terrace is so much lower than the top beside it, and by this share of its height."""
LEVEL = 0.7
"""Share of a terrace that has to be flat: a wall seen aslant is not."""
BEYOND_MM = 8.0
"""Over the tray's edge by less than this is what calibration and depth are off by."""
BEYOND_CM2 = 5.0
NEAR_CELLS = 3
CUT_MM = 20.0
"""Along the border of a picture, what of a thing goes on beyond it."""
SAME_MM = 5.0
"""Two parts of one top, with a glint between them, are at heights no further apart."""

MESSAGES: dict[Arrangement, str] = {
    "empty": "nothing stands on the tray",
    "two": "more than one item is on the tray",
    "overhang": "the item hangs over the edge of the tray, or out of every picture",
}


class Policy(Protocol):
    """What becomes of a tray that does not hold one item as it should."""

    @property
    def empty(self) -> Literal["pass", "divert", "score"]: ...
    @property
    def two(self) -> Literal["divert", "score"]: ...
    @property
    def overhang(self) -> Literal["divert", "score"]: ...


def arrangement(views: Sequence[View], tray_mm: tuple[float, float] | None = None) -> Arrangement | None:
    """What the views' heights say; None where no camera measured any on pixels that are fine enough. One camera is
    enough for two items, or for one that hangs over; for an empty tray all have to agree, and for an item that is
    nowhere seen whole. `tray_mm`: the tray's size across and down the pictures, around their middle; None: nobody knows
    where it ends, and nothing is found to hang over it."""
    fine = (view for view in views if view.standpoint is not None and view.standpoint.mm_per_px <= COARSEST_MM)
    seen = [(view, surface, _things(surface)) for view in fine if (surface := surface_of(view))]
    if not seen:
        return None
    if not any(things for _, _, things in seen):
        return "empty"
    if tray_mm is not None and _hangs_over(seen, tray_mm):
        return "overhang"
    return "two" if any(_items(things, surface) > 1 for _, surface, things in seen) else "one"


def ruled(judgement: Judgement, found: Arrangement | None, policy: Policy) -> Judgement:
    """The judgement on a tray of that arrangement. A PASS is made of a DIVERT only where the tray is empty, the policy
    passes such trays, and they were judged by their score: without a score or a threshold every tray is diverted."""
    if found is None or found == "one":
        return judgement
    does, reason = getattr(policy, found), Reason(f"arrangement-{found}", MESSAGES[found])
    if does == "divert":
        return replace(judgement, verdict=Verdict.DIVERT, reasons=(reason, *judgement.reasons))
    if does == "pass" and by_score(judgement):
        return replace(judgement, verdict=Verdict.PASS, reasons=(reason,))
    return replace(judgement, reasons=(*judgement.reasons, reason))


def _hangs_over(seen: Sequence[tuple[View, Surface, tuple[Thing, ...]]], tray_mm: tuple[float, float]) -> bool:
    beyond = any(
        _beyond_cm2(each, view, surface, tray_mm) > BEYOND_CM2 for view, surface, things in seen for each in things
    )
    return beyond or all(any(_cut_mm(each, surface) > CUT_MM for each in things) for _, surface, things in seen)


def _things(surface: Surface) -> tuple[Thing, ...]:
    return things_on(surface, RIM_MM, FLOOR_MM, WIDE_MM, LEAST_CM2)


def _items(things: Sequence[Thing], surface: Surface) -> int:
    """How many of them are items. Many parts are the units of one."""
    large = [thing for thing in things if thing.area_cm2 >= ITEM_CM2]
    if len(large) == 1:
        return 1 + _terraces(large[0], surface)
    return 2 if len(large) == 2 and not _one_top(large[0], large[1], surface) else 1


def _one_top(first: Thing, second: Thing, surface: Surface) -> bool:
    """Whether only what nobody could measure parts them."""
    heights = [float(np.median(each.height_mm[each.mask])) for each in (first, second)]
    if abs(heights[0] - heights[1]) > SAME_MM:
        return False
    blind = np.asarray(cv2.dilate((~surface.known).view(np.uint8), THREE), np.uint8)
    for each in (first, second):
        blind[each.box] |= each.mask.view(np.uint8)
    labels = np.asarray(cv2.connectedComponents(blind)[1])
    return bool(labels[first.box][first.mask][0] == labels[second.box][second.mask][0])


def _cut_mm(thing: Thing, surface: Surface) -> float:
    """Along how much of one side of the picture the thing goes on beyond it."""
    rows, columns = surface.known.shape
    whole = np.zeros((rows, columns), np.bool_)
    whole[thing.box] = thing.mask
    sides = (whole[1], whole[rows - 2], whole[:, 1], whole[:, columns - 2])
    return max(float(side.sum()) for side in sides) * surface.cell_mm


def _terraces(thing: Thing, surface: Surface) -> int:
    """Flat parts of it that are lower than its top: items that touch it."""
    top = top_of(thing)
    if top is None:
        return 0
    low = (top.above_mm < -max(STEP_MM, STEP * top.height_mm)) & thing.mask & thing.seen
    opened = cv2.morphologyEx(low.view(np.uint8), cv2.MORPH_OPEN, disc(NEAR_CELLS))
    _, labels, found, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    count = 0
    for place in range(1, len(found)):
        part = np.asarray(labels) == place
        area = float(found[place, cv2.CC_STAT_AREA]) * surface.cell_cm2(top.height_mm)
        if area >= ITEM_CM2:
            level = top_of(replace(thing, mask=part, area_cm2=area))
            count += level is not None and float(level.face[part].mean()) >= LEVEL
    return count


def _beyond_cm2(thing: Thing, view: View, surface: Surface, tray_mm: tuple[float, float]) -> float:
    """How much of the thing is over the edge of the tray, seen from straight above."""
    assert view.standpoint is not None
    rows, columns = np.nonzero(cv2.erode(thing.mask.view(np.uint8), THREE))
    scale = surface.cell_mm / view.standpoint.mm_per_px
    u = ((columns + thing.box[1].start + 0.5) * scale - 0.5).astype(np.float32)
    v = ((rows + thing.box[0].start + 0.5) * scale - 0.5).astype(np.float32)
    x, y = Ground(view.standpoint).places(u, v, thing.height_mm[rows, columns])
    wide, high = tray_mm
    over = (np.abs(x) > wide / 2 + BEYOND_MM) | (np.abs(y) > high / 2 + BEYOND_MM)
    return float(over.sum()) * surface.cell_cm2(float(np.median(thing.height_mm[rows, columns]))) if len(rows) else 0.0
