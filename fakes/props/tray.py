"""The tray, with its scratches and dry stains, and the booth around it."""

from functools import cache

import numpy as np

from fakes.props import materials
from fakes.props.panel import Colour, Panel, Part, Points, Skin, bare_skin, px, sheet
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import blob, clouds, grain
from fakes.streams import stream

LENGTH_MM, WIDTH_MM, RIM_MM, RIM_WIDTH_MM = 400.0, 300.0, 9.0, 9.0
BELT_MM = -4.0
PLASTICS: tuple[Colour, ...] = ((112, 106, 100), (86, 80, 74), (140, 132, 122), (60, 60, 62), (120, 96, 70))
STAINS: tuple[Colour, ...] = ((52, 62, 70), (40, 62, 92), (70, 74, 78))


def tray(seed: int, dirty: bool = False) -> list[Panel]:
    """Floor and rim of a tray, origin in the middle of its floor."""
    rng = stream(seed, "tray")
    plastic = PLASTICS[int(rng.integers(len(PLASTICS)))]
    size = (LENGTH_MM, WIDTH_MM)
    skin = bare_skin(*size, plastic, 0.46)
    tone = 1 + clouds(rng, skin.shape, px(70)) * 0.03 + grain(rng, skin.shape) * 0.03
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
    skin.bump_mm += (grain(rng, skin.shape, 1.2) * 0.02 + clouds(rng, skin.shape, px(50)) * 0.10).astype(np.float32)
    light: Colour = (min(255, plastic[0] + 60), min(255, plastic[1] + 60), min(255, plastic[2] + 60))
    materials.scuffs(rng, skin, int(rng.integers(25, 70)), float(rng.uniform(0.2, 0.5)), light)
    _dry_stains(rng, skin, int(rng.integers(1, 4)) + (7 if dirty else 0))
    floor = sheet("tray", (-size[0] / 2, size[1] / 2, 0), (size[0], 0, 0), (0, -size[1], 0), skin, 8.0)
    _raise_rim(floor)
    floor.part = Part.TRAY
    return [floor]


def _raise_rim(floor: Panel) -> None:
    """Rim and outer wall: extra grid lines where the height changes."""
    xs = _rim_knots(LENGTH_MM)
    ys = _rim_knots(WIDTH_MM)
    u, v = np.meshgrid(xs / LENGTH_MM, ys / WIDTH_MM)
    x, y = (u - 0.5) * LENGTH_MM, (0.5 - v) * WIDTH_MM
    floor.vertices = np.stack([x, y, ground_mm(x, y)], axis=-1)
    floor.uv = np.stack([u, v], axis=-1)


def ground_mm(x: Points, y: Points) -> Points:
    """Height of what lies under a point of the tray frame: floor, rim, or the belt beside it."""
    edge = np.minimum(LENGTH_MM / 2 - np.abs(x), WIDTH_MM / 2 - np.abs(y))
    at = [0, 0.6, 1.2, RIM_WIDTH_MM - 2.5, RIM_WIDTH_MM - 1.5, RIM_WIDTH_MM + 1.5, RIM_WIDTH_MM + 3]
    return np.asarray(np.interp(edge, at, [BELT_MM, RIM_MM - 1.0, RIM_MM, RIM_MM, RIM_MM - 0.7, 0.7, 0]))


def _rim_knots(length: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    edge = np.array([0, 0.6, 1.2, RIM_WIDTH_MM - 2.5, RIM_WIDTH_MM - 1.5, RIM_WIDTH_MM, RIM_WIDTH_MM + 1.5])
    first = RIM_WIDTH_MM + 3
    inner = np.linspace(first, length - first, round(length / 8))
    return np.concatenate([edge, inner, length - edge[::-1]])


def _dry_stains(rng: np.random.Generator, skin: Skin, count: int) -> None:
    for _ in range(count):
        centre = (float(rng.uniform(20, skin.shape[1] - 20)), float(rng.uniform(20, skin.shape[0] - 20)))
        patch = blob(rng, skin.shape, centre, px(float(rng.uniform(8, 34))))
        share = np.clip(patch * 3, 0, 0.22) + np.exp(-((patch / 0.06) ** 2)) * 0.28
        skin.albedo = tint(skin.albedo, STAINS[int(rng.integers(len(STAINS)))], share.astype(np.float32))


@cache
def booth() -> tuple[Panel, ...]:
    """Belt, side rails and the dark box around them: the same panels in every scene, so that they are drawn and
    uploaded once. Not to be changed."""
    rng = stream(0, "booth")
    belt = _plate("belt", (-700, 190, BELT_MM), (1400, 0, 0), (0, -380, 0), (52, 54, 52), 0.62)
    belt.skin.albedo = scaled(
        belt.skin.albedo,
        (1 + clouds(rng, belt.skin.shape, 30) * 0.05 + grain(rng, belt.skin.shape) * 0.06).astype(np.float32),
    )
    belt.skin.bump_mm += grain(rng, belt.skin.shape, 1.2) * np.float32(0.05)
    floor = _plate("floor", (-900, 900, -120), (1800, 0, 0), (0, -1800, 0), (38, 36, 34), 0.8)
    rails = []
    for side in (-1, 1):
        y = 200 * side
        rails.append(_plate("rail", (-700, y + 12, 22), (1400, 0, 0), (0, -24, 0), (150, 150, 148), 0.35))
        inner = y - 12 * side
        along = (-1400, 0, 0) if side < 0 else (1400, 0, 0)
        rails.append(_plate("rail", (-along[0] / 2, inner, 22), along, (0, 0, -34), (140, 140, 138), 0.4))
    walls = [
        _plate("wall", (-900, 620, 700), (1800, 0, 0), (0, 0, -820), (92, 92, 90), 0.8),
        _plate("wall", (900, -620, 700), (-1800, 0, 0), (0, 0, -820), (92, 92, 90), 0.8),
    ]
    return (belt, floor, *rails, *walls)


def _plate(
    name: str, corner: tuple[float, float, float], along: tuple[float, float, float], down: tuple[float, float, float],
    colour: Colour, roughness: float,
) -> Panel:  # fmt: skip
    length, width = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    panel = sheet(name, corner, along, down, bare_skin(length / 3, width / 3, colour, roughness), 28.0)
    panel.part = Part.BOOTH
    return panel
