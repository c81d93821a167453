"""Irregular shapes and textures, each a function of the stream it is given. Sizes in pixels of the caller's grid."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.scene.field import Mask, Plane

Points = NDArray[np.float64]
"""(N, 2), x then y."""


def clouds(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Plane:
    """Smooth noise, mean about 0, deviation about 1, features of about `cell` px."""
    rows, columns = (max(2, round(side / cell) + 2) for side in shape)
    seeds = rng.standard_normal((rows, columns), dtype=np.float32)
    smooth = cv2.resize(seeds, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth * 1.3, dtype=np.float32)


def grain(rng: np.random.Generator, shape: tuple[int, int], across: float = 0.8) -> Plane:
    """Fine noise of deviation 1, correlated over `across` px."""
    raw = rng.standard_normal(shape, dtype=np.float32)
    smooth = cv2.GaussianBlur(raw, (0, 0), across)
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), dtype=np.float32)


def distance(shape: tuple[int, int], centre: tuple[float, float]) -> Plane:
    """Distance of every pixel to `centre` (x, y)."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(columns - centre[0], rows - centre[1]).astype(np.float32)


def blob(rng: np.random.Generator, shape: tuple[int, int], centre: tuple[float, float], radius: float) -> Plane:
    """A ragged round patch: positive inside, 0 at its rim, about 1 in its middle, negative outside."""
    ragged = clouds(rng, shape, max(radius * 0.55, 3)) * 0.22 + clouds(rng, shape, max(radius * 0.2, 2)) * 0.07
    return np.asarray(1.0 - distance(shape, centre) / radius + ragged, dtype=np.float32)


def jagged(rng: np.random.Generator, start: Points, end: Points, rough: float) -> Points:
    """A ragged path from `start` to `end`, deviating by about `rough` px."""
    count = max(4, int(np.hypot(*(end - start)) / 4))
    along = np.linspace(0, 1, count)[:, None]
    wander = np.cumsum(rng.standard_normal(count)) * 0.5 + rng.standard_normal(count) * 0.6
    wander -= np.linspace(wander[0], wander[-1], count)
    normal = np.array([-(end - start)[1], (end - start)[0]]) / max(float(np.hypot(*(end - start))), 1e-6)
    return np.asarray(start + along * (end - start) + wander[:, None] * normal * rough, dtype=np.float64)


def cracks(rng: np.random.Generator, centre: Points, radius: float, count: int) -> list[Points]:
    """Ragged rays out of `centre`."""
    angles = rng.uniform(0, 2 * np.pi) + np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.25, count)
    reach = radius * rng.uniform(0.5, 1.2, count)
    ends = centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
    return [jagged(rng, centre, end, radius * 0.04) for end in ends]


def polygon(shape: tuple[int, int], corners: Points) -> Mask:
    canvas = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(canvas, [np.round(corners * 8).astype(np.int32)], 1.0, lineType=cv2.LINE_8, shift=3)
    return canvas.astype(np.bool_)


def strokes(shape: tuple[int, int], paths: list[Points], width: int = 1) -> Plane:
    """The paths as anti-aliased lines, 0..1."""
    canvas = np.zeros(shape, dtype=np.uint8)
    points = [np.round(path * 8).astype(np.int32).reshape(-1, 1, 2) for path in paths]
    cv2.polylines(canvas, points, False, 255.0, width, cv2.LINE_AA, 3)
    return canvas.astype(np.float32) / np.float32(255)


def dilated(mask: Mask, radius: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), dtype=np.bool_)
