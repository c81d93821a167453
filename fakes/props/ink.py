"""What is printed: words, codes that a decoder reads, shipping labels, handling marks. PX_PER_MM texels per mm."""

import cv2
import numpy as np

from fakes.props.panel import PX_PER_MM, Colour, Ink, Plane, px
from fakes.scene.shapes import blob, clouds, cracks, distance, strokes

DARK: Colour = (34, 30, 28)
PAPER: Colour = (236, 238, 238)
BRANDS = (
    "NORDA", "Velm", "KITO", "Arbor", "Lumen & Co", "OXAL", "Marin", "Tavola", "HEXA", "Brisk", "Solvang", "Penta",
    "Quill", "MIRA", "Fjell", "Ostra", "Bramble", "CIRRO", "Halden", "Iver", "Juno", "KARST", "Lindgren", "Moss",
)  # fmt: skip
GOODS = (
    "home goods",
    "tea and coffee",
    "audio",
    "garden",
    "tools",
    "stationery",
    "kitchen",
    "pharmacy",
    "toys",
    "optics",
)
STREETS = (
    "Hauptstrasse",
    "Mill Lane",
    "Rue des Lilas",
    "Kirkegata",
    "Via Roma",
    "Lindenweg",
    "Station Road",
    "Calle Mayor",
)
TOWNS = ("Essen", "Leeds", "Lyon", "Bergen", "Torino", "Graz", "Gent", "Cork", "Vigo", "Malmo")
FACES = ("sans", "serif", "italic")


def blank(length_mm: float, width_mm: float, colour: Colour = PAPER) -> Ink:
    return np.full((px(width_mm), px(length_mm), 3), colour, np.uint8)


def pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def vivid(rng: np.random.Generator, saturation: float = 0.7, value: float = 0.7) -> Colour:
    """A colour of any hue."""
    hsv = np.array([[[rng.integers(180), 255 * saturation, 255 * value]]], dtype=np.uint8)
    blue, green, red = (int(channel) for channel in cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0])
    return blue, green, red


def text(
    ink: Ink, words: str, at_mm: tuple[float, float], size_mm: float, colour: Colour = DARK, face: str = "sans",
    weight: int = 400,
) -> None:  # fmt: skip
    """`words` with the left end of their baseline at `at_mm`, letters about `size_mm` high. In place."""
    where = (round(at_mm[0] * PX_PER_MM), round(at_mm[1] * PX_PER_MM))
    cv2.putText(ink, words, where, colour, cv2.FontFace(face), max(4, px(size_mm * 1.35)), weight)


def text_mask(
    shape: tuple[int, int], words: str, at_mm: tuple[float, float], size_mm: float, face: str, weight: int
) -> Plane:
    """The words as 0..1 on a skin of `shape`."""
    canvas = np.zeros((*shape, 3), np.uint8)
    text(canvas, words, at_mm, size_mm, (255, 255, 255), face, weight)
    return canvas[..., 0].astype(np.float32) / np.float32(255)


LEFT_ODD = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def ean13_modules(code: str) -> str:
    """The 95 modules of an EAN-13, "1" is a bar (ISO/IEC 15420)."""
    left = ""
    for digit, parity in zip(code[1:7], PARITY[int(code[0])], strict=True):
        odd = LEFT_ODD[int(digit)]
        left += odd if parity == "L" else "".join("10"[int(bit)] for bit in odd)[::-1]
    right = "".join("".join("10"[int(bit)] for bit in LEFT_ODD[int(digit)]) for digit in code[7:])
    return f"101{left}01010{right}101"


def barcode(code: str, tall_mm: float, module_px: int = 2) -> Ink:
    """An EAN-13 with its quiet zones and digits."""
    bars = np.repeat(np.array([int(bit) for bit in "0" * 11 + ean13_modules(code) + "0" * 7], np.uint8), module_px)
    ink = blank(len(bars) / PX_PER_MM, tall_mm + 4)
    ink[: px(tall_mm), bars == 1] = DARK
    text(ink, code, (10 * module_px / PX_PER_MM, tall_mm + 3.4), 2.6)
    return ink


def matrix_code(content: str, module_px: int = 2) -> Ink:
    """A QR code with its quiet zone."""
    code = np.asarray(cv2.QRCodeEncoder.create().encode(content))
    big = np.kron(np.pad(code, 2, constant_values=255), np.ones((module_px, module_px), np.uint8))
    return np.where(big[..., None] > 0, np.array(PAPER, np.uint8), np.array(DARK, np.uint8)).astype(np.uint8)


def paste(ink: Ink, piece: Ink, at_mm: tuple[float, float]) -> None:
    """`piece` with its upper left corner at `at_mm`, cropped to `ink`. In place."""
    top, left = round(at_mm[1] * PX_PER_MM), round(at_mm[0] * PX_PER_MM)
    height, width = min(piece.shape[0], ink.shape[0] - top), min(piece.shape[1], ink.shape[1] - left)
    if height > 0 and width > 0:
        ink[top : top + height, left : left + width] = piece[:height, :width]


def shipping_label(rng: np.random.Generator, code: str) -> Ink:
    """A carrier's label, 106 x 78 mm, with the product's EAN-13 and a matrix code."""
    ink = blank(106, 78)
    text(ink, f"{pick(rng, BRANDS).upper()} LOGISTICS", (4, 7), 3.4, weight=700)
    text(ink, f"{rng.integers(2, 90) / 10} kg", (86, 7), 3.2)
    for row, line in enumerate((pick(rng, GOODS), f"{pick(rng, STREETS)} {rng.integers(1, 190)}", pick(rng, TOWNS))):
        text(ink, line, (4, 15 + 5.2 * row), 3.6)
    text(ink, f"{rng.integers(10000, 99999)}", (4, 33), 5.0, weight=700)
    cv2.rectangle(ink, (px(60), px(10)), (px(104), px(11)), DARK, -1)
    cv2.rectangle(ink, (px(44), px(13)), (px(76), px(22)), DARK, -1)
    text(ink, f"{pick(rng, TOWNS)[:2].upper()}{rng.integers(1, 9)}", (48, 20.5), 6.0, PAPER, weight=800)
    paste(ink, matrix_code(f"{code}/{rng.integers(1_000_000)}"), (80, 13))
    cv2.line(ink, (px(2), px(36)), (px(104), px(36)), DARK, 1)
    paste(ink, barcode(code, 26), (6, 40))
    text(ink, f"{rng.integers(1, 28):02d}/{rng.integers(1, 12):02d}", (96, 72), 2.6)
    cv2.rectangle(ink, (px(1), px(1)), (ink.shape[1] - px(1), ink.shape[0] - px(1)), (120, 120, 118), 1)
    return ink


def sorting_sticker(rng: np.random.Generator) -> Ink:
    """The small coloured sticker of a depot."""
    ink = blank(44, 20, (60, 214, 240) if rng.random() < 0.7 else (70, 150, 240))
    text(ink, f"{'ABCDEFG'[int(rng.integers(7))]}{rng.integers(1, 29)}-{rng.integers(1, 9)}C", (5, 10), 6.0, weight=600)
    text(ink, f"{rng.integers(1000, 9999)}", (18, 17), 4.2)
    return ink


def handling_marks(shape: tuple[int, int], at_mm: tuple[float, float], size_mm: float) -> Plane:
    """Two arrows up over a line, and a glass, in frames (ISO 780): 0..1 on a skin of `shape`."""
    canvas = np.zeros(shape, np.uint8)
    x, y, s = at_mm[0] * PX_PER_MM, at_mm[1] * PX_PER_MM, size_mm * PX_PER_MM

    def fill(corners: list[tuple[float, float]]) -> None:
        points = np.array([(round(x + s * a), round(y + s * b)) for a, b in corners], np.int32)
        cv2.fillPoly(canvas, [points], 255.0, cv2.LINE_AA)

    for left in (0.12, 0.52):
        fill([(left + 0.18, 0.1), (left + 0.36, 0.4), (left + 0.24, 0.4), (left + 0.24, 0.74), (left + 0.12, 0.74),
              (left + 0.12, 0.4), (left, 0.4)])  # fmt: skip
    fill([(0.12, 0.82), (0.88, 0.82), (0.88, 0.9), (0.12, 0.9)])
    fill([(1.25, 0.1), (1.75, 0.1), (1.68, 0.45), (1.54, 0.55), (1.54, 0.8), (1.7, 0.9), (1.3, 0.9), (1.46, 0.8),
          (1.46, 0.55), (1.32, 0.45)])  # fmt: skip
    for left in (0.0, 1.05):
        corners = ((round(x + s * left), round(y)), (round(x + s * (left + 0.97)), round(y + s)))
        cv2.rectangle(canvas, corners[0], corners[1], 255.0, max(1, round(s * 0.035)), cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def artwork(rng: np.random.Generator, length_mm: float, width_mm: float, brand: str) -> Ink:
    """A retail cover: a graded ground, soft shapes, a product picture and words."""
    ink = blank(length_mm, width_mm, vivid(rng, float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.3, 0.85))))
    height, width = ink.shape[:2]
    grade = np.linspace(0, 1, height, dtype=np.float32)[:, None] + clouds(rng, (height, width), height / 2) * 0.15
    second = np.array(vivid(rng, 0.6, 0.6), np.float32)
    mixed = ink + (second - ink) * np.clip(grade, 0, 1)[..., None]
    ink[:] = np.clip(mixed, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        reach = int(rng.integers(px(8), px(45)))
        if rng.random() < 0.6:
            cv2.circle(ink, centre, reach, vivid(rng), -1, cv2.LINE_AA)
        else:
            cv2.ellipse(
                ink, centre, (reach * 2, reach // 2), float(rng.uniform(0, 90)), 0, 360, vivid(rng), -1, cv2.LINE_AA
            )
    size = min(length_mm / (0.8 * len(brand) + 1), width_mm * 0.24)
    at = (length_mm * 0.07, width_mm * float(rng.uniform(0.3, 0.5)))
    text(ink, brand, at, size, (246, 246, 246), pick(rng, FACES), 800)
    text(ink, pick(rng, GOODS), (at[0], at[1] + size * 0.75), size * 0.38, (240, 240, 240))
    return ink


def smashed_screen(rng: np.random.Generator, length_mm: float, width_mm: float) -> Ink:
    """A picture of a telephone with a cracked screen."""
    ink = blank(length_mm, width_mm, (30, 27, 26))
    inner = px(2.5)
    glow = np.linspace(0.5, 1, ink.shape[1], dtype=np.float32)[None, :, None] * np.array((132, 92, 62), np.float32)
    ink[inner:-inner, inner:-inner] = np.broadcast_to(glow, ink.shape)[inner:-inner, inner:-inner].astype(np.uint8)
    shape = (ink.shape[0], ink.shape[1])
    hit = np.array([shape[1], shape[0]]) * rng.uniform(0.3, 0.7, 2)
    rays = strokes(shape, cracks(rng, hit, float(max(shape)) * 0.6, 13), 1)
    gaps = clouds(rng, shape, px(5)) > 0
    rings = [np.abs(distance(shape, (hit[0], hit[1])) - px(reach)) < 0.8 for reach in (3, 7, 12, 19)]
    web = np.maximum(rays, np.any(rings, axis=0) & gaps).astype(np.float32)[..., None]
    ink[:] = (ink * (1 - web) + 235 * web).astype(np.uint8)
    return ink


def splash(rng: np.random.Generator, shape: tuple[int, int], centre: tuple[float, float], reach: float) -> Plane:
    """A splash with drops around it, 0..1, texels."""
    wet = np.clip(blob(rng, shape, centre, reach) * 12, 0, 1)
    drops = np.zeros(shape, np.uint8)
    for _ in range(int(rng.integers(6, 13))):
        angle, far = rng.uniform(0, 2 * np.pi), reach * rng.uniform(1.1, 1.8)
        at = (int(centre[0] + far * np.cos(angle)), int(centre[1] + far * np.sin(angle)))
        cv2.circle(drops, at, int(rng.integers(px(1), px(3.4))), 255.0, -1, cv2.LINE_AA)
    return np.maximum(wet, drops / np.float32(255)).astype(np.float32)
