"""A colour sensor: exposure, saturation, shot and read noise, 8 bits."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour
from fakes.streams import stream

FULL_WELL = 9000.0
"""Electrons at saturation, and the read noise below: a typical small global-shutter sensor, not measured."""
READ_NOISE = 7.0
GAIN_PER_MS = 0.2
"""Share of full well that linear radiance 1 fills in one millisecond: white under the ring is 0.7 at 4 ms."""
BLUR_PX = 0.55
VIGNETTING = 0.22
"""Loss of light in the corners."""
GAMMA = 2.2
CODES = 4096
CURVE = np.rint(255 * (np.arange(CODES) / (CODES - 1)) ** (1 / GAMMA)).astype(np.uint8)


@lru_cache(maxsize=4)
def _falloff(shape: tuple[int, int]) -> NDArray[np.float32]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    centre = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    far = ((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2) / (centre[0] ** 2 + centre[1] ** 2)
    return np.asarray(1 - VIGNETTING * far, dtype=np.float32)[..., None]


def expose(radiance: NDArray[np.float32], exposure_ms: float, key: tuple[int, str, int], noise: bool = True) -> Colour:
    """The picture of linear `radiance` (H, W, 3). `key` is (seed, camera, frame index): it fixes the noise."""
    soft = cv2.GaussianBlur(radiance, (0, 0), BLUR_PX)
    filled: NDArray[np.float32] = soft * (
        _falloff((soft.shape[0], soft.shape[1])) * np.float32(exposure_ms * GAIN_PER_MS)
    )
    if noise:
        draws = stream(key[0], "colour", key[1], key[2]).standard_normal(filled.shape, dtype=np.float32)
        variance = filled * np.float32(1 / FULL_WELL)
        variance += np.float32((READ_NOISE / FULL_WELL) ** 2)
        filled += draws * np.sqrt(variance)
    filled *= np.float32(CODES - 1)
    np.clip(filled, 0, CODES - 1, out=filled)
    return np.asarray(np.take(CURVE, filled.astype(np.uint16)), dtype=np.uint8)
