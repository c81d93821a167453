"""Polybags: crumpled film around folded clothes. Its wrinkles are many and sharp, and none of them is damage."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.props import ink, materials
from fakes.props.item import Item, Product
from fakes.props.panel import PX_PER_MM, Colour, Mask, Plane, Points, Skin, bare_skin, push, px
from fakes.props.pillow import Pillow, crumpled, puckered, under
from fakes.props.rip import pierced, ripped
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

HARMS = ("tear", "hole", "spillage", "superficial")
HAZE: Colour = (214, 214, 210)
WARNING = ("WARNING: TO AVOID DANGER OF", "SUFFOCATION KEEP THIS BAG", "AWAY FROM CHILDREN")


@dataclass(frozen=True, slots=True)
class Polybag:
    """A fakes.props.item.Builder. A product's film has one of `films`, or is clear; what is in it one of `cloths`."""

    films: tuple[Colour, ...]
    cloths: tuple[Colour, ...]
    clear: float = 0.25
    step_mm: float = 2.4

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        cloth = self.cloths[int(looks.integers(len(self.cloths)))]
        film = self.films[int(looks.integers(len(self.films)))]
        clear = float(looks.random()) < self.clear
        pillow = _pillow(stream(seed, "filled"), product)
        relief = _wrinkles(stream(seed, "crumple"), pillow)
        skin = bare_skin(*product.size_mm[:2], cloth if clear else film, float(looks.uniform(0.14, 0.26)))
        if clear:
            _see_through(stream(seed, "cloth"), skin, pillow, relief)
        _blown(stream(seed, "film"), skin, relief)
        _print(looks, skin, product, clear)
        stiff = _stick(stream(product.number, "label", product.family), skin, product, pillow)
        shell = pillow.panels(skin, relief * (1 - np.float32(0.55) * stiff), self.step_mm)
        for panel in shell:
            panel.lining = HAZE if clear else (58, 56, 54) if looks.random() < 0.3 else film
        within = under(shell[0], _cloth(stream(seed, "contents"), product, cloth), 3.0)
        ways = {"tear": ripped(HAZE, 1.0), "hole": pierced(HAZE, 1.0)}
        return Item(product, shell, [[within]], HARMS, ways, pours="grains", supple=True)

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle: faint scratches that only dull the film, and dust."""
        rng = stream(seed, "handled")
        for panel in item.shell:
            rubbed = materials.scuffs(rng, panel.skin, int(rng.integers(0, 6)), 0.06)
            panel.skin.roughness += (
                rubbed * 0.25 + np.clip(clouds(rng, panel.skin.shape, px(25)), 0, 1) * 0.05
            ).astype(np.float32)

    def settle(self, item: Item, seed: int) -> None:
        """It sags where there is little in it."""
        rng = stream(seed, "settled")
        length, width, height = item.product.size_mm
        at = rng.uniform(-0.5, 0.5, (4, 2)) * (length, width)
        deep = rng.uniform(-0.03, 0.16, 4) * height
        skew = rng.normal(0, 0.01, 2)

        def field(points: Points) -> Points:
            far = np.linalg.norm(points[..., None, :2] - at, axis=-1) / (0.35 * width)
            sag = (np.exp(-(far**2)) * deep).sum(axis=-1) * np.clip(points[..., 2] / height, 0, 1)
            return np.stack([skew[0] * points[..., 1], skew[1] * points[..., 0], -sag], axis=-1)

        push(item.panels, field)


def _pillow(rng: np.random.Generator, product: Product) -> Pillow:
    narrow, height = min(product.size_mm[:2]), product.size_mm[2]
    return Pillow(product.size_mm, float(rng.uniform(5, 9)), height * float(rng.uniform(0.15, 0.3)),
                  narrow * float(rng.uniform(0.26, 0.38)))  # fmt: skip


def _wrinkles(rng: np.random.Generator, pillow: Pillow) -> Plane:
    """Lumps of cloth, and over them film that has been crushed in every direction, mm."""
    shape = (px(pillow.size_mm[1]), px(pillow.size_mm[0]))
    wild = float(rng.uniform(0.7, 1.3))
    lumps = clouds(rng, shape, px(55)) * np.float32(0.06 * pillow.size_mm[2])
    folds = crumpled(rng, shape, (26, 80), 5, 0.22 * wild) + crumpled(rng, shape, (9, 26), 6, 0.20 * wild)
    sharp = np.asarray(cv2.GaussianBlur(folds, (0, 0), px(0.35)), np.float32)
    return lumps + sharp + puckered(rng, pillow, shape, 11.0, 3.2 * wild)


def _steepness(relief_mm: Plane) -> Plane:
    right, down = (cv2.Sobel(relief_mm, cv2.CV_32F, *way, scale=PX_PER_MM / 8) for way in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(right, down), dtype=np.float32)


def _see_through(rng: np.random.Generator, skin: Skin, pillow: Pillow, relief_mm: Plane) -> None:
    """Cloth under clear film: hazy where the film stands steep, empty towards the seam."""
    _weave(rng, skin)
    x = (np.arange(skin.shape[1]) + 0.5) / PX_PER_MM - pillow.size_mm[0] / 2
    y = pillow.size_mm[1] / 2 - (np.arange(skin.shape[0]) + 0.5) / PX_PER_MM
    filled = pillow.fullness(*np.meshgrid(x, y)).astype(np.float32) + clouds(rng, skin.shape, px(20)) * np.float32(0.04)
    empty = np.clip(1 - (filled - np.float32(0.3)) * 12, 0, 1)
    haze = 0.05 + 0.30 * np.clip(_steepness(relief_mm) - 0.12, 0, 1)
    skin.albedo = tint(skin.albedo, (128, 130, 130), (0.75 * empty).astype(np.float32))
    skin.albedo = tint(skin.albedo, HAZE, haze.astype(np.float32))


def _weave(rng: np.random.Generator, skin: Skin) -> None:
    """Folded cloth: threads, shaded hollows, the edge of a fold or two."""
    shape = skin.shape
    rows, columns = (np.arange(side, dtype=np.float32)[:, None] for side in shape)
    thread = np.cos(rows * np.float32(np.pi / 1.6)) * np.cos(columns.T * np.float32(np.pi / 1.6))
    tone = 1 + thread * 0.03 + grain(rng, shape) * 0.05 + clouds(rng, shape, px(30)) * 0.06
    for _ in range(int(rng.integers(1, 4))):
        edge = rows - shape[0] * np.float32(rng.uniform(0.15, 0.85)) + clouds(rng, shape, px(50)) * px(1.5)
        tone -= 0.4 * np.exp(-((edge / px(0.9)) ** 2)) + 0.18 * np.exp(-np.abs(edge) / px(4)) * (edge > 0)
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))


def _blown(rng: np.random.Generator, skin: Skin, relief_mm: Plane) -> None:
    """Film: an even tone, strained pale along its sharpest folds, streaks of the extruder."""
    fold = cv2.Laplacian(relief_mm, cv2.CV_32F, ksize=3)
    strained = np.asarray(cv2.GaussianBlur(np.abs(fold), (0, 0), 0.8), np.float32)
    pale = np.clip(strained * 0.5 - 0.14, 0, 0.16)
    skin.albedo = tint(skin.albedo, (226, 226, 224), pale)
    tone = 1 + clouds(rng, skin.shape, px(60)) * 0.012 + grain(rng, skin.shape) * 0.006
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
    skin.roughness += (np.abs(clouds(rng, skin.shape, px(15))) * 0.03).astype(np.float32)
    streaks = cv2.resize(clouds(rng, (skin.shape[0], 4), px(1.5)), skin.shape[::-1], interpolation=cv2.INTER_LINEAR)
    skin.bump_mm += np.asarray(streaks * 0.004, np.float32)


def _print(rng: np.random.Generator, skin: Skin, product: Product, clear: bool) -> None:
    length, width, _ = product.size_mm
    dark = float(skin.albedo.mean()) < 105
    colour = ink.PAPER if dark else (ink.DARK if rng.random() < 0.6 else ink.vivid(rng, 0.8, 0.5))
    brand, face = ink.pick(rng, ink.BRANDS), ink.pick(rng, ink.FACES)
    size = min(length / (0.9 * len(brand) + 2), width * 0.26, 34)
    if not clear and rng.random() < 0.75:
        if rng.random() < 0.3:
            _bands(rng, skin, ink.vivid(rng))
        mask = ink.text_mask(skin.shape, brand, (length * 0.09, width * 0.32), size, face, 800)
        materials.printed(skin, mask, colour, rng, 0.95)
    for row, words in enumerate(WARNING):
        at = (length - 78, 18 + 4.2 * row)
        materials.printed(skin, ink.text_mask(skin.shape, words, at, 2.9, "sans", 500), colour, rng, 0.85)


def _bands(rng: np.random.Generator, skin: Skin, colour: Colour) -> None:
    rows, columns = (np.arange(side, dtype=np.float32)[:, None] / np.float32(PX_PER_MM) for side in skin.shape)
    turn, pitch = rng.uniform(0, np.pi), rng.uniform(18, 50)
    phase = (rows * np.sin(turn) + columns.T * np.cos(turn)) / pitch
    mask = np.clip((np.cos(2 * np.pi * phase) - 0.3) * 8, 0, 1).astype(np.float32)
    materials.printed(skin, mask, colour, rng, 0.95)


def _stick(rng: np.random.Generator, skin: Skin, product: Product, pillow: Pillow) -> Plane:
    """The label, clear of the seam; returns where it makes the film stiff, 0..1."""
    length, width, _ = product.size_mm
    lip = pillow.lip_mm + 8
    label = ink.shipping_label(rng, product.code)
    at = (float(rng.uniform(lip, max(lip + 1, length - lip - 106))), max(lip, width * float(rng.uniform(0.75, 1)) - 86))
    there: Mask = materials.lay(skin, label, (at[0], min(at[1], width - lip - 78)), 0.42, 0.08)
    return np.asarray(cv2.GaussianBlur(there.astype(np.float32), (0, 0), px(2)), np.float32)


def _cloth(rng: np.random.Generator, product: Product, colour: Colour) -> Skin:
    """What a hole lets see."""
    skin = bare_skin(product.size_mm[0] - 24, product.size_mm[1] - 24, colour, 0.85)
    _weave(rng, skin)
    skin.bump_mm += cv2.GaussianBlur(crumpled(rng, skin.shape, (30, 60), 2, 0.12), (0, 0), px(2))
    return skin
