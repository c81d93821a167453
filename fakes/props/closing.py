"""How cartons are shut: flaps and tape, tucked lids, lids over rims, glue; and what shows of it from outside."""

from typing import Literal

import numpy as np

from fakes.props import materials
from fakes.props.item import BOX_SIDES, Size
from fakes.props.panel import PX_PER_MM, Colour, Panel, Skin, face_size, px
from fakes.scene.patch import tint
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

Closure = Literal["taped", "tuck", "lid", "glued"]
BROWN_TAPE: Colour = (58, 104, 150)
BOARD_MM = 3.0
LIFT_MM = 2.6
"""How far the end of a flap stands up at most, between its crease and the tape."""


def close(rng: np.random.Generator, skins: dict[str, Skin], size_mm: Size, closure: Closure, fluted: bool) -> None:
    """Draw how a carton is shut on its faces, in place. `fluted`: of corrugated board."""
    length, width, height = size_mm
    top = skins["top"]
    if closure == "lid":
        _rim(skins, size_mm, height * float(rng.uniform(0.3, 0.6)))
    elif closure == "tuck":
        _slots(skins, size_mm)
    else:
        if fluted:
            for face in ("left", "right"):
                _raw_edge(rng, skins[face])
        _seam(top, width / 2 + float(rng.normal(0, 0.8)), length)
        for at in (width / 2 - rng.uniform(2, 6), length - width / 2 + rng.uniform(2, 6)):
            if 20 < at < length - 20:  # the inner flaps' edges show through
                materials.crease(top, (float(at), 3), (float(at), width - 3), 0.12, 1.4)
    if closure == "taped":
        wide = float(rng.choice((48, 50, 60)))
        clear = float(rng.choice((0.18, 0.45, 0.75)))
        colour = BROWN_TAPE if clear < 0.7 else (150, 190, 208)
        if rng.random() < 0.25:
            colour, clear = (44, 38, 34), 0.04
        middle = width / 2 + float(rng.normal(0, 2.5)) - wide / 2
        tape_rng = stream(int(rng.integers(1 << 30)), "tape")
        materials.tape(tape_rng, top, (-2, middle, length + 4, wide), colour, clear)
        reach = float(rng.uniform(35, 65))
        materials.tape(tape_rng, skins["right"], (middle, -2, wide, reach), colour, clear)
        materials.tape(tape_rng, skins["left"], (width - middle - wide, -2, wide, reach), colour, clear)


def _seam(skin: Skin, at_mm: float, length_mm: float) -> None:
    """Where the two outer flaps meet: a dark slot, one flap a little higher than the other."""
    rows = (np.arange(skin.shape[0], dtype=np.float32) + 0.5) / np.float32(PX_PER_MM) - np.float32(at_mm)
    slot = np.exp(-((rows / 0.55) ** 2))[:, None] * np.ones((1, skin.shape[1]), np.float32)
    skin.albedo = tint(skin.albedo, (34, 48, 60), slot * 0.8)
    step = 0.175 * (1 + np.tanh(rows / 0.8))
    skin.bump_mm += (step[:, None] - 0.6 * slot).astype(np.float32)
    materials.crease(skin, (2.5, 2), (2.5, skin.shape[0] / PX_PER_MM - 2), 0.05, 1.0)
    materials.crease(skin, (length_mm - 2.5, 2), (length_mm - 2.5, skin.shape[0] / PX_PER_MM - 2), 0.05, 1.0)


def _rim(skins: dict[str, Skin], size_mm: Size, depth_mm: float) -> None:
    for face in BOX_SIDES:
        length = face_size(face, size_mm)[0]
        skin = skins[face]
        row = px(depth_mm)
        skin.bump_mm[:row] += np.float32(0.8)
        skin.albedo[row : row + px(0.9)] //= 4
        materials.crease(skin, (0, depth_mm + 2.5), (length, depth_mm + 2.5), 0.2, 2.0)


def _slots(skins: dict[str, Skin], size_mm: Size) -> None:
    """A die-cut mailer: the lid's front flap tucked in, dust flaps at the sides."""
    length, width, height = size_mm
    front = skins["front"]
    front.albedo[px(1.4) : px(2.4), px(4) : -px(4)] //= 3
    for face in ("left", "right"):
        skins[face].albedo[px(1.2) : px(2.2), px(6) : px(width - 6)] //= 3
    for at in (length * 0.3, length * 0.7):
        left, right = px(at - 11), px(at + 11)
        front.albedo[px(height - 3) : px(height - 1.6), left:right] //= 4
    materials.crease(skins["top"], (8, 4.5), (length - 8, 4.5), 0.2, 1.2)
    materials.crease(skins["top"], (4.5, 6), (4.5, width - 6), 0.1, 1.0)
    materials.crease(skins["top"], (length - 4.5, 6), (length - 4.5, width - 6), 0.1, 1.0)


def _raw_edge(rng: np.random.Generator, skin: Skin) -> None:
    """The ends of the outer flaps over a short side: two liners with the dark between them, and under them a slit."""
    height, width = skin.shape
    rows = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / np.float32(PX_PER_MM)
    wander = clouds(rng, (1, width), px(14))[:1] * 0.25 + clouds(rng, (1, width), px(3))[:1] * 0.12
    down = rows - wander
    core = np.clip(1.4 - np.abs(down - BOARD_MM * 0.5) / (BOARD_MM * 0.28), 0, 1)
    core = core * np.clip(0.5 + clouds(rng, skin.shape, px(5)) * 0.35 + grain(rng, skin.shape, 1.0) * 0.2, 0, 1)
    torn = np.exp(-(((down - BOARD_MM * 0.95) / 0.5) ** 2)) * np.clip(0.4 + clouds(rng, skin.shape, px(2)) * 0.5, 0, 1)
    skin.albedo = tint(skin.albedo, (58, 84, 106), (core * 0.75).astype(np.float32))
    skin.albedo = tint(skin.albedo, (150, 182, 204), (torn * 0.7).astype(np.float32))
    gape = np.clip(0.5 + clouds(rng, (1, width), px(40))[:1] * 0.8, 0.12, 2.2)
    slit = np.clip(1.3 - np.abs(down - BOARD_MM - 0.5 - gape / 2) / (gape / 2 + 0.15), 0, 1) * (down > 0)
    skin.albedo = tint(skin.albedo, (16, 22, 28), (slit * 0.92).astype(np.float32))
    skin.bump_mm += (0.5 * (down < BOARD_MM) - 0.8 * slit).astype(np.float32)


def lift(rng: np.random.Generator, top: Panel, size_mm: Size) -> None:
    """The ends of the flaps stand up a little between the long edges and the tape, in place: no two alike."""
    length, width, _ = size_mm
    x, y = top.vertices[..., 0], top.vertices[..., 1]
    rise = np.zeros(x.shape)
    for end in (-1, 1):
        for side in (-1, 1):
            high, reach = LIFT_MM * float(rng.random()) ** 1.5, float(rng.uniform(0.08, 0.2)) * length
            inward = np.clip(1 - (length / 2 - end * x) / reach, 0, 1) ** 2
            along = np.clip(np.sin(np.pi * np.clip((side * y) / (width / 2), 0, 1)), 0, 1) ** float(rng.uniform(0.7, 2))
            rise += high * inward * along
    top.vertices[..., 2] += rise
