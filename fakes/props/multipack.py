"""Multipacks: cans, jars or cartons of drink on a tray of board, under shrink film."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fakes.props import harm, ink, materials, turned
from fakes.props.item import BOX_SIDES, Harm, Item, Product, Severity, Size
from fakes.props.panel import (
    PX_PER_MM,
    Colour,
    Panel,
    Plane,
    Points,
    Skin,
    bare_skin,
    box_face,
    face_size,
    posed,
    push,
    px,
    round_edges,
    sheet,
)
from fakes.props.pillow import Pillow, crumpled, puckered
from fakes.scene.patch import scaled, tint
from fakes.scene.shapes import grain
from fakes.streams import stream

HARMS = ("missing", "crush", "spillage")
METAL: Colour = (178, 180, 180)
FLOOR_MM = 1.2
KINDS = ("can", "brick", "jar")


@dataclass(frozen=True, slots=True)
class Multipack:
    """A fakes.props.item.Builder. `across_mm` bounds the width of a unit, `kinds` are of KINDS.

    The renderer knows nothing that is seen through: the film is in the gloss and the wrinkles of what it lies on.
    """

    boards: tuple[Colour, ...]
    across_mm: tuple[float, float] = (50.0, 68.0)
    kinds: tuple[str, ...] = KINDS

    def build(self, product: Product, seed: int) -> Item:
        """As Builder.build."""
        looks = stream(product.number, "looks", product.family)
        kind = ink.pick(looks, self.kinds)
        board = self.boards[int(looks.integers(len(self.boards)))]
        grid, pitch = _grid(product.size_mm, float(looks.uniform(*self.across_mm)))
        shell = _tray(product, board, float(looks.uniform(0.16, 0.4)), seed)
        units = _units(looks, stream(seed, "units"), kind, grid, pitch, product.size_mm[2] - 3)
        _wrap(stream(seed, "film"), units, product)
        band = _band(stream(product.number, "band", product.family), stream(seed, "band"), product)
        ways = {"crush": _crushed(0.0 if kind == "brick" else 0.14 * float(pitch.min()))}
        return Item(product, [*shell, band], units, HARMS, ways, sealed=False, face="bottom")

    def handle(self, item: Item, seed: int) -> None:
        """As Builder.handle."""
        rng = stream(seed, "handled")
        for panel in item.shell[:-1]:
            materials.worn_edges(rng, panel.skin, float(rng.uniform(0.25, 1.0)))

    def settle(self, item: Item, seed: int) -> None:
        """The units lean on each other, as far as the film lets them."""
        rng = stream(seed, "settled")
        lean = rng.normal(0, 0.006, 2)

        def field(points: Points) -> Points:
            return np.concatenate([lean * points[..., 2:], np.zeros_like(points[..., :1])], axis=-1)

        push(item.panels, field)


def _grid(size_mm: Size, across_mm: float) -> tuple[tuple[int, int], Points]:
    """Columns and rows of units about `across_mm` wide that fill the tray best, and their pitch (x, y), mm."""
    sides = np.array(size_mm[:2]) - 5

    def slack(counts: tuple[int, int]) -> float:
        pitch = sides / counts
        return float(abs(np.log(pitch[0] / pitch[1])) + 0.3 * abs(np.log(pitch.min() / across_mm)))

    counts = min(((columns, rows) for columns in range(2, 8) for rows in range(2, 6)), key=slack)
    return counts, sides / counts


def _crushed(inset_mm: float) -> Harm:
    """Round units do not reach into the corners of their tray: a Harm, "crush", that meets them `inset_mm` inside."""

    def crush(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
        length, width, height = item.product.size_mm
        met = replace(item.product, size_mm=(length - 2 * inset_mm, width - 2 * inset_mm, height))
        harm.crush(rng, replace(item, product=met), severity, bit)

    return crush


def _tray(product: Product, board: Colour, share: float, seed: int) -> list[Panel]:
    """`bottom`, seen from above, and four low walls."""
    length, width, height = product.size_mm
    floor = bare_skin(length - 2, width - 2, board, 0.74)
    materials.corrugate(stream(seed, "board", "bottom"), floor, 4.0, down=True)
    corner = (1 - length / 2, width / 2 - 1, FLOOR_MM)
    panels = [sheet("bottom", corner, (length - 2, 0, 0), (0, 2 - width, 0), floor, 8.0)]
    brand, colour = stream(product.number, "brand", product.family), (length, width, max(14.0, height * share))
    words, tone = ink.pick(brand, ink.BRANDS), ink.vivid(brand, 0.75, 0.5)
    for face in BOX_SIDES:
        rng = stream(seed, "board", face)
        skin = bare_skin(*face_size(face, colour), board, 0.7)
        materials.corrugate(rng, skin, 4.0, down=True)
        size = min(colour[2] * 0.4, 14)
        mask = ink.text_mask(skin.shape, words, (12, colour[2] * 0.66), size, "sans", 800)
        materials.printed(skin, mask, tone, rng)
        panel = box_face(face, colour, skin, 8.0)
        panel.lining = board
        panels.append(panel)
    return panels


def _units(
    looks: np.random.Generator, rng: np.random.Generator, kind: str, grid: tuple[int, int], pitch: Points, height: float
) -> list[list[Panel]]:
    brand = ink.pick(looks, ink.BRANDS)
    colours = [ink.vivid(looks, 0.7, 0.55), ink.vivid(looks, float(looks.choice((0.06, 0.5))), 0.74)]
    made = turned.look(looks, "can" if kind == "can" else "jar")
    radius = float(pitch.min()) / 2 - 0.4
    profile, skin = turned.body(looks, made, radius, height)
    lid = _can_end(looks, radius * 0.77, colours[0]) if kind == "can" else _jar_lid(looks, radius * 0.75, made)
    units = []
    for number in range(grid[0] * grid[1]):
        place = np.array([number % grid[0] - (grid[0] - 1) / 2, number // grid[0] - (grid[1] - 1) / 2]) * pitch
        x, y = (float(value) for value in place + rng.uniform(-0.3, 0.3, 2))
        turn = float(rng.uniform(0, 2 * np.pi))
        if kind == "brick":
            unit = _brick((float(pitch[0]) - 1.2, float(pitch[1]) - 1.2, height), colours, brand)
            posed(unit, 180.0 * float(rng.integers(2)) + float(rng.normal(0, 0.4)), (x, y, FLOOR_MM))
        else:
            at = (x, y, height - (4.2 if kind == "can" else 0.7))
            unit = [turned.stand("unit", profile, skin, (x, y), turn), _laid(lid, at, turn)]
            posed(unit, 0.0, (0, 0, FLOOR_MM))
        units.append(unit)
    return units


def _can_end(rng: np.random.Generator, radius_mm: float, colour: Colour) -> Skin:
    """The end of a can: a countersink around a panel with tab, rivet and score."""
    skin = bare_skin(2 * radius_mm, 2 * radius_mm, METAL, 0.24)
    middle = (skin.shape[0] - 1) / 2
    rows, columns = np.mgrid[: skin.shape[0], : skin.shape[1]].astype(np.float32) - np.float32(middle)
    far = np.hypot(rows, columns) / np.float32(middle)
    skin.solid = np.asarray(far < 0.99)
    skin.bump_mm += (1.4 * np.tanh((0.86 - far) * 14)).astype(np.float32)
    brushed = cv2.GaussianBlur(grain(rng, skin.shape), (0, 0), sigmaX=6, sigmaY=0.5)
    skin.albedo = scaled(skin.albedo, np.asarray(1 + brushed * 0.10 - 0.35 * np.exp(-(((far - 0.9) / 0.05) ** 2))))
    tab = _oval(rows, columns, middle, (0.20, 0.0), (0.36, 0.19))
    eye = _oval(rows, columns, middle, (0.36, 0.0), (0.13, 0.10))
    rivet = _oval(rows, columns, middle, (0.0, 0.0), (0.09, 0.09))
    score = _oval(rows, columns, middle, (-0.40, 0.0), (0.30, 0.34))
    skin.bump_mm += 0.9 * np.clip(tab * 3, 0, 1) - 0.6 * np.clip(eye * 3, 0, 1) + 0.4 * np.clip(rivet * 2, 0, 1)
    line = np.exp(-((score / 0.05) ** 2)) * (tab <= 0)
    skin.bump_mm -= np.asarray(0.25 * line, np.float32)
    skin.albedo = scaled(skin.albedo, np.asarray(1 - 0.35 * line - 0.5 * np.clip(eye * 3, 0, 1), np.float32))
    if rng.random() < 0.4:
        skin.albedo = tint(skin.albedo, colour, (np.clip(tab * 4, 0, 1) * (eye <= 0) * 0.8).astype(np.float32))
    return skin


def _jar_lid(rng: np.random.Generator, radius_mm: float, made: turned.Look) -> Skin:
    """A printed lid of sheet metal with its safety button down."""
    skin = bare_skin(2 * radius_mm, 2 * radius_mm, made.cap, 0.25)
    middle = (skin.shape[0] - 1) / 2
    rows, columns = np.mgrid[: skin.shape[0], : skin.shape[1]].astype(np.float32) - np.float32(middle)
    far = np.hypot(rows, columns) / np.float32(middle)
    dark = float(np.mean(made.cap)) < 120
    size = min(2 * radius_mm / (len(made.brand) + 1.5), 8)
    ring = ((far > 0.84) & (far < 0.90)).astype(np.float32)
    ink.text(
        skin.albedo, made.brand, (radius_mm * 0.3, radius_mm * 1.1), size, ink.PAPER if dark else ink.DARK, weight=700
    )
    materials.printed(skin, ring, ink.PAPER if dark else ink.vivid(rng), rng)
    skin.solid = np.asarray(far < 0.99)
    skin.bump_mm -= (0.6 * np.exp(-((far / 0.34) ** 4))).astype(np.float32)
    skin.bump_mm += (0.3 * np.tanh((0.72 - far) * 30)).astype(np.float32)
    return skin


def _oval(rows: Plane, columns: Plane, unit: float, at: tuple[float, float], half: tuple[float, float]) -> Plane:
    """1 in the middle, 0 at the rim, negative outside; sizes as shares of `unit`."""
    down, right = (rows / np.float32(unit) - at[0]) / half[0], (columns / np.float32(unit) - at[1]) / half[1]
    return np.asarray(1 - np.hypot(down, right), dtype=np.float32)


def _laid(skin: Skin, at: tuple[float, float, float], turn: float) -> Panel:
    side = skin.shape[0] / PX_PER_MM
    own = Skin(skin.albedo, skin.roughness, skin.bump_mm, skin.solid, np.zeros_like(skin.marks))
    panel = sheet("unit lid", (-side / 2, side / 2, 0), (side, 0, 0), (0, -side, 0), own, 8.0)
    posed([panel], float(np.degrees(turn)), at)
    return panel


def _brick(size_mm: Size, colours: list[Colour], brand: str) -> list[Panel]:
    """A carton of drink: a fin folded flat across its top, a screw cap beside it."""
    paint = stream(sum(colours[0]), "brick")
    panels = []
    for face in ("top", *BOX_SIDES):
        long, wide = face_size(face, size_mm)
        skin = bare_skin(long, wide, colours[face == "top"], 0.3)
        materials.paper(paint, skin, 0.4)
        if face == "top":
            _fin(skin, long, wide, colours[0])
        else:
            size = min(long / (0.8 * len(brand) + 1), 12)
            ink.text(skin.albedo, brand, (long * 0.1, wide * 0.3), size, ink.PAPER, weight=800)
        panel = box_face(face, size_mm, skin, 12.0)
        panel.name = f"unit {face}"
        round_edges(panel, size_mm, 1.5)
        panels.append(panel)
    return panels


def _fin(skin: Skin, long: float, wide: float, colour: Colour) -> None:
    rows, columns = (np.arange(side, dtype=np.float32)[:, None] / np.float32(PX_PER_MM) for side in skin.shape)
    edge = columns.T - np.float32(long * 0.40) + rows * 0
    skin.bump_mm += (0.35 * (np.tanh(edge / 0.5) - np.tanh((edge - np.float32(long * 0.2)) / 0.5))).astype(np.float32)
    skin.albedo = scaled(skin.albedo, (1 - 0.25 * np.exp(-(((edge + 0.4) / 0.5) ** 2))).astype(np.float32))
    margin = np.minimum(np.minimum(rows, np.float32(wide) - rows), np.minimum(columns, np.float32(long) - columns).T)
    skin.albedo = tint(skin.albedo, colour, np.clip(4 - margin, 0, 1).astype(np.float32))
    cap = np.hypot(rows - np.float32(wide / 2), columns.T - np.float32(long * 0.78)) / np.float32(min(11.0, wide * 0.3))
    knurl = np.clip((1 - cap) * 8, 0, 1)
    skin.albedo = tint(skin.albedo, colour, knurl.astype(np.float32))
    skin.albedo = scaled(skin.albedo, (1 - 0.4 * np.exp(-(((cap - 1.03) / 0.07) ** 2))).astype(np.float32))
    skin.bump_mm += (2.0 * knurl).astype(np.float32)


def _wrap(rng: np.random.Generator, units: list[list[Panel]], product: Product) -> None:
    """Film drawn tight over all units: one set of wrinkles in the tops of them all, each with a skin of its own."""
    length, width, _ = product.size_mm
    shape = (px(width), px(length))
    relief = crumpled(rng, shape, (30, 90), 4, 0.07) + crumpled(rng, shape, (8, 24), 4, 0.06)
    relief += puckered(rng, Pillow(product.size_mm, 1.0, 0.0, 70.0), shape, 8.0, 0.9)
    relief = np.asarray(cv2.GaussianBlur(relief, (0, 0), px(0.4)), np.float32)
    for panel in (panel for unit in units for panel in unit if panel.name in ("unit top", "unit lid")):
        at = panel.texel_points()
        columns = ((at[..., 0] + length / 2) * PX_PER_MM).astype(np.float32)
        rows = ((width / 2 - at[..., 1]) * PX_PER_MM).astype(np.float32)
        share = 0.8 if panel.name == "unit top" else 0.3  # over a rim it is drawn tighter
        panel.skin.bump_mm = panel.skin.bump_mm + cv2.remap(relief, columns, rows, cv2.INTER_LINEAR) * np.float32(share)
        panel.skin.roughness = np.full(panel.skin.shape, 0.13, np.float32)


def _band(looks: np.random.Generator, rng: np.random.Generator, product: Product) -> Panel:
    """The strip of printed film that it is carried by, over the middle from wall to wall; it has the code on it."""
    length, width, height = product.size_mm
    wide = float(looks.uniform(32, 40))
    skin = bare_skin(width, wide, ink.vivid(looks, float(looks.choice((0.05, 0.75))), 0.75), 0.2)
    dark = float(skin.albedo.mean()) < 110
    words, size = ink.pick(looks, ink.BRANDS), wide * 0.42
    mask = ink.text_mask(skin.shape, words, (8, wide * 0.66), size, ink.pick(looks, ink.FACES), 800)
    materials.printed(skin, mask, ink.PAPER if dark else ink.DARK, rng)
    code = ink.barcode(product.code, wide - 10)
    materials.lay(skin, code, (max(6.0, width - 10 - code.shape[1] / PX_PER_MM), 3.0), 0.3, 0.05)
    fold = crumpled(rng, skin.shape, (14, 50), 4, 0.10)
    skin.bump_mm += np.asarray(cv2.GaussianBlur(fold, (0, 0), px(0.4)), np.float32)
    x = float(looks.uniform(-0.04, 0.04)) * length
    panel = sheet("band", (x - wide / 2, -width / 2, height - 1.2), (0, width, 0), (wide, 0, 0), skin, 4.0)
    reach = np.abs(panel.vertices[..., 1]) - width / 2 + 14
    panel.vertices[..., 2] -= 0.09 * np.clip(reach, 0, None) ** 2
    panel.vertices[..., 2] += _ripple(rng, width)(panel.vertices[..., 1])
    return panel


def _ripple(rng: np.random.Generator, width_mm: float) -> Callable[[Points], Points]:
    phase, pitch = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.7) * width_mm
    return lambda y: np.asarray(0.5 + 0.5 * np.sin(2 * np.pi * y / pitch + phase))
