"""Data sets as small as can be, written by hand: what the readers are shown."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

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
DENT = (slice(40, 50), slice(50, 60))


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
