"""What can happen to an item. Each changes the item in place, before it is posed, and sets its bit where it did."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.props import materials
from fakes.props.item import Harm, Item, Severity
from fakes.props.opening import missing, unpack
from fakes.props.panel import (
    Colour,
    Mask,
    Panel,
    Points,
    Skin,
    bare_skin,
    push,
    px,
    sheet,
)
from fakes.props.puncture import RAW, hole
from fakes.props.spill import spillage
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, jagged, polygon

SEVERITIES: tuple[Severity, ...] = ("minor", "major")


@dataclass(frozen=True, slots=True)
class Injury:
    """One damage to do: `type` of TYPES, and how bad."""

    type: str
    severity: Severity


Span = tuple[float, float]
BETWEEN_STREAKS = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
"""A rubbed patch is marked with the slivers of it that were spared."""


def _drawn(rng: np.random.Generator, severity: Severity, minor: Span, major: Span) -> float:
    return float(rng.uniform(*(minor if severity == "minor" else major)))


def _mark(skin: Skin, where: Mask, bit: int) -> None:
    skin.marks[where] |= np.uint8(1 << bit)


def _pleats(points: Points, rng: np.random.Generator, pitch_mm: float) -> Points:
    """Sharp folds in a few directions, -1..1 at every point: board breaks along lines, it does not flow."""
    total = np.zeros(points.shape[:-1])
    for _ in range(3):
        way = rng.normal(size=3)
        phase = points @ (way / np.linalg.norm(way)) / (pitch_mm * rng.uniform(0.7, 1.4)) + rng.uniform()
        total += np.abs(phase % 1 * 2 - 1) * 2 - 1
    return np.asarray(total / 3)


def crush(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """A top corner driven in: board breaks into flat facets along creases, and is pleated beside them."""
    size = np.array(item.product.size_mm)
    side = rng.choice((-1.0, 1.0), 2)
    corner = np.array([side[0] * size[0] / 2, side[1] * size[1] / 2, size[2]])
    depth = min(_drawn(rng, severity, (9, 14), (22, 38)), size[2] * 0.55, float(size[:2].min()) * 0.3)
    way = np.array([-side[0] * rng.uniform(0.3, 0.9), -side[1] * rng.uniform(0.3, 0.9), -1.0])
    way /= np.linalg.norm(way)
    facets = [(_leaning(rng, way), depth * float(rng.uniform(0.75, 1.1))) for _ in range(3)]
    folds, calm = int(rng.integers(1 << 30)), min(1.0, size[2] / FOLDING_MM)

    def field(points: Points, beyond_mm: float = 0.0) -> Points:
        off = points - corner
        edge = np.max([far + beyond_mm - off @ normal for normal, far in facets], axis=0)
        deep = np.clip(edge, 0, None)
        folded = _pleats(points, np.random.default_rng(folds), max(depth * 0.8, 14.0)) * calm
        ridge = 0.13 * depth * np.exp(-(((edge + 0.4 * depth) / (0.35 * depth)) ** 2)) * calm * (1 + folded)
        share = deep * (1 + 0.34 * folded * np.clip(1.3 - deep / depth, 0, 1)) - ridge
        move = share[..., None] * way
        move[..., 2] = np.maximum(move[..., 2], -points[..., 2] * 0.9)
        return np.asarray(move)

    push(item.shell, field, bit)
    # What is inside is of coarser grids than the shell: it keeps clear of it.
    push([panel for unit in item.units for panel in unit], lambda points: field(points, 5.0), bit)
    for panel in item.shell:
        _crack(rng, panel, bit)


FOLDING_MM = 55.0
"""Items lower than this are full, and give way with fewer folds."""


def _leaning(rng: np.random.Generator, way: Points) -> Points:
    """A direction near `way`, of length 1, that still points into the item along every axis."""
    near = way + rng.normal(0, 0.22, 3)
    near = np.where(near * way > 0.15 * np.abs(way), near, way)
    return np.asarray(near / np.linalg.norm(near))


def _crack(rng: np.random.Generator, panel: Panel, bit: int) -> None:
    """The liner goes pale where a harmed surface is folded sharply."""
    hurt = (panel.skin.marks >> bit & 1) > 0
    if not hurt.any():
        return
    normal = np.cross(np.gradient(panel.vertices, axis=0), np.gradient(panel.vertices, axis=1))
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    bend = sum(np.linalg.norm(np.gradient(normal, axis=axis), axis=-1) for axis in (0, 1))
    over = Panel("", np.repeat(np.asarray(bend)[..., None], 3, -1), panel.uv, panel.skin).texel_points()[..., 0]
    pale = np.clip(over * 1.6 - 0.25 + clouds(rng, hurt.shape, px(3)) * 0.12, 0, 0.6) * hurt
    panel.skin.albedo = tint(panel.skin.albedo, RAW, pale.astype(np.float32))


def dent(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """A bowl pressed into the top, one side of it a crease."""
    length, width, height = item.product.size_mm
    at = np.array([rng.uniform(-0.28, 0.28) * length, rng.uniform(-0.28, 0.28) * width, height])
    reach = _drawn(rng, severity, (16, 24), (30, 48))
    depth = min(_drawn(rng, severity, (3.5, 6), (8, 17)), height * 0.5)
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(1, 1.8)

    def field(points: Points) -> Points:
        off = points - at
        along = off[..., 0] * np.cos(turn) + off[..., 1] * np.sin(turn)
        across = (off[..., 1] * np.cos(turn) - off[..., 0] * np.sin(turn)) * squeeze
        far = np.sqrt(along**2 + across**2 + (2 * off[..., 2]) ** 2) / reach
        bowl = np.clip(1 - far, 0, 1) ** 0.75 * np.clip(1.2 - 0.5 * (along > 0) * far, 0, 1.2)
        return np.stack([np.zeros_like(far), np.zeros_like(far), -depth * bowl], axis=-1)

    push(item.panels, field, bit)
    _crack(rng, item.panel("top"), bit)


def tear(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """The upper layer ripped off in a strip: what is under it bare, a gap beside, the strip curled up at its end."""
    top = item.panel("top")
    skin, shape = top.skin, top.skin.shape
    long, wide = _drawn(rng, severity, (34, 50), (65, 105)), _drawn(rng, severity, (7, 10), (13, 22))
    below = bool(rng.integers(2))
    start = np.array([shape[1] * rng.uniform(0.25, 0.75), (shape[0] - 1.0) * below])
    lean = rng.uniform(-0.6, 0.6)
    heading = np.array([np.sin(lean), -np.cos(lean) if below else np.cos(lean)])
    reach = min(px(long), shape[0] * 0.75)
    spine = jagged(rng, start, start + heading * reach, px(0.8))
    away = np.array([heading[1], -heading[0]])
    taper = (np.linspace(1, 0.35, len(spine)) * px(wide) / 2)[:, None]
    fray = [rng.normal(0, px(0.7), (len(spine), 1)) for _ in range(2)]
    bare = polygon(shape, np.concatenate([spine + away * (taper + fray[0]), (spine - away * (taper + fray[1]))[::-1]]))
    half = len(spine) * 2 // 3
    gap = polygon(shape, np.concatenate([spine[:half] + away * taper[:half] * 0.35, spine[:half][::-1]])) & bare
    inner = np.asarray(cv2.distanceTransform(bare.astype(np.uint8), cv2.DIST_L2, 5))
    paper = np.clip(1.2 - inner / px(2) + clouds(rng, shape, px(2)) * 0.4, 0, 1)
    pitch = item.flute_mm or 6.5
    flutes = np.cos(2 * np.pi * np.arange(shape[1]) / px(pitch))[None, :] * (1 - paper) * (item.flute_mm > 0)
    skin.albedo = tint(skin.albedo, RAW, np.where(bare, 0.85, 0).astype(np.float32))
    skin.albedo = scaled(skin.albedo, np.where(bare, 1 + 0.12 * paper + 0.10 * flutes, 1).astype(np.float32))
    skin.bump_mm -= np.where(bare, 0.5 - 0.4 * flutes - 0.2 * paper, 0).astype(np.float32)
    skin.roughness[bare] = 0.9
    skin.solid &= ~gap
    _mark(skin, bare, bit)
    base = top.texel_points()
    end = np.clip(np.rint(spine[-1]), 0, np.array(shape[::-1]) - 1).astype(int)
    item.shell.append(
        _tongue(rng, base[end[1], end[0]], (heading[0], -heading[1]), (wide * 0.8, long * 0.42), skin, bit)
    )


def _tone(skin: Skin) -> Colour:
    blue, green, red = (int(channel) for channel in np.median(skin.albedo.reshape(-1, 3), axis=0))
    return blue, green, red


def _tongue(
    rng: np.random.Generator, root: Points, way: tuple[float, float], size_mm: Span, skin: Skin, bit: int
) -> Panel:
    """The strip, still held at `root`, curling up and over away from where it was ripped."""
    wide, long = size_mm
    strip = bare_skin(wide, long, _tone(skin), 0.8)
    sides = np.abs(np.linspace(-1, 1, strip.shape[1]))[None, :] + clouds(rng, strip.shape, px(2)) * 0.12
    strip.solid = np.asarray(sides < np.linspace(1.0, 0.6, strip.shape[0])[:, None])
    strip.albedo = scaled(strip.albedo, (1 + clouds(rng, strip.shape, px(4)) * 0.04).astype(np.float32))
    _mark(strip, strip.solid, bit)
    panel = sheet("tongue", (-wide / 2, 0, 0), (wide, 0, 0), (0, -long, 0), strip, 2.0)
    radius = long / float(rng.uniform(1.6, 2.8))
    angle = panel.uv[..., 1] * long / radius
    forward = np.array([*way, 0.0]) / np.linalg.norm(way)
    across = np.array([forward[1], -forward[0], 0.0])
    lifted = radius * (1 - np.cos(angle)) + 0.4
    panel.vertices = (
        root + (panel.uv[..., :1] - 0.5) * wide * across + (radius * np.sin(angle))[..., None] * forward
        + lifted[..., None] * np.array([0, 0, 1.0])
    )  # fmt: skip
    panel.lining = RAW
    return panel


def superficial(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """Rubbed against something: patches of fine streaks where the print and the liner's skin are off, no deeper."""
    skin = item.panel(item.face).skin
    before = skin.albedo.copy()
    rubbed = np.zeros(skin.shape, np.float32)
    for _ in range(int(rng.integers(*((1, 3) if severity == "minor" else (3, 6))))):
        long = px(_drawn(rng, severity, (16, 30), (34, 62)))
        rubbed = np.maximum(rubbed, materials.rubbed(rng, skin.shape, long, long * float(rng.uniform(0.2, 0.45))))
    skin.albedo = tint(skin.albedo, _under(item), rubbed * np.float32(0.85))
    changed = np.abs(skin.albedo.astype(np.int16) - before).max(axis=-1) > 6
    skin.albedo[~changed] = before[~changed]
    skin.roughness[changed] = np.maximum(skin.roughness, 0.55 + 0.3 * rubbed)[changed]
    skin.bump_mm -= (rubbed * changed * 0.06).astype(np.float32)
    whole = np.asarray(cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, BETWEEN_STREAKS)) > 0
    _mark(skin, changed | whole, bit)


def _under(item: Item) -> Colour:
    """What comes out where a face is rubbed: paler board, the white of printed board, hazy film."""
    if not item.flute_mm:
        return 212, 216, 218
    blue, green, red = _tone(item.panel(item.face).skin)
    return (blue + 230) // 2, (green + 232) // 2, (red + 232) // 2


TYPES: dict[str, Harm] = {
    "crush": crush,
    "dent": dent,
    "tear": tear,
    "hole": hole,
    "deconstruction": unpack,
    "spillage": spillage,
    "missing": missing,
    "superficial": superficial,
}


TERMS = {"crush": "deformation", "dent": "deformation", "hole": "penetration", "missing": "missing unit"}
"""What the field calls a type, where that is another word."""
