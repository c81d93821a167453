"""The tray and the belt under it."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.scene.field import (
    BELT_MM,
    COLUMNS,
    MARGIN_MM,
    ROWS,
    TRAY_LENGTH_MM,
    TRAY_WIDTH_MM,
    Ink,
    Plane,
)
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import blob, clouds, grain, jagged, strokes

RIM_WIDTH_MM = 7
RIM_MM = 12.0
SHAPE = (ROWS, COLUMNS)
PLASTICS = ((92, 88, 84), (60, 58, 56), (128, 98, 62), (150, 150, 146), (78, 92, 66))
"""BGR."""
STAINS = ((40, 62, 88), (52, 52, 52), (70, 96, 112))


@dataclass(slots=True)
class Ground:
    """What the item lies on: arrays over the grid, as in Scene."""

    height_mm: Plane
    albedo: Ink
    gloss: Plane


def belt() -> Ground:
    """The bare belt: flat, and without texture at the grid's edge, where it goes on for ever."""
    rng = np.random.Generator(np.random.PCG64(1))
    texture = 1 + grain(rng, SHAPE, 1.2) * 0.05
    rows, columns = np.ogrid[:ROWS, :COLUMNS]
    edge = np.minimum(np.minimum(rows, ROWS - 1 - rows), np.minimum(columns, COLUMNS - 1 - columns))
    fade = np.clip(edge / 20, 0, 1).astype(np.float32)
    albedo = np.full((*SHAPE, 3), (46, 50, 48), dtype=np.uint8)
    return Ground(
        np.full(SHAPE, BELT_MM, dtype=np.float32),
        scaled(albedo, (1 + (texture - 1) * fade).astype(np.float32)),
        np.full(SHAPE, 0.08, dtype=np.float32),
    )


def lay_tray(rng: np.random.Generator, ground: Ground) -> None:
    """Put a used tray on the belt, in place: floor at 0 mm, a rim, scratches and dry stains."""
    rows = slice(MARGIN_MM, MARGIN_MM + TRAY_WIDTH_MM + 1)
    columns = slice(MARGIN_MM, MARGIN_MM + TRAY_LENGTH_MM + 1)
    shape = (TRAY_WIDTH_MM + 1, TRAY_LENGTH_MM + 1)
    ground.height_mm[rows, columns] = _relief(shape)
    ground.albedo[rows, columns] = _surface(rng, shape)
    ground.gloss[rows, columns] = np.float32(rng.uniform(0.12, 0.3))


def _relief(shape: tuple[int, int]) -> Plane:
    height = np.full(shape, RIM_MM, dtype=np.float32)
    inside = slice(RIM_WIDTH_MM, -RIM_WIDTH_MM)
    height[inside, inside] = 0
    soft = cv2.GaussianBlur(height, (0, 0), 1.2, borderType=cv2.BORDER_REPLICATE)
    flat = slice(RIM_WIDTH_MM + 5, -RIM_WIDTH_MM - 5)
    soft[flat, flat] = 0
    return np.asarray(soft, dtype=np.float32)


def _surface(rng: np.random.Generator, shape: tuple[int, int]) -> Ink:
    plastic = PLASTICS[int(rng.integers(len(PLASTICS)))]
    ink = np.full((*shape, 3), plastic, dtype=np.uint8)
    ink = scaled(ink, (1 + clouds(rng, shape, 60) * 0.03 + grain(rng, shape) * 0.025).astype(np.float32))
    ink = _stained(rng, ink, shape)
    return _scratched(rng, ink, shape, plastic)


def _stained(rng: np.random.Generator, ink: Ink, shape: tuple[int, int]) -> Ink:
    for _ in range(int(rng.integers(1, 4))):
        centre = (float(rng.uniform(20, shape[1] - 20)), float(rng.uniform(20, shape[0] - 20)))
        patch = blob(rng, shape, centre, float(rng.uniform(10, 34)))
        ring = np.exp(-((patch / 0.08) ** 2)) * 0.25
        ink = tint(ink, STAINS[int(rng.integers(len(STAINS)))], np.clip(patch * 3, 0, 0.28) + ring * (patch > -0.2))
    return ink


def _scratched(rng: np.random.Generator, ink: Ink, shape: tuple[int, int], plastic: tuple[int, int, int]) -> Ink:
    paths = []
    for _ in range(int(rng.integers(8, 22))):
        start = rng.uniform((0, 0), (shape[1], shape[0]))
        turn = rng.uniform(0, 2 * np.pi)
        end = start + rng.uniform(15, 110) * np.array([np.cos(turn), np.sin(turn)])
        paths.append(jagged(rng, start, end, 0.4))
    light = (plastic[0] + 70.0, plastic[1] + 70.0, plastic[2] + 70.0)
    return tint(ink, light, strokes(shape, paths) * np.float32(rng.uniform(0.25, 0.6)))
