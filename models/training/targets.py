"""What a sample asks of the network: per cell of the heat and per image, for every type and for any damage."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from samples import HEAT_PX, SEEN_FROM_PX, TYPE_NAMES, Pixels

NO, YES, EITHER = 0, 1, 2
"""EITHER is neither asked for nor denied."""
COVERED = 0.3
"""Share of a cell that must be marked; half of its best cell's where a damage is smaller than a cell."""
RIM = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))

Answers = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Target:
    """`heat` (T + 1, h, w) and `image` (T + 1,) of NO, YES, EITHER; `decoy` (h, w): where something only looks so."""

    heat: Answers
    image: Answers
    decoy: NDArray[np.bool_]


def target(pixels: Pixels) -> Target:
    """Of a view or a part of one, its sides multiples of HEAT_PX."""
    marks = np.ascontiguousarray(pixels["marks"])
    masks = [(marks >> bit & 1) for bit in range(len(TYPE_NAMES))]
    shown = [*masks, (marks > 0).astype(np.uint8)]
    heat = np.stack([_cells(mask) for mask in shown])
    image = np.array([_image(mask) for mask in shown], np.uint8)
    return Target(heat, image, _share(np.ascontiguousarray(pixels["decoy"]).astype(np.uint8)) > 0.1)


def _image(mask: NDArray[np.uint8]) -> int:
    seen = int(np.count_nonzero(mask))
    return YES if seen >= SEEN_FROM_PX else EITHER if seen else NO


def _cells(mask: NDArray[np.uint8]) -> Answers:
    share = _share(mask)
    most = float(share.max())
    if most == 0:
        return np.zeros(share.shape, np.uint8)
    asked = (share >= min(COVERED, most / 2)).astype(np.uint8)
    rim = (cv2.dilate(asked, RIM) > 0) | (share > 0)
    enough = np.count_nonzero(mask) >= SEEN_FROM_PX
    return np.where(asked > 0, YES if enough else EITHER, np.where(rim, EITHER, NO)).astype(np.uint8)


def _share(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = (side // HEAT_PX for side in mask.shape)
    return np.asarray(cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA), np.float32)
