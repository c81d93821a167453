"""Makes models/damage-lite0 again, from seeds: `make train`, or `.venv-train/bin/python models/training/train.py`.

Pictures and feature maps are cached in models/training/cache, so that a run that was interrupted goes on. The
product never imports torch; this script does.
"""

import argparse
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # a folder of scripts beside the packages, not one of them

import backbone  # noqa: E402
import cv2  # noqa: E402
import numpy as np  # noqa: E402
import pictures  # noqa: E402
from head import Array, Head, auroc, fit, recall_at_fpr, sigmoid  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from packing import Result, write  # noqa: E402
from pictures import Shown  # noqa: E402

from booth.scoring.fitting import fitted  # noqa: E402
from booth.scoring.manifest import ViewShape  # noqa: E402
from booth.scoring.session import Session  # noqa: E402

SIZE_PX = (320, 416)
"""Height and width: about one pixel of the simulated cameras each; 2.7 times the cost of 224 x 224."""
SHAPE = ViewShape(size_px=SIZE_PX, mm_per_px=None)
RIDGES = (1e-4, 1e-3, 1e-2)
QUANTILE = 0.99
"""Of the pristine validation trays, this share lies below the suggested threshold."""

APART = 12
"""Codes by which a damaged picture differs from its pristine twin where damage shows; the noise, smoothed over
1.5 px, stays below. Looked at on training pictures."""
HARMED, UNTOUCHED = 0.15, 0.01
"""Share of a cell's pixels: from here on damaged, up to here not; what lies between is left out."""
EVERYDAY, HARDEST = 60, 15
"""Cells taken from each picture as not damaged: at random, and from a pristine one the worst of a first round."""
SAMPLING_SEED = 400_000


def maps() -> NDArray[np.float16]:
    """The feature maps of every picture, in the order of all_shown(), from the network that the pack will hold."""
    of = zlib.crc32(" ".join(shown.name for shown in pictures.all_shown()).encode())
    kept = pictures.folder() / f"maps-{SIZE_PX[0]}x{SIZE_PX[1]}-{of:08x}.npy"
    if not kept.exists():
        graph = pictures.folder() / "cells.onnx"
        backbone.export(backbone.Cells(SIZE_PX), SIZE_PX, ["maps", "embedding"], graph)
        session = Session(graph.read_bytes())
        part = kept.with_suffix(".part.npy")
        np.save(part, np.stack(list(_maps(session))))
        part.rename(kept)
    found: NDArray[np.float16] = np.load(kept, mmap_mode="r")
    return found


def _maps(session: Session) -> Iterator[NDArray[np.float16]]:
    everything = pictures.all_shown()
    for number, shown in enumerate(everything, 1):
        picture = fitted(pictures.read(shown), SHAPE).colour
        yield session.run({"picture": picture[None]}, ("maps",))[0][0].astype(np.float16)
        if number % 100 == 0 or number == len(everything):
            print(f"maps of {number} of {len(everything)} pictures", flush=True)


def harm(shown: Shown) -> Array:
    """Per cell the share of pixels in which this damaged picture differs from its pristine twin."""
    twin = Shown(shown.split, shown.seed, False, shown.camera)
    one, other = (fitted(pictures.read(which), SHAPE).colour.astype(np.float32) for which in (shown, twin))
    differs = cv2.GaussianBlur(np.abs(one - other).max(axis=2), (0, 0), 1.5) > APART
    rows, columns = (side // backbone.CELL_PX for side in SIZE_PX)
    return differs.reshape(rows, backbone.CELL_PX, columns, backbone.CELL_PX).mean(axis=(1, 3)).reshape(-1)


def cells_of(index: int, known: NDArray[np.float16]) -> Array:
    """(cells, CHANNELS) of one picture."""
    return known[index].reshape(backbone.CHANNELS, -1).T.astype(np.float64)


def indices(split: str, damaged: bool | None = None) -> list[int]:
    return [
        index
        for index, shown in enumerate(pictures.all_shown())
        if shown.split.name == split and damaged in (None, shown.damaged)
    ]


def everyday_cells(known: NDArray[np.float16]) -> tuple[Array, NDArray[np.bool_]]:
    """Every damaged cell of the training pictures, and some of the others."""
    rng = np.random.default_rng(SAMPLING_SEED)
    everything = pictures.all_shown()
    rows, labels = [], []
    for index in indices("train"):
        cells = cells_of(index, known)
        share = harm(everything[index]) if everything[index].damaged else np.zeros(len(cells))
        some = rng.choice(len(cells), EVERYDAY, replace=False)
        harmed, untouched = np.flatnonzero(share > HARMED), some[share[some] < UNTOUCHED]
        rows += [cells[harmed], cells[untouched]]
        labels += [np.ones(len(harmed), np.bool_), np.zeros(len(untouched), np.bool_)]
    return np.vstack(rows), np.concatenate(labels)


def hardest_cells(head: Head, known: NDArray[np.float16]) -> Array:
    """The cells of pristine training pictures that `head` takes for damage."""
    rows = []
    for index in indices("train", damaged=False):
        cells = cells_of(index, known)
        rows.append(cells[np.argsort(head.logit(cells))[-HARDEST:]])
    return np.vstack(rows)


def worst_cells(head: Head, split: str, known: NDArray[np.float16]) -> Array:
    """The logit of each picture's worst cell."""
    return np.array([head.logit(cells_of(index, known)).max() for index in indices(split)])


def by_tray(worst: Array, split: str) -> tuple[Array, NDArray[np.bool_]]:
    """Per tray the worst picture, as the booth fuses views, and whether it is damaged; sorted by seed."""
    shown = [pictures.all_shown()[index] for index in indices(split)]
    trays, tray = np.unique([2 * one.seed + one.damaged for one in shown], return_inverse=True)
    scores = np.full(len(trays), -np.inf)
    np.maximum.at(scores, tray, worst)
    return scores, trays % 2 == 1


def choose(known: NDArray[np.float16]) -> tuple[float, Head]:
    """Fitted on the training split, chosen by AUROC on the validation trays. The test split is not looked at."""
    cells, damaged = everyday_cells(known)
    reached: dict[float, tuple[float, Head]] = {}
    for ridge in RIDGES:
        hard = hardest_cells(fit(cells, damaged, ridge), known)
        labels = np.concatenate((damaged, np.zeros(len(hard), np.bool_)))
        head = fit(np.vstack((cells, hard)), labels, ridge)
        figure = auroc(*by_tray(worst_cells(head, "validation", known), "validation"))
        print(f"ridge {ridge:g}: validation AUROC {figure:.4f}", flush=True)
        reached[ridge] = (figure, head)
    ridge = max(reached, key=lambda one: reached[one][0])
    return ridge, calibrated(reached[ridge][1], known)


def calibrated(head: Head, known: NDArray[np.float16]) -> Head:
    """Scaled so that the score of the worst cell fits the validation trays; their order stays as it is."""
    worst, damaged = by_tray(worst_cells(head, "validation", known), "validation")
    line = fit(worst[:, None], damaged, ridge=1e-3)
    return head.scaled(float(line.weights[0]), line.bias)


def judged(ridge: float, head: Head, known: NDArray[np.float16]) -> Result:
    """The threshold from the validation split, then the one look at the test split."""
    logits, damaged = by_tray(worst_cells(head, "validation", known), "validation")
    scores = sigmoid(logits)
    divert_at = float(np.ceil(100 * np.quantile(scores[~damaged], QUANTILE)) / 100)
    tested, truly = by_tray(worst_cells(head, "test", known), "test")
    tested = sigmoid(tested)
    metrics = {
        "simulated_validation_auroc": auroc(scores, damaged),
        "simulated_validation_recall_at_fpr_1pct": recall_at_fpr(scores, damaged, 0.01),
        "simulated_test_auroc": auroc(tested, truly),
        "simulated_test_recall_at_fpr_1pct": recall_at_fpr(tested, truly, 0.01),
        "simulated_test_recall_at_divert_at": float((tested[truly] >= divert_at).mean()),
        "simulated_test_fpr_at_divert_at": float((tested[~truly] >= divert_at).mean()),
        "suggested_divert_at": divert_at,
        **by_kind(tested[truly] >= divert_at),
    }
    return Result(SIZE_PX, ridge, head, {name: round(value, 4) for name, value in metrics.items()})


def by_kind(found: NDArray[np.bool_]) -> dict[str, float]:
    """Recall on the damaged test trays, sorted by seed, by damage type and severity."""
    shown = [pictures.all_shown()[index] for index in indices("test", damaged=True)]
    damages = {one.seed: pictures.damages(one) for one in shown}
    caught: dict[str, list[bool]] = {}
    for was_found, seed in zip(found, sorted(damages), strict=True):
        for kind in {kind for damage in damages[seed] for kind in (damage["type"], damage["severity"])}:
            caught.setdefault(kind, []).append(bool(was_found))
    return {f"simulated_test_recall_{kind}": float(np.mean(results)) for kind, results in sorted(caught.items())}


def golden_picture(head: Head, known: NDArray[np.float16]) -> NDArray[np.uint8]:
    """The training picture whose score lies nearest to one half: there the score moves most with the logit."""
    nearest = int(np.abs(worst_cells(head, "train", known)).argmin())
    return fitted(pictures.read(pictures.all_shown()[indices("train")[nearest]]), SHAPE).colour


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a model pack again, from seeds.")
    parser.add_argument("--into", type=Path, default=ROOT / "models" / "damage-lite0")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    pictures.draw_missing(options.workers)
    known = maps()
    ridge, head = choose(known)
    write(options.into, judged(ridge, head, known), golden_picture(head, known))


if __name__ == "__main__":
    main()
