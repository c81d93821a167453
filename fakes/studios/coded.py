"""Pictures as small as can be, that say which tray they show: for days in virtual time, whose scores are drawn.

Who sees such a picture and passes the tray of another one has mixed them up, and can be caught at it. Nothing here
looks like a photograph, or is meant to.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.frames import CameraInfo, Colour, Intrinsics, RawDepth
from drivers.units import Millimetres
from fakes.plan import PlanInvalid
from fakes.studios.flat import BLACK, FULL_LIGHT_MS, TRAY_LENGTH_MM
from fakes.studios.studio import STANDS

WIDTH_PX, HEIGHT_PX = 8, 6
FOCAL_PX = 8.0
TRAY_MM = 630
"""From the camera."""
WHITE, DARK, BELT = 0.7, 0.25, 0.4
"""Albedos."""
LEGIBLE = 8
"""Grey levels between the white and the dark cell, at least."""
SEED_BYTES = 4

Cells = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Label:
    """What a picture says of its tray."""

    seed: int
    damaged: bool


@dataclass(frozen=True, slots=True, eq=False)
class CodedScene:
    """`cells` (HEIGHT_PX, WIDTH_PX, 1): white, dark and the damage in the first row, the seed's bits below it."""

    truth: Mapping[str, Any]
    label: Label | None
    cells: Cells


class CodedStudio:
    """Makes CodedScenes and their pictures, depth in mm on the colour pixels. No noise: what is drawn here is scores.

    `looks` is truth: for each seed the light under which it was photographed, by camera, as a share of full for
    FULL_LIGHT_MS.
    """

    def __init__(self) -> None:
        self.looks: dict[int, dict[str, float]] = defaultdict(dict)
        self._depth = np.full((HEIGHT_PX, WIDTH_PX), TRAY_MM, np.uint16)
        self._bare = np.full((HEIGHT_PX, WIDTH_PX, 1), BELT, np.float32)

    def info(self, camera: str) -> CameraInfo:
        eye = Intrinsics(WIDTH_PX, HEIGHT_PX, FOCAL_PX, FOCAL_PX, (WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2)
        return CameraInfo("coded", f"coded-{camera}", simulated=True, colour=eye, depth=eye)

    def draw(self, seed: int, damaged: bool) -> CodedScene:
        """As Studio.draw; the name of the product has the seed, which the pictures say."""
        damages = [{"type": "deformation", "severity": "major"}] if damaged else []
        return CodedScene({"product": named(seed), "damages": damages}, Label(seed, damaged), _cells(seed, damaged))

    def empty(self) -> CodedScene:
        return CodedScene({"product": "none", "damages": []}, None, self._bare)

    def board(self, seed: int, index: int) -> CodedScene:
        raise PlanInvalid(f"pose {index} of seed {seed}: a board needs pictures: rendered")

    def photograph(
        self, scene: CodedScene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float],
        exposure_ms: float, seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph; a tray more than half its length off the station is not in the picture."""
        light = sum(lamps.values()) * exposure_ms / FULL_LIGHT_MS
        seen = scene is not None and abs(offset) < TRAY_LENGTH_MM / 2
        if scene is not None and seen and scene.label is not None:
            self.looks[scene.label.seed][camera] = light
        cells = scene.cells if scene is not None and seen else self._bare
        grey = np.minimum(cells * np.float32(255 * light) + BLACK, 255).astype(np.uint8)
        return np.repeat(grey, 3, axis=2), self._depth


def named(seed: int) -> str:
    """The product of this seed: each tray's is its own."""
    return f"coded-{seed}"


def _cells(seed: int, damaged: bool) -> Cells:
    bits = np.unpackbits(np.frombuffer(seed.to_bytes(SEED_BYTES, "big"), np.uint8))
    cells = np.full((HEIGHT_PX, WIDTH_PX), BELT, np.float32)
    cells[0, :3] = WHITE, DARK, WHITE if damaged else DARK
    cells[1 : 1 + SEED_BYTES] = np.where(bits, WHITE, DARK).reshape(SEED_BYTES, WIDTH_PX)
    return cells[:, :, None]


def read(colour: Colour) -> Label | None:
    """What the picture (HEIGHT_PX, WIDTH_PX, 3) says; None if it shows no tray, or too dark or too bright a one."""
    grey = colour[:, :, 0].astype(np.int16)
    white, dark = int(grey[0, 0]), int(grey[0, 1])
    if white - dark < LEGIBLE:
        return None
    bits = 2 * grey > white + dark
    return Label(int.from_bytes(np.packbits(bits[1 : 1 + SEED_BYTES]).tobytes(), "big"), bool(bits[0, 2]))
