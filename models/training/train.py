"""Makes models/damage-sim1 again, from seeds: `make train`, or `.venv-train/bin/python models/training/train.py`.

What was rendered, decoded, extracted or fitted already is taken from build/training: a run that was killed goes on.
The product never imports torch; this script does.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # a folder of scripts beside the packages, not one of them

import cv2  # noqa: E402
import features  # noqa: E402
import fusing  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from batches import Kit  # noqa: E402
from card import Told  # noqa: E402
from figures import Reached, flat, reached  # noqa: E402
from fitting import Recipe, Run, fit, logits_of  # noqa: E402
from network import Damage  # noqa: E402
from packing import Result, write  # noqa: E402
from rendering import render_missing, seeds_of  # noqa: E402
from samples import Pixels, Sample, prepared  # noqa: E402

RECIPE = Recipe(epochs=14)
QUICK = Recipe(epochs=2, variants=2, workers=0)
"""To see that everything fits together. Its pack knows nothing."""
DRAWS, RATE = 1000, 0.01


def main() -> None:
    options = _options()
    torch.set_num_threads(1)  # the loaders have the other core; with one thread sums keep their order
    cv2.setNumThreads(1)
    if not options.quick:
        render_missing(options.data)
    recipe = QUICK if options.quick else RECIPE
    train, val = (
        prepared(options.data / split, split, options.work / "pixels" / split, options.workers)
        for split in ("train", "val")
    )
    features.extract(train, range(recipe.variants))
    features.extract(val, (0,))
    network = fit(Run(recipe, train, options.work / "fit.pt"), _told)
    found = reached(network, val, recipe.workers, 0 if options.quick else DRAWS)
    fitted = Fitted(network, recipe, train, val, found)
    write(options.into, result(fitted, seeds_of(options.data), options.into.name, checked=not options.quick))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a model pack again, from seeds.")
    parser.add_argument("--into", type=Path, default=ROOT / "models" / "damage-sim1")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "data", help="holds train and val")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training", help="what is kept between runs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="a pack that knows nothing, of the data that is there")
    return parser.parse_args()


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


def result(fitted: Fitted, seeds: dict[str, int], name: str, checked: bool) -> Result:
    """All that the pack says, of the appearance lane alone."""
    damaged = np.array([sample.truth.damaged for sample in fitted.val])
    scores = {"appearance": fusing.sigmoid(fitted.found["all"].logits)}
    row = fusing.fusion_row(scores, damaged)
    pristine = fusing.confidences(row, scores)[~damaged]
    by_kit = {kit: each.figures for kit, each in fitted.found.items()}
    return Result(
        fitted.network,
        golden_of(fitted),
        seeds | {"fit": fitted.recipe.seed},
        Told(name, by_kit, len(fitted.train), len(damaged), len(pristine), fitted.recipe.epochs),
        flat(by_kit),
        fusion=(row,) if checked else (),
        thresholds=(fusing.threshold(tuple(scores), pristine, RATE),),
        checked=checked,
    )


def golden_of(fitted: Fitted) -> Pixels:
    """The damaged training capture whose score lies nearest to one half: there it moves most with its inputs."""
    damaged = [sample for sample in fitted.train if sample.truth.damaged][:200]
    logits = logits_of(fitted.network, damaged, "all", fitted.recipe.workers)[:, -1]
    return damaged[int(np.abs(logits).argmin())].read()


if __name__ == "__main__":
    main()
