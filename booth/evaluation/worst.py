"""The trays that were scored worst: damage that went low, and pristine ones that went high, looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation.framing import framing_for
from booth.evaluation.kept import Row
from booth.evaluation.measuring import Evaluation
from booth.evaluation.runs import Scoring
from booth.evaluation.scoring import scored_again
from booth.evaluation.trays import Tray
from booth.geometry.views import View
from booth.scoring.fitting import fitted
from booth.scoring.lanes import HeatMap
from drivers.frames import Colour

SHOWN = 12
RED = np.array((40, 40, 230), np.float32)
OUTLINE = (0, 220, 255)

Heat = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """One tray. `picture`: its first view as it was scored, red where a lane sees damage, a yellow line around what is
    damaged. `says`: the lines to read beside it."""

    name: str
    picture: Colour
    heading: str
    says: tuple[str, ...]


def misses(found: Evaluation, scoring: Scoring) -> list[Case]:
    """The damaged trays with the lowest scores, the lowest first. Raises DatasetUnreadable."""
    pairs = [pair for pair in _pairs(found) if pair[0].truth.damaged]
    return [_case(tray, row, scoring) for tray, row in sorted(pairs, key=lambda pair: pair[1].score)[:SHOWN]]


def false_alarms(found: Evaluation, scoring: Scoring) -> list[Case]:
    """The pristine trays with the highest scores, the highest first. Raises DatasetUnreadable."""
    pairs = [pair for pair in _pairs(found) if not pair[0].truth.damaged]
    return [_case(tray, row, scoring) for tray, row in sorted(pairs, key=lambda pair: -pair[1].score)[:SHOWN]]


def overlaid(colour: Colour, heat: Heat | None, damaged: NDArray[np.bool_] | None) -> Colour:
    """`heat` in [0, 1], spread over the picture, NaN where there is none; `damaged` on its pixels."""
    height, width = colour.shape[:2]
    shown = colour.astype(np.float32)
    if heat is not None:
        over = cv2.resize(np.nan_to_num(heat), (width, height), interpolation=cv2.INTER_LINEAR)
        share = np.clip(over, 0, 1)[..., None] * np.float32(0.65)
        shown = shown * (1 - share) + RED * share
    picture = shown.astype(np.uint8)
    if damaged is not None:
        outlines, _ = cv2.findContours(damaged.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(picture, outlines, -1, OUTLINE, 1)
    return picture


def _pairs(found: Evaluation) -> list[tuple[Tray, Row]]:
    return list(zip(found.data.trays, found.rows, strict=True))


def _case(tray: Tray, row: Row, scoring: Scoring) -> Case:
    view, heat, reasons = seen(tray, scoring)
    shown = heat if heat is None or scoring.gallery is None else _stretched(heat)
    picture = overlaid(view.colour, shown, mask_of(tray, view, scoring) if tray.truth.damaged else None)
    lanes = ", ".join(f"{name} {score:.3f}" for name, score in row.lanes.items())
    told = [_heading(tray), *([f"lanes: {lanes}"] if lanes else []), *reasons, *([row.failed] if row.failed else [])]
    return Case(tray.truth.name, picture, f"{row.score:.4g}", tuple(told))


def seen(tray: Tray, scoring: Scoring) -> tuple[View, Heat | None, tuple[str, ...]]:
    """The first view as it was scored (of a gallery the oddest), its heat and what was said. Raises
    DatasetUnreadable."""
    if scoring.gallery is not None:
        view, odd = max(scoring.gallery.oddness(tray), key=lambda pair: float(np.nanmax(pair[1])))
        return view, odd, ()
    assert scoring.scorer is not None
    view, found = scored_again(tray, scoring.scorer, scoring.pack, scoring.without)
    scored = fitted(view, scoring.pack.manifest.view)
    if found is None:
        return scored, None, ()
    reasons = (*found.reasons, *found.notes)
    told = tuple(reason.text for reason in reasons) + tuple(
        f"{lane.lane} not run: {lane.why}" for lane in found.not_run
    )
    return scored, _hottest(found.heat, view.camera), told


def _hottest(maps: Sequence[HeatMap], camera: str) -> Heat | None:
    """Of all kinds and lanes together, on the pixels of the largest."""
    mine = [one.values for one in maps if one.camera == camera and one.values.size]
    if not mine:
        return None
    height, width = max((one.shape for one in mine), key=lambda shape: shape[0] * shape[1])
    sized = [cv2.resize(np.nan_to_num(one), (width, height), interpolation=cv2.INTER_LINEAR) for one in mine]
    return np.asarray(np.maximum.reduce(sized), np.float32)


def _stretched(odd: Heat) -> Heat:
    """Distances have no scale of their own: from the usual one of the picture to its largest."""
    usual, most = float(np.nanmedian(odd)), float(np.nanmax(odd))
    return np.asarray((odd - usual) / max(most - usual, 1e-6), np.float32)


def mask_of(tray: Tray, view: View, scoring: Scoring) -> NDArray[np.bool_] | None:
    """The damage of the view's camera, on the pixels that it was scored on; None where nobody marked it. Raises
    DatasetUnreadable."""
    mask = tray.masks(framing_for(scoring.pack.manifest.view)).get(view.camera)
    if mask is None:
        return None
    height, width = view.colour.shape[:2]
    if mask.shape == (height, width):
        return mask
    shape = scoring.pack.manifest.view
    alike = View(view.camera, np.zeros((*mask.shape, 3), np.uint8), np.zeros(mask.shape, np.float32), mask)
    return fitted(alike, shape).valid


def _heading(tray: Tray) -> str:
    truth = tray.truth
    damages = [f"{one.severity} {one.type}" if one.severity else one.type for one in truth.damages]
    return ", ".join([*damages, *truth.decoys, *truth.products, *([truth.arrangement] if truth.arrangement else [])])
