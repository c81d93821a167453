"""A stereo depth camera. Works in disparity d = f B / z, where such a camera's errors live.

sigma_z = z^2 s / (f B) (Grunnet-Jepsen et al., "Tuning depth cameras for best performance"); s = 0.08 px as its
author advises for the D400 family. The shares and sizes of the correlated parts, and how dark or bright a surface has
to be to be lost, are guesses until a flat wall and a black bag have been recorded.
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
FAR_MM = 10_000.0
"""Where rays go that meet nothing."""
DROPOUT_SIGMAS = 2.878
"""Where a smooth normal field exceeds this, 0.2 % of it, there is no match for no visible reason."""


DARK, DAZZLING = 0.012, 1.1
"""Light at the imagers, of white paper under all lamps, below which half of the pixels are lost in noise, and above
which half are lost in glare. Half as much, or twice: hardly any match, or nearly all."""


@dataclass(frozen=True, slots=True)
class Imager:
    """`serial` fixes the pattern of one camera's lasting errors. Nothing nearer than `nearest_mm` is found: its
    disparity is beyond what is searched."""

    serial: str
    focal_px: float
    baseline_mm: float
    nearest_mm: float = 0.0
    unit_mm: float = 1.0


def measure(
    depth_mm: Plane, imager: Imager, key: tuple[int, str, int], noise: bool = True, brightness: Plane | None = None
) -> RawDepth:
    """What the camera reports of true `depth_mm` (H, W), 0 where there is nothing: uint16 in units of the imager, 0
    where it has no match.

    `key` is (seed, camera, frame index). `brightness` (H, W): the light that reaches the imagers, linear, 1 is white
    paper; without it every surface has texture enough. Without noise: the true depth, rounded, every pixel filled.
    """
    if not noise:
        return np.asarray(np.rint(depth_mm / np.float32(imager.unit_mm)), dtype=np.uint16)
    missing = depth_mm <= 0
    if missing.any():
        depth_mm = np.where(missing, np.float32(FAR_MM), depth_mm)
    scale = np.float32(imager.focal_px * imager.baseline_mm)
    disparity = np.asarray(cv2.medianBlur((scale / depth_mm).astype(np.float32), MATCHER_PX), dtype=np.float32)
    hidden = _hidden(disparity)
    rng = stream(key[0], "depth", key[1], key[2])
    shape = (depth_mm.shape[0], depth_mm.shape[1])
    sway = grain(rng, shape, CORRELATION_PX)
    error = sway * np.float32(np.sqrt(1 - FIXED_SHARE)) + _pattern(imager.serial, shape)
    found = disparity + error * np.float32(SUBPIXEL_PX)
    found = np.rint(found / DISPARITY_STEP_PX) * np.float32(DISPARITY_STEP_PX)
    depth = np.asarray(np.rint(scale / (found * np.float32(imager.unit_mm))), dtype=np.uint16)
    half = grain(rng, (shape[0] // 2 + 1, shape[1] // 2 + 1), CORRELATION_PX / 2) > DROPOUT_SIGMAS
    lost = half.repeat(2, axis=0).repeat(2, axis=1)[: shape[0], : shape[1]]
    depth[hidden | lost | missing | (depth_mm < imager.nearest_mm)] = 0
    if brightness is not None:
        depth[_unmatched(brightness, sway, imager.serial)] = 0
    return depth


def _unmatched(brightness: Plane, sway: Plane, serial: str) -> Mask:
    """Too dark or dazzling, in patches: partly the same in every frame, partly flickering with the noise `sway`."""
    shape = (brightness.shape[0], brightness.shape[1])
    light = cv2.blur(brightness, (MATCHER_PX, MATCHER_PX))
    stops = np.log2(np.maximum(light, np.float32(1e-6)))
    margin = np.minimum(stops - np.float32(np.log2(DARK)), np.float32(np.log2(DAZZLING)) - stops)
    luck = _patches(serial, shape) * np.float32(0.35) + sway * np.float32(0.25)
    return np.asarray(margin < luck, dtype=np.bool_)


@lru_cache(maxsize=4)
def _patches(serial: str, shape: tuple[int, int]) -> Plane:
    return grain(stream(0, "patches", serial), shape, 2.5)


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
