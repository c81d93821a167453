"""Writes a pack: model, golden, card, manifest; and loads it again to see that it holds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from card import LICENCES, ORIGIN, Told, card
from network import Damage, Pack
from numpy.typing import NDArray
from onnx_export import Kind, export
from samples import MM_PER_PX, SEVERITY_NAMES, SIZE_PX, TYPE_NAMES, Pixels

from booth.scoring.packs.manifest import Manifest
from booth.scoring.packs.pack import MANIFEST, load
from booth.scoring.packs.pack import Pack as Loaded

INPUTS: Mapping[str, Kind] = {"colour": "uint8", "left": "uint8", "right": "uint8", "height": "float32"}
OUTPUTS = ("score", "types", "heat", "maps", "embedding")
TOLERANCE = {"score": 0.004, "types": 0.004, "heat": 0.01, "maps": 0.05, "embedding": 0.005}
STATED = 16
"""Numbers of each output, of those that are large around its largest."""
UNCHECKED = "not checked: a network that was fitted in a minute answers every input alike"
MODEL, CARD = "appearance.onnx", "card.md"
Answers = dict[str, NDArray[np.float32]]
Feeds = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Result:
    """What was fitted and what it reached. `lanes`: the manifest's entries beside the appearance lane's."""

    network: Damage
    golden: Pixels
    seeds: dict[str, int]
    told: Told
    command: str
    metrics: dict[str, float]
    fusion: Sequence[Mapping[str, object]] = ()
    thresholds: Sequence[Mapping[str, object]] = ()
    lanes: Mapping[str, object] = field(default_factory=dict)
    checked: bool = True
    """Whether its golden has to tell mistakes: not that of a network which knows nothing."""


def write(folder: Path, result: Result) -> None:
    """Everything but the manifest first, so that a run cut off leaves no pack that loads. Raises PackInvalid."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    export(Pack(SIZE_PX, result.network), INPUTS, list(OUTPUTS), folder / MODEL)
    _write_golden(folder, result.golden)
    (folder / CARD).write_text(card(result.told), encoding="utf-8")
    stated = manifest(folder, result)
    _state(folder, stated)
    _state(folder, exactly(stated, load(folder)))
    pack = load(folder)
    print(f"{folder}: {pack.name} {pack.version} holds ({pack.sha256[:12]})")


def _state(folder: Path, stated: Mapping[str, object]) -> None:
    (folder / MANIFEST).write_text(json.dumps(stated, indent=2) + "\n", encoding="utf-8")


def exactly(stated: Mapping[str, Any], pack: Loaded) -> dict[str, Any]:
    """The manifest with what its golden gives on this machine, to the bit; as it is where the class of the machine
    cannot be told."""
    held = pack.held
    if held is None or held.machine is None:
        return dict(stated)
    row = {"machine": held.machine.model_dump(mode="json"), "outputs": dict(held.digests)}
    return {**stated, "golden": {**stated["golden"], "exact": [row]}}


def manifest(folder: Path, result: Result) -> dict[str, Any]:
    """Checked against its own schema before it is written."""
    model = (folder / MODEL).read_bytes()
    golden = _golden_files()
    appearance = {
        "model": MODEL, "inputs": {name: name for name in INPUTS}, "outputs": {name: name for name in OUTPUTS},
        "needs": ["colour"],
    }  # fmt: skip
    stated: dict[str, object] = {
        "schema": "booth.pack/2",
        "name": folder.name,
        "version": "1",
        "files": {name: _sha256(folder / name) for name in (MODEL, CARD, *golden.values())},
        "card": CARD,
        "view": {"size_px": SIZE_PX, "mm_per_px": MM_PER_PX},
        "damage_types": list(TYPE_NAMES),
        "severities": list(SEVERITY_NAMES),
        "lanes": {"appearance": appearance, **result.lanes},
        "fusion": list(result.fusion),
        "thresholds": list(result.thresholds),
        "licences": LICENCES,
        "origin": ORIGIN,
        "training": {"command": result.command, "seeds": result.seeds},
        "golden": {
            "inputs": golden,
            "outputs": expected(answers(model, feeds(result.golden))),
            "tolerance_reason": tolerance_reason(model, feeds(result.golden)) if result.checked else UNCHECKED,
        },
        "metrics": result.metrics,
    }
    Manifest.model_validate_json(json.dumps(stated))
    return stated


def _golden_files() -> dict[str, str]:
    return {name: f"golden.{name}.{'npz' if name == 'height' else 'png'}" for name in INPUTS}


def _write_golden(folder: Path, pixels: Pixels) -> None:
    for name, file in _golden_files().items():
        if name == "height":
            np.savez_compressed(folder / file, height=pixels["height"].astype(np.float32))
        else:
            cv2.imwrite(str(folder / file), np.ascontiguousarray(pixels[name]), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def feeds(pixels: Pixels) -> Feeds:
    shots: Feeds = {name: np.ascontiguousarray(pixels[name])[None] for name in ("colour", "left", "right")}
    return {**shots, "height": pixels["height"].astype(np.float32)[None]}


def expected(found: Answers) -> dict[str, object]:
    """Of each output some numbers in a row, the largest among them: the edge of a heat map is 0 whatever the item."""
    stated: dict[str, object] = {}
    for name, output in found.items():
        start = int(np.clip(int(output.argmax()) - STATED // 2, 0, max(0, output.size - STATED)))
        numbers = [round(float(number), 6) for number in output[start : start + STATED]]
        stated[name] = {"starts_at": start, "starts_with": numbers, "tolerance": TOLERANCE[name]}
    return stated


def tolerance_reason(model: bytes, given: Feeds) -> str:
    """How far one machine already differs from itself, and how far a mistake would move the answers.

    Raises ValueError if swapped channels, or lamps, or a missing height would stay unseen.
    """
    levels = onnxruntime.GraphOptimizationLevel
    usual = answers(model, given)
    harmless = apart(usual, answers(model, given, levels.ORT_DISABLE_ALL))
    wrong = {
        "red and blue swapped": {**given, "colour": np.ascontiguousarray(given["colour"][..., ::-1])},
        "the lamps swapped": {**given, "left": given["right"], "right": given["left"]},
        "the height left out": {**given, "height": np.full_like(given["height"], np.nan)},
    }
    moved = {told: apart(usual, answers(model, one)) for told, one in wrong.items()}
    if any(all(by[name] < 2 * TOLERANCE[name] for name in by) for by in moved.values()):
        raise ValueError(f"the golden tells nothing: {moved}; take another capture")
    if any(harmless[name] * 10 > TOLERANCE[name] for name in harmless):
        raise ValueError(f"a tolerance is too close to what order of sums does: {harmless}")
    return (
        "float32 sums come in another order on another instruction set or release of ONNX Runtime: graph optimisation "
        f"alone moves the score by {harmless['score']:.0e} and the embedding by {harmless['embedding']:.0e}. "
        + "; ".join(f"{told} moves the types by {by['types']:.3f}" for told, by in moved.items())
    )


def answers(model: bytes, given: Feeds, level: onnxruntime.GraphOptimizationLevel | None = None) -> Answers:
    """Each output that the golden states something of, in C order."""
    options = onnxruntime.SessionOptions()
    if level is not None:
        options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found = session.run(list(TOLERANCE), given)
    return {name: np.asarray(one).reshape(-1) for name, one in zip(TOLERANCE, found, strict=True)}


def apart(one: Answers, other: Answers) -> dict[str, float]:
    return {name: float(np.abs(one[name] - other[name]).max()) for name in one}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
