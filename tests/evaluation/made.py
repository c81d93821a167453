"""Data sets as small as can be, written by hand: what the readers are shown."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.scoring import tiny

WIDE, HIGH = 120, 90
FOCAL_PX, FAR_MM = 100.0, 500.0
"""A camera that looks straight down: 5 mm a pixel on the tray's floor."""
LENS = {"width_px": WIDE, "height_px": HIGH, "fx_px": FOCAL_PX, "fy_px": FOCAL_PX, "cx_px": 59.5, "cy_px": 44.5,
        "distortion": [0.0] * 5}  # fmt: skip
CAMERA = {
    "serial": "SIM-LEFT", "colour": LENS, "depth": LENS, "depth_unit_mm": 1.0,
    "depth_to_colour": {"rotation": [1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0], "translation_mm": [0.0, 0.0, 0.0]},
    "colour_to_tray": [[1.0, 0, 0, 0], [0, -1.0, 0, 0], [0, 0, -1.0, FAR_MM], [0, 0, 0, 1.0]],
}  # fmt: skip
BOX = (slice(30, 60), slice(40, 80))
BOX_MM = 50
DENT = (slice(32, 42), slice(50, 60))


def simulated(folder: Path, captures: int = 1, **about: Any) -> Path:
    """A data set of `captures` with a box BOX_MM high at BOX and a dent at DENT; what is `about` differs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps({"format": "booth.dataset/1", "simulated": True}))
    for number in range(captures):
        capture(folder / "captures" / f"{number:06d}", **about)
    return folder


def capture(folder: Path, **about: Any) -> Path:
    """One folder of captures/."""
    folder.mkdir(parents=True)
    told = {
        "name": folder.name, "simulated": True, "split": "train", "product": "carton-01", "family": "carton",
        "arrangement": "one", "items": [{"product": "carton-01", "family": "carton", "part": 2, "decoys": []}],
        "damages": [{"type": "dent", "term": "deformation", "severity": "minor", "bit": 0, "item": 0}], "decoys": [],
        "shots": {"ring": {}, "left": {}, "right": {}}, "cameras": {"left": CAMERA}, "visible_px": {"left": [100]},
        **about,
    }  # fmt: skip
    (folder / "capture.json").write_text(json.dumps(told))
    for brightness, shot in zip((120, 60, 30), told["shots"], strict=False):
        _save(folder / f"left.{shot}.png", np.full((HIGH, WIDE, 3), brightness, np.uint8))
    depth = np.full((HIGH, WIDE), FAR_MM, np.uint16)
    depth[BOX] -= BOX_MM
    depth[0, 0] = 0
    part = np.ones((HIGH, WIDE), np.uint8)
    part[BOX] = 2
    marks = np.zeros((HIGH, WIDE), np.uint8)
    marks[DENT] = 1
    for name, picture in (("depth", depth), ("part", part), ("marks", marks)):
        _save(folder / f"left.{name}.png", picture)
    return folder


def _save(path: Path, picture: np.ndarray[Any, Any]) -> None:
    assert cv2.imwrite(str(path), picture)


VIEW_PX = (24, 36)
"""Height, width, of the packs here."""


def pack(folder: Path, *, maps: bool = False) -> Path:
    """A pack whose score is how bright a picture is, and whose embedding its mean colour. `maps`: it gives the mean
    colour of every 4 px, too."""
    onnx = tiny.model(size_px=VIEW_PX)
    outputs = dict(tiny.APPEARANCE["outputs"])
    if maps:
        onnx, outputs = _with_maps(onnx), outputs | {"maps": "maps"}
    picture = cv2.imencode(".png", np.full((*VIEW_PX, 3), 100, np.uint8))[1].tobytes()
    view = {"size_px": list(VIEW_PX), "mm_per_px": None}
    lanes = {"appearance": tiny.APPEARANCE | {"outputs": outputs}}
    return tiny.write(folder, onnx, picture, view=view, lanes=lanes)


def _with_maps(onnx: bytes) -> bytes:
    """The graph grows at its end: fields of a message may come in any number of parts."""
    nodes = (
        tiny._node("Transpose", ["values"], "planes", _ints("perm", 0, 3, 1, 2)),
        tiny._node("AveragePool", ["planes"], "maps", _ints("kernel_shape", 4, 4) + _ints("strides", 4, 4)),
    )
    told = tiny._bytes(12, tiny._value("maps", tiny.FLOAT, ("n", 3, VIEW_PX[0] // 4, VIEW_PX[1] // 4)))
    return onnx + tiny._bytes(7, b"".join(tiny._bytes(1, node) for node in nodes) + told)


def _ints(name: str, *values: int) -> bytes:
    listed = b"".join(tiny._number(8, value) for value in values)
    return tiny._bytes(5, tiny._bytes(1, name) + listed + tiny._number(20, tiny.INTS))


def textures(folder: Path, train: int = 12, good: int = 20, bad: int = 20, shuffled: bool = False) -> Path:
    """The folder layout: grain, and grain with a dark blob. `shuffled`: the names say nothing of what is in them."""
    lot = np.random.default_rng(3)
    blobs = [False] * good + [True] * bad
    names = [f"test/{'blob' if blob else 'good'}/{number}.png" for number, blob in enumerate(blobs)]
    if shuffled:
        lot.shuffle(blobs)
    for name, blob in [
        *((f"train/good/{number}.png", False) for number in range(train)),
        *zip(names, blobs, strict=True),
    ]:
        grain = lot.normal(128, 12, (*VIEW_PX, 3))
        if blob:
            y, x = lot.integers(4, 18), lot.integers(4, 28)
            grain[y : y + 6, x : x + 6] -= 60
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _save(folder / name, np.clip(grain, 0, 255).astype(np.uint8))
    return folder
