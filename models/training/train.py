"""Makes models/damage-sim1 again, from seeds: `make train`, or `.venv-train/bin/python models/training/train.py`.

What was rendered, decoded, extracted or fitted already is taken from build/training: a run that was killed goes on.
The product never imports torch; this script does.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A thread that spins while it waits takes the core from the loaders, and from whoever else works here.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # a folder of scripts beside the packages, not one of them

import cv2  # noqa: E402
import eight_bits  # noqa: E402
import features  # noqa: E402
import fusing  # noqa: E402
import lanes  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from asked import Asked, asked  # noqa: E402
from card import Told  # noqa: E402
from eight_bits_card import tell  # noqa: E402
from figures import Floats, Reached, flat, reached  # noqa: E402
from fitting import Recipe, Run, fit, logits_of  # noqa: E402
from network import Damage  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from packing import Result, write  # noqa: E402
from paged import page  # noqa: E402
from prints import gathered  # noqa: E402
from rendering import TRAIN, render_missing, seeds_of  # noqa: E402
from samples import Kit, Pixels, Sample, prepared  # noqa: E402

from booth.evaluation.figures import Figures  # noqa: E402
from booth.evaluation.figures import figures as figured  # noqa: E402
from booth.evaluation.simulated import Split  # noqa: E402

RECIPE = Recipe(epochs=28)
QUICK = Recipe(epochs=2, variants=2, workers=0)
"""To see that everything fits together. Its pack knows nothing."""
DRAWS, RATE = 1000, 0.01


def main() -> None:
    options = asked()
    torch.set_num_threads(2)
    cv2.setNumThreads(1)
    if not options.quick:
        render_missing(options.data, options.first)
    recipe = QUICK if options.quick else RECIPE
    train = [sample for name in TRAIN if (options.data / name).is_dir() for sample in _samples(options, name, "train")]
    val = _samples(options, "val", "val")
    prints = gathered(train, options.work / "prints.npy")
    features.extract(train, range(recipe.variants), options.workers, prints)
    features.extract(val, (0,), options.workers)
    network = fit(Run(recipe, train, options.work / "fit.pt", prints), _told)
    found = reached(network, val, recipe.workers, 0 if options.quick else DRAWS)
    seeds = seeds_of(options.data) | {"fitted_captures": len(train), "fit": recipe.seed}
    fitted = Fitted(network, recipe, train, val, found, seeds, options.command)
    alone = result(fitted, options.into.name, lanes.Beside({}), checked=not options.quick)
    if options.quick:
        write(options.into, alone)
        page(options.into, options.data / "val", options.work / "report")
        return
    first = options.work / "alone" / options.into.name
    write(first, alone)
    beside = lanes.measured(first, options.data / "val", [sample.name for sample in val], options.work / "straight")
    write(options.into, result(fitted, options.into.name, beside, checked=True))
    page(options.into, options.data / "val", options.work / "report")
    if options.eight_bits:
        tell(options.into, eight_bits.tried(options.into, options.data, options.work / "eight-bits"))


def _samples(options: Asked, folder: str, split: Split) -> list[Sample]:
    """Of a training set the first `options.first`."""
    found = prepared(options.data / folder, split, options.work / "pixels" / folder, options.workers)
    return found[: options.first] if split == "train" else found


def _told(run: Run, mean: float) -> None:
    print(f"epoch {run.epoch} of {run.recipe.epochs}: loss {mean:.4f}", flush=True)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network, what it was fitted by and on, and what it reached on `val`."""

    network: Damage
    recipe: Recipe
    train: list[Sample]
    val: list[Sample]
    found: dict[Kit, Reached]
    seeds: dict[str, int]
    command: str

    @property
    def damaged(self) -> NDArray[np.bool_]:
        return np.array([sample.truth.damaged for sample in self.val])


def result(fitted: Fitted, name: str, beside: lanes.Beside, checked: bool) -> Result:
    """All that the pack says. A network that is not `checked` gets no fusion: it may have nothing to weigh."""
    entries = beside.entries(fitted.damaged)
    logits = {kit: each.logits for kit, each in fitted.found.items()}
    rows = lanes.weighed(logits, beside.scores(entries), fitted.damaged, RATE) if checked else lanes.Weighed([], [], {})
    fused = {names: reached_by(sure, fitted.val) for names, sure in rows.confidences.items()}
    by_kit = {kit: each.figures for kit, each in fitted.found.items()}
    counts = len(fitted.train), len(fitted.val), int((~fitted.damaged).sum())
    told = Told(name, by_kit, *counts, fitted.recipe.epochs, fitted.command, fused)
    return Result(
        fitted.network,
        golden_of(fitted),
        fitted.seeds,
        told,
        fitted.command,
        flat(by_kit),
        fusion=rows.fusion,
        thresholds=rows.thresholds,
        lanes=entries,
        checked=checked,
    )


def reached_by(sure: Floats, val: list[Sample]) -> Figures:
    """Of the trays on which all the lanes ran."""
    ran = np.isfinite(sure)
    return figured([sample.truth for sample, kept in zip(val, ran, strict=True) if kept], sure[ran].tolist(), DRAWS)


def golden_of(fitted: Fitted) -> Pixels:
    """Of the damaged training captures the one whose score hangs most on height and on light from the sides: a mistake
    in feeding the network is seen there first."""
    damaged = [sample for sample in fitted.train if sample.truth.damaged][:200]
    kits: tuple[Kit, ...] = ("all", "no-height", "no-lit")
    whole, flat_, unlit = (_scores(fitted, damaged, kit) for kit in kits)
    telling = np.minimum(np.abs(whole - flat_), np.abs(whole - unlit))
    return damaged[int(telling.argmax())].read()


def _scores(fitted: Fitted, samples: list[Sample], kit: Kit) -> Floats:
    return fusing.sigmoid(logits_of(fitted.network, samples, kit, fitted.recipe.workers)[:, -1].astype(np.float64))


if __name__ == "__main__":
    main()
