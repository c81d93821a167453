"""What has run or trickled out of an item: on the tray, on the item, and what it wetted."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.props import ink, materials
from fakes.props.item import Item, Severity
from fakes.props.panel import PX_PER_MM, Colour, Mask, Panel, Part, Plane, Points, Skin, bare_skin, px, sheet
from fakes.scene.patch import scaled
from fakes.scene.shapes import clouds, distance

LIQUIDS: tuple[Colour, ...] = ((26, 40, 66), (60, 96, 30), (30, 26, 92), (150, 158, 160))
GRAINS: tuple[Colour, ...] = ((206, 218, 224), (96, 160, 206), (40, 62, 96), (196, 160, 120), (90, 200, 220))
STEP_MM = 1.6


@dataclass(frozen=True, slots=True)
class Spill:
    """A patch seen from above: where it is, and how thick, mm."""

    skin: Skin
    thick_mm: Plane


def liquid(rng: np.random.Generator, side_mm: float, reach_mm: float, colour: Colour, thick_mm: float) -> Spill:
    """A puddle with a round rim and drops beside it."""
    skin = bare_skin(side_mm, side_mm, colour, 0.06)
    skin.solid = ink.splash(rng, skin.shape, (skin.shape[1] / 2, skin.shape[0] / 2), px(reach_mm)) > 0.5
    inner = _inner(skin.solid)
    skin.albedo = scaled(skin.albedo, (1.35 - 0.35 * np.clip(inner / px(3), 0, 1)).astype(np.float32))
    return Spill(skin, np.asarray(thick_mm * (1 - np.exp(-inner / px(2.2))), dtype=np.float32))


def grains(rng: np.random.Generator, side_mm: float, reach_mm: float, colour: Colour, thick_mm: float) -> Spill:
    """A heap that thins out into single grains, each 2 to 4 mm across."""
    skin = bare_skin(side_mm, side_mm, colour, 0.55)
    shape, pitch = skin.shape, px(float(rng.uniform(2.2, 4.0)))
    far = distance(shape, (shape[1] / 2, shape[0] / 2)) / px(reach_mm)
    rows, columns = (np.arange(0, side - pitch, pitch) for side in shape)
    lattice = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    spots = lattice + rng.uniform(-0.45, 0.45, lattice.shape) * pitch
    at = np.clip(np.rint(spots).astype(int), 0, np.array(shape[::-1]) - 1)
    away = far[at[:, 1], at[:, 0]] + clouds(rng, shape, px(reach_mm * 0.4))[at[:, 1], at[:, 0]] * 0.18
    there = rng.random(len(at)) < np.clip(1.9 - 1.5 * away, 0, 1) ** 2
    dots = np.ones(shape, np.uint8)
    dots[at[there, 1], at[there, 0]] = 0
    apart, nearest = cv2.distanceTransformWithLabels(dots, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    dome = np.clip(1 - (np.asarray(apart) / (pitch * 0.58)) ** 2, 0, None).astype(np.float32)
    skin.solid = dome > 0
    tones = rng.normal(1, 0.10, int(np.asarray(nearest).max()) + 1).astype(np.float32)
    skin.albedo = scaled(skin.albedo, tones[np.asarray(nearest)] * (0.55 + 0.45 * np.sqrt(dome)))
    heap = thick_mm * np.clip(1 - far, 0, 1)
    skin.bump_mm += np.sqrt(dome) * np.float32(pitch / PX_PER_MM * 0.4)
    return Spill(skin, np.asarray(heap + 0.8 * np.sqrt(dome) * pitch / PX_PER_MM, dtype=np.float32))


KINDS = {"liquid": liquid, "grains": grains}


def on_tray(made: Spill, at_mm: tuple[float, float], bit: int) -> Panel:
    """The patch lying on the ground, its middle at `at_mm`."""
    side = made.skin.shape[1] / PX_PER_MM
    corner = (at_mm[0] - side / 2, at_mm[1] + side / 2, 0.05)
    panel = sheet("puddle", corner, (side, 0, 0), (0, -side, 0), made.skin, STEP_MM)
    panel.vertices[..., 2] += _at(made.thick_mm, panel.uv)
    made.skin.marks[made.skin.solid] |= np.uint8(1 << bit)
    panel.part = Part.TRAY
    return panel


def on_item(made: Spill, under: Panel, at: tuple[float, float], bit: int) -> Panel:
    """The patch lying on the panel `under`, its middle at uv `at`; what would hang over is cut off."""
    side = made.skin.shape[1]
    share = np.linspace(0, 1, max(8, round(side / PX_PER_MM / STEP_MM)))
    uv = np.stack(np.meshgrid(share, share), axis=-1)
    middle = np.array([at[0] * under.skin.shape[1], at[1] * under.skin.shape[0]])
    texels = ((uv - 0.5) * side + middle).astype(np.float32)
    lie = np.asarray(cv2.remap(under.texel_points(), texels[..., 0], texels[..., 1], cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REPLICATE))  # fmt: skip
    across = np.cross(np.gradient(lie, axis=0), np.gradient(lie, axis=1))
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    grid = np.mgrid[:side, :side] - (side - 1) / 2 + middle[::-1, None, None]
    rows, columns = np.rint(grid).astype(int)
    height, width = under.skin.shape
    inside = (rows > 1) & (rows < height - 2) & (columns > 1) & (columns < width - 2)
    made.skin.solid &= inside & under.skin.solid[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    made.skin.marks[made.skin.solid] |= np.uint8(1 << bit)
    thick = _at(made.thick_mm, uv)[..., None] + 0.3
    return Panel("film", lie + across * thick, uv, made.skin)


def wet(rng: np.random.Generator, wall: Panel, middle_px: float, reach_mm: float, rise_mm: float, bit: int) -> None:
    """A dark tide mark drawn up from the lower edge of `wall`."""
    skin = wall.skin
    columns = np.arange(skin.shape[1])[None, :] - middle_px
    tide = clouds(rng, skin.shape, px(5)) * px(1.2)
    level = px(rise_mm) * np.exp(-((columns / px(reach_mm * 0.9)) ** 2)) + tide
    depth = level - (skin.shape[0] - np.arange(skin.shape[0]))[:, None]
    soaked = np.clip(depth / px(2), 0, 1) * (np.abs(columns) < px(reach_mm * 1.3))
    rim = np.exp(-((depth / px(1.0)) ** 2)) * (soaked > 0)
    skin.albedo = scaled(skin.albedo, (1 - 0.45 * soaked - 0.15 * rim).astype(np.float32))
    skin.roughness = materials.blend(skin.roughness, 0.4, soaked.astype(np.float32))
    skin.bump_mm += (soaked * clouds(rng, skin.shape, px(4)) * 0.12).astype(np.float32)
    skin.marks[soaked > 0] |= np.uint8(1 << bit)


def spillage(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """It came out at the long side: a puddle or a heap on the tray, more of it on the item, the wall beside it wet."""
    length, width, height = item.product.size_mm
    reach = float(rng.uniform(*((22, 34) if severity == "minor" else (45, 75))))
    front = bool(rng.integers(2))
    x = float(rng.uniform(-0.35, 0.35)) * length
    kind = item.pours
    colours = LIQUIDS if kind == "liquid" else GRAINS
    colour = colours[int(rng.integers(len(colours)))]
    thick = float(rng.uniform(1.8, 3.0)) * (1 if kind == "liquid" else 2.5)
    made = KINDS[kind](rng, reach * 4, reach, colour, thick)
    item.shell.append(on_tray(made, (x, -width / 2 if front else width / 2), bit))
    if kind == "liquid" and item.has("front" if front else "back"):
        wall = item.panel("front" if front else "back")
        middle = (x + length / 2 if front else length / 2 - x) * PX_PER_MM
        wet(rng, wall, middle, reach, min(height * 0.7, reach * 0.6), bit)
    upper = item.panel(item.face)
    inset = min(0.3, reach * 0.4 / width)
    above = KINDS[kind](rng, reach * 2.2, reach * 0.55, colour, thick * 0.7)
    item.shell.append(on_item(above, upper, (x / length + 0.5, 1 - inset if front else inset), bit))


def _inner(solid: Mask) -> Plane:
    return np.asarray(cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32)


def _at(plane: Plane, uv: Points) -> NDArray[np.float64]:
    height, width = plane.shape
    columns, rows = (uv[..., 0] * (width - 1)).astype(np.float32), (uv[..., 1] * (height - 1)).astype(np.float32)
    return np.asarray(cv2.remap(plane, columns, rows, cv2.INTER_LINEAR), dtype=np.float64)
