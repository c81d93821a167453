"""A stereo depth camera. Works in disparity d = f B / z, where such a camera's errors live.

sigma_z = z^2 s / (f B) (Grunnet-Jepsen et al., "Tuning depth cameras for best performance"); s = 0.08 px as its
author advises for the D400 family. The shares and sizes of the correlated parts are guesses until a flat wall has
been recorded.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from drivers.frames import RawDepth
from fakes.scene.field import Mask, Plane
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

SUBPIXEL_PX = 0.08
FIXED_SHARE = 0.55
"""Of the variance, the part that is the same in every frame of one camera."""
CORRELATION_PX = 1.8
DISPARITY_STEP_PX = 1 / 32
"""D400 family, Intel "Subpixel Linearity Improvement"."""
MATCHER_PX = 5
"""Side of the matcher's window: edges fatten and corners round by about half of it."""
DROPOUT_SIGMAS = 2.878
"""Where a smooth normal field exceeds this, 0.2 % of it, there is no match for no visible reason."""


@dataclass(frozen=True, slots=True)
class Imager:
    """`serial` fixes the pattern of one camera's lasting errors."""

    serial: str
    focal_px: float
    baseline_mm: float


def measure(depth_mm: Plane, imager: Imager, key: tuple[int, str, int], noise: bool = True) -> RawDepth:
    """What the camera reports of true `depth_mm` (H, W): uint16 mm, 0 where it has no match.

    `key` is (seed, camera, frame index). Without noise: the true depth, rounded, every pixel filled.
    """
    if not noise:
        return np.rint(depth_mm).astype(np.uint16)
    scale = np.float32(imager.focal_px * imager.baseline_mm)
    disparity = np.asarray(cv2.medianBlur((scale / depth_mm).astype(np.float32), MATCHER_PX), dtype=np.float32)
    hidden = _hidden(disparity)
    rng = stream(key[0], "depth", key[1], key[2])
    shape = (depth_mm.shape[0], depth_mm.shape[1])
    sway = grain(rng, shape, CORRELATION_PX)
    error = sway * np.float32(np.sqrt(1 - FIXED_SHARE)) + _pattern(imager.serial, shape)
    found = disparity + error * np.float32(SUBPIXEL_PX)
    found = np.rint(found / DISPARITY_STEP_PX) * np.float32(DISPARITY_STEP_PX)
    depth = np.rint(scale / found).astype(np.uint16)
    half = grain(rng, (shape[0] // 2 + 1, shape[1] // 2 + 1), CORRELATION_PX / 2) > DROPOUT_SIGMAS
    lost = half.repeat(2, axis=0).repeat(2, axis=1)[: shape[0], : shape[1]]
    depth[hidden | lost] = 0
    return depth


@lru_cache(maxsize=4)
def _pattern(serial: str, shape: tuple[int, int]) -> Plane:
    """The lasting error of one camera, in deviations of the whole: fine structure and a slow bow."""
    rng = stream(0, "pattern", serial)
    fine = grain(rng, shape, CORRELATION_PX) * np.float32(np.sqrt(FIXED_SHARE))
    return np.asarray(fine + clouds(rng, shape, 220) * 0.35, dtype=np.float32)


def _hidden(disparity: Plane) -> Mask:
    """Pixels that the second imager cannot see: something nearer, further right, covers their place x - d there."""
    place = np.arange(disparity.shape[1], dtype=np.float32)[None, :] - disparity
    covered = np.flip(np.minimum.accumulate(np.flip(place, 1), axis=1), 1)
    return np.asarray(covered < place - 0.5, dtype=np.bool_)
