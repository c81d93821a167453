"""Skins as textures."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.props import Skin
from fakes.props.panel import PX_PER_MM, Plane

Texels = NDArray[np.uint8]


def colour_texels(skin: Skin) -> Texels:
    """(H, W, 4): BGR as it is, and roughness."""
    rough = cv2.convertScaleAbs(np.clip(skin.roughness, 12 / 255, 1.0), alpha=255)
    return np.asarray(cv2.merge([*cv2.split(skin.albedo), rough]), dtype=np.uint8)


def relief_texels(skin: Skin) -> Texels:
    """(H, W, 2): slopes of the relief along the rows and down them, 1 mm/mm in 127.5 steps, 128 is none."""
    return np.asarray(cv2.merge([_slope(skin.bump_mm, 1, 0), _slope(skin.bump_mm, 0, 1)]), dtype=np.uint8)


def _slope(bump_mm: Plane, along: int, down: int) -> Texels:
    slope = cv2.Sobel(bump_mm, cv2.CV_32F, along, down, scale=127.5 * PX_PER_MM / 8)
    return np.asarray(np.clip(np.rint(slope) + 128, 0, 255), dtype=np.uint8)
