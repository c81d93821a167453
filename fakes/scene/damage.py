"""What can happen to an item. Each works in place on a Patch and labels every cell it changed."""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np

from fakes.scene.field import Label, Mask, Plane
from fakes.scene.patch import PAD_MM, Patch, scaled, tint
from fakes.scene.shapes import Points, blob, clouds, cracks, dilated, distance, grain, jagged, polygon, strokes

Severity = Literal["minor", "major"]
SEVERITIES: tuple[Severity, ...] = ("minor", "major")
Span = tuple[float, float]

TORN_BOARD = (150, 184, 208)
DARK_INSIDE = (20, 24, 28)


def _between(rng: np.random.Generator, severity: Severity, minor: Span, major: Span) -> float:
    return float(rng.uniform(*(minor if severity == "minor" else major)))


def _tallest(patch: Patch) -> float:
    return float(patch.height_mm[patch.inside > 0.5].max())


def _within(rng: np.random.Generator, patch: Patch, share: float) -> tuple[float, float]:
    """A point (x, y) on the item's top, in the middle `share` of it."""
    low, high = 0.5 - share / 2, 0.5 + share / 2
    x = PAD_MM + patch.length_mm * rng.uniform(low, high)
    y = PAD_MM + patch.width_mm * rng.uniform(low, high)
    return float(x), float(y)


def crush(rng: np.random.Generator, patch: Patch, severity: Severity) -> None:
    """A corner pushed in: lower towards the corner, pleated across, the board cracked along the pleats."""
    reach = _between(rng, severity, (32, 46), (60, 95))
    depth = min(_between(rng, severity, (7, 13), (18, 38)), _tallest(patch) * 0.6)
    right, bottom = (bool(flag) for flag in rng.integers(0, 2, 2))
    corner = (
        float(PAD_MM + patch.length_mm * right),
        float(PAD_MM + patch.width_mm * bottom),
    )
    skew = clouds(rng, patch.shape, reach / 2) * 0.12
    inward = np.clip(1 - distance(patch.shape, corner) / reach + skew, 0, 1)
    phase = inward * float(rng.uniform(2.2, 3.4)) + clouds(rng, patch.shape, reach / 3) * 0.12
    pleats = np.abs((phase % 1.0) * 2 - 1)
    fall = depth * (1 - (1 - inward) ** 1.7) * (0.8 + 0.5 * (pleats - 0.5))
    changed = inward > 0.02
    patch.height_mm -= np.where(changed, np.minimum(fall, patch.height_mm * 0.75), 0).astype(np.float32)
    crest = np.clip((pleats - 0.86) / 0.1, 0, 1) * np.clip(inward * 4, 0, 1) * changed
    patch.albedo = tint(patch.albedo, TORN_BOARD, (crest * 0.55).astype(np.float32))
    patch.albedo = scaled(patch.albedo, np.where(changed, 1 - 0.18 * inward, 1).astype(np.float32))
    patch.label[changed] = Label.CRUSH


def dent(rng: np.random.Generator, patch: Patch, severity: Severity) -> None:
    """A bowl with a sharp crease on one side. Little to see in colour, much in relief."""
    shape = patch.shape
    radius = _between(rng, severity, (13, 20), (24, 42))
    depth = min(_between(rng, severity, (3.0, 5.5), (8, 18)), _tallest(patch) * 0.5)
    x, y = _within(rng, patch, 0.55)
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(1.0, 1.7)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    across = (-(columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)) * squeeze
    far = np.hypot(along, across) / radius + clouds(rng, shape, radius * 0.7) * 0.06
    bowl = np.clip(1 - far**2, 0, 1) * np.clip(1.15 - far, 0.4, 1.15)
    crease = 0.16 * np.abs(((along / radius * 1.3) % 1) * 2 - 1)
    changed = bowl > 0.02
    patch.height_mm -= np.where(changed, depth * bowl * (1 - crease), 0).astype(np.float32)
    wear = np.exp(-(((far - 0.93) / 0.05) ** 2)) * 0.22 * changed
    patch.albedo = tint(patch.albedo, TORN_BOARD, wear.astype(np.float32))
    patch.label[changed] = Label.DENT


def tear(rng: np.random.Generator, patch: Patch, severity: Severity) -> None:
    """A ragged rip from an edge inwards: a gap, bare board beside it, a tongue that curls up."""
    shape = patch.shape
    length = _between(rng, severity, (32, 50), (65, 115))
    width = _between(rng, severity, (5, 8), (10, 18))
    spine, away = _rip(rng, patch, length)
    taper = np.linspace(1.0, 0.1, len(spine))[:, None]
    ragged = rng.normal(0, 0.5, (len(spine), 1))
    lips = (spine + away * taper * width * 0.30, spine - away * (taper * width * 0.30 + ragged))
    gap = polygon(shape, np.concatenate([lips[0], lips[1][::-1]]))
    bare_rim = spine + away * (taper * width * 1.25 + np.abs(ragged) * 1.6)
    bare = polygon(shape, np.concatenate([lips[0], bare_rim[::-1]])) & ~gap & (patch.inside > 0.5)
    tongue_rim = spine - away * (taper * width * 1.5 + np.abs(ragged))
    tongue = polygon(shape, np.concatenate([lips[1], tongue_rim[::-1]])) & ~gap & (patch.inside > 0.5)
    gap &= patch.inside > 0.5
    _rip_relief(rng, patch, (gap, bare, tongue), severity)
    patch.label[gap | bare | tongue] = Label.TEAR


def _rip(rng: np.random.Generator, patch: Patch, length: float) -> tuple[Points, Points]:
    """The middle line of a tear from a long edge, and the unit vector across it."""
    from_below = bool(rng.integers(2))
    start = np.array([PAD_MM + patch.length_mm * rng.uniform(0.2, 0.8), PAD_MM + patch.width_mm * from_below])
    lean = rng.uniform(-0.7, 0.7)
    heading = np.array([np.sin(lean), -np.cos(lean) if from_below else np.cos(lean)])
    reach = min(length, patch.width_mm * 0.8 / np.cos(lean))
    spine = jagged(rng, start, start + heading * reach, 2.2)
    return spine, np.array([heading[1], -heading[0]])


def _rip_relief(rng: np.random.Generator, patch: Patch, parts: tuple[Mask, Mask, Mask], severity: Severity) -> None:
    gap, bare, tongue = parts
    depth = min(_between(rng, severity, (3, 6), (7, 14)), _tallest(patch) * 0.6)
    flutes = 0.45 * np.sin(np.arange(patch.shape[1]) * 2 * np.pi / 5)[None, :] + grain(rng, patch.shape) * 0.15
    inner = np.asarray(cv2.distanceTransform(tongue.astype(np.uint8), cv2.DIST_L2, 3))
    curl = _between(rng, severity, (2.5, 4), (5, 9)) * np.exp(-(((inner - 2.5) / 2.5) ** 2))
    patch.height_mm -= np.where(gap, depth, 0).astype(np.float32)
    patch.height_mm += np.where(bare, -1.0 + flutes, 0).astype(np.float32)
    patch.height_mm += np.where(tongue, curl, 0).astype(np.float32)
    fibre = np.clip(0.9 + grain(rng, patch.shape) * 0.1, 0.5, 1)
    patch.albedo = tint(patch.albedo, TORN_BOARD, np.where(bare, fibre, 0).astype(np.float32))
    patch.albedo = tint(patch.albedo, (206, 218, 226), np.where(tongue & (inner < 2.2), 0.8, 0).astype(np.float32))
    patch.albedo = tint(patch.albedo, DARK_INSIDE, np.where(gap, 0.85, 0).astype(np.float32))
    patch.gloss[gap | bare] = 0.02


def hole(rng: np.random.Generator, patch: Patch, severity: Severity) -> None:
    """Something went in: a dark opening, a rim pushed down and torn, cracks around it."""
    shape = patch.shape
    radius = _between(rng, severity, (7, 11), (15, 27))
    depth = min(_between(rng, severity, (10, 20), (18, 45)), _tallest(patch) * 0.85)
    x, y = _within(rng, patch, 0.6)
    ragged = blob(rng, shape, (x, y), radius)
    top = patch.inside > 0.5
    opening = (ragged > 0) & top
    rim = (ragged > -0.45) & ~opening & top
    lines = strokes(shape, cracks(rng, np.array([x, y]), radius * 1.9, int(rng.integers(4, 8)))) * (top & ~opening)
    near = np.clip(1 + ragged / 0.45, 0, 1)
    patch.height_mm -= np.where(rim, near * radius * 0.16, 0).astype(np.float32)
    patch.height_mm -= lines * np.float32(0.8)
    floor = depth + clouds(rng, shape, radius * 0.6) * 1.5
    patch.height_mm -= np.where(opening, np.minimum(floor, patch.height_mm * 0.95), 0).astype(np.float32)
    torn = (rim & (near + grain(rng, shape) * 0.12 > 0.55)) * 0.85 + lines * 0.5
    patch.albedo = tint(patch.albedo, TORN_BOARD, torn.astype(np.float32))
    dark = np.where(opening, 0.9 + clouds(rng, shape, radius * 0.5) * 0.04, 0)
    patch.albedo = tint(patch.albedo, DARK_INSIDE, dark.astype(np.float32))
    patch.gloss[opening] = 0.02
    patch.label[dilated(opening | rim | (lines > 0), 1) & top] = Label.HOLE


LIQUIDS = ((18, 34, 62), (30, 48, 92), (24, 30, 140), (150, 96, 30), (40, 120, 170))
"""Coffee, tea, juice, detergent, oil; BGR."""


def spill(rng: np.random.Generator, patch: Patch, severity: Severity) -> None:
    """A puddle on the item and around it: darkened, coloured, wet, with a raised rim. `patch` is the whole tray."""
    shape = patch.shape
    radius = _between(rng, severity, (22, 34), (46, 75))
    level = _between(rng, severity, (0.9, 1.3), (1.3, 2.0))
    on_item = np.argwhere(patch.inside > 0.5)
    row, column = on_item[int(rng.integers(len(on_item)))]
    ragged = blob(rng, shape, (float(column), float(row)), radius)
    for _ in range(int(rng.integers(3, 8))):
        turn, far = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.0, 1.6)
        drop = (float(column + far * np.cos(turn)), float(row + far * np.sin(turn)))
        ragged = np.maximum(ragged, 1 - distance(shape, drop) / float(rng.uniform(2, 6)))
    on_tray = patch.height_mm > -0.5
    wet = (ragged > 0) & on_tray
    soaked = (ragged > -0.16) & on_tray & ~wet
    _wet(rng, patch, wet, soaked, level)
    patch.label[wet | soaked] = Label.SPILLAGE


def _wet(rng: np.random.Generator, patch: Patch, wet: Mask, soaked: Mask, level: float) -> None:
    liquid = LIQUIDS[int(rng.integers(len(LIQUIDS)))]
    inner = np.asarray(cv2.distanceTransform(wet.astype(np.uint8), cv2.DIST_L2, 3))
    meniscus: Plane = (level * (1 - np.exp(-inner / 1.6)) * wet).astype(np.float32)
    patch.height_mm += meniscus
    patch.albedo = scaled(patch.albedo, np.where(wet, 0.62, np.where(soaked, 0.8, 1)).astype(np.float32))
    depth = np.clip(0.35 + inner / 40, 0, 0.75) * wet
    patch.albedo = tint(patch.albedo, liquid, (depth + 0.2 * soaked).astype(np.float32))
    patch.gloss[wet] = 0.95


ON_ITEM: dict[str, Callable[[np.random.Generator, Patch, Severity], None]] = {
    "crush": crush,
    "dent": dent,
    "tear": tear,
    "hole": hole,
}
ON_TRAY: dict[str, Callable[[np.random.Generator, Patch, Severity], None]] = {"spillage": spill}
TYPES = (*ON_ITEM, *ON_TRAY)
