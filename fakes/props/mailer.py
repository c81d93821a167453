"""Padded mailers: paper or poly envelopes over bubble wrap, a flap glued down at one end."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.props import ink, materials
from fakes.props.item import Item, Product
from fakes.props.panel import PX_PER_MM, Colour, Plane, Points, Skin, bare_skin, push, px
from fakes.props.pillow import Pillow, crumpled, puckered, under
from fakes.props.rip import pierced, ripped
from fakes.scene.patch import scaled
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

HARMS = ("tear", "hole", "dent", "spillage", "superficial")
WRAP: Colour = (206, 208, 204)
"""Bubble wrap, seen from inside."""
FRAYED: Colour = (206, 216, 222)
DRAWN: Colour = (216, 216, 214)
"""Paper where it tore, and film."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """A fakes.props.item.Builder. A product is of one of `papers` or of `films`; `bubble_mm` bounds the pitch of the
    wrap in it."""

    papers: tuple[Colour, ...]
    films: tuple[Colour, ...]
    bubble_mm: tuple[float, float] = (10.0, 13.0)
    step_mm: float = 3.2

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks, rng = stream(product.number, "looks", product.family), stream(seed, "board")
        number = int(looks.integers(len(self.papers) + len(self.films)))
        film = number >= len(self.papers)
        pillow = _pillow(stream(seed, "filled"), product)
        skin = _sheet(rng, product, (*self.papers, *self.films)[number], film)
        relief = _crumple(stream(seed, "crumple"), pillow, skin.shape, film)
        _print(looks, skin, product)
        _flap(stream(product.number, "flap", product.family), skin, pillow, film)
        stiff = _stick(stream(product.number, "label", product.family), skin, product, pillow)
        relief += _bubbles(stream(seed, "bubbles"), pillow, skin.shape, float(looks.uniform(*self.bubble_mm)))
        shell = pillow.panels(skin, relief * (1 - np.float32(0.6) * stiff), self.step_mm)
        for panel in shell:
            panel.lining = WRAP
        wrap = under(shell[0], _wrap(stream(seed, "contents"), pillow), 3.0)
        edge = (DRAWN, 1.0) if film else (FRAYED, 0.0)
        return Item(product, shell, [[wrap]], HARMS, {"tear": ripped(*edge), "hole": pierced(*edge)})

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle: scuffs, and a seam that has been held and rubbed."""
        rng = stream(seed, "handled")
        amount = float(rng.uniform(0.1, 0.5))
        for panel in item.shell:
            materials.scuffs(rng, panel.skin, int(rng.integers(0, 5)), 0.18)
            soiled = np.clip(clouds(rng, panel.skin.shape, px(30)) - 0.6, 0, 1) * 0.08 * amount
            panel.skin.albedo = scaled(panel.skin.albedo, (1 - soiled).astype(np.float32))

    def settle(self, item: Item, seed: int) -> None:
        """It bends a little over what is in it."""
        rng = stream(seed, "settled")
        length, width, height = item.product.size_mm
        twist, lift = rng.normal(0, 0.05, 2) * height, rng.uniform(0, 0.12, 2) * height
        skew = rng.normal(0, 0.006, 2)

        def field(points: Points) -> Points:
            u, v = points[..., 0] * 2 / length, points[..., 1] * 2 / width
            rise = twist[0] * u * v + twist[1] * (u**2 - v**2) + lift[0] * u**2 + lift[1] * v**2
            move = np.stack([skew[0] * points[..., 1], skew[1] * points[..., 0], rise], axis=-1)
            move[..., 2] = np.maximum(move[..., 2], -points[..., 2]) * np.clip(points[..., 2] / 3, 0, 1)
            return np.asarray(move)

        push(item.panels, field)


def _pillow(rng: np.random.Generator, product: Product) -> Pillow:
    narrow, height = min(product.size_mm[:2]), product.size_mm[2]
    return Pillow(product.size_mm, float(rng.uniform(8, 12)), height * float(rng.uniform(0.18, 0.32)),
                  narrow * float(rng.uniform(0.22, 0.30)))  # fmt: skip


def _sheet(rng: np.random.Generator, product: Product, colour: Colour, film: bool) -> Skin:
    skin = bare_skin(*product.size_mm[:2], colour, 0.33 if film else 0.68)
    if film:
        tone = 1 + clouds(rng, skin.shape, px(40)) * 0.01 + grain(rng, skin.shape) * 0.006
        skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
        skin.roughness += (clouds(rng, skin.shape, px(12)) * 0.02).astype(np.float32)
    else:
        materials.corrugate(rng, skin, 6.0, down=True, strength=0.0)
    return skin


def _crumple(rng: np.random.Generator, pillow: Pillow, shape: tuple[int, int], film: bool) -> Plane:
    """Paper folds seldom and softly, film a little more."""
    folds = crumpled(rng, shape, (30, 90), 4, 0.035) + crumpled(rng, shape, (12, 30), 3, 0.03 if film else 0.018)
    soft = np.asarray(cv2.GaussianBlur(folds, (0, 0), px(1.2 if film else 1.8)), np.float32)
    return soft + puckered(rng, pillow, shape, 12.0, 1.7) + clouds(rng, shape, px(70)) * np.float32(0.5)


def _bubbles(rng: np.random.Generator, pillow: Pillow, shape: tuple[int, int], pitch_mm: float) -> Plane:
    """Round bubbles in staggered rows, pressing through here more than there, mm."""
    rows, columns = (np.arange(side, dtype=np.float32)[:, None] / np.float32(PX_PER_MM * pitch_mm) for side in shape)
    off = rng.uniform(0, 1, 2).astype(np.float32)
    down, right = rows / np.float32(np.sqrt(3)) + off[0], columns.T + off[1]
    near = np.full(shape, 9.0, np.float32)
    for shift in (np.float32(0), np.float32(0.5)):
        off_down, off_right = ((side + shift) % 1 - np.float32(0.5) for side in (down, right))
        near = np.minimum(near, 3 * off_down**2 + off_right**2)
    dome = np.sqrt(np.clip(1 - near / np.float32(0.21), 0, 1))
    through = np.clip(0.55 + clouds(rng, shape, px(40)) * 0.4, 0.1, 1.2) * float(rng.uniform(0.4, 0.8))
    x = (np.arange(shape[1]) + 0.5) / PX_PER_MM - pillow.size_mm[0] / 2
    y = pillow.size_mm[1] / 2 - (np.arange(shape[0]) + 0.5) / PX_PER_MM
    inside = pillow.fullness(*np.meshgrid(x, y)).astype(np.float32)
    return np.asarray(dome * through * np.clip(inside * 3, 0, 1), dtype=np.float32)


def _print(rng: np.random.Generator, skin: Skin, product: Product) -> None:
    length, width, _ = product.size_mm
    brand, face = ink.pick(rng, ink.BRANDS), ink.pick(rng, ink.FACES)
    dark = float(skin.albedo.mean()) < 95
    colour = ink.PAPER if dark else (ink.DARK if rng.random() < 0.5 else ink.vivid(rng, 0.75, 0.45))
    style = int(rng.integers(4))
    size = min(length / (1.1 * len(brand) + 2), width * 0.2, 24)
    if style == 0:  # a brand, again and again
        mask = np.zeros(skin.shape, np.float32)
        for row, down in enumerate(np.arange(18.0, width, 24.0)):
            for right in np.arange(-20.0 + 22 * (row % 2), length, 7.0 * len(brand) + 12):
                mask = np.maximum(mask, ink.text_mask(skin.shape, brand, (right, down), 7.0, face, 700))
        materials.printed(skin, mask, colour, rng, float(rng.uniform(0.25, 0.8)))
    elif style < 3:
        at = (length * 0.08, width * 0.2)
        materials.printed(skin, ink.text_mask(skin.shape, brand, at, size, face, 800), colour, rng)
        words = ink.pick(rng, ("padded mailer", "please do not bend", "100 % recycled paper", *ink.GOODS))
        below = (at[0], at[1] + size * 0.8)
        materials.printed(skin, ink.text_mask(skin.shape, words, below, size * 0.38, "sans", 400), colour, rng)
    lines = (f"No. {'ABCDEFGH'[int(rng.integers(8))]}/{rng.integers(11, 21)}", f"{length:.0f} x {width:.0f} mm")
    for row, words in enumerate(lines):
        at = (length - 74, width - 20 + 4.4 * row)
        materials.printed(skin, ink.text_mask(skin.shape, words, at, 2.8, "sans", 500), colour, rng, 0.7)


def _flap(rng: np.random.Generator, skin: Skin, pillow: Pillow, film: bool) -> None:
    """Folded over from the right: its edge stands up a little, a ridge of glue behind it, a tear strip before it."""
    length, width, _ = pillow.size_mm
    edge = length - float(rng.uniform(38, 58))
    lean = float(rng.uniform(4, 12))
    down = (np.arange(skin.shape[0], dtype=np.float32) + 0.5)[:, None] / np.float32(PX_PER_MM)
    right = (np.arange(skin.shape[1], dtype=np.float32) + 0.5)[None, :] / np.float32(PX_PER_MM)
    slant = np.float32(lean) * np.clip(1 - np.minimum(down, np.float32(width) - down) / 14, 0, 1)
    behind = right - np.float32(edge) - slant
    skin.bump_mm += np.asarray(0.22 * (1 + np.tanh(behind / 0.5)), np.float32)
    shade = 0.45 * np.exp(-(((behind + 0.5) / 0.7) ** 2)) + 0.06 * np.exp(-np.abs(behind + 1) / 3)
    skin.albedo = scaled(skin.albedo, (1 - shade).astype(np.float32))
    glue = np.clip(1 - np.abs(behind - 11) / 7, 0, 1) ** 0.5
    ridges = clouds(rng, skin.shape, px(2.5)) * 0.05 + clouds(rng, skin.shape, px(9)) * 0.06
    skin.bump_mm += np.asarray(glue * (0.1 + ridges), np.float32)
    skin.albedo = scaled(skin.albedo, np.asarray(1 - 0.035 * glue, np.float32))
    if not film:
        strip = np.exp(-(((behind - 26) / 0.4) ** 2)) + np.exp(-(((behind - 32) / 0.4) ** 2))
        dashes = (np.floor(down / 2.2) % 2).astype(np.float32)
        skin.albedo = scaled(skin.albedo, np.asarray(1 - 0.3 * strip * dashes, np.float32))
        skin.bump_mm -= np.asarray(0.08 * strip * dashes, np.float32)


def _stick(rng: np.random.Generator, skin: Skin, product: Product, pillow: Pillow) -> Plane:
    """The label, clear of the seam; returns where it makes the sheet stiff, 0..1."""
    length, width, _ = product.size_mm
    lip = pillow.lip_mm + 4
    label = ink.shipping_label(rng, product.code)
    at = (float(rng.uniform(lip, max(lip, length - lip - 166))), width - lip - 78 - float(rng.uniform(0, 0.12)) * width)
    there = materials.lay(skin, label, (at[0], max(lip, at[1])), 0.45, 0.09)
    if rng.random() < 0.4:
        materials.lay(skin, ink.sorting_sticker(rng), (min(length - 110, at[0] + 70), max(lip, at[1] - 14)), 0.5, 0.1)
    return np.asarray(cv2.GaussianBlur(there.astype(np.float32), (0, 0), px(2)))


def _wrap(rng: np.random.Generator, pillow: Pillow) -> Skin:
    """What a hole lets see: the inner sheet of the wrap."""
    length, width, _ = pillow.size_mm
    skin = bare_skin(length - 20, width - 40, WRAP, 0.3)
    skin.albedo = scaled(skin.albedo, (0.85 + clouds(rng, skin.shape, px(15)) * 0.03).astype(np.float32))
    skin.bump_mm += _bubbles(rng, pillow, skin.shape, 11.0) * 2
    return skin
