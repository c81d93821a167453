"""Prints off pristine items, to be put on others: what is printed differs from product to product, what harms does not.

A print changes how much light comes back, in every shot by the same factor, and leaves height and slopes as they are:
where it is multiplied into the pictures of all lights, that is what a sensor would have seen.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from samples import SIZE_PX, Sample

SIDE_PX = 96
RAISED_MM = 8.0
"""A print is taken where all stands at least so high: the tray has none."""
MOST = 300
TRIES = 12
EVEN_PX = 14.0
"""Broader than this is shading, not print."""
FACTORS = (0.3, 2.4)
SHARE, AT_MOST = 0.5, 3
"""How many variants get any, and how many prints those get."""
SIZES, TINTS = (36.0, 150.0), (0.65, 1.3)
"""Sides on the view, px; factor of each channel."""
GLARE = 236
"""A mirror's reflection is above the print and does not change with it."""

Factor = NDArray[np.float32]
Prints = NDArray[np.uint8]
"""(N, SIDE_PX, SIDE_PX, 3)."""
NO_PRINTS: Prints = np.zeros((0, SIDE_PX, SIDE_PX, 3), np.uint8)


def gathered(samples: Sequence[Sample], kept: Path) -> Prints:
    """Off the first pristine samples on which there is room; written to `kept` once, and mapped from there."""
    if not kept.exists():
        found: list[NDArray[np.uint8]] = []
        for sample in samples:
            if len(found) == MOST:
                break
            if not sample.truth.damaged and (one := _off(sample)) is not None:
                found.append(one)
        part = kept.with_suffix(".part.npy")
        np.save(part, np.stack(found) if found else NO_PRINTS)
        part.rename(kept)
    mapped: Prints = np.load(kept, mmap_mode="r")
    return mapped


def _off(sample: Sample) -> NDArray[np.uint8] | None:
    pixels, rng = sample.read(), np.random.default_rng(len(sample.name))
    with np.errstate(invalid="ignore"):
        raised = np.ascontiguousarray(pixels["height"] > RAISED_MM).astype(np.uint8)
    inner = cv2.erode(raised, np.ones((SIDE_PX, SIDE_PX), np.uint8), borderValue=0)
    places = np.argwhere(inner)
    if not len(places):
        return None
    row, column = places[rng.integers(len(places))] - SIDE_PX // 2
    if min(row, column) < 0:
        return None
    cut = pixels["colour"][row : row + SIDE_PX, column : column + SIDE_PX]
    return np.ascontiguousarray(cut) if cut.shape == (SIDE_PX, SIDE_PX, 3) else None


def factor(
    prints: Prints, rng: np.random.Generator, corner: tuple[int, int], size_px: tuple[int, int]
) -> Factor | None:
    """(H, W, 3) by which the prints change codes; None for no print. Of the part of a view that begins at `corner`, row
    and column, and has `size_px`, height and width."""
    if not len(prints) or rng.random() >= SHARE:
        return None
    whole = np.ones((*size_px, 3), np.float32)
    for _ in range(int(rng.integers(1, AT_MOST + 1))):
        whole *= _laid(np.asarray(prints[rng.integers(len(prints))]), rng, corner, size_px)
    return whole


def _laid(
    print_: NDArray[np.uint8], rng: np.random.Generator, corner: tuple[int, int], size_px: tuple[int, int]
) -> Factor:
    code = print_.astype(np.float32) + 4
    even = cv2.GaussianBlur(code, (0, 0), EVEN_PX)
    ratio = np.clip(code / even, *FACTORS) * rng.uniform(*TINTS, 3).astype(np.float32)
    turn, (across, down) = rng.uniform(0, 2 * np.pi), rng.uniform(*SIZES, 2) / SIDE_PX
    turned = np.array([[np.cos(turn) * across, -np.sin(turn) * down], [np.sin(turn) * across, np.cos(turn) * down]])
    at = np.array([rng.uniform(0.15, 0.85) * (SIZE_PX[1 - axis]) - corner[1 - axis] for axis in (0, 1)])
    moved = np.column_stack((turned, at - turned @ np.array([SIDE_PX / 2, SIDE_PX / 2])))
    return np.asarray(
        cv2.warpAffine(ratio, moved, size_px[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
                       borderValue=(1.0, 1.0, 1.0)), np.float32
    )  # fmt: skip


def printed(picture: NDArray[np.uint8], by: Factor) -> NDArray[np.uint8]:
    """The picture with the prints on it, but where it shines."""
    shines = (picture.max(2, keepdims=True) >= GLARE).astype(np.float32)
    return np.clip(picture * (by + (1 - by) * shines), 0, 255).astype(np.uint8)
