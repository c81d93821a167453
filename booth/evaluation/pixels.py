"""How well what a lane sees lies on what is marked: the pixels of trays whose damage somebody marked."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation.measuring import Evaluation
from booth.evaluation.ranking import Flags, Floats, NotRanked, ranking
from booth.evaluation.resampling import Measured, draws, measured
from booth.evaluation.runs import Scoring, Shown
from booth.evaluation.trays import Tray
from booth.evaluation.worst import mask_of, seen

TRAYS, PIXELS = 400, 400
"""Looked at again, and drawn of each: AUROC is known to 0.005 then."""
ROWS = 100
SEED = 20260701


def pixels(found: Evaluation, scoring: Scoring, progress: Shown) -> Mapping[str, Measured]:
    """`pixel_auroc` and `pixel_ap` over pixels drawn from up to TRAYS trays, evenly chosen, with intervals by product.
    Trays that nobody marked, and those that no lane gave a heat map of, are left out. Raises DatasetUnreadable, and
    NotRanked where none is left."""
    drawn: list[tuple[str | None, Floats, Flags]] = []
    trays = _evenly(list(found.data.trays))
    with progress("pixels") as told:
        for done, one in enumerate(_each(trays, scoring), start=1):
            drawn += [] if one is None else [one]
            told(done, len(trays))
    if not any(marks.any() for _, _, marks in drawn):
        raise NotRanked(
            "no damaged tray has both a mask and a heat map: there are no pixels to be judged; leave out --pixels"
        )
    values, marked = (np.concatenate([one[place] for one in drawn]) for place in (1, 2))
    weights = np.repeat(draws([product for product, _, _ in drawn], ROWS), [len(one[1]) for one in drawn], axis=1)
    curve = ranking(values, marked.astype(np.bool_)).thinned.curve(np.concatenate((np.ones((1, len(values))), weights)))
    figures = {"pixel_auroc": curve.auroc, "pixel_ap": curve.average_precision}
    return {name: measured(float(each[0]), each[1:]) for name, each in figures.items()}


def _evenly(trays: list[Tray]) -> list[Tray]:
    places = np.unique(np.linspace(0, len(trays) - 1, min(TRAYS, len(trays))).astype(int))
    return [trays[place] for place in places]


def _each(trays: list[Tray], scoring: Scoring) -> Iterator[tuple[str | None, Floats, Flags] | None]:
    lot = np.random.default_rng(SEED)
    for tray in trays:
        view, heat, _ = seen(tray, scoring)
        mask = mask_of(tray, view, scoring)
        yield None if heat is None or mask is None else (tray.truth.product, *_drawn(heat, mask, lot))


def _drawn(heat: NDArray[np.float32], mask: Flags, lot: np.random.Generator) -> tuple[Floats, Flags]:
    """Heat and mark of PIXELS pixels of the view; beside the picture there is no heat, and nothing is drawn."""
    height, width = mask.shape
    over = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    there = np.flatnonzero(np.isfinite(over))
    places = lot.choice(there, min(PIXELS, len(there)), replace=False)
    return over.reshape(-1)[places].astype(np.float64), mask.reshape(-1)[places]
