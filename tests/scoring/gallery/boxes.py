"""Views of printed boxes from straight above, turned and shifted: what registration and comparing need."""

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Standpoint, View
from booth.scoring.gallery.reference import Capture, Origin

SIZE = (416, 320)
BOX = (150, 100)
STANDS = Standpoint(SIZE, 1.1, (0.0, 0.0, -1.0), 700.0)


def print_of(product: int) -> NDArray[np.uint8]:
    """What is printed on the top of a product, each its own."""
    lot = np.random.default_rng(product)
    small = lot.integers(30, 225, (7, 10, 3), np.uint8)
    return np.asarray(cv2.resize(small, BOX, interpolation=cv2.INTER_NEAREST), np.uint8)


def boxed(
    product: int,
    turn_deg: float = 0.0,
    shift_px: tuple[float, float] = (0.0, 0.0),
    tall_mm: float = 60.0,
    stands: Standpoint | None = STANDS,
    noise: int = 0,
    camera: str = "left",
) -> View:
    """A box of the product on a grey tray."""
    lot = np.random.default_rng(noise)
    move = cv2.getRotationMatrix2D((BOX[0] / 2, BOX[1] / 2), -turn_deg, 1.0)
    move[0, 2] += SIZE[0] / 2 - BOX[0] / 2 + shift_px[0]
    move[1, 2] += SIZE[1] / 2 - BOX[1] / 2 + shift_px[1]
    colour = cv2.warpAffine(print_of(product), move, SIZE, borderValue=(128, 128, 128))
    stands_there = cv2.warpAffine(np.full(BOX[::-1], 255, np.uint8), move, SIZE) > 127
    height = np.where(stands_there, tall_mm, 0.0) + lot.normal(0, 0.7, SIZE[::-1])
    seen = np.clip(colour + lot.normal(0, 3, colour.shape), 0, 255).astype(np.uint8)
    return View(camera, seen, height.astype(np.float32), np.ones(SIZE[::-1], np.bool_), standpoint=stands)


def capture(view: View, name: str = "one", simulated: bool = True) -> Capture:
    return Capture((view,), Origin(kind="dataset", folder="sets/one", capture=name), simulated)
