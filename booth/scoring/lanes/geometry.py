"""What the heights say: a top that has sunk, something that stands up from it, a corner or a unit that is not there.

A carton is flat, and what is not flat on it is damage. A bag or a padded envelope bulges by nature, and of those
heights tell little: what is allowed depends on how even the thing's own top is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from booth.geometry.views import View
from booth.scoring.lanes import HeatMap, LaneScore, NotRun, ScoreInvalid
from booth.scoring.lanes.ratios import worst
from booth.scoring.packs.manifest import Above0, AtMost, Frozen, Measured
from booth.scoring.shape.flaws import Flaw, Kind, Shape, corner, gap, lean, raised_above, shape_of, spill, sunk
from booth.scoring.shape.makes import Make, make_of
from booth.scoring.shape.surface import Surface, Thing, Top, raised, surface_of, things_on, top_of
from booth.tray import Reason

NAME = "geometry"
FAINTEST, STRONGEST = -6.0, 9.0

ALLOWED: Mapping[Make, Mapping[Kind, float]] = {
    "units": {"sunk": 0.05, "raised": 7.2, "corner": 8.4, "gap": 0.6, "lean": 0.021, "spill": 12.0},
    "low": {"sunk": 1.2, "raised": 0.1, "corner": 6.5, "gap": 0.5, "lean": 0.13, "spill": math.inf},
    "flat": {"sunk": 0.12, "raised": 0.05, "corner": 6.5, "gap": 0.5, "lean": 0.012, "spill": 12.0},
    "padded": {"sunk": 0.5, "raised": 0.15, "corner": 11.0, "gap": 0.5, "lean": 0.03, "spill": math.inf},
    "bag": {"sunk": 2.0, "raised": 1.3, "corner": 19.0, "gap": 0.5, "lean": 0.08, "spill": 12.0},
}
"""What one sound thing in fifty of each make exceeds, in the units of Flaw.amount."""


class GeometryTuning(Frozen):
    """The lane's own keys in a manifest. Where the tray ends and a thing begins, mm and cm2 (`things_on`), what is
    allowed (a kind that is left out is not looked for), and how high on the open floor a spill begins."""

    rim_mm: Above0 = 12.0
    floor_mm: Above0 = 3.0
    wide_mm: Above0 = 15.4
    least_cm2: Above0 = 6.0
    spill_mm: Above0 = 1.5
    allowed: Mapping[Make, Mapping[Kind, AtMost]] = ALLOWED


@dataclass(frozen=True, slots=True)
class Found:
    """A flaw in a camera's view; `ratio`: how many times what is allowed."""

    camera: str
    surface: Surface
    flaw: Flaw
    ratio: float


class GeometryLane:
    """The flaw that exceeds most what is allowed decides. Statistic: log2 of how many times that is."""

    name = NAME

    def __init__(self, entry: Measured) -> None:
        """Raises pydantic's ValidationError."""
        self._entry, self._tuning = entry, entry.tuned(GeometryTuning)

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        """Raises ScoreInvalid. What has nothing on it scores as a sound thing does."""
        surfaces = [(view, surface) for view in views if (surface := surface_of(_measured(view)))]
        if not surfaces:
            return NotRun(NAME, "no camera measured the tray's height")
        found = [each for view, surface in surfaces for each in flaws(view.camera, surface, self._tuning)]
        found.sort(key=lambda each: -each.ratio)
        score = self._entry.score(statistic(found))
        looked_at = frozenset(view.camera for view, _ in surfaces)
        return LaneScore(NAME, score, tuple(_reasons(found)), tuple(_heat(found)), looked_at)


def statistic(found: list[Found]) -> float:
    """Within FAINTEST and STRONGEST. Raises ScoreInvalid."""
    ratio = worst(NAME, found)
    return min(STRONGEST, math.log2(ratio)) if ratio > 2**FAINTEST else FAINTEST


def flaws(camera: str, surface: Surface, tuning: GeometryTuning) -> list[Found]:
    """Of every thing on the tray, and what lies beside them; all kinds, however little of each."""
    size = (tuning.rim_mm, tuning.floor_mm, tuning.wide_mm)
    found: list[Found] = []
    makes: list[Make] = []
    for thing in things_on(surface, *size, tuning.least_cm2):
        top = top_of(thing)
        shape = top and shape_of(thing, top, surface.cell_cm2(top.height_mm))
        if top and shape:
            makes.append(make_of(thing, top, shape))
            allowed = tuning.allowed.get(makes[-1], {})
            found += [_rated(camera, surface, flaw, allowed) for flaw in _of_a_thing(surface, thing, top, shape)]
    if makes:
        beside = spill(surface, raised(surface, *size), tuning.rim_mm, tuning.spill_mm)
        allowed = max((tuning.allowed.get(make, {}) for make in makes), key=lambda each: each.get("spill", math.inf))
        found.append(_rated(camera, surface, beside, allowed))
    return found


def _measured(view: View) -> View:
    """Raises ScoreInvalid for a height that is called valid and is no number."""
    if not np.isfinite(view.height_mm[view.valid]).all():
        raise ScoreInvalid(f"a valid height of {view.camera} is not a number")
    return view


def _of_a_thing(surface: Surface, thing: Thing, top: Top, shape: Shape) -> tuple[Flaw, ...]:
    cell, cm2 = surface.cell_mm, surface.cell_cm2(top.height_mm)
    return (
        sunk(thing, top, shape, cm2),
        raised_above(thing, top, shape, cm2),
        corner(thing, shape, cell, cm2),
        gap(thing, top, shape, cell, cm2),
        lean(thing, top, shape, cell, cm2),
    )


def _rated(camera: str, surface: Surface, flaw: Flaw, allowed: Mapping[Kind, float]) -> Found:
    return Found(camera, surface, flaw, flaw.amount / allowed.get(flaw.kind, math.inf))


SAYS: Mapping[Kind, tuple[str, str]] = {
    "sunk": ("sunken", "{mm:.0f} mm below the item's top over {cm2:.0f} cm2"),
    "raised": ("raised", "{mm:.0f} mm above the item's top over {cm2:.0f} cm2"),
    "corner": ("corner-gone", "a corner of the top is gone, {cm2:.0f} cm2"),
    "gap": ("gap", "a gap {mm:.0f} mm wide between the units, {cm2:.0f} cm2"),
    "lean": ("leans", "the top leans by {mm:.0f} mm"),
    "spill": ("beside", "something lies beside the item, {mm:.0f} mm high over {cm2:.0f} cm2"),
}


def _reasons(found: list[Found]) -> list[Reason]:
    """Of each kind that exceeds what is allowed the worst; if none does, the worst of all."""
    worst: dict[Kind, Found] = {}
    for each in found:
        worst.setdefault(each.flaw.kind, each)
    telling = [each for each in worst.values() if each.ratio >= 1] or list(worst.values())[:1]
    return [_reason(each) for each in telling] or [Reason("nothing-stands", "nothing stands on the tray")]


def _reason(found: Found) -> Reason:
    code, text = SAYS[found.flaw.kind]
    return Reason(code, f"{text.format(mm=found.flaw.mm, cm2=found.flaw.cm2)} (in {found.camera})")


def _heat(found: list[Found]) -> list[HeatMap]:
    """One map for each camera and kind that exceeds half of what is allowed: 1 from four times that on."""
    maps: dict[tuple[str, Kind], HeatMap] = {}
    for each in found:
        if each.ratio >= 0.5:
            key = (each.camera, each.flaw.kind)
            values = maps[key].values if key in maps else np.zeros(each.surface.known.shape, np.float32)
            strength = min(1.0, 0.25 * each.ratio)
            values[each.flaw.box] = np.maximum(values[each.flaw.box], strength * each.flaw.where)
            maps[key] = HeatMap(each.camera, SAYS[each.flaw.kind][0], values)
    return list(maps.values())
