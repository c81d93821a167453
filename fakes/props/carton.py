"""Cartons: shipping cases with flaps and tape, die-cut mailers, lidded boxes, printed retail boxes."""

from dataclasses import dataclass

import numpy as np

from fakes.props import closing, ink, materials
from fakes.props.closing import Closure
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
from fakes.scene.shapes import clouds
from fakes.streams import stream

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
        closing.close(
            stream(product.number, "closure", product.family), skins, product.size_mm, self.closure, bool(self.flute_mm)
        )
        _stick(stream(product.number, "label", product.family), skins["top"], product)
        shell = [box_face(face, product.size_mm, skins[face]) for face in FACES]
        for panel in shell:
            round_edges(panel, product.size_mm, self.radius_mm)
            panel.lining = board if self.flute_mm else (196, 204, 206)
        if self.flute_mm and self.closure == "taped":
            closing.lift(stream(seed, "flaps"), shell[0], product.size_mm)
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
        """The board bows, leans and gives a little everywhere; corners and edges are knocked."""
        rng = stream(seed, "settled")
        size = np.array(item.product.size_mm)
        bow = rng.uniform(-0.6, 2.2, 3)
        lean = rng.normal(0, 0.006, 2)
        knocks, dimples = _knocks(rng, size), _dimples(rng, size)

        def field(points: Points) -> Points:
            local = points / size * 2 - np.array([0, 0, 1])
            belly = np.clip(1 - local**2, 0, 1)
            out = local * bow * np.stack([belly[..., 1] * belly[..., 2], belly[..., 0] * belly[..., 2],
                                          belly[..., 0] * belly[..., 1]], axis=-1)  # fmt: skip
            out[..., :2] += lean * points[..., 2:3]
            for at, way, reach in (*knocks, *dimples):
                out += np.exp(-(((points - at) / reach) ** 2).sum(axis=-1))[..., None] * way
            out[..., 2] = np.maximum(out[..., 2], -points[..., 2])
            return np.asarray(out, dtype=np.float64)

        push(item.shell, field)


Pressed = tuple[Points, Points, float]
"""Where, which way and how far at most (mm), and over how many mm."""


def _knocks(rng: np.random.Generator, size_mm: Points) -> list[Pressed]:
    """Every corner, and a few places on the edges: pushed towards the middle."""
    ends = [np.array([which & 1, which >> 1 & 1, which >> 2 & 1]) * 2.0 - 1 for which in range(8)]
    knocks = [(end, float(rng.uniform(0, 1.5)), float(rng.uniform(4, 7))) for end in ends]
    for _ in range(int(rng.integers(4, 11))):
        end = rng.choice((-1.0, 1.0), 3)
        end[int(rng.integers(3))] = rng.uniform(-0.9, 0.9)
        end[2] = abs(end[2])  # the lower edges stand on the tray
        knocks.append((end, float(rng.uniform(0.4, 1.3)), float(rng.uniform(5, 16))))
    half, up = size_mm / 2, np.array([0, 0, size_mm[2] / 2])
    return [(end * half + up, -end * depth * 0.7, reach) for end, depth, reach in knocks]


def _dimples(rng: np.random.Generator, size_mm: Points) -> list[Pressed]:
    """Faces that fingers and neighbours have leant on: shallower than anyone would call a dent."""
    found = []
    for _ in range(int(rng.integers(3, 8))):
        face, side = int(rng.integers(3)), float(rng.choice((-1.0, 1.0)))
        end = rng.uniform(-0.8, 0.8, 3)
        end[face] = 1.0 if face == 2 else side
        way = np.zeros(3)
        way[face] = -end[face] * rng.uniform(0.3, 1.1)
        found.append((end * size_mm / 2 + np.array([0, 0, size_mm[2] / 2]), way, float(rng.uniform(9, 26))))
    return found


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
    there = materials.lay(skin, label, at, 0.45, 0.10, round_mm=2.5)
    pulls = clouds(rng, skin.shape, px(5)) * np.clip(clouds(rng, skin.shape, px(28)) - 0.3, 0, 1)
    skin.bump_mm += np.where(there, clouds(rng, skin.shape, px(18)) * 0.06 + pulls * 0.07, 0).astype(np.float32)
    if rng.random() < 0.4:
        materials.lay(skin, ink.sorting_sticker(rng), (min(length - 46, at[0] + 84), max(2, at[1] - 12)), 0.5, 0.1)
