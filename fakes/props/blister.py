"""Blister packs: a printed card, and on it a sheet of clear plastic drawn into domes over the goods.

The plastic is not transparent: a dome carries the picture of what is in it, under gloss.
"""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from fakes.props import bend, ink, materials
from fakes.props.item import Harm, Item, Product, Severity
from fakes.props.panel import (
    PX_PER_MM,
    Colour,
    Mask,
    Panel,
    Plane,
    Points,
    Skin,
    bare_skin,
    push,
    px,
    sheet,
)
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, grain, polygon
from fakes.streams import stream

HARMS = ("crush", "dent", "tear", "hole", "deconstruction", "missing", "superficial")
CARD_MM = 0.6
FLANGE_MM = 5.0
FOILS: tuple[Colour, ...] = ((150, 152, 152), (196, 200, 200), (104, 146, 164), (164, 136, 116))


@dataclass(frozen=True, slots=True)
class Cell:
    """One dome: its middle on the card, half its length and width, its height above the card, mm; `square` 2 is an
    ellipse, more is squarer."""

    x: float
    y: float
    long: float
    wide: float
    high: float
    square: float

    def share(self, x: Points, y: Points) -> Points:
        """1 on top of the dome, 0 at its foot and outside."""
        far = np.abs((x - self.x) / self.long) ** self.square + np.abs((y - self.y) / self.wide) ** self.square
        return np.asarray(np.clip((1 - far) * min(self.long, self.wide) / 3.5, 0, 1) ** 0.6)


@dataclass(frozen=True, slots=True)
class Blister:
    """A fakes.props.item.Builder. `goods` names what a product may hold: "pills" on foil, "cells" (batteries, pens)
    side by side, "things" in one to three large domes."""

    goods: tuple[str, ...] = ("pills", "cells", "things")

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        goods = ink.pick(looks, self.goods)
        cells, area = _layout(looks, product, goods)
        card = _card(looks, product, goods == "pills", stream(seed, "board"))
        domes = _domes(looks, stream(seed, "film"), cells, area, card, goods)
        card.lining, domes.lining = (176, 190, 196), (186, 188, 188)
        ways: dict[str, Harm] = {
            "crush": bend.dog_ear, "dent": partial(pressed_in, cells), "missing": partial(emptied, cells),
            "deconstruction": partial(peeled, cells),
        }  # fmt: skip
        return Item(product, [card, domes], [], HARMS, ways, sealed=False, face="domes")

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle."""
        rng = stream(seed, "handled")
        materials.worn_edges(rng, item.panel("top").skin, float(rng.uniform(0.2, 0.7)))
        materials.scuffs(rng, item.panel("domes").skin, int(rng.integers(2, 9)), 0.12)

    def settle(self, item: Item, seed: int) -> None:
        """The card warps."""
        rng = stream(seed, "settled")
        length, width, _ = item.product.size_mm
        warp = rng.uniform(-1.0, 3.0, 2)

        def field(points: Points) -> Points:
            u, v = points[..., 0] * 2 / length, points[..., 1] * 2 / width
            up = np.maximum(warp[0] * u**2 + warp[1] * v**2 - warp.clip(None, 0).sum(), 0)
            return np.stack([0 * up, 0 * up, up], axis=-1)

        push(item.panels, field)


def pressed_in(cells: list[Cell], rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """A dome pushed in from above, its plastic creased white."""
    cell = cells[int(rng.integers(len(cells)))]
    domes = item.panel("domes")
    reach = float(rng.uniform(*((0.5, 0.7) if severity == "minor" else (0.9, 1.2)))) * max(cell.long, cell.wide)
    reach = max(reach, 9.0 if severity == "minor" else 16.0)
    deep = float(rng.uniform(*((0.35, 0.5) if severity == "minor" else (0.6, 0.85)))) * cell.high
    at = np.array([cell.x + rng.uniform(-0.2, 0.2) * cell.long, cell.y + rng.uniform(-0.2, 0.2) * cell.wide])
    _press(rng, domes, at, reach, max(deep, 2.2), bit)


def emptied(cells: list[Cell], rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """What was in one dome, or in some, is gone: a clear dome over bare card, pushed down by a thumb."""
    domes = item.panel("domes")
    count = min(len(cells), 1 if severity == "minor" else max(2, len(cells) // 4))
    for which in rng.choice(len(cells), count, replace=False):
        cell = cells[int(which)]
        _clear(rng, domes, cell, bit)
        reach = 0.8 * min(cell.long, cell.wide) + 3
        _press(rng, domes, np.array([cell.x, cell.y]), reach, max(2.2, 0.55 * cell.high), bit)


def peeled(cells: list[Cell], rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """The plastic has come off its card along one side; if the case is major, what it held has fallen out."""
    domes, card = item.panel("domes"), item.panel("top")
    low, high = domes.vertices[..., 1].min(), domes.vertices[..., 1].max()
    glued = np.zeros(card.skin.shape, np.bool_)
    glued[_under(domes, card)] = True
    rim = glued & ~cv2.erode(glued.astype(np.uint8), np.ones((px(FLANGE_MM), px(FLANGE_MM)), np.uint8)).astype(bool)
    fibres = (rim * np.clip(0.5 + clouds(rng, rim.shape, px(2)) * 0.4, 0, 0.9)).astype(np.float32)
    card.skin.albedo = tint(card.skin.albedo, (206, 216, 222), fibres)
    card.skin.marks[glued] |= np.uint8(1 << bit)
    if severity == "major":
        for cell in cells:
            _clear(rng, domes, cell, bit)
    angle = float(rng.uniform(*((9, 16) if severity == "minor" else (30, 60))))
    up = bool(rng.integers(2))
    bend.opened([domes], (0, float(low + 1 if up else high - 1), CARD_MM), (0, 1.0 if up else -1.0, 0), angle, bit)


def _layout(rng: np.random.Generator, product: Product, goods: str) -> tuple[list[Cell], tuple[float, float]]:
    """The domes, and length and width of the plastic sheet, which lies in the card's lower two thirds."""
    length, width, height = product.size_mm
    area = (length - 14, width * (0.86 if goods == "pills" else 0.66))
    below = -(width - area[1]) / 2 + 5
    if goods == "pills":
        pitch, high = float(rng.uniform(19, 27)), min(height, float(rng.uniform(5.5, 8)))
        grid, slim = (int((area[0] - 8) / pitch), int((area[1] - 30) / pitch / 0.8)), 0.36
        step = (pitch, pitch * 0.8)
        below += 6
    elif goods == "cells":
        pitch, high = float(rng.uniform(15, 26)), min(height, float(rng.uniform(13, 18)))
        grid, slim = (max(2, int((area[0] - 12) / pitch)), 1), 0.47
        step = (pitch, area[1] - 2 * FLANGE_MM)
    else:
        count, high = int(rng.integers(1, 4)), height
        grid, slim, step = (count, 1), 0.46, ((area[0] - 8) / count, area[1] - 2 * FLANGE_MM)
    square = {"pills": 2.2, "cells": 5.0, "things": float(rng.uniform(3, 7))}[goods]
    cells = []
    for row in range(grid[1]):
        for column in range(grid[0]):
            x, y = (column - (grid[0] - 1) / 2) * step[0], (row - (grid[1] - 1) / 2) * step[1] + below
            cells.append(Cell(x, y, step[0] * slim, step[1] * (0.4 if goods == "pills" else 0.5), high, square))
    return cells, area


def _card(rng: np.random.Generator, product: Product, foil: bool, grain_of: np.random.Generator) -> Panel:
    length, width, _ = product.size_mm
    brand = ink.pick(rng, ink.BRANDS)
    skin = bare_skin(length, width, FOILS[int(rng.integers(len(FOILS)))], 0.3 if foil else 0.35)
    if foil:
        tone = 1 + grain(grain_of, skin.shape) * 0.02
        skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
        skin.bump_mm += (np.sin(np.add.outer(*(np.arange(side) / px(0.9) for side in skin.shape))) * 0.02).astype(
            np.float32
        )
        colour = ink.vivid(rng, 0.8, 0.5)
        for row in range(int(width / 15)):
            for column in range(int(length / 52) + 1):
                at = (column * 52.0 - 18 * (row % 2), 10 + row * 15.0)
                ink.text(skin.albedo, f"{brand} 20 mg", at, 3.4, colour, weight=600)
    else:
        art = ink.artwork(rng, length, width, brand)
        skin.albedo = art[: skin.shape[0], : skin.shape[1]].copy()
        materials.paper(grain_of, skin, 0.4)
        _hang_hole(skin)
    code = ink.barcode(product.code, 11)
    materials.lay(skin, code, (length - code.shape[1] / PX_PER_MM - 3, 3), 0.5, 0.05)
    x, y = length / 2, width / 2
    return sheet("top", (-x, y, CARD_MM), (length, 0, 0), (0, -width, 0), skin)


def _hang_hole(skin: Skin) -> None:
    """The slot by which it hangs in a shop."""
    middle, row = skin.shape[1] * 0.22, px(9)
    corners = np.array([[middle - px(12), row - px(2.5)], [middle + px(12), row - px(2.5)],
                        [middle + px(12), row + px(2.5)], [middle - px(12), row + px(2.5)]])  # fmt: skip
    skin.solid &= ~polygon(skin.shape, corners)


def _domes(
    rng: np.random.Generator, own: np.random.Generator, cells: list[Cell], area: tuple[float, float], card: Panel,
    goods: str,
) -> Panel:  # fmt: skip
    """The sheet of plastic, over the whole area; between the domes it shows the card."""
    middle_y = sum(cell.y for cell in cells) / len(cells)
    corner = (-area[0] / 2, middle_y + area[1] / 2, CARD_MM + 0.4)
    skin = bare_skin(*area, (0, 0, 0), 0.13)
    panel = sheet("domes", corner, (area[0], 0, 0), (0, -area[1], 0), skin, 1.5)
    rows, columns = _under(panel, card)
    through = card.skin.albedo[rows, columns][: skin.shape[0], : skin.shape[1]]
    skin.albedo = tint(through, (216, 216, 214), np.full(skin.shape, 0.10, np.float32))
    _fill(rng, panel, cells, goods)
    rise = np.zeros(panel.vertices.shape[:2])
    x, y = panel.vertices[:1, :, 0], panel.vertices[:, :1, 1]
    for cell in cells:
        crown = 1 - 0.12 * ((x - cell.x) / cell.long) ** 2 - 0.08 * ((y - cell.y) / cell.wide) ** 2
        rise = np.maximum(rise, cell.share(x, y) * cell.high * crown)
    panel.vertices[..., 2] += rise
    skin.bump_mm += (clouds(own, skin.shape, px(9)) * 0.05).astype(np.float32)
    return panel


def _under(domes: Panel, card: Panel) -> tuple[slice, slice]:
    """The texels of the card that the plastic covers."""
    (height, width), corner, edge = domes.skin.shape, _corner(domes), _corner(card)
    left, upper = px(corner[0] - edge[0]), px(edge[1] - corner[1])
    return slice(upper, upper + height), slice(left, left + width)


def _corner(panel: Panel) -> tuple[float, float]:
    """Where the upper left corner of a flat panel's skin lies, mm: by most of its points, for a corner that was crushed
    is not where it was."""
    height, width = panel.skin.shape
    left = np.median(panel.vertices[..., 0] - panel.uv[..., 0] * width / PX_PER_MM)
    upper = np.median(panel.vertices[..., 1] + panel.uv[..., 1] * height / PX_PER_MM)
    return float(left), float(upper)


def _near(domes: Panel, cell: Cell) -> tuple[slice, slice, Points, Points]:
    """The texels around a dome, and how far each is from its middle, in halves of its length and width."""
    height, width = domes.skin.shape
    left, upper = _corner(domes)
    x = np.asarray((np.arange(width) + 0.5) / PX_PER_MM + left - cell.x, np.float64) / cell.long
    y = np.asarray(upper - (np.arange(height) + 0.5) / PX_PER_MM - cell.y, np.float64) / cell.wide
    columns, rows = (np.flatnonzero(np.abs(at) < 1.12) for at in (x, y))
    across, down = slice(columns[0], columns[-1] + 1), slice(rows[0], rows[-1] + 1)
    return down, across, x[None, across], y[down, None]


def _fill(rng: np.random.Generator, domes: Panel, cells: list[Cell], goods: str) -> None:
    """The goods, a little smaller than their domes, dark around them; a bright line at the foot of each dome."""
    main, second = ink.vivid(rng, 0.7, 0.7), ink.vivid(rng, 0.6, 0.35)
    if goods == "pills" and rng.random() < 0.6:
        main = second = (214, 222, 224)
    for cell in cells:
        down, across, x, y = _near(domes, cell)
        shown = domes.skin.albedo[down, across]
        far = np.abs(x) ** cell.square + np.abs(y) ** cell.square
        shown[far < 1] = (shown[far < 1] * 0.5).astype(np.uint8)
        thing = np.abs(x / 0.8) ** cell.square + np.abs(y / 0.86) ** cell.square < 1
        round_ = 0.55 * np.abs(x) ** 2.2 if goods == "cells" else 0.25 * (x**2 + y**2)
        colours = np.where((y > (0.0 if goods == "pills" else 0.35))[..., None], main, second)
        if goods == "cells":
            colours = np.where((np.abs(y) > 0.82)[..., None], (180, 190, 194), colours)
        shaded = colours * np.clip(1.05 - round_, 0.2, 1)[..., None] * np.ones((*far.shape, 1))
        shown[thing] = shaded[thing].astype(np.uint8)
        foot = np.exp(-((((far - 1) * min(cell.long, cell.wide) / cell.square) / 0.8) ** 2)).astype(np.float32)
        domes.skin.albedo[down, across] = tint(shown, (224, 224, 222), foot * np.float32(0.35))
        if goods == "things":
            _name(rng, domes, cell)


def _name(rng: np.random.Generator, domes: Panel, cell: Cell) -> None:
    left, upper = float(domes.vertices[0, 0, 0]), float(domes.vertices[0, 0, 1])
    where = (cell.x - left - cell.long * 0.55, upper - cell.y + cell.wide * 0.1)
    words = ink.pick(rng, ink.BRANDS)
    ink.text(domes.skin.albedo, words, where, min(9.0, cell.long * 1.4 / len(words)), ink.PAPER, weight=700)


def _clear(rng: np.random.Generator, domes: Panel, cell: Cell, bit: int) -> None:
    """The dome shows no goods, only milky plastic over card."""
    down, across, x, y = _near(domes, cell)
    inside = np.abs(x) ** cell.square + np.abs(y) ** cell.square < 1
    veil = np.clip(0.5 + clouds(rng, inside.shape, px(5)) * 0.12, 0, 1) * inside
    shown = domes.skin.albedo[down, across]
    shown[inside] = (120, 126, 128)
    domes.skin.albedo[down, across] = tint(shown, (176, 178, 178), veil.astype(np.float32))
    domes.skin.marks[down, across][inside] |= np.uint8(1 << bit)


def _press(rng: np.random.Generator, panel: Panel, at: Points, reach: float, deep: float, bit: int) -> None:
    fold = rng.uniform(0, 2 * np.pi)

    def field(points: Points) -> Points:
        off = points[..., :2] - at
        far = np.linalg.norm(off, axis=-1) / reach
        bowl = np.clip(1.25 - 1.25 * far, 0, 1) ** 0.7
        angle = np.arctan2(off[..., 1], off[..., 0]) * 3 + fold
        down = deep * bowl * (1 + 0.25 * np.cos(angle) * np.clip(far, 0, 1))
        down = np.minimum(down, np.maximum(points[..., 2] - CARD_MM - 0.3, 0))
        return np.stack([0 * down, 0 * down, -down], axis=-1)

    before: Mask = (panel.skin.marks >> bit & 1) > 0
    push([panel], field, bit)
    hurt = ((panel.skin.marks >> bit & 1) > 0) | before
    _stress(rng, panel.skin, hurt)


def _stress(rng: np.random.Generator, skin: Skin, hurt: Mask) -> None:
    """Plastic goes white along its folds."""
    rays: Plane = np.clip(1 - np.abs(clouds(rng, skin.shape, px(9))) * 7, 0, 1)
    edge = cv2.morphologyEx(hurt.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    white = 0.5 * rays * hurt + 0.2 * edge * hurt
    skin.albedo = tint(skin.albedo, (232, 232, 230), white.astype(np.float32))
    skin.bump_mm += (rays * 0.2 * hurt).astype(np.float32)
