"""A data set and a pack to an evaluation: as a booth would score it, with pristine pictures alone, or step by step with
more of what a booth has."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from booth.evaluation import patches
from booth.evaluation.kept import Kept
from booth.evaluation.measuring import Evaluation, Note, apart, evaluation
from booth.evaluation.reading import read
from booth.evaluation.resampling import ROWS
from booth.evaluation.scoring import Judge, Lack, Progress, judge_of, rows, scorer_of, with_lanes
from booth.evaluation.trays import DataSet
from booth.scoring.packs.pack import Pack, load
from booth.scoring.scorer import Scorer

ABLATIONS: Mapping[str, tuple[Lack, ...]] = {
    "colour alone": ("depth", "sides", "gallery"),
    "+ height": ("sides", "gallery"),
    "+ relief": ("gallery",),
    "+ reference": (),
}
"""What a booth is worth beside a single camera, step by step."""

Shown = Callable[[str], AbstractContextManager[Progress]]
"""Is told what begins; gives, for as long as that takes, what is to be told how far it is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured. `lanes`: of the pack's, none for all. `scores`: where each tray's score is kept."""

    dataset: Path
    pack: Path
    lanes: tuple[str, ...] = ()
    split: str | None = None
    without: tuple[Lack, ...] = ()
    scores: Path | None = None
    resamples: int = ROWS


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a data set was scored, so that one of its trays can be looked at again."""

    pack: Pack
    scorer: Scorer | None = None
    without: tuple[Lack, ...] = ()
    gallery: patches.Gallery | None = None


def as_a_booth(wish: Wish, progress: Shown) -> tuple[Evaluation, Scoring]:
    """Raises DatasetUnreadable, PackInvalid, LanesUnknown, NotRanked, OSError."""
    data = read(wish.dataset, wish.split)
    return _scored(wish, data, load(wish.pack), progress)


def by_gallery(wish: Wish, progress: Shown) -> tuple[Evaluation, Scoring]:
    """With the pristine pictures for training and nothing else. Raises as `as_a_booth` does."""
    data = read(wish.dataset, wish.split)
    apart(data)
    pack = load(wish.pack)
    with progress("gallery") as told:
        gallery = patches.fit(data.gallery, pack, told)
    by = f"{_name(pack)}, nearest of {len(data.gallery)} pristine"
    found = _evaluated(wish, data, by, gallery.judge, progress, compared=True)
    if len(data.gallery) < patches.FEW:
        says = (
            f"{len(data.gallery)} pristine pictures for the gallery: it takes {patches.FEW} at least to know good ones"
        )
        found = replace(found, notes=(*found.notes, Note("small-gallery", says)))
    return found, Scoring(pack, gallery=gallery)


def ablated(wish: Wish, progress: Shown) -> dict[str, Evaluation]:
    """By name of ABLATIONS. Raises as `as_a_booth` does."""
    data, pack = read(wish.dataset, wish.split), load(wish.pack)
    _refuse_twins(data, with_lanes(pack, wish.lanes))  # before the steps that compare with nothing
    found = {}
    for name, without in ABLATIONS.items():
        kept = wish.scores and wish.scores.with_stem(f"{wish.scores.stem}-{name.strip('+ ').replace(' ', '-')}")
        step = replace(wish, without=without, scores=kept)
        found[name], _ = _scored(step, data, pack, progress)
    return found


def _scored(wish: Wish, data: DataSet, pack: Pack, progress: Shown) -> tuple[Evaluation, Scoring]:
    chosen = with_lanes(pack, wish.lanes)
    gallery = () if "gallery" in wish.without else data.gallery
    if gallery:
        _refuse_twins(data, chosen)
    scorer = scorer_of(chosen, gallery)
    lanes = "+".join(chosen.manifest.lanes.brought)
    lacking = f", without {', '.join(wish.without)}" if wish.without else ""
    judge = judge_of(scorer, chosen, wish.without)
    found = _evaluated(wish, data, f"{_name(pack)}, {lanes}{lacking}", judge, progress)
    return found, Scoring(chosen, scorer, wish.without)


def _refuse_twins(data: DataSet, pack: Pack) -> None:
    """Where a lane compares with the gallery."""
    if pack.manifest.lanes.reference is not None:
        apart(data)


def _evaluated(
    wish: Wish, data: DataSet, by: str, judge: Judge, progress: Shown, *, compared: bool = False
) -> Evaluation:
    kept = Kept(wish.scores, by) if wish.scores else None
    with progress("trays") as told:
        scored = rows(data.trays, judge, kept, told)
    return evaluation(data, by, scored, wish.resamples, compared=compared)


def _name(pack: Pack) -> str:
    return f"{pack.name} {pack.version} ({pack.sha256[:12]})"
