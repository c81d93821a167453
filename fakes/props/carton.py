"""Cartons: shipping cases with flaps and tape, die-cut mailers, lidded boxes, printed retail boxes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fakes.props import ink, materials
from fakes.props.item import BOX_SIDES, Item, Pours, Product, Size
from fakes.props.panel import (
    FACES,
    PX_PER_MM,
    Colour,
    Panel,
    Points,
    Skin,
    bare_skin,
    box_face,
    face_size,
    posed,
    push,
    px,
    round_edges,
)
from fakes.scene.patch import tint
from fakes.scene.shapes import clouds
from fakes.streams import stream

Closure = Literal["taped", "tuck", "lid", "glued"]
BROWN_TAPE: Colour = (58, 104, 150)
STAYS_CLOSED = ("crush", "dent", "tear", "hole", "spillage", "superficial")
OPENS = ("crush", "dent", "tear", "hole", "deconstruction", "spillage", "missing", "superficial")
"""What can happen to a carton whose lid is not glued or taped together from flaps, and to one whose is."""


@dataclass(frozen=True, slots=True)
class Carton:
    """A fakes.props.item.Builder. `flute_mm` is the pitch of the corrugation, 0 for solid board."""

    boards: tuple[Colour, ...]
    flute_mm: float
    closure: Closure
    roughness: float = 0.72
    art: bool = False
    radius_mm: float = 2.2
    contents: tuple[int, int] = (2, 3)

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        board = self.boards[int(looks.integers(len(self.boards)))]
        skins = {face: _blank_face(face, product.size_mm, board, self, seed) for face in FACES}
        if self.art:
            _art(looks, skins, product)
        else:
            _print(looks, skins, product)
        _close(stream(product.number, "closure", product.family), skins, product.size_mm, self)
        _stick(stream(product.number, "label", product.family), skins["top"], product)
        shell = [box_face(face, product.size_mm, skins[face]) for face in FACES]
        for panel in shell:
            round_edges(panel, product.size_mm, self.radius_mm)
            panel.lining = board if self.flute_mm else (196, 204, 206)
        units = unit_boxes(stream(product.number, "contents", product.family), product.size_mm, self.contents)
        harms = OPENS if self.closure in ("taped", "glued") else STAYS_CLOSED
        pours: Pours = "grains" if product.number % 3 == 0 else "liquid"
        return Item(product, shell, units, harms, pours=pours, flute_mm=self.flute_mm)

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle."""
        rng = stream(seed, "handled")
        amount = float(rng.uniform(0.25, 1.0))
        for panel in item.shell:
            materials.worn_edges(rng, panel.skin, amount)
            materials.scuffs(rng, panel.skin, int(rng.integers(0, 5)), 0.22)

    def settle(self, item: Item, seed: int) -> None:
        """The board bows, leans and has its corners knocked."""
        rng = stream(seed, "settled")
        size = np.array(item.product.size_mm)
        bow = rng.uniform(-0.6, 2.2, 3)
        lean = rng.normal(0, 0.006, 2)
        corners = rng.uniform(0, 2.5, 8)

        def field(points: Points) -> Points:
            local = points / size * 2 - np.array([0, 0, 1])
            belly = np.clip(1 - local**2, 0, 1)
            out = local * bow * np.stack([belly[..., 1] * belly[..., 2], belly[..., 0] * belly[..., 2],
                                          belly[..., 0] * belly[..., 1]], axis=-1)  # fmt: skip
            out[..., :2] += lean * points[..., 2:3]
            knock = np.zeros(points.shape[:-1])
            for which, depth in enumerate(corners):
                corner = np.array([(which & 1) * 2 - 1, (which >> 1 & 1) * 2 - 1, (which >> 2 & 1) * 2 - 1])
                far = np.linalg.norm((local - corner) * size / 2, axis=-1)
                knock += depth * np.exp(-((far / 5) ** 2))
            out -= local * knock[..., None] * 0.6
            out[..., 2] = np.maximum(out[..., 2], -points[..., 2])
            return np.asarray(out, dtype=np.float64)

        push(item.shell, field)


def unit_boxes(rng: np.random.Generator, size_mm: Size, grid: tuple[int, int]) -> list[list[Panel]]:
    """Small boxes of one article, columns x rows of them, filling most of `size_mm` from inside."""
    length, width, height = size_mm
    columns, rows = grid
    unit = ((length - 16) / columns - 2, (width - 16) / rows - 2, height * float(rng.uniform(0.62, 0.84)))
    brand, colours = ink.pick(rng, ink.BRANDS), [ink.vivid(rng) for _ in range(3)]
    units = []
    for place in range(columns * rows):
        panels = [_unit_face(rng, face, unit, colours[place % 3], brand) for face in ("top", *BOX_SIDES)]
        x = (place % columns - (columns - 1) / 2) * (unit[0] + 2)
        y = (place // columns - (rows - 1) / 2) * (unit[1] + 2)
        posed(panels, float(rng.normal(0, 0.5)), (x, y, 1.0))
        units.append(panels)
    return units


def _unit_face(rng: np.random.Generator, face: str, unit: Size, colour: Colour, brand: str) -> Panel:
    skin = bare_skin(*face_size(face, unit), colour, 0.4)
    materials.paper(rng, skin, 0.5)
    if face == "top":
        size = min(unit[0] / (0.75 * len(brand) + 1), 12)
        ink.text(skin.albedo, brand, (unit[0] * 0.1, unit[1] * 0.45), size, ink.PAPER, weight=700)
        ink.text(skin.albedo, "100 ml", (unit[0] * 0.1, unit[1] * 0.7), size * 0.6, ink.PAPER)
    panel = box_face(face, unit, skin, 12)
    panel.name = f"unit {face}"
    round_edges(panel, unit, 1.0)
    return panel


def _blank_face(face: str, size_mm: Size, board: Colour, how: Carton, seed: int) -> Skin:
    rng = stream(seed, "board", face)
    skin = bare_skin(*face_size(face, size_mm), board, how.roughness)
    if how.flute_mm:
        materials.corrugate(rng, skin, how.flute_mm, down=face in ("top", "bottom", *BOX_SIDES))
    else:
        materials.paper(rng, skin)
    return skin


def _close(rng: np.random.Generator, skins: dict[str, Skin], size_mm: Size, how: Carton) -> None:
    length, width, height = size_mm
    top = skins["top"]
    if how.closure == "lid":
        _rim(skins, size_mm, height * float(rng.uniform(0.3, 0.6)))
    elif how.closure == "tuck":
        _slots(skins, size_mm)
    else:
        _seam(top, width / 2 + float(rng.normal(0, 0.8)), length)
        for at in (width / 2 - rng.uniform(2, 6), length - width / 2 + rng.uniform(2, 6)):
            if 20 < at < length - 20:  # the inner flaps' edges show through
                materials.crease(top, (float(at), 3), (float(at), width - 3), 0.12, 1.4)
    if how.closure == "taped":
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


def _print(rng: np.random.Generator, skins: dict[str, Skin], product: Product) -> None:
    """One or two inks on board: a brand, handling marks, the box maker's block."""
    brand, face = ink.pick(rng, ink.BRANDS), ink.pick(rng, ink.FACES)
    colour = ink.DARK if rng.random() < 0.6 else ink.vivid(rng, 0.75, 0.45)
    goods = ink.pick(rng, ink.GOODS)
    for name in ("top", "front", "back"):
        if rng.random() < 0.25:
            continue
        skin = skins[name]
        length, width = face_size(name, product.size_mm)
        size = min(length / (1.1 * len(brand) + 2), width * 0.2, 26)
        at = (length * 0.06, width * 0.24 if name == "top" else width * 0.5)
        shape = skin.shape
        materials.printed(skin, ink.text_mask(shape, brand, at, size, face, 800), colour, rng)
        below = (at[0], at[1] + size * 0.8)
        materials.printed(skin, ink.text_mask(shape, goods, below, size * 0.42, "sans", 400), colour, rng)
    if product.size_mm[2] > 45:
        for name in BOX_SIDES[1:]:
            length, width = face_size(name, product.size_mm)
            marks = ink.handling_marks(skins[name].shape, (length - 66, width - 36), min(28, width * 0.3))
            materials.printed(skins[name], marks, colour, rng)
    _makers_block(rng, skins["top"], product)


def _makers_block(rng: np.random.Generator, skin: Skin, product: Product) -> None:
    length, width, _ = product.size_mm
    if rng.random() < 0.4 or width < 120:
        return
    at = (length - 62.0, 12.0)
    lines = (f"BOX {rng.integers(10, 99)}-{rng.integers(100, 999)}", "RECYCLE  PAP 20", f"ECT {rng.integers(23, 48)}")
    for row, words in enumerate(lines):
        mask = ink.text_mask(skin.shape, words, (at[0], at[1] + 4.6 * row), 3.2, "sans", 500)
        materials.printed(skin, mask, ink.DARK, rng, 0.8)


def _art(rng: np.random.Generator, skins: dict[str, Skin], product: Product) -> None:
    brand = ink.pick(rng, ink.BRANDS)
    main = ink.vivid(rng, 0.5, 0.5)
    for face, skin in skins.items():
        length, width = face_size(face, product.size_mm)
        if face == "top":
            cover = ink.artwork(rng, length, width, brand)[: skin.shape[0], : skin.shape[1]]
        else:
            cover = ink.blank(length, width, main)
            ink.text(cover, brand, (length * 0.08, width * 0.6), min(length / (len(brand) + 1), width * 0.4), ink.PAPER)
            if face == "front" and width > 40:
                ink.paste(cover, ink.barcode(product.code, 18), (length - 92, width - 28))
        tooth = skin.albedo.astype(np.float32) / skin.albedo.reshape(-1, 3).mean(axis=0)
        skin.albedo = np.clip(cover * tooth, 0, 255).astype(np.uint8)


def _stick(rng: np.random.Generator, skin: Skin, product: Product) -> None:
    length, width, _ = product.size_mm
    if length < 124 or width < 96:
        code = ink.barcode(product.code, 14)
        materials.lay(skin, code, ((length - code.shape[1] / PX_PER_MM) / 2, width - 24), 0.5, 0.08)
        return
    label = ink.shipping_label(rng, product.code)
    at = (float(rng.uniform(6, length - 114)), width - 78 - float(rng.uniform(5, max(6, width * 0.12))))
    there = materials.lay(skin, label, at, 0.45, 0.10)
    skin.bump_mm += np.where(there, clouds(rng, skin.shape, px(18)) * 0.05, 0).astype(np.float32)
    if rng.random() < 0.4:
        materials.lay(skin, ink.sorting_sticker(rng), (min(length - 46, at[0] + 84), max(2, at[1] - 12)), 0.5, 0.1)
