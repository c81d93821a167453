"""What is printed on an item or stuck to it, drawn with PRINT_PX_PER_MM pixels per millimetre."""

import cv2
import numpy as np

from fakes.scene.field import Ink
from fakes.scene.patch import tint
from fakes.scene.shapes import blob, clouds, cracks, distance, strokes

PRINT_PX_PER_MM = 3
Colour = tuple[int, int, int]
WORDS = ("NORDA", "Velm", "KITO", "Arbor", "Lumen & Co", "OXAL", "Marin", "Tavola", "HEXA", "Brisk", "Solvang", "Penta")
FONTS = (cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX)


def px(length_mm: float) -> int:
    return round(length_mm * PRINT_PX_PER_MM)


def sheet(length_mm: float, width_mm: float, colour: Colour) -> Ink:
    """A blank print of `length_mm` along x and `width_mm` along y."""
    return np.full((px(width_mm), px(length_mm), 3), colour, dtype=np.uint8)


def pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def vivid(rng: np.random.Generator, saturation: float = 0.7, value: float = 0.75) -> Colour:
    """A colour of any hue, BGR."""
    hsv = np.array([[[rng.integers(180), 255 * saturation, 255 * value]]], dtype=np.uint8)
    blue, green, red = (int(channel) for channel in cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0])
    return blue, green, red


def ink_on(background: Colour) -> Colour:
    """Dark on light, light on dark."""
    return (28, 26, 26) if sum(background) > 330 else (236, 238, 240)


def word(rng: np.random.Generator, ink: Ink, at_mm: tuple[float, float], height_mm: float, colour: Colour) -> None:
    """A word with its lower left corner at `at_mm`, capitals `height_mm` high, in place."""
    text = WORDS[int(rng.integers(len(WORDS)))]
    font = FONTS[int(rng.integers(len(FONTS)))]
    size = px(height_mm) / 22.0
    where = (px(at_mm[0]), px(at_mm[1]))
    cv2.putText(ink, text, where, font, size, colour, max(1, round(size * 1.6)), cv2.LINE_AA)


def small_print(rng: np.random.Generator, ink: Ink, box_mm: tuple[float, float, float, float], colour: Colour) -> None:
    """Lines of illegible text in `box_mm` (x, y, length, width), in place."""
    left, top, length, width = box_mm
    for line in np.arange(top, top + width, 3.2):
        at = left
        end = left + length * rng.uniform(0.55, 1.0)
        while at < end:
            run = float(rng.uniform(2, 8))
            cv2.line(ink, (px(at), px(line)), (px(min(at + run, end)), px(line)), colour, px(0.9), cv2.LINE_AA)
            at += run + 1.4


def barcode(rng: np.random.Generator, ink: Ink, box_mm: tuple[float, float, float, float]) -> None:
    """Black bars of 1 to 3 mm in `box_mm` (x, y, length, width), in place."""
    left, top, length, width = box_mm
    at = left
    while at < left + length - 3:
        bar, gap = (float(value) for value in rng.integers(2, 6, 2) * 0.5)
        cv2.rectangle(ink, (px(at), px(top)), (px(at + bar) - 1, px(top + width)), (24, 22, 22), -1)
        at += bar + gap


def shipping_label(rng: np.random.Generator, length_mm: float, width_mm: float) -> Ink:
    ink = sheet(length_mm, width_mm, (238, 240, 240))
    dark = (30, 28, 28)
    barcode(rng, ink, (5, width_mm * 0.58, length_mm - 10, width_mm * 0.34))
    small_print(rng, ink, (5, 5, length_mm * 0.55, width_mm * 0.42), dark)
    word(rng, ink, (length_mm * 0.6, width_mm * 0.28), 7, dark)
    cv2.rectangle(ink, (px(1.5), px(1.5)), (px(length_mm - 1.5), px(width_mm - 1.5)), dark, px(0.5))
    return ink


def paste(ink: Ink, piece: Ink, at_mm: tuple[float, float]) -> tuple[slice, slice]:
    """Lay `piece` with its upper left corner at `at_mm`, cropped to `ink`, in place. Returns where it lies."""
    top, left = max(0, px(at_mm[1])), max(0, px(at_mm[0]))
    rows = slice(top, min(top + piece.shape[0], ink.shape[0]))
    columns = slice(left, min(left + piece.shape[1], ink.shape[1]))
    ink[rows, columns] = piece[: rows.stop - rows.start, : columns.stop - columns.start]
    return rows, columns


def artwork(rng: np.random.Generator, ink: Ink) -> None:
    """An abstract cover picture: a graded ground, bands, discs and a few words, in place."""
    height, width = ink.shape[:2]
    grade = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
    soft = clouds(rng, (height, width), height / 3) * 0.15
    ink[:] = tint(ink, vivid(rng, 0.6, 0.5), np.clip(grade + soft, 0, 1).astype(np.float32))
    for _ in range(int(rng.integers(2, 6))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        reach = int(rng.integers(px(8), px(40)))
        if rng.random() < 0.5:
            cv2.circle(ink, centre, reach, vivid(rng), -1, cv2.LINE_AA)
        else:
            cv2.rectangle(ink, centre, (centre[0] + 2 * reach, centre[1] + reach // 2), vivid(rng), -1)
    word(rng, ink, (8, height / PRINT_PX_PER_MM * 0.3), float(rng.uniform(9, 16)), (244, 244, 244))
    word(rng, ink, (8, height / PRINT_PX_PER_MM * 0.9), 6, (244, 244, 244))


def smashed_screen(rng: np.random.Generator, ink: Ink) -> None:
    """A printed telephone with a cracked screen: not damage, though it looks like it in colour. In place."""
    height, width = ink.shape[:2]
    size = np.array([min(width * 0.4, px(62)), min(height * 0.75, px(110))])
    corner = np.array([width * 0.52, height * 0.12])
    left_top, right_bottom = corner.astype(int).tolist(), (corner + size).astype(int).tolist()
    cv2.rectangle(ink, left_top, right_bottom, (34, 30, 28), -1)
    inner = px(3)
    cv2.rectangle(ink, [v + inner for v in left_top], [v - inner for v in right_bottom], (110, 84, 60), -1)
    hit = corner + size * rng.uniform(0.35, 0.65, 2)
    lines = strokes((height, width), cracks(rng, hit, float(size.min()) * 0.6, 11), 2)
    rings = [np.abs(distance((height, width), (hit[0], hit[1])) - radius) < 2.2 for radius in (px(5), px(11), px(18))]
    gaps = clouds(rng, (height, width), px(6)) > 0
    web = np.maximum(lines, np.any(rings, axis=0) & gaps).astype(np.float32)
    screen = np.zeros((height, width), dtype=np.float32)
    screen[left_top[1] : right_bottom[1], left_top[0] : right_bottom[0]] = 1
    ink[:] = tint(ink, (232, 230, 226), web * screen)


def printed_splash(rng: np.random.Generator, ink: Ink) -> None:
    """A printed splash of juice: not damage either. In place."""
    shape = (ink.shape[0], ink.shape[1])
    centre = (shape[1] * float(rng.uniform(0.35, 0.65)), shape[0] * float(rng.uniform(0.35, 0.65)))
    reach = min(shape) * float(rng.uniform(0.22, 0.34))
    colour = vivid(rng, 0.75, 0.7)
    ink[:] = tint(ink, colour, np.clip(blob(rng, shape, centre, reach) * 12, 0, 0.95))
    for _ in range(int(rng.integers(5, 12))):
        angle, far = rng.uniform(0, 2 * np.pi), reach * rng.uniform(1.1, 1.8)
        at = (int(centre[0] + far * np.cos(angle)), int(centre[1] + far * np.sin(angle)))
        cv2.circle(ink, at, int(rng.integers(px(1), px(4))), colour, -1, cv2.LINE_AA)
