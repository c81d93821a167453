"""A contact sheet: for every scene what a camera takes of it under three lamps, its depth, and the truth."""

from collections.abc import Iterable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.sensors.presets import DepthCamera
from fakes.stage.picture import truth
from fakes.studios.photography import Shot, View, take

Picture = NDArray[np.uint8]
SHOTS = {
    "ring": Shot({"ring": 1.0}, 6.0),
    "left lamp": Shot({"left": 1.0}, 11.0),
    "right lamp": Shot({"right": 1.0}, 11.0),
    "all lamps": Shot({"ring": 0.7, "left": 0.7, "right": 0.7, "front": 0.7, "back": 0.7}, 4.0),
}
COLUMNS = (*SHOTS, "depth", "truth")
HEAD_PX, FOOT_PX = 26, 26
PAPER, TEXT = 250, (40, 40, 40)
NEAREST_PERCENT, FARTHEST_PERCENT = 1, 97

Row = tuple[Mapping[str, Any], View, DepthCamera]
"""Truth of the scene, what there is of it, and the camera."""


def contact_sheet(rows: Iterable[Row], width_px: int = 300) -> Picture:
    """(H, W, 3) uint8 BGR: a heading, then a row a scene with its caption, pictures `width_px` wide."""
    made = [_row(*row, width_px) for row in rows]
    head = np.full((HEAD_PX, made[0].shape[1], 3), PAPER, np.uint8)
    for column, name in enumerate(COLUMNS):
        _write(head, name, column * width_px + 6)
    said = "SIMULATED"
    _write(head, said, head.shape[1] - 90, (40, 40, 200))
    return np.vstack([head, *made])


def caption(about: Mapping[str, Any]) -> str:
    """What is on the tray, what is wrong with it, and what only looks so."""
    items = " + ".join(item["product"] for item in about.get("items", ())) or about.get("product") or "empty tray"
    items += ", overhanging" if about.get("arrangement") == "overhang" else ""
    wrong = ", ".join(f"{damage['severity']} {damage['type']}" for damage in about["damages"]) or "undamaged"
    decoys = [name for item in about.get("items", ()) for name in item["decoys"]] + list(about.get("decoys", ()))
    return f"{items}: {wrong}" + (f"; only looks so: {', '.join(decoys)}" if decoys else "")


def _row(about: Mapping[str, Any], view: View, camera: DepthCamera, width_px: int) -> Picture:
    pictures, depth = [], None
    for index, shot in enumerate(SHOTS.values()):
        colour, depth = take(view, camera, shot, int(about["seed"]), index)
        pictures.append(colour)
    assert depth is not None
    pictures += [_shaded(depth), truth(view.seen)]
    height = round(width_px * pictures[0].shape[0] / pictures[0].shape[1])
    small = [cv2.resize(one, (width_px, height), interpolation=cv2.INTER_AREA) for one in pictures]
    foot = np.full((FOOT_PX, width_px * len(small), 3), PAPER, np.uint8)
    _write(foot, caption(about), 6)
    return np.vstack([np.hstack(small), foot])


def _shaded(depth: NDArray[np.uint16]) -> Picture:
    """Near is red, far is blue, nothing is black."""
    there = depth[depth > 0]
    low, high = np.percentile(there, (NEAREST_PERCENT, FARTHEST_PERCENT)) if there.size else (0.0, 1.0)
    near = np.clip((high - depth) / max(high - low, 1.0), 0, 1)
    shown = cv2.applyColorMap((255 * near).astype(np.uint8), cv2.COLORMAP_TURBO)
    shown[depth == 0] = 0
    return np.asarray(shown, dtype=np.uint8)


def _write(picture: Picture, words: str, x: int, colour: tuple[int, int, int] = TEXT) -> None:
    cv2.putText(picture, words, (x, 18), colour, cv2.FontFace("sans"), 15, 400)
