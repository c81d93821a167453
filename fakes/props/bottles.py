"""Sets of bottles, jars or cans that stand in a low tray of board."""

from dataclasses import dataclass

import numpy as np

from fakes.props import ink, materials, turned
from fakes.props.item import BOX_SIDES, Item, Product, Severity
from fakes.props.panel import PX_PER_MM, Colour, Panel, Skin, bare_skin, box_face, face_size, posed, sheet
from fakes.scene.shapes import clouds
from fakes.streams import stream

HARMS = ("crush", "deconstruction", "spillage", "missing")


@dataclass(frozen=True, slots=True)
class Bottles:
    """A fakes.props.item.Builder. `across_mm` bounds the diameter of a unit, `kinds` are of turned.KINDS."""

    boards: tuple[Colour, ...]
    across_mm: tuple[float, float] = (42.0, 68.0)
    kinds: tuple[str, ...] = ("bottle", "jar", "can")

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        length, width, height = product.size_mm
        wall = float(looks.uniform(0.28, 0.45)) * height
        board = self.boards[int(looks.integers(len(self.boards)))]
        made = turned.look(looks, ink.pick(looks, self.kinds))
        walls = [_wall(face, (length, width, wall), board, product, made, seed) for face in BOX_SIDES]
        floor = sheet(
            "bottom", (-length / 2, width / 2, 1.2), (length, 0, 0), (0, -width, 0), _board(length, width, board, seed)
        )
        across = float(looks.uniform(*self.across_mm))
        columns, rows = (max(2, int((side - 6) / across)) for side in (length, width))
        pitch = ((length - 6) / columns, (width - 6) / rows)
        profile, skin = turned.body(looks, made, min(*pitch, across * 1.12) / 2 - 0.6, height - 1.4)
        place = stream(seed, "units")
        units = []
        for number in range(columns * rows):
            at = np.array([number % columns - (columns - 1) / 2, number // columns - (rows - 1) / 2]) * pitch
            x, y = (float(value) for value in at + place.uniform(-0.5, 0.5, 2))
            unit = turned.stand("unit", profile, skin, (x, y), float(place.uniform(0, 2 * np.pi)))
            posed([unit], 0.0, (0, 0, 1.2))
            units.append([unit])
        return Item(product, [floor, *walls], units, HARMS, {"deconstruction": topple}, sealed=False, face="bottom")

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle."""
        rng = stream(seed, "handled")
        for panel in item.shell:
            materials.worn_edges(rng, panel.skin, float(rng.uniform(0.25, 1.0)))

    def settle(self, item: Item, seed: int) -> None:
        """The units lean a little on each other."""
        rng = stream(seed, "settled")
        for unit in item.units:
            lean = rng.normal(0, 0.006, 2)
            for panel in unit:
                panel.vertices[..., :2] += lean * panel.vertices[..., 2:]


def topple(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """One unit, or two, pulled out and lying across the others."""
    height = item.product.size_mm[2]
    heading = float(rng.uniform(0, 2 * np.pi))
    for which in range(1 if severity == "minor" else 2):
        unit = item.units.pop(int(rng.integers(len(item.units))))
        here = unit[0].vertices[..., :2].reshape(-1, 2)
        middle, radius = (here.max(axis=0) + here.min(axis=0)) / 2, float(np.ptp(here[:, 0])) / 2
        floor = item.panel("bottom")
        under = (np.abs(floor.texel_points()[..., :2] - middle) < radius).all(axis=-1)
        floor.skin.marks[under] |= np.uint8(1 << bit)
        angle, slope = heading + rng.uniform(-0.15, 0.15), float(rng.uniform(-0.06, 0.06))
        way = np.array([np.cos(angle), np.sin(angle), slope])
        side = np.array([-np.sin(angle), np.cos(angle), 0])
        up = np.cross(side, way)
        for panel in unit:
            local = panel.vertices - [*middle, height / 2]
            lying = local[..., :1] * up + local[..., 1:2] * side + local[..., 2:] * way
            beside = side * (which * 2.5 * radius - radius / 2)
            panel.vertices = lying + beside + np.array([0, 0, height + radius + abs(slope) * height / 2])
            panel.skin.marks |= np.uint8(1 << bit)
        item.shell.extend(unit)


def _board(length: float, width: float, board: Colour, seed: int) -> Skin:
    skin = bare_skin(length, width, board, 0.74)
    materials.corrugate(stream(seed, "board", "bottom"), skin, 4.0, down=True)
    return skin


def _wall(
    face: str, size_mm: tuple[float, float, float], board: Colour, product: Product, made: turned.Look, seed: int
) -> Panel:
    rng = stream(seed, "board", face)
    length, high = face_size(face, size_mm)
    skin = bare_skin(length, high, board, 0.7)
    materials.corrugate(rng, skin, 4.0, down=True)
    words = stream(product.number, "wall", product.family)
    size = min(high * 0.42, (length - 96) / (len(made.brand) + 1))
    mask = ink.text_mask(skin.shape, made.brand, (length * 0.05, high * 0.62), size, "sans", 800)
    materials.printed(skin, mask, ink.vivid(words, 0.8, 0.5), rng)
    if face in ("front", "back"):
        code = ink.barcode(product.code, max(8.0, high - 10))
        there = materials.lay(skin, code, (length - code.shape[1] / PX_PER_MM - 6, 2.5), 0.5, 0.08)
        skin.bump_mm += np.where(there, clouds(rng, skin.shape, 45) * 0.03, 0).astype(np.float32)
    panel = box_face(face, size_mm, skin, 8.0)
    panel.lining = board
    return panel
