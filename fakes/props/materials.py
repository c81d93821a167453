"""What surfaces are made of. Each function changes a Skin in place and draws from the stream it is given."""

import cv2
import numpy as np

from fakes.props.panel import PX_PER_MM, Colour, Ink, Mask, Plane, Skin, px
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, grain, jagged, strokes

KRAFT: Colour = (110, 146, 173)
"""Brown board in a neutral light, measured by eye against photographs of parcels."""


def blend(plane: Plane, value: float, share: Plane) -> Plane:
    return np.asarray(plane * (1 - share) + np.float32(value) * share, dtype=np.float32)


def _flecks(rng: np.random.Generator, shape: tuple[int, int], count: int, length: float) -> Plane:
    """Short fibres lying mostly along the rows, 0..1."""
    paths = []
    for x, y in rng.uniform((0, 0), (shape[1], shape[0]), (count, 2)):
        turn, reach = rng.normal(0, 0.7), rng.uniform(0.3, 1.0) * length
        paths.append(np.array([[x, y], [x + reach * np.cos(turn), y + reach * np.sin(turn)]]))
    return strokes(shape, paths)


def corrugate(rng: np.random.Generator, skin: Skin, pitch_mm: float, down: bool, strength: float = 1.0) -> None:
    """Corrugated board: mottle, fibres, and the flutes showing through in rows (`down`: in columns)."""
    shape = skin.shape
    axis = np.arange(shape[1] if down else shape[0], dtype=np.float32) / np.float32(pitch_mm * PX_PER_MM)
    wander = clouds(rng, shape, px(60)) * 0.05
    phase = (axis[None, :] if down else axis[:, None]) + wander
    flutes = np.cos(2 * np.pi * phase) * (0.55 + 0.45 * np.clip(clouds(rng, shape, px(45)), -1, 1))
    flutes *= np.float32(strength)
    mottle = (
        clouds(rng, shape, px(55)) * 0.018 + clouds(rng, shape, px(9)) * 0.010 + clouds(rng, shape, px(2.2)) * 0.010
    )
    tone = 1 + mottle + grain(rng, shape) * 0.016 + flutes * 0.010
    count = shape[0] * shape[1] // 900
    tone += _flecks(rng, shape, count, px(3.5)) * 0.07 - _flecks(rng, shape, count, px(2.5)) * 0.09
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
    skin.bump_mm += (flutes * 0.022 + clouds(rng, shape, px(7)) * 0.03 + grain(rng, shape) * 0.006).astype(np.float32)
    skin.roughness += (clouds(rng, shape, px(20)) * 0.03).astype(np.float32)


def paper(rng: np.random.Generator, skin: Skin, tooth: float = 1.0) -> None:
    """Paper or solid board: hardly any relief, an even tone."""
    shape = skin.shape
    tone = 1 + clouds(rng, shape, px(50)) * 0.012 + grain(rng, shape) * 0.010 * tooth
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
    skin.bump_mm += (clouds(rng, shape, px(14)) * 0.03 + grain(rng, shape) * 0.003 * tooth).astype(np.float32)


def worn_edges(rng: np.random.Generator, skin: Skin, amount: float) -> None:
    """The rims of a folded face: the liner rubbed lighter, here and there broken."""
    shape = skin.shape
    rows = np.minimum(np.arange(shape[0]), np.arange(shape[0])[::-1])[:, None]
    columns = np.minimum(np.arange(shape[1]), np.arange(shape[1])[::-1])[None, :]
    rim = np.minimum(rows, columns).astype(np.float32) / np.float32(PX_PER_MM)
    ragged = clouds(rng, shape, px(6)) * 0.5 + grain(rng, shape, 1.5) * 0.3
    rubbed = np.clip(1.1 - rim / 1.6 + ragged * 0.8, 0, 1) * np.float32(amount)
    skin.albedo = tint(skin.albedo, (176, 200, 216), (rubbed * 0.38).astype(np.float32))
    corner = np.hypot(rows, columns).astype(np.float32) / np.float32(PX_PER_MM)
    broken = np.clip(1.6 - corner / 1.5 + ragged * 1.4, 0, 1) * np.float32(min(1.0, amount * 1.2))
    skin.albedo = tint(skin.albedo, (52, 70, 84), (broken * 0.6).astype(np.float32))
    soiled = np.exp(-rim / 9) * np.clip(0.4 + clouds(rng, shape, px(18)) * 0.5, 0, 1) * 0.10 * amount
    skin.albedo = scaled(skin.albedo, (1 - soiled).astype(np.float32))


def crease(
    skin: Skin, start_mm: tuple[float, float], end_mm: tuple[float, float], depth_mm: float, wide_mm: float
) -> None:
    """A scored or telegraphed line from `start_mm` to `end_mm` (right, down)."""
    path = np.array([start_mm, end_mm]) * PX_PER_MM
    line = strokes(skin.shape, [path], px(wide_mm))
    soft = cv2.GaussianBlur(line, (0, 0), wide_mm * PX_PER_MM * 0.4)
    skin.bump_mm -= np.asarray(soft * depth_mm, dtype=np.float32)
    skin.albedo = scaled(skin.albedo, np.asarray(1 - soft * 0.06, dtype=np.float32))


def lay(
    skin: Skin, ink: Ink, at_mm: tuple[float, float], roughness: float, thick_mm: float = 0.0, round_mm: float = 0.0
) -> Mask:  # fmt: skip
    """A sticker with its upper left corner at `at_mm`, cropped to the skin, its corners rounded by `round_mm`. Returns
    where it lies."""
    top, left = round(at_mm[1] * PX_PER_MM), round(at_mm[0] * PX_PER_MM)
    height, width = skin.shape
    rows = slice(max(0, top), min(height, top + ink.shape[0]))
    columns = slice(max(0, left), min(width, left + ink.shape[1]))
    there = np.zeros(skin.shape, np.bool_)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return there
    inner = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    there[rows, columns] = _rounded((ink.shape[0], ink.shape[1]), round_mm * PX_PER_MM)[inner]
    skin.albedo[rows, columns][there[rows, columns]] = ink[inner][there[rows, columns]]
    skin.roughness[there] = np.float32(roughness)
    skin.bump_mm += np.where(there, np.float32(thick_mm), np.float32(0))
    return there


def _rounded(shape: tuple[int, int], radius: float) -> Mask:
    """A rectangle without what lies outside its rounded corners."""
    if radius <= 0:
        return np.ones(shape, np.bool_)
    rows, columns = (np.maximum(np.abs(np.arange(side) - (side - 1) / 2) - side / 2 + radius, 0) for side in shape)
    return np.asarray(np.hypot(rows[:, None], columns[None, :]) <= radius)


def printed(skin: Skin, mask: Plane, colour: Colour, rng: np.random.Generator, cover: float = 0.9) -> None:
    """Ink where `mask` (0..1) says, thin where the board's tooth did not take it."""
    taken = np.clip(cover + grain(rng, skin.shape) * 0.05 + clouds(rng, skin.shape, px(5)) * 0.03, 0, 1)
    skin.albedo = tint(skin.albedo, colour, (mask * taken).astype(np.float32))


def tape(
    rng: np.random.Generator, skin: Skin, box_mm: tuple[float, float, float, float], colour: Colour, clear: float
) -> None:
    """A strip of tape over `box_mm` (left, top, length, width), in place; `clear` 0..1 lets the board through."""
    left, top, length, width = (round(value * PX_PER_MM) for value in box_mm)
    rows, columns = skin.shape
    across = np.zeros(skin.shape, np.float32)
    across[max(0, top) : max(0, top + width), max(0, left) : max(0, left + length)] = 1
    if not across.any():
        return
    if length < columns or left > 0:  # its ends were torn off over teeth
        teeth = (np.abs((np.arange(rows) / px(2.4)) % 1 - 0.5) * px(2.2)).astype(int)
        for row in range(max(0, top), min(rows, top + width)):
            across[row, max(0, left) : max(0, left) + (int(teeth[row]) if left > 0 else 0)] = 0
            if left + length < columns:
                across[row, max(0, left + length - int(teeth[row])) : left + length] = 0
    film = np.where(across > 0, 1 - clear + clouds(rng, skin.shape, px(16)) * 0.03, 0).astype(np.float32)
    skin.albedo = tint(skin.albedo, colour, np.clip(film, 0, 1))
    pulls = clouds(rng, skin.shape, px(3)) * np.clip(clouds(rng, skin.shape, px(25)), 0, 1)
    skin.roughness = blend(skin.roughness, 0.27, across)
    skin.roughness += np.where(across > 0, np.abs(pulls) * 0.04, 0).astype(np.float32)
    skin.bump_mm += (across * (0.06 + pulls * 0.003 + clouds(rng, skin.shape, px(22)) * 0.04)).astype(np.float32)
    rim = across - cv2.erode(across, np.ones((3, 3), np.uint8))
    skin.albedo = scaled(skin.albedo, (1 - 0.13 * rim).astype(np.float32))


def scuffs(
    rng: np.random.Generator, skin: Skin, count: int, strength: float, colour: Colour = (196, 204, 208),
    wide_mm: float = 0.4,
) -> Plane:  # fmt: skip
    """Rubbed streaks; returns how much of each texel was rubbed, 0..1."""
    paths = []
    for _ in range(count):
        start = rng.uniform((0, 0), (skin.shape[1], skin.shape[0]))
        turn = rng.uniform(0, 2 * np.pi)
        paths.append(
            jagged(rng, start, start + px(1) * rng.uniform(5, 40) * np.array([np.cos(turn), np.sin(turn)]), 0.6)
        )
    if not paths:
        return np.zeros(skin.shape, np.float32)
    rubbed = np.asarray(
        strokes(skin.shape, paths, px(wide_mm)) * np.clip(0.5 + clouds(rng, skin.shape, px(4)) * 0.5, 0, 1)
    )
    skin.albedo = tint(skin.albedo, colour, (rubbed * strength).astype(np.float32))
    return rubbed.astype(np.float32)


def rubbed(rng: np.random.Generator, shape: tuple[int, int], long: float, wide: float) -> Plane:
    """A patch of parallel streaks, texels: how much of each texel is off, 0..1."""
    centre = rng.uniform(0.12, 0.88, 2) * shape[::-1]
    turn = rng.uniform(0, np.pi)
    way, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    paths = []
    for off in rng.normal(0, 0.42, round(wide * 0.9)):
        start = centre + off * wide * across + rng.normal(-0.5, 0.18) * long * way
        reach = long * rng.uniform(0.15, 1.0) * np.exp(-(off**2))
        paths.append(jagged(rng, start, start + reach * (way + rng.normal(0, 0.05) * across), 0.5))
    streaks = cv2.GaussianBlur(strokes(shape, paths), (0, 0), 0.6)
    worn = np.clip(0.75 + clouds(rng, shape, px(2)) * 0.35 + grain(rng, shape) * 0.25, 0, 1.2)
    return np.asarray(np.clip(streaks * worn * 1.5, 0, 1), dtype=np.float32)
