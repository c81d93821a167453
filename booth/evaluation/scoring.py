"""Trays in, scores out, on every core; what is scored already is not scored again."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import numpy as np

from booth.evaluation.framing import framing_for
from booth.evaluation.kept import Kept, Row
from booth.evaluation.references import ReferenceTrays
from booth.evaluation.trays import Tray
from booth.geometry.views import View
from booth.scoring.packs.manifest import LaneName
from booth.scoring.packs.pack import Pack
from booth.scoring.products.identity import Labels
from booth.scoring.products.known import Known
from booth.scoring.scorer import PackScorer, Scored, ScoreInvalid, Scorer

Lack = Literal["depth", "sides", "gallery"]
"""What a booth may not have: a depth camera, lamps at the sides, references."""

WORST = 1.0
"""Of a tray that could not be scored: a line diverts it."""

Progress = Callable[[int, int], None]


class LanesUnknown(ValueError):
    """The pack does not bring a lane that was asked for."""


Judge = Callable[[Tray], Row]


def judge_of(scorer: Scorer, pack: Pack, without: Sequence[Lack] = ()) -> Judge:
    """Scores a tray as a booth with this pack would, had it nothing of `without`."""
    framing = framing_for(pack.manifest.view)

    def judge(tray: Tray) -> Row:
        views = tuple(stripped(view, without) for view in tray.views(framing))
        try:
            return _row(tray.truth.name, scorer.score(views, labels_of(tray)))
        except ScoreInvalid as error:
            return Row(tray.truth.name, WORST, failed=str(error))

    return judge


def scored_again(tray: Tray, scorer: Scorer, pack: Pack, without: Sequence[Lack] = ()) -> tuple[View, Scored | None]:
    """The tray's first view as it was scored, and all that was said of it; None where that failed."""
    views = tuple(stripped(view, without) for view in tray.views(framing_for(pack.manifest.view)))
    try:
        return views[0], scorer.score(views, labels_of(tray))
    except ScoreInvalid:
        return views[0], None


def labels_of(tray: Tray) -> Labels:
    """What the line would have said of the tray: its main product, where the data set names one."""
    return Labels(plate=tray.truth.product)


def stripped(view: View, without: Sequence[Lack]) -> View:
    """The view of a booth that has not got all of that."""
    if "depth" in without:
        nowhere = np.full(view.valid.shape, np.nan, np.float32)
        view = replace(view, height_mm=nowhere, valid=np.zeros(view.valid.shape, np.bool_))
    return replace(view, lit={}) if "sides" in without else view


def with_lanes(pack: Pack, names: Sequence[str]) -> Pack:
    """The pack, bringing no more than these lanes; all it has for none. Raises LanesUnknown."""
    brought: tuple[LaneName, ...] = pack.manifest.lanes.brought
    if unknown := [name for name in names if name not in brought]:
        raise LanesUnknown(f"{pack.folder}: it brings no lane {unknown[0]!r}; there are: {', '.join(brought)}")
    if not names:
        return pack
    lanes = pack.manifest.lanes.model_copy(update={name: None for name in brought if name not in names})
    return replace(pack, manifest=pack.manifest.model_copy(update={"lanes": lanes}))


def scorer_of(pack: Pack, gallery: Sequence[Tray] = ()) -> Scorer:
    """One core for each tray: several trays are scored at once. `gallery`: pristine trays to compare with, if the pack
    brings a lane that does. Raises PackInvalid, GalleryInvalid, ScoreInvalid."""
    if not gallery or pack.manifest.lanes.reference is None:
        return PackScorer(pack, cores=1)
    return PackScorer(pack, cores=1, known=Known(ReferenceTrays(gallery, pack.manifest.view)))


def rows(trays: Sequence[Tray], judge: Judge, kept: Kept | None, progress: Progress) -> list[Row]:
    """A row for every tray, in their order. Those in `kept` are taken from it, and the others written to it as they
    come. Raises DatasetUnreadable, OSError."""
    known = {} if kept is None else kept.read()
    missing = [tray for tray in trays if tray.truth.name not in known]
    there = len(trays) - len(missing)
    progress(there, len(trays))
    for done, row in enumerate(_spread(judge, missing), start=1):
        known[row.name] = row
        if kept is not None:
            kept.add(row)
        progress(there + done, len(trays))
    return [known[tray.truth.name] for tray in trays]


def _spread(judge: Judge, trays: Iterable[Tray]) -> Iterator[Row]:
    """In order, as many at once as there are cores and no more than twice as many ahead: Ctrl-C is heard, and a failure
    ends it soon."""
    cores = len(os.sched_getaffinity(0))
    waiting: deque[Future[Row]] = deque()
    pool = ThreadPoolExecutor(cores, "judge")
    try:
        for tray in trays:
            waiting.append(pool.submit(judge, tray))
            if len(waiting) >= 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _row(name: str, found: Scored) -> Row:
    return Row(name, found.score, dict(found.lanes))
