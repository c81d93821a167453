"""A capture as it might also have been: mirrored, turned, nearer, in other colours, otherwise printed, brighter,
noisier. Fixed by name and number."""

import zlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from prints import NO_PRINTS, Prints, factor, printed
from samples import PIXEL, SIZE_PX, Pixels

VARIANTS = 5
"""0 is the capture as it is; 1 its mirror image, 2 and up are moved as well."""
MOVED_FROM = 2
TURN_DEG, SCALE, SHIFT_PX = 8.0, (0.88, 1.14), 14.0
GAIN, BALANCE, NOISE = (0.72, 1.35), (0.90, 1.11), 2.0
"""Factors of linear light per shot and channel; deviation of what is added to a code, at most."""
TILT, LIFT_MM = 0.012, 4.0
"""What a calibration may be wrong by: mm of height per px, and all over."""
GAMMA = 2.2
RECOLOURED, PALEST = 0.4, 0.3
"""How many variants have their channels mixed, and the least share that is left of their colour."""
SHOTS = ("colour", "left", "right")


@dataclass(frozen=True, slots=True)
class Change:
    """`across` and `down`: mirrored. `moved` takes places of the variant to places of the capture, or None."""

    across: bool
    down: bool
    moved: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a view, px of the variant."""

    top: int
    left: int
    height: int
    width: int

    def of(self, picture: NDArray[Any]) -> NDArray[Any]:
        """(..., H, W) to the part."""
        return picture[..., self.top : self.top + self.height, self.left : self.left + self.width]

    def over(self, stride: int) -> "Window":
        """On cells of that side."""
        return Window(*(side // stride for side in (self.top, self.left, self.height, self.width)))


WHOLE = Window(0, 0, *SIZE_PX)


def variant(pixels: Pixels, name: str, number: int, window: Window = WHOLE, prints: Prints = NO_PRINTS) -> Pixels:
    """(H, W) of PIXEL: the window's part of that variant.

    Light from the left comes from the upper edge: mirrored downwards, it comes from the right.
    """
    if number == 0:
        return window.of(pixels).copy()
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    moved = _moved(pixels, _change(rng, number), window)
    return _noisy(_repainted(moved, rng, window, prints), rng, window)


def placed(place: tuple[float, float], name: str, number: int) -> tuple[float, float]:
    """Where a place of the capture (row, column) is in the variant; it may lie beyond its edge."""
    if number == 0:
        return place
    change = _change(np.random.default_rng([zlib.crc32(name.encode()), number]), number)
    row, column = place
    if change.moved is not None:
        column, row = change.moved @ (column, row, 1.0)
    return (SIZE_PX[0] - 1 - row if change.down else row, SIZE_PX[1] - 1 - column if change.across else column)


def _change(rng: np.random.Generator, number: int) -> Change:
    if number < MOVED_FROM:
        return Change(bool(rng.integers(2)), bool(rng.integers(2)), None)
    turn, scale = rng.uniform(-TURN_DEG, TURN_DEG), rng.uniform(*SCALE)
    centre = (SIZE_PX[1] / 2, SIZE_PX[0] / 2)
    moved = cv2.getRotationMatrix2D(centre, turn, scale)
    moved[:, 2] += rng.uniform(-SHIFT_PX, SHIFT_PX, 2)
    return Change(bool(rng.integers(2)), bool(rng.integers(2)), np.asarray(moved))


def _moved(pixels: Pixels, change: Change, window: Window) -> Pixels:
    part = _unmirrored(window, change)
    kept = part.of(pixels) if change.moved is None else _warped(pixels, change.moved, part)
    out = kept[:: -1 if change.down else 1, :: -1 if change.across else 1].copy()
    if change.down:
        out["left"], out["right"] = out["right"].copy(), out["left"].copy()
    return out


def _unmirrored(window: Window, change: Change) -> Window:
    """The part of the picture that comes to lie under the window when the picture is mirrored."""
    top = SIZE_PX[0] - window.top - window.height if change.down else window.top
    left = SIZE_PX[1] - window.left - window.width if change.across else window.left
    return Window(top, left, window.height, window.width)


def _warped(pixels: Pixels, moved: NDArray[np.float64], window: Window) -> Pixels:
    moved = moved - np.array([[0, 0, window.left], [0, 0, window.top]])
    size = (window.width, window.height)
    out = np.zeros(size[::-1], PIXEL)
    for shot in SHOTS:
        out[shot] = cv2.warpAffine(np.ascontiguousarray(pixels[shot]), moved, size, flags=cv2.INTER_LINEAR)
    for field in ("marks", "major", "decoy"):
        plane = np.ascontiguousarray(pixels[field]).astype(np.uint8)
        out[field] = cv2.warpAffine(plane, moved, size, flags=cv2.INTER_NEAREST)
    height = np.ascontiguousarray(pixels["height"]).astype(np.float32)
    out["height"] = cv2.warpAffine(height, moved, size, flags=cv2.INTER_NEAREST, borderValue=float("nan"))
    return out


def _repainted(pixels: Pixels, rng: np.random.Generator, window: Window, prints: Prints) -> Pixels:
    """In other colours, and with prints of others on it: the same in every shot."""
    mix = _mix(rng) if rng.random() < RECOLOURED else None
    by = factor(prints, rng, (window.top, window.left), (window.height, window.width))
    for shot in SHOTS:
        picture = np.ascontiguousarray(pixels[shot])
        if mix is not None:
            picture = np.asarray(cv2.transform(picture, mix))
        pixels[shot] = picture if by is None else printed(picture, by)
    return pixels


def _mix(rng: np.random.Generator) -> NDArray[np.float32]:
    """(3, 3): channels in another order, then paler. Grey stays grey."""
    order = np.eye(3, dtype=np.float32)[rng.permutation(3)]
    left = np.float32(rng.uniform(PALEST, 1))
    return np.asarray(left * order + (1 - left) / 3, np.float32)


def _noisy(pixels: Pixels, rng: np.random.Generator, window: Window) -> Pixels:
    for shot in SHOTS:
        lit = cv2.LUT(np.ascontiguousarray(pixels[shot]), _exposed(rng))
        grain = _GRAIN[int(rng.integers(len(_GRAIN)))]
        row, column = (int(rng.integers(side)) for side in SIZE_PX)
        top, first = row + window.top, column + window.left
        noise = grain[top : top + window.height, first : first + window.width]
        pixels[shot] = cv2.add(lit, noise, dtype=cv2.CV_8U)
    tilt = rng.uniform(-TILT, TILT, 2).astype(np.float32)
    rows, columns = (np.arange(side, dtype=np.float32) - side / 2 for side in SIZE_PX)
    lift = np.float32(rng.uniform(-LIFT_MM, LIFT_MM))
    pixels["height"] += window.of((tilt[0] * rows + lift)[:, None] + (tilt[1] * columns)[None, :])
    return pixels


def _exposed(rng: np.random.Generator) -> NDArray[np.uint8]:
    """(1, 256, 3): what another exposure and white balance make of every code."""
    factors = (rng.uniform(*GAIN) * rng.uniform(*BALANCE, 3)) ** (1 / GAMMA)
    return np.clip(np.arange(256)[None, :, None] * factors, 0, 255).round().astype(np.uint8)


def _grains() -> tuple[NDArray[np.int8], ...]:
    """Noise of several strengths, twice as large as a picture: each takes a part of it."""
    drawn = np.random.default_rng(5).standard_normal((2 * SIZE_PX[0], 2 * SIZE_PX[1], 3), np.float32)
    return tuple(np.rint(drawn * np.float32(NOISE * share)).astype(np.int8) for share in (0.0, 0.5, 1.0))


_GRAIN = _grains()
