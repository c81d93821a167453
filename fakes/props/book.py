"""Books, with stiff covers or soft ones, lying on their back or on their face."""

from dataclasses import dataclass

import numpy as np

from fakes.props import bend, ink, materials
from fakes.props.item import Item, Product, Severity, Size
from fakes.props.panel import (
    PX_PER_MM,
    Colour,
    Ink,
    Panel,
    Points,
    Skin,
    bare_skin,
    box_face,
    face_size,
    posed,
    push,
    px,
    sheet,
)
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

HARMS = ("crush", "dent", "tear", "deconstruction", "spillage", "superficial")
PAGE = (206, 222, 230)
EDGES = ("front", "back", "right")
AUTHORS = ("A. Lindqvist", "M. Okafor", "J. Tanaka", "R. Moreau", "E. Brandt", "S. Whitlock", "I. Costa", "L. Novak")
TITLES = (
    "The Long Ferry", "Salt and Iron", "A Field Guide", "Small Engines", "North of June", "The Quiet Room",
    "Bread", "Tidal Maps", "Nine Orchards", "Signals", "The Glass Hill", "Winter Roads",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """A fakes.props.item.Builder. `stiff` is the share of products with hard covers."""

    stiff: float = 0.5

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        hard = bool(looks.random() < self.stiff)
        over, thick = (3.0, 2.6) if hard else (0.0, 0.5)
        length, width, height = product.size_mm
        gloss = float(looks.choice((0.14, 0.24, 0.5)))
        main = ink.vivid(looks, float(looks.uniform(0.3, 0.8)), float(looks.uniform(0.2, 0.75)))
        rng = stream(seed, "board", "cover")
        cover = _cover(looks, product, main)
        skin = bare_skin(length, width, main, gloss)
        skin.albedo = cover[: skin.shape[0], : skin.shape[1]]
        materials.paper(rng, skin, 0.4)
        if hard:
            materials.crease(skin, (8, 0), (8, width), 0.9, 3.0)
        shell = [box_face("top", product.size_mm, skin), *_cover_edges(product.size_mm, thick, skin)]
        block = (length - over, width - 2 * over, height - 2 * thick)
        shell += [_pages(face, block, (-over / 2, 0.0, thick), seed) for face in EDGES]
        shell.append(_spine(product, main, gloss))
        under = bare_skin(length / 3, width / 3, main, gloss)
        shell.append(box_face("bottom", product.size_mm, under, 20.0))
        for panel in shell:
            panel.lining = PAGE
        return Item(
            product, shell, [[_first_page(looks, block, (-over / 2, 0.0, thick))]], HARMS, {"deconstruction": fall_open}
        )

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle."""
        rng = stream(seed, "handled")
        skin = item.panel("top").skin
        materials.worn_edges(rng, skin, float(rng.uniform(0.1, 0.6)))
        materials.scuffs(rng, skin, int(rng.integers(0, 5)), 0.15)

    def settle(self, item: Item, seed: int) -> None:
        """The cover's free corners rise a little; the block leans off its spine."""
        rng = stream(seed, "settled")
        length, width, height = item.product.size_mm
        rise = rng.uniform(0.0, 2.2, 2)
        lean = rng.normal(0, 0.03)

        def field(points: Points) -> Points:
            u, v = points[..., 0] / length + 0.5, points[..., 1] / width
            top = np.clip((points[..., 2] - height + 3) / 3, 0, 1)
            up = top * np.clip(u, 0, 1.2) ** 3 * (rise[0] * np.clip(v + 0.5, 0, 1) + rise[1] * np.clip(0.5 - v, 0, 1))
            return np.stack([points[..., 2] * lean, 0 * up, up], axis=-1)

        push(item.panels, field)


def fall_open(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """The cover has come loose from its block and stands open."""
    length, _, height = item.product.size_mm
    angle = float(rng.uniform(*((14, 26) if severity == "minor" else (60, 150))))
    cover = [panel for panel in item.shell if panel.name in ("top", "cover edge", "tongue", "film")]
    bend.opened(cover, (-length / 2 + 6, 0.0, height), (1.0, 0.0, 0.0), angle, bit)
    top = item.panel("top").skin
    top.marks[:, : px(6)] &= np.uint8(0xFF ^ (1 << bit))


def _cover(rng: np.random.Generator, product: Product, main: Colour) -> Ink:
    """The side that lies up: the front with a picture, or the back with a blurb; the barcode on either."""
    length, width, _ = product.size_mm
    title, author = ink.pick(rng, TITLES), ink.pick(rng, AUTHORS)
    if rng.random() < 0.6:
        art = ink.artwork(rng, length, width, title)
        ink.text(art, author, (length * 0.07, width * 0.93), 6.0, (246, 246, 246), "serif")
    else:
        art = ink.blank(length, width, main)
        tone = ink.PAPER if sum(main) < 400 else ink.DARK
        ink.text(art, title, (10, 16), 6.0, tone, "serif", 700)
        said = (*ink.GOODS, *ink.STREETS, "and then", "the", "of her", "which")
        for row in range(int((width - 66) / 6)):
            words = " ".join(ink.pick(rng, said) for _ in range(12))
            ink.text(art, words[: int((length - 24) / 1.75)], (10, 27 + 5.6 * row), 2.9, tone, "serif")
    code = ink.barcode(product.code, 15)
    pad = np.full((code.shape[0] + px(4), code.shape[1] + px(2), 3), ink.PAPER, np.uint8)
    pad[px(2) : px(2) + code.shape[0], px(1) : px(1) + code.shape[1]] = code
    ink.paste(art, pad, (length - pad.shape[1] / PX_PER_MM - 7, width - pad.shape[0] / PX_PER_MM - 7))
    return art


def _cover_edges(size_mm: Size, thick: float, cover: Skin) -> list[Panel]:
    """The thickness of the upper cover on its three free sides."""
    length, width, height = size_mm
    x, y = length / 2, width / 2
    lines = {
        "front": ((-x, -y, height), (length, 0.0, 0.0)),
        "back": ((x, y, height), (-length, 0.0, 0.0)),
        "right": ((x, -y, height), (0.0, width, 0.0)),
    }
    tone = np.median(cover.albedo[::4, ::4].reshape(-1, 3), axis=0)
    colour = (int(tone[0]), int(tone[1]), int(tone[2]))
    edges = []
    for corner, along in lines.values():
        skin = bare_skin(float(np.linalg.norm(along)), thick, colour, 0.5)
        edges.append(sheet("cover edge", corner, along, (0.0, 0.0, -thick), skin))
    return edges


def _pages(face: str, block: Size, shift: Size, seed: int) -> Panel:
    """The cut edge of the block: fine lines along it, here and there a darker one."""
    rng = stream(seed, "pages", face)
    skin = bare_skin(*face_size(face, block), PAGE, 0.8)
    rows = rng.normal(0, 1, (skin.shape[0], 1)).astype(np.float32)
    lines = rows * 0.07 + clouds(rng, skin.shape, px(30)) * rows * 0.05 + grain(rng, skin.shape) * 0.01
    skin.albedo = scaled(skin.albedo, (0.96 + lines).astype(np.float32))
    skin.bump_mm += (rows * 0.05 * np.ones(skin.shape)).astype(np.float32)
    panel = box_face(face, block, skin)
    posed([panel], 0.0, shift)
    return panel


def _spine(product: Product, main: Colour, gloss: float) -> Panel:
    _, width, height = product.size_mm
    skin = bare_skin(width, height, main, gloss)
    ink.text(skin.albedo, ink.BRANDS[product.number % len(ink.BRANDS)], (10, height * 0.7), height * 0.45, ink.PAPER)
    return box_face("left", product.size_mm, skin)


def _first_page(rng: np.random.Generator, block: Size, shift: Size) -> Panel:
    skin = bare_skin(block[0], block[1], PAGE, 0.8)
    for row in range(int(block[1] / 2 / 7)):
        end = rng.uniform(0.6, 0.9) * block[0]
        line = np.zeros(skin.shape, np.float32)
        line[px(block[1] * 0.3 + 7 * row) : px(block[1] * 0.3 + 7 * row + 1.6), px(block[0] * 0.14) : px(end)] = 0.45
        skin.albedo = tint(skin.albedo, ink.DARK, line * (grain(rng, skin.shape, 1.5) > -0.4))
    panel = box_face("top", block, skin, 10.0)
    panel.name = "page"
    posed([panel], 0.0, (shift[0], shift[1], shift[2] - 0.2))
    return panel
