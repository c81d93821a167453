"""Board that something went through: an opening with corners, cracks out of them, and lips of board bent in."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.props import materials
from fakes.props.item import Item, Severity
from fakes.props.panel import PX_PER_MM, Colour, Mask, Panel, Plane, Points, Skin, bare_skin, push, px, sheet
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, grain, jagged, polygon, strokes

RAW: Colour = (150, 184, 208)
"""Fibres of brown board where it broke."""
LIPPED = 0.75
"""Of the sides of an opening, those that still hold what was pushed out of them."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`corners` (N, 2) around `centre` (x, y), texels; `there` is what is open."""

    centre: Points
    corners: Points
    there: Mask


def hole(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """Something went in: an opening onto what is inside, a torn rim pushed down, cracks, lips bent inwards."""
    top = item.panel(item.face)
    before, radius_mm = top.skin.albedo.copy(), float(rng.uniform(*((9, 13) if severity == "minor" else (19, 31))))
    gap = opening(rng, top.skin.shape, px(radius_mm))
    _break(rng, top.skin, gap, bit)
    column, row = (int(place) for place in gap.centre)
    at, reach = top.texel_points()[row, column], radius_mm * 1.6

    def field(points: Points) -> Points:
        near = np.clip(1 - np.linalg.norm(points - at, axis=-1) / reach, 0, 1)
        return np.stack([near * 0, near * 0, -near * reach * 0.26], axis=-1)

    push([top], field, bit)
    for side in range(len(gap.corners)):
        if rng.random() < LIPPED:
            item.shell.append(_lip(rng, top, before, gap, side, bit))


def opening(rng: np.random.Generator, shape: tuple[int, int], radius: float) -> Opening:
    """One of about `radius` texels somewhere on a skin of `shape`, clear of its edges."""
    centre = np.array([shape[1] * rng.uniform(0.25, 0.75), shape[0] * rng.uniform(0.25, 0.75)])
    count = int(rng.integers(5, 8))
    angles = 2 * np.pi * (np.arange(count) + rng.uniform(-0.3, 0.3, count) + rng.random()) / count
    far = radius * rng.uniform(0.6, 1.2, count)
    corners = centre + far[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    sides = [jagged(rng, one, other, px(0.55)) for one, other in zip(corners, np.roll(corners, -1, 0), strict=True)]
    return Opening(centre, corners, polygon(shape, np.concatenate(sides)))


def _break(rng: np.random.Generator, skin: Skin, gap: Opening, bit: int) -> None:
    """Take the opening out; around it the liner is off in places, and cracks run on from its corners."""
    shape, gone = skin.shape, gap.there
    far = np.asarray(cv2.distanceTransform((~gone).astype(np.uint8), cv2.DIST_L2, 5), np.float32) / np.float32(
        PX_PER_MM
    )
    wide = np.clip(1.3 + 1.5 * clouds(rng, shape, px(6)), 0.5, 4.5)
    bare: Plane = np.clip((1.15 - far / wide) * 3, 0, 1).astype(np.float32) * ~gone
    dark, edges = slits(rng, shape, gap)
    frayed = np.clip(np.maximum(bare * (0.9 + grain(rng, shape, 1.0) * 0.12), edges * 0.55), 0, 0.95)
    skin.albedo = tint(skin.albedo, RAW, (frayed * ~gone).astype(np.float32))
    skin.albedo = scaled(skin.albedo, (1 - 0.72 * dark * ~gone).astype(np.float32))
    skin.roughness = materials.blend(skin.roughness, 0.92, bare)
    skin.bump_mm -= (bare * 0.35 + edges * 0.3 + dark * 0.4).astype(np.float32)
    skin.solid &= ~gone
    skin.marks[gone | (bare > 0) | (edges > 0) | (dark > 0)] |= np.uint8(1 << bit)


def slits(rng: np.random.Generator, shape: tuple[int, int], opening: Opening) -> tuple[Plane, Plane]:
    """Cracks out of the corners: how dark they gape, and how much of their edges is bare."""
    paths = []
    for corner in opening.corners:
        out = corner - opening.centre
        paths.append(jagged(rng, corner, corner + out * rng.uniform(0.15, 0.8), px(0.5)))
    edges = np.asarray(cv2.GaussianBlur(strokes(shape, paths, px(1.4)), (0, 0), 1.2))
    return strokes(shape, paths, 1), np.where(edges > 0.05, edges, np.float32(0))


def _lip(
    rng: np.random.Generator, top: Panel, print_: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", opening: Opening,
    side: int, bit: int,
) -> Panel:  # fmt: skip
    """What filled the opening along one of its sides, hinged there, its tip bent down and in; it keeps its print."""
    one, other = opening.corners[side], opening.corners[(side + 1) % len(opening.corners)]
    tip = opening.centre + rng.normal(0, 0.12, 2) * np.linalg.norm(other - one)
    along, inward = other - one, (tip - (one + other) / 2) * float(rng.uniform(0.6, 0.95))
    long, deep = (max(6.0, float(np.linalg.norm(way)) / PX_PER_MM) for way in (along, inward))
    skin = bare_skin(long, deep, RAW, 0.85)
    v, u = (np.mgrid[: skin.shape[0], : skin.shape[1]] + 0.5) / np.array(skin.shape)[:, None, None]
    texels = (one + u[..., None] * along + v[..., None] * inward).astype(np.float32)
    skin.albedo = np.asarray(cv2.remap(print_, texels[..., 0], texels[..., 1], cv2.INTER_LINEAR))
    ragged = 1 - v - np.abs(2 * u - 1) + clouds(rng, skin.shape, px(1.5)) * 0.06
    skin.solid = np.asarray(ragged > 0)
    skin.albedo = tint(skin.albedo, RAW, np.clip(1.3 - ragged * deep / 1.4, 0, 0.9).astype(np.float32))
    skin.marks[skin.solid] |= np.uint8(1 << bit)
    panel = sheet("lip", (0, 0, 0), (long, 0, 0), (0, -deep, 0), skin, 2.0)
    panel.vertices = _bent(panel, top, (one, other), tip, (deep, float(rng.uniform(0.5, 1.35))))
    panel.lining = RAW
    return panel


def _bent(panel: Panel, top: Panel, hinge: tuple[Points, Points], tip: Points, bend: tuple[float, float]) -> Points:
    """Where a lip is: `bend` is its length, mm, and by how much it has turned at its tip, radians."""
    at, limit = top.texel_points(), np.array(top.skin.shape[::-1]) - 1
    first, last, aim = (at[tuple(np.clip(np.rint(place), 0, limit).astype(int)[::-1])] for place in (*hinge, tip))
    across = (last - first) / max(float(np.linalg.norm(last - first)), 1e-9)
    inward = aim - (first + last) / 2
    inward -= (inward @ across) * across
    inward /= max(float(np.linalg.norm(inward)), 1e-9)
    down = -np.cross(across, inward)
    down *= -np.sign(down[2]) or 1.0
    deep, turn = bend
    angle = 0.25 + turn * panel.uv[..., 1]
    flat = deep / turn * (np.sin(angle) - np.sin(0.25))
    under = deep / turn * (np.cos(0.25) - np.cos(angle))
    base = first + panel.uv[..., :1] * (last - first)
    return np.asarray(base + flat[..., None] * inward + under[..., None] * down)
