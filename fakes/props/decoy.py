"""What looks like damage and is none: printed, mended, dirty or in the shade. Colour alone is fooled by it; no decoy
changes where a surface is. Each changes the item in place, before any damage, and marks where it did with DECOY."""

from collections.abc import Callable

import cv2
import numpy as np

from fakes.props import ink, materials
from fakes.props.item import Item
from fakes.props.panel import DECOY, PX_PER_MM, Panel, Part, Skin, bare_skin, px, sheet
from fakes.props.pillow import crumpled
from fakes.props.puncture import opening, slits
from fakes.scene.patch import tint
from fakes.scene.shapes import blob, clouds

SMALLEST_MM = 70.0
"""Of a face that one can print on."""

LAMP_MM = (330.0, 190.0)
"""Where the lamps at the sides are: away from the middle of the tray, and up."""
STRIP_MM = 262.0
"""How far out a strip hangs that throws a shadow."""
THIN_MM = 6.0
"""A thinner one falls between the texels of the shadow maps."""


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
    """Pictures of holes with torn rims: dark, darkest where a shadow is painted, pale around, cracked."""
    skin = _face(item)
    before, shape = skin.albedo.copy(), skin.shape
    for _ in range(int(rng.integers(1, 4))):
        gap = opening(rng, shape, px(float(rng.uniform(8, 16))))
        far = np.asarray(cv2.distanceTransform((~gap.there).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
        rim = np.clip(1.4 - far / px(2.2) + clouds(rng, shape, px(4)) * 0.5, 0, 1) * ~gap.there
        dark, edges = slits(rng, shape, gap)
        materials.printed(skin, np.maximum(rim * 0.9, edges * 0.6).astype(np.float32), (186, 206, 218), rng)
        materials.printed(skin, np.maximum(dark * 0.8, gap.there).astype(np.float32), (58, 70, 82), rng, 0.97)
        deep = cv2.GaussianBlur(gap.there.astype(np.float32), (0, 0), px(2.5)) * gap.there
        materials.printed(skin, np.asarray(deep, dtype=np.float32), (14, 16, 20), rng, 0.95)
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
    """Whether there is a face to print on, and nothing over it: a card under its domes shows no print."""
    return item.face == "top" and min(_face(item).shape) >= px(SMALLEST_MM)


def shadow(rng: np.random.Generator, high_mm: float) -> Panel:
    """A strip that hangs along a lamp at one side, between it and the tray: its shadow is a band across the middle of
    what lies `high_mm` up. The lamp is as long as the strip, and so only an edge along it is sharp."""
    side = int(rng.choice((-1, 1)))
    near, wide = float(rng.uniform(-30, 50)), float(rng.uniform(35, 90))
    upper, lower = (LAMP_MM[1] - _below(reach, high_mm) for reach in (near - wide, near))
    upper = max(upper, lower + THIN_MM)
    long, x, lean = float(rng.uniform(420, 560)), float(rng.uniform(-50, 50)), float(rng.uniform(-2.5, 2.5))
    skin = bare_skin(long, upper - lower, (60, 62, 64), 0.7)
    strip = sheet("strip", (x - long / 2, side * STRIP_MM, upper), (long, 0, lean), (0, 0, lower - upper), skin, 40.0)
    strip.part = Part.BOOTH
    return strip


def _below(reach_mm: float, high_mm: float) -> float:
    """How far below the lamp an edge of the strip is whose shadow ends at `reach_mm` towards the lamp, `high_mm` up."""
    return (LAMP_MM[1] - high_mm) * (LAMP_MM[0] - STRIP_MM) / (LAMP_MM[0] - reach_mm)


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
