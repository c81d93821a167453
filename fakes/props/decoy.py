"""What looks like damage and is none: printed, mended, dirty or in the shade. Colour alone is fooled by it; no decoy
changes where a surface is. Each changes the item in place, before any damage, and marks where it did with DECOY."""

from collections.abc import Callable

import cv2
import numpy as np

from fakes.props import ink, materials
from fakes.props.item import Item
from fakes.props.panel import DECOY, PX_PER_MM, Panel, Part, Skin, bare_skin, px, sheet
from fakes.props.pillow import crumpled
from fakes.scene.patch import tint
from fakes.scene.shapes import blob, clouds, cracks, grain, strokes

SMALLEST_MM = 70.0
"""Of a face that one can print on."""


def _marked(skin: Skin, before: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
    skin.marks[np.abs(skin.albedo.astype(np.int16) - before).max(axis=-1) > 6] |= np.uint8(DECOY)


def _face(item: Item) -> Skin:
    return item.panel("top").skin


def printed_screen(rng: np.random.Generator, item: Item) -> None:
    """The picture of a telephone with a smashed screen."""
    skin = _face(item)
    before = skin.albedo.copy()
    long, wide = (side / PX_PER_MM for side in skin.shape[::-1])
    size = (min(long * 0.5, float(rng.uniform(50, 90))), min(wide * 0.6, float(rng.uniform(40, 60))))
    at = (float(rng.uniform(0.05, 0.45)) * long, float(rng.uniform(0.05, 0.3)) * wide)
    materials.lay(skin, ink.smashed_screen(rng, *size), at, float(np.median(skin.roughness)))
    _marked(skin, before)


def printed_splash(rng: np.random.Generator, item: Item) -> None:
    """A splash of colour, as on a pack of juice."""
    skin = _face(item)
    before = skin.albedo.copy()
    centre = (skin.shape[1] * float(rng.uniform(0.25, 0.75)), skin.shape[0] * float(rng.uniform(0.25, 0.75)))
    wet = ink.splash(rng, skin.shape, centre, px(float(rng.uniform(14, 30))))
    materials.printed(skin, wet, ink.vivid(rng, 0.8, float(rng.uniform(0.25, 0.7))), rng, 0.95)
    _marked(skin, before)


def printed_holes(rng: np.random.Generator, item: Item) -> None:
    """Holes with torn rims, drawn: black, with a pale edge and a painted shadow."""
    skin = _face(item)
    before, shape = skin.albedo.copy(), skin.shape
    for _ in range(int(rng.integers(1, 4))):
        centre = (shape[1] * float(rng.uniform(0.2, 0.8)), shape[0] * float(rng.uniform(0.2, 0.8)))
        radius = px(float(rng.uniform(5, 14)))
        ragged = blob(rng, shape, centre, radius) + grain(rng, shape, 1.5) * 0.06
        rim = np.clip(1 + ragged / 0.35, 0, 1) * (ragged <= 0)
        lines = strokes(shape, cracks(rng, np.array(centre), radius * 1.8, 6), 2)
        materials.printed(skin, np.maximum(rim * 0.8, lines * 0.6).astype(np.float32), (190, 206, 216), rng)
        materials.printed(skin, (ragged > 0).astype(np.float32), (18, 20, 24), rng, 0.97)
    _marked(skin, before)


def tape_repair(rng: np.random.Generator, item: Item) -> None:
    """A strip or two of tape where somebody thought better of it."""
    skin = _face(item)
    before = skin.albedo.copy()
    long, wide = (side / PX_PER_MM for side in skin.shape[::-1])
    colour = ((58, 104, 150), (150, 190, 208), (44, 38, 34), (40, 40, 190))[int(rng.integers(4))]
    for _ in range(int(rng.integers(1, 3))):
        box = (float(rng.uniform(0, 0.5)) * long, float(rng.uniform(0, 0.6)) * wide,
               float(rng.uniform(0.3, 0.6)) * long, float(rng.choice((25, 38, 48))))  # fmt: skip
        materials.tape(rng, skin, box, colour, float(rng.choice((0.1, 0.3, 0.6))))
    _marked(skin, before)


def wrinkled_film(rng: np.random.Generator, item: Item) -> None:
    """A bag crumpled more than others; on anything else a document pouch of glossy film, wrinkled in its glue."""
    skin = _face(item)
    there = np.ones(skin.shape, np.bool_)
    if not item.supple:
        there[:] = False
        tall, long = (px(min(float(rng.uniform(*span)), side / PX_PER_MM * 0.6))
                      for span, side in (((60, 90), skin.shape[0]), ((90, 150), skin.shape[1])))  # fmt: skip
        row, column = int(rng.integers(skin.shape[0] - tall)), int(rng.integers(skin.shape[1] - long))
        there[row : row + tall, column : column + long] = True
    folds = crumpled(rng, skin.shape, (7, 26), 5, 0.16) * there
    skin.bump_mm += folds
    skin.roughness = materials.blend(skin.roughness, 0.12, there.astype(np.float32) * np.float32(0.9))
    skin.albedo = tint(skin.albedo, (222, 222, 220), (there * (0.07 + np.abs(folds) * 0.05)).astype(np.float32))
    skin.marks[there & ((np.abs(folds) > 0.1) | (not item.supple))] |= np.uint8(DECOY)


DECOYS: dict[str, Callable[[np.random.Generator, Item], None]] = {
    "printed-screen": printed_screen,
    "printed-splash": printed_splash,
    "printed-holes": printed_holes,
    "tape-repair": tape_repair,
    "wrinkled-film": wrinkled_film,
}


def fits(item: Item) -> bool:
    """Whether there is a face to print on."""
    named = [panel for panel in item.shell if panel.name == "top"]
    return bool(named) and min(named[0].skin.shape) >= px(SMALLEST_MM)


def shadow(rng: np.random.Generator) -> Panel:
    """A post between a lamp and the tray, beside the belt: its shadow lies across the item with a hard edge."""
    side = int(rng.choice((-1, 1)))
    wide, x = float(rng.uniform(12, 40)), float(rng.uniform(-110, 110))
    skin = bare_skin(wide, 300, (60, 62, 64), 0.7)
    post = sheet("post", (x - wide / 2, side * 262.0, 280), (wide, 0, 0), (0, 0, -300), skin, 40.0)
    post.part = Part.BOOTH
    return post


def soiled(rng: np.random.Generator, skin: Skin) -> None:
    """Dirt of many trips on a tray's floor."""
    before = skin.albedo.copy()
    shape = skin.shape
    for _ in range(int(rng.integers(5, 10))):
        centre = (float(rng.uniform(0, shape[1])), float(rng.uniform(0, shape[0])))
        patch = blob(rng, shape, centre, px(float(rng.uniform(8, 36))))
        share = np.clip(patch * 2.5, 0, 0.5) * np.clip(0.7 + clouds(rng, shape, px(4)) * 0.3, 0, 1)
        share += np.exp(-((patch / 0.06) ** 2)) * 0.35
        materials.printed(skin, share.astype(np.float32), (40, 54, 74), rng, 0.9)
    drops = np.zeros(shape, np.uint8)
    for _ in range(int(rng.integers(20, 60))):
        at = (int(rng.integers(shape[1])), int(rng.integers(shape[0])))
        cv2.circle(drops, at, int(rng.integers(px(0.6), px(2.4))), 255.0, -1, cv2.LINE_AA)
    materials.printed(skin, drops.astype(np.float32) / np.float32(255), (36, 46, 60), rng, 0.7)
    _marked(skin, before)
