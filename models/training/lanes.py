"""The lanes beside the network, as the booth itself runs them on validation trays: their curves, and the rows of the
fusion."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import fusing
import numpy as np
from fusing import Flags, Floats
from samples import Kit

from booth.evaluation.reading import read
from booth.evaluation.scoring import judge_of, rows, scorer_of
from booth.scoring.packs.manifest import LaneName
from booth.scoring.packs.pack import MANIFEST, load
from booth.scoring.scorer import LANES

APPEARANCE: LaneName = "appearance"
SPANS: Mapping[LaneName, tuple[float, float]] = {
    "reference": (-12.0, 12.0), "relief": (-8.0, 8.0), "geometry": (-6.0, 9.0),
}  # fmt: skip
"""Between which values a lane's statistic lies: FAINTEST and STRONGEST of its module; the reference's has no ends."""
RAN = 0.5
"""A lane that ran on a smaller share of the trays than this is left out: nobody knows what it is worth."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Statistics of each lane on the trays, in their order; NaN where it did not run."""

    statistics: Mapping[LaneName, Floats]

    def entries(self, damaged: Flags) -> dict[str, object]:
        """The lanes' entries of a manifest."""
        return {name: {"curve": fusing.curve(told[~np.isnan(told)], damaged[~np.isnan(told)])}
                for name, told in self.statistics.items()}  # fmt: skip

    def scores(self, entries: Mapping[str, object]) -> dict[str, Floats]:
        """As those entries make them of the statistics."""
        curves = {name: np.array(entries[name]["curve"]) for name in self.statistics}  # type: ignore[index]
        return {name: np.interp(self.statistics[name], curve[:, 0], curve[:, 1]) for name, curve in curves.items()}  # type: ignore[index]


def straight() -> dict[str, object]:
    """Entries with which a lane's score tells its statistic: a line over its span. Of the lanes that this booth has."""
    return {name: {"curve": [[low, 0.0], [high, 1.0]]} for name, (low, high) in SPANS.items() if name in LANES}


def measured(pack: Path, dataset: Path, names: Sequence[str], work: Path) -> Beside:
    """Runs the lanes of `pack` on the trays of those names, with the data set's references as their gallery."""
    bare = _with_straight_curves(pack, work / pack.name)
    data = read(dataset, "val")
    loaded = load(bare)
    judge = judge_of(scorer_of(loaded, data.gallery), loaded)
    found = {row.name: row for row in rows(data.trays, judge, None, _progress)}
    told: dict[LaneName, Floats] = {}
    for name in loaded.manifest.lanes.brought:
        if name != APPEARANCE:
            low, high = SPANS[name]
            told[name] = low + (high - low) * np.array([found[tray].lanes.get(name, np.nan) for tray in names])
    return Beside({name: values for name, values in told.items() if np.isfinite(values).mean() >= RAN})


def _with_straight_curves(pack: Path, into: Path) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(pack, into)
    about = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
    about["lanes"] = {APPEARANCE: about["lanes"][APPEARANCE], **straight()}
    about |= {"name": into.name, "fusion": [], "thresholds": []}
    (into / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
    return into


def _progress(done: int, of: int) -> None:
    if done % 50 == 0 or done == of:
        print(f"lanes on {done} of {of} validation trays", flush=True)


def sets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The appearance lane alone, and with every choice of the others."""
    return [(APPEARANCE, *some) for count in range(len(names) + 1) for some in combinations(names, count)]


def kit_of(lanes: Sequence[str]) -> Kit:
    """What a booth has got in which just these lanes run: geometry and reference need height, relief side light."""
    height, lit = not {"geometry", "reference"}.isdisjoint(lanes), "relief" in lanes
    return "all" if height and lit else "no-lit" if height else "no-height" if lit else "colour"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The manifest's rows, and by set of lanes the confidence in damage of each tray, NaN where one did not run."""

    fusion: list[dict[str, object]]
    thresholds: list[dict[str, object]]
    confidences: dict[tuple[str, ...], Floats]


def weighed(appearance: Mapping[Kit, Floats], beside: Mapping[str, Floats], damaged: Flags, rate: float) -> Weighed:
    """`appearance`: logits by what the booth has got; `beside`: scores of the other lanes, NaN where one did not run. A
    tray on which one of a set did not run says nothing about that set."""
    found = Weighed([], [], {})
    for lanes in sets(tuple(beside)):
        scores = {name: beside[name] for name in lanes[1:]}
        scores = {APPEARANCE: fusing.sigmoid(appearance[kit_of(lanes)]), **scores}
        ran = np.isfinite(np.stack(list(scores.values()))).all(0)
        some = {name: score[ran] for name, score in scores.items()}
        row = fusing.fusion_row(some, damaged[ran])
        told = np.full(len(damaged), np.nan)
        told[ran] = fusing.confidences(row, some)
        found.confidences[lanes] = told
        found.fusion.append(row)
        found.thresholds.append(fusing.threshold(lanes, told[ran & ~damaged], rate))
    return found
