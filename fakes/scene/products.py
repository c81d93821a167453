"""The catalogue: product families, and products whose design hangs on their name alone, never on a scene's seed."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from fakes.scene import prints
from fakes.scene.field import Ink, Plane
from fakes.scene.patch import PAD_MM, Patch, scaled, tint
from fakes.scene.prints import pick, px, vivid
from fakes.scene.shapes import clouds, grain
from fakes.streams import stream

DESIGNS = 24
"""Products of each family, named `family-00` and so on."""


@dataclass(frozen=True, slots=True)
class Design:
    """One product as its maker made it: the print (PRINT_PX_PER_MM), the relief and gloss (1 px per mm), arrays
    over the outline without padding. `inside` is 0..1."""

    ink: Ink
    height_mm: Plane
    gloss: Plane
    inside: Plane


def _size(rng: np.random.Generator, longest: tuple[int, int], widest: tuple[int, int]) -> tuple[int, int]:
    return int(rng.integers(*longest)), int(rng.integers(*widest))


def _full(shape: tuple[int, int], value: float) -> Plane:
    return np.full(shape, value, dtype=np.float32)


def _bow(shape: tuple[int, int], rise: float) -> Plane:
    """A bulge of `rise` mm in the middle, 0 at the edges."""
    rows, columns = np.linspace(0, np.pi, shape[0]), np.linspace(0, np.pi, shape[1])
    return (rise * np.sin(rows)[:, None] * np.sin(columns)[None, :]).astype(np.float32)


def _softened(height: Plane, edge: float) -> Plane:
    """Edges rounded off over about `edge` mm, without lowering the middle."""
    padded = cv2.copyMakeBorder(np.ones_like(height), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    inner = cv2.distanceTransform((padded > 0).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    fall = np.clip(1 - inner / (edge + 1), 0, 1) ** 2 * edge * 0.6
    return np.asarray(height - fall, dtype=np.float32)


def carton(rng: np.random.Generator) -> Design:
    """A corrugated box: seam, tape, a shipping label, a printed word."""
    length, width = _size(rng, (150, 245), (115, 185))
    shape = (width, length)
    board = pick(rng, ((112, 152, 184), (98, 138, 172), (214, 220, 224), (128, 164, 190), (150, 172, 186)))
    ink = prints.sheet(length, width, board)
    dark = prints.ink_on(board)
    if rng.random() < 0.45:
        band = px(rng.uniform(14, 34))
        ink[-band:] = vivid(rng, 0.65, 0.6)
    prints.word(rng, ink, (10, 24), float(rng.uniform(9, 15)), dark)
    seam = width // 2
    cv2.line(ink, (0, px(seam)), (px(length), px(seam)), (52, 70, 84), px(1.2))
    gloss = _full(shape, 0.06)
    _tape(rng, ink, gloss, seam)
    label = prints.shipping_label(rng, float(rng.uniform(62, 84)), float(rng.uniform(42, 54)))
    at = (float(rng.uniform(0.3, 0.5)) * length, seam + 14.0 if rng.random() < 0.5 else seam - 60.0)
    rows, columns = prints.paste(ink, label, at)
    gloss[_in_mm(rows), _in_mm(columns)] = 0.25
    height = _full(shape, float(rng.uniform(45, 110))) + _bow(shape, float(rng.uniform(0.5, 2.0)))
    height[seam - 1 : seam + 1] -= 0.5
    height += np.sin(np.arange(length) * 2 * np.pi / 7).astype(np.float32) * 0.04 + grain(rng, shape, 1.5) * 0.03
    ink = scaled(ink, 1 + grain(rng, (ink.shape[0], ink.shape[1]), 1.5) * 0.025)
    return Design(ink, _softened(height, 2.0), gloss, _full(shape, 1))


def _in_mm(span: slice) -> slice:
    return slice(span.start // prints.PRINT_PX_PER_MM, span.stop // prints.PRINT_PX_PER_MM)


def _tape(rng: np.random.Generator, ink: Ink, gloss: Plane, seam: int) -> None:
    half = int(rng.integers(20, 27))
    colour = pick(rng, ((96, 142, 176), (120, 150, 168), (216, 222, 226), (84, 120, 150)))
    band = np.zeros(ink.shape[:2], dtype=np.float32)
    band[px(seam - half) : px(seam + half)] = 0.55
    ink[:] = tint(ink, colour, band)
    gloss[seam - half : seam + half] = 0.6


def book(rng: np.random.Generator) -> Design:
    """A hardback: a printed cover, a hinge groove beside the spine."""
    length, width = _size(rng, (165, 240), (120, 178))
    shape = (width, length)
    ink = prints.sheet(length, width, vivid(rng, 0.6, 0.55))
    prints.artwork(rng, ink)
    height = _full(shape, float(rng.uniform(16, 44))) + _bow(shape, float(rng.uniform(0, 0.8)))
    columns = np.arange(length, dtype=np.float32)
    height -= 1.4 * np.exp(-(((columns - 10) / 2.2) ** 2))
    ink = scaled(ink, (1 - 0.25 * np.exp(-(((np.arange(ink.shape[1]) / 3 - 10) / 1.5) ** 2)))[None].astype(np.float32))
    gloss = _full(shape, float(rng.uniform(0.25, 0.5)))
    return Design(ink, _softened(height + grain(rng, shape, 2) * 0.02, 1.5), gloss, _full(shape, 1))


def mailer(rng: np.random.Generator) -> Design:
    """A padded envelope: pillow-shaped, wrinkled, with flat seams and a label."""
    length, width = _size(rng, (180, 260), (130, 195))
    shape = (width, length)
    paper = pick(rng, ((110, 158, 192), (70, 178, 222), (226, 228, 228), (158, 150, 142), (72, 64, 60)))
    ink = prints.sheet(length, width, paper)
    label = prints.shipping_label(rng, float(rng.uniform(74, 98)), float(rng.uniform(50, 64)))
    prints.paste(ink, label, (float(rng.uniform(0.2, 0.45)) * length, float(rng.uniform(0.22, 0.45)) * width))
    prints.word(rng, ink, (16, width - 16), 9, prints.ink_on(paper))
    seam = 9.0
    inner = cv2.distanceTransform(
        cv2.copyMakeBorder(np.ones(shape, dtype=np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0), cv2.DIST_L2, 5
    )[1:-1, 1:-1]
    swell = np.clip((inner - seam) / (min(shape) / 2 - seam), 0, 1)
    pillow = 2.2 + float(rng.uniform(14, 34)) * np.sqrt(np.clip(1 - (1 - swell) ** 2, 0, 1))
    folds = 1 - np.abs(clouds(rng, shape, 24))
    relief = pillow + swell * (1 - swell) * folds * 2.2 + clouds(rng, shape, 14) * 0.25 * np.clip(swell * 4, 0, 1)
    gloss = _full(shape, float(rng.choice((0.08, 0.35))))
    return Design(ink, cv2.GaussianBlur(relief, (0, 0), 1.6).astype(np.float32), gloss, _rounded(shape, 5))


def _rounded(shape: tuple[int, int], radius: int) -> Plane:
    outline = np.zeros((shape[0] + 2, shape[1] + 2), dtype=np.uint8)
    outline[radius + 1 : -radius - 1, 1:-1] = 1
    outline[1:-1, radius + 1 : -radius - 1] = 1
    for row in (radius, shape[0] - radius - 1):
        for column in (radius, shape[1] - radius - 1):
            cv2.circle(outline, (column + 1, row + 1), radius, 1.0, -1)
    return outline[1:-1, 1:-1].astype(np.float32)


def multipack(rng: np.random.Generator) -> Design:
    """Equal printed boxes side by side under shrink wrap."""
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    unit = (int(rng.integers(210, 240)) // columns, int(rng.integers(140, 172)) // rows)
    shape = (unit[1] * rows, unit[0] * columns)
    face = prints.sheet(unit[0], unit[1], vivid(rng, 0.7, 0.75))
    _unit_face(rng, face, unit)
    ink = np.tile(face, (rows, columns, 1))
    base = float(rng.uniform(35, 80))
    steps = base + rng.normal(0, 0.5, (rows, columns))
    height = np.kron(steps, np.ones((unit[1], unit[0]))).astype(np.float32)
    height -= np.kron(np.ones((rows, columns)), _groove(unit)).astype(np.float32)
    wrap = clouds(rng, shape, 9) * 0.12 + np.abs(clouds(rng, shape, 30)) * 0.15
    height = cv2.GaussianBlur(height + wrap, (0, 0), 0.8).astype(np.float32)
    gloss = np.clip(0.6 + clouds(rng, shape, 20) * 0.12, 0.3, 0.85).astype(np.float32)
    return Design(ink, _softened(height, 2.0), gloss, _full(shape, 1))


def _unit_face(rng: np.random.Generator, face: Ink, unit: tuple[int, int]) -> None:
    ground = (int(face[0, 0, 0]), int(face[0, 0, 1]), int(face[0, 0, 2]))
    cv2.circle(face, (px(unit[0] * 0.72), px(unit[1] * 0.62)), px(min(unit) * 0.24), vivid(rng), -1, cv2.LINE_AA)
    face[px(unit[1] - 9) :] = vivid(rng, 0.5, 0.9)
    prints.word(rng, face, (5, unit[1] * 0.36), min(10.0, unit[0] / 7), prints.ink_on(ground))
    prints.small_print(rng, face, (5, unit[1] * 0.5, unit[0] * 0.4, unit[1] * 0.25), prints.ink_on(ground))


def _groove(unit: tuple[int, int]) -> Plane:
    """How much lower one unit is at its rim, where the boxes meet."""
    x = np.minimum(np.arange(unit[0]), unit[0] - 1 - np.arange(unit[0]))
    y = np.minimum(np.arange(unit[1]), unit[1] - 1 - np.arange(unit[1]))
    rim = np.minimum(x[None, :], y[:, None])
    return (4.0 * np.exp(-((rim / 1.4) ** 2))).astype(np.float32)


FAMILIES: dict[str, Callable[[np.random.Generator], Design]] = {
    "carton": carton,
    "book": book,
    "mailer": mailer,
    "multipack": multipack,
}
DECORATIONS: dict[str, Callable[[np.random.Generator, Ink], None]] = {
    "smashed-screen": prints.smashed_screen,
    "splash": prints.printed_splash,
}


def names() -> tuple[str, ...]:
    """Every product of the catalogue."""
    return tuple(f"{family}-{number:02d}" for family in FAMILIES for number in range(DESIGNS))


def family_of(product: str) -> str:
    """Raises KeyError for a product that is not in the catalogue."""
    if product not in names():
        raise KeyError(f"No product {product!r}: take one of fakes.scene.products.names().")
    return product.rpartition("-")[0]


def make(product: str, decoration: str | None, seed: int) -> Patch:
    """`product` fresh from the maker; `decoration` printed on it, if any, varied by `seed`."""
    design = FAMILIES[family_of(product)](stream(0, "design", product))
    ink = design.ink.copy()
    if decoration is not None:
        DECORATIONS[decoration](stream(seed, "decoration"), ink)
    small = cv2.resize(ink, (design.height_mm.shape[1], design.height_mm.shape[0]), interpolation=cv2.INTER_AREA)

    def padded(plane: Plane, border: int) -> Plane:
        return np.asarray(cv2.copyMakeBorder(plane, PAD_MM, PAD_MM, PAD_MM, PAD_MM, border, value=0.0), np.float32)

    shape = (small.shape[0] + 2 * PAD_MM, small.shape[1] + 2 * PAD_MM)
    return Patch(
        height_mm=padded(design.height_mm, cv2.BORDER_REPLICATE),
        albedo=np.asarray(
            cv2.copyMakeBorder(small, PAD_MM, PAD_MM, PAD_MM, PAD_MM, cv2.BORDER_REPLICATE), dtype=np.uint8
        ),
        gloss=padded(design.gloss, cv2.BORDER_REPLICATE),
        inside=padded(design.inside, cv2.BORDER_CONSTANT),
        label=np.zeros(shape, dtype=np.uint8),
    )
