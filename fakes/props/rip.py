"""How a thin sheet gives way: it rips along a ragged line that gapes, or something goes through it."""

import cv2
import numpy as np

from fakes.props import materials
from fakes.props.item import Harm, Item, Severity
from fakes.props.panel import PX_PER_MM, Colour, Mask, Points, Skin, push, px
from fakes.scene.patch import tint
from fakes.scene.shapes import blob, clouds, cracks, grain, jagged, polygon, strokes


def ripped(fringe: Colour, stretch: float) -> Harm:
    """A Harm, "tear": from a long side of `top` inwards. `fringe` is the colour of the sheet where it gave way;
    `stretch` 0 (paper, which frays) to 1 (film, which is drawn out thin and pale before it goes)."""

    def tear(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
        skin = item.panel("top").skin
        long = float(rng.uniform(*((34, 55) if severity == "minor" else (70, 120))))
        wide = float(rng.uniform(*((5, 8) if severity == "minor" else (12, 24))))
        gap, spine = _gap(rng, skin.shape, px(long), px(wide), stretch)
        _open(rng, skin, gap, fringe, stretch, bit)
        _curl(rng, item, spine, wide, bit)

    return tear


def pierced(fringe: Colour, stretch: float) -> Harm:
    """A Harm, "hole": a ragged opening in `top` with a few short rips out of it, its rim pushed in."""

    def hole(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
        top = item.panel("top")
        shape = top.skin.shape
        radius = px(float(rng.uniform(*((7, 11) if severity == "minor" else (15, 26)))))
        centre = np.array([shape[1] * rng.uniform(0.25, 0.75), shape[0] * rng.uniform(0.25, 0.75)])
        rays = strokes(shape, cracks(rng, centre, radius * 1.5, int(rng.integers(3, 6))), px(1.2)) > 0
        gap = rays | (blob(rng, shape, (centre[0], centre[1]), radius) + grain(rng, shape, 1.5) * 0.05 > 0)
        _open(rng, top.skin, gap, fringe, stretch, bit)
        at, reach = top.texel_points()[int(centre[1]), int(centre[0])], radius / PX_PER_MM * 1.6

        def field(points: Points) -> Points:
            near = np.clip(1 - np.linalg.norm(points[..., :2] - at[:2], axis=-1) / reach, 0, 1)
            return np.stack([near * 0, near * 0, -near * np.minimum(reach * 0.2, points[..., 2] * 0.4)], axis=-1)

        push(item.panels, field, bit)

    return hole


def _open(rng: np.random.Generator, skin: Skin, gap: Mask, fringe: Colour, stretch: float, bit: int) -> None:
    """Take `gap` out of the sheet and mark it, with what gave way around it."""
    far = np.asarray(cv2.distanceTransform((~gap).astype(np.uint8), cv2.DIST_L2, 5)) / np.float32(PX_PER_MM)
    ragged = far + clouds(rng, skin.shape, px(3)) * np.float32(0.6)
    lips = np.asarray(np.clip(1 - ragged / (1.2 + 2.2 * stretch), 0, 1) * ~gap, dtype=np.float32)
    fibres = np.clip(lips + grain(rng, skin.shape, 1.0) * (0.25 * (lips > 0)) * (1 - stretch), 0, 1)
    skin.albedo = tint(skin.albedo, fringe, (fibres * (0.9 - 0.25 * stretch)).astype(np.float32))
    skin.roughness = materials.blend(skin.roughness, 0.9 - 0.6 * stretch, lips)
    strained = ~gap & (far < 3 + 4 * stretch)
    strain = np.clip(1 - far / (3 + 4 * stretch), 0, 1) * clouds(rng, skin.shape, px(2.5))
    skin.bump_mm += np.where(strained, strain * 0.35, 0).astype(np.float32)
    skin.solid &= ~gap
    skin.marks[gap | (lips > 0) | strained] |= np.uint8(1 << bit)


def _gap(rng: np.random.Generator, shape: tuple[int, int], long: int, wide: int, stretch: float) -> tuple[Mask, Points]:
    """What is open, and the line it opened along (x, y), texels: widest where it began, at the sheet's edge."""
    below = bool(rng.integers(2))
    start = np.array([shape[1] * rng.uniform(0.25, 0.75), (shape[0] - 1.0) * below])
    lean, bend = rng.uniform(-0.7, 0.7), rng.uniform(-0.9, 0.9)
    reach = min(long, shape[0] * 0.8)
    middle = start + reach * 0.55 * np.array([np.sin(lean), -np.cos(lean) if below else np.cos(lean)])
    end = middle + reach * 0.45 * np.array([np.sin(lean + bend), (-1 if below else 1) * np.cos(lean + bend)])
    rough = px(0.9 - 0.5 * stretch)
    spine = np.concatenate([jagged(rng, start, middle, rough), jagged(rng, middle, end, rough)[1:]])
    along = np.linspace(0, 1, len(spine))
    way = np.gradient(spine, axis=0)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.maximum(np.linalg.norm(way, axis=1), 1e-9)[:, None]
    sides = []
    for side in (-1, 1):
        fray = np.cumsum(rng.normal(0, 1, len(spine)))
        fray = (fray - fray.mean()) * px(0.35) * (1 - 0.6 * stretch)
        open_by = (1 - along) ** (0.5 + 0.5 * rng.random()) * wide / 2 + np.maximum(fray, 0) * (1 - along)
        sides.append(spine + side * across * open_by[:, None])
    return polygon(shape, np.concatenate([sides[0], sides[1][::-1]])), spine


def _curl(rng: np.random.Generator, item: Item, spine: Points, wide_mm: float, bit: int) -> None:
    """The lips stand up and back, here more than there."""
    top = item.panel("top")
    at = top.texel_points()
    texels = np.clip(np.rint(spine[::4]).astype(int), 0, np.array(top.skin.shape[::-1]) - 1)
    line = at[texels[:, 1], texels[:, 0]]
    share = np.linspace(1, 0.15, len(line))
    high = 0.35 * wide_mm * np.clip(0.7 + rng.normal(0, 0.35, len(line)), 0.1, 1.4) * share

    def field(points: Points) -> Points:
        apart = points[..., None, :2] - line[:, :2]
        far = np.linalg.norm(apart, axis=-1)
        near = far.argmin(axis=-1)
        least = np.take_along_axis(far, near[..., None], -1)[..., 0]
        lift = high[near] * np.exp(-((least / (0.8 * wide_mm + 2)) ** 2))
        return np.stack([np.zeros_like(lift), np.zeros_like(lift), lift], axis=-1)

    push([top], field, bit)
