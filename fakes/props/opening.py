"""Cartons that came open, and what is gone from them."""

import numpy as np

from fakes.props import materials
from fakes.props.item import Item
from fakes.props.panel import PX_PER_MM, Panel, Skin, bare_skin, sheet


def unpack(rng: np.random.Generator, item: Item, severity: str, bit: int) -> None:
    """The top's four flaps stand open: the outer two carry its print, a minor case has only one of them up."""
    top = item.panel("top")
    half = top.skin.shape[0] // 2
    length, width, height = item.product.size_mm
    wide = [bool(rng.integers(2)), True] if severity == "minor" else [True, True]
    for side, opened, rows in ((1, wide[0], slice(0, half)), (-1, wide[1] or not wide[0], slice(half, None))):
        angle = np.radians(rng.uniform(95, 150) if opened else rng.uniform(3, 9))
        item.shell.append(_outer(item, _cut(top.skin, rows), side, float(angle), bit))
    top.skin.solid[:] = False
    top.skin.marks |= np.uint8(1 << bit)
    item.sealed = False
    depth = width / 2
    for side in (-1, 1):
        skin = bare_skin(depth, width, top.lining, 0.75)
        materials.corrugate(rng, skin, 6.5, down=True)
        angle = np.radians(rng.uniform(20, 130) if severity == "major" else rng.uniform(2, 30))
        item.shell.append(_inner(length, height, depth, width, skin, side, float(angle), bit))


def missing(rng: np.random.Generator, item: Item, severity: str, bit: int) -> None:
    """Units are not where they belong: the bit lies on the bottom that shows in their place.

    Raises ValueError for an item without units, or one that is still closed over them.
    """
    if not item.units or item.sealed:
        raise ValueError(f"Nothing can be seen missing from this {item.product.family}: open it first.")
    for _ in range(min(1 if severity == "minor" else 2, len(item.units))):
        gone = item.units.pop(int(rng.integers(len(item.units))))
        corners = np.concatenate([panel.vertices.reshape(-1, 3) for panel in gone])
        low, high = corners.min(axis=0), corners.max(axis=0)
        bottom = item.panel("bottom")
        at = bottom.texel_points()
        under = ((at >= low - 1)[..., :2] & (at <= high + 1)[..., :2]).all(axis=-1)
        bottom.skin.marks[under] |= np.uint8(1 << bit)


def _cut(skin: Skin, rows: slice) -> Skin:
    return Skin(
        skin.albedo[rows].copy(),
        skin.roughness[rows].copy(),
        skin.bump_mm[rows].copy(),
        skin.solid[rows].copy(),
        skin.marks[rows].copy(),
    )


def _outer(item: Item, skin: Skin, side: int, angle: float, bit: int) -> Panel:
    """Half of the top, hinged at the back (`side` 1) or front wall and turned up by `angle`."""
    length, width, height = item.product.size_mm
    deep = skin.shape[0] / PX_PER_MM
    up, out = np.sin(angle), -np.cos(angle)
    tip = np.array([0.0, side * out * deep, up * deep])
    hinge = np.array([-length / 2, side * width / 2, height])
    corner, down = (hinge, tip) if side > 0 else (hinge + tip, -tip)
    return _flap("flap", corner, (length, 0.0, 0.0), down, skin, bit)


def _inner(
    length: float, height: float, depth: float, width: float, skin: Skin, side: int, angle: float, bit: int
) -> Panel:
    up, out = np.sin(angle), -np.cos(angle)
    tip = np.array([side * out * depth, 0.0, up * depth])
    hinge = np.array([side * length / 2, width / 2, height - 0.6])
    corner, along = (hinge, tip) if side < 0 else (hinge + tip, -tip)
    return _flap("inner flap", corner, (along[0], along[1], along[2]), np.array([0.0, -width, 0.0]), skin, bit)


def _flap(
    name: str, corner: np.ndarray[tuple[int], np.dtype[np.float64]], along: tuple[float, float, float],
    down: np.ndarray[tuple[int], np.dtype[np.float64]], skin: Skin, bit: int,
) -> Panel:  # fmt: skip
    skin.marks |= np.uint8(1 << bit)
    start = (float(corner[0]), float(corner[1]), float(corner[2]))
    return sheet(name, start, along, (float(down[0]), float(down[1]), float(down[2])), skin)
