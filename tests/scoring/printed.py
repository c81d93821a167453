"""Trays with one box on them, drawn pixel by pixel: just enough of a picture to be registered."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Standpoint, View
from booth.scoring.ground import Ground, grid

TILT = np.radians(9.0)
STANDS = Standpoint(
    (416, 320), 1.1, (0.01, float(np.sin(TILT)), -float(np.sqrt(1 - 0.01**2 - np.sin(TILT) ** 2))), 702.0
)
PX_PER_MM = 0.5


@dataclass(frozen=True)
class Box:
    """`print_`: the seed of what is printed on its top. Turned and shifted as `Laid` has it."""

    size_mm: tuple[float, float, float] = (210.0, 140.0, 80.0)
    print_: int = 1
    turn_deg: float = 0.0
    at_mm: tuple[float, float] = (0.0, 0.0)


def printed(seed: int, size_mm: tuple[float, float, float]) -> NDArray[np.uint8]:
    """Blocks of a few colours on board: the same from no two sides."""
    rng = np.random.default_rng(seed)
    width, height = (round(side * PX_PER_MM) for side in size_mm[:2])
    picture = np.full((height, width, 3), (120, 150, 175), np.uint8)
    for _ in range(14):
        x, y = rng.integers(0, width - 12), rng.integers(0, height - 10)
        w, h = rng.integers(6, 34, 2)
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(20, 235, 3).tolist(), -1)
    return picture


def tray(box: Box | None, seed: int = 0, stands: Standpoint = STANDS) -> View:
    """Walls are not drawn: what is not top is tray. `seed`: of the noise, 1 mm and 2 of 255."""
    rng = np.random.default_rng(seed)
    ground, (u, v) = Ground(stands), grid(stands.size_px)
    colour = np.full((*u.shape, 3), (84, 80, 76), np.float32)
    height = np.zeros(u.shape, np.float32)
    if box is not None:
        seen, on_top = _top(box, *ground.places(u, v, np.full(u.shape, box.size_mm[2], np.float32)))
        colour[on_top], height[on_top] = seen[on_top], box.size_mm[2]
    colour += np.asarray(rng.normal(0, 2, colour.shape), np.float32)
    height += np.asarray(cv2.GaussianBlur(np.asarray(rng.normal(0, 2, height.shape)), (3, 3), 0), np.float32)
    return View("left", np.clip(colour, 0, 255).astype(np.uint8), height, np.ones(u.shape, np.bool_), {}, stands)


def _top(box: Box, x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    turn = np.radians(box.turn_deg)
    across, down = x - box.at_mm[0], y - box.at_mm[1]
    along, off = np.cos(turn) * across + np.sin(turn) * down, np.cos(turn) * down - np.sin(turn) * across
    picture = printed(box.print_, box.size_mm).astype(np.float32)
    at = (
        np.asarray((place + side / 2) * PX_PER_MM - 0.5, np.float32)
        for place, side in ((along, box.size_mm[0]), (off, box.size_mm[1]))
    )
    on_top = (np.abs(along) < box.size_mm[0] / 2) & (np.abs(off) < box.size_mm[1] / 2)
    seen = cv2.remap(picture, next(at), next(at), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32), on_top
