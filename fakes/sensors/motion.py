"""What a moving tray does to a picture: it smears while a row is exposed, and a rolling shutter shears it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Radiance = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Motion:
    """How fast the picture moves over the sensor, px/ms right and down, and how long the shutter takes from the first
    row to the last (0: global)."""

    right_px_ms: float = 0.0
    down_px_ms: float = 0.0
    readout_ms: float = 0.0


def moved(radiance: Radiance, motion: Motion, exposure_ms: float) -> Radiance:
    """What `radiance` (H, W, 3), as it is when the first row begins, adds up to. Everything in it moves alike."""
    if not (motion.right_px_ms or motion.down_px_ms):
        return radiance
    sheared = _sheared(radiance, motion) if motion.readout_ms else radiance
    kernel = smear(motion.right_px_ms * exposure_ms, motion.down_px_ms * exposure_ms)
    # OpenCV correlates: the kernel is turned over. Its anchor is where the exposure begins.
    return np.asarray(cv2.filter2D(sheared, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def smear(right_px: float, down_px: float) -> NDArray[np.float32]:
    """How light spreads that moves so far in one exposure: an odd kernel of sum 1, its middle where it begins."""
    reach = int(np.ceil(max(abs(right_px), abs(down_px)))) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    steps = np.linspace(0, 1, max(2, 8 * reach))
    for x, y in zip(reach + steps * right_px, reach + steps * down_px, strict=True):
        column, row = int(np.floor(x)), int(np.floor(y))
        kernel[row : row + 2, column : column + 2] += np.outer((row + 1 - y, y - row), (column + 1 - x, x - column))
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _sheared(radiance: Radiance, motion: Motion) -> Radiance:
    """Row r is exposed r / H of the readout later, when everything has moved on."""
    height, width = radiance.shape[:2]
    late = (np.arange(height, dtype=np.float32) / height * motion.readout_ms)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :] - late * np.float32(motion.right_px_ms)
    rows = np.arange(height, dtype=np.float32)[:, None] - late * np.float32(motion.down_px_ms)
    rows = np.ascontiguousarray(np.broadcast_to(rows, (height, width)))
    return np.asarray(
        cv2.remap(radiance, columns.astype(np.float32), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )
