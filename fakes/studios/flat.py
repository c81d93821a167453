"""Flat and cheap pictures: a grey tray with a lighter box on it, seen straight from above, as fast as virtual time
wants them. Damage is a dark blot with a dip in depth. Nothing here looks like a photograph, or is meant to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivers.frames import CameraInfo, Colour, Intrinsics, RawDepth
from drivers.units import Millimetres
from fakes.plan import PlanInvalid
from fakes.streams import stream
from fakes.studios.studio import STANDS

WIDTH_PX, HEIGHT_PX, FOCAL_PX = 320, 240, 240.0
BELT_MM, TRAY_MM, BOX_MM, DIP_MM = 640, 630, 530, 545  # from the camera
TRAY_LENGTH_MM, TRAY_WIDTH_MM, BOX_LENGTH_MM, BOX_WIDTH_MM = 400.0, 300.0, 240.0, 180.0
FULL_LIGHT_MS = 4.0  # one lamp at full for this long shows a white sheet as 255
BLACK = 4


@dataclass(frozen=True, slots=True)
class FlatScene:
    """`box` False: an empty tray. `blot` is where the damage is, in mm from the box's middle."""

    truth: Mapping[str, Any]
    box: bool = True
    blot: tuple[float, float] | None = None


class FlatStudio:
    """Makes FlatScenes and their pictures, 320 x 240 px, depth in mm on the colour pixels."""

    def info(self, camera: str) -> CameraInfo:
        eye = Intrinsics(WIDTH_PX, HEIGHT_PX, FOCAL_PX, FOCAL_PX, (WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2)
        return CameraInfo("flat", f"flat-{camera}", simulated=True, colour=eye, depth=eye)

    def draw(self, seed: int, damaged: bool) -> FlatScene:
        x, y = stream(seed, "blot").uniform(-60, 60, 2)
        truth = {"product": "box", "damages": [{"type": "superficial", "severity": "minor"}] if damaged else []}
        return FlatScene(truth, blot=(float(x), float(y)) if damaged else None)

    def empty(self) -> FlatScene:
        return FlatScene({"product": "none", "damages": []}, box=False)

    def board(self, seed: int, index: int) -> FlatScene:
        raise PlanInvalid(f"pose {index} of seed {seed}: a board needs pictures: rendered")

    def photograph(
        self, scene: FlatScene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float], exposure_ms: float,
        seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph."""
        albedo = np.full((HEIGHT_PX, WIDTH_PX), 0.2, np.float32)
        depth = np.full((HEIGHT_PX, WIDTH_PX), BELT_MM, np.uint16)
        for z, x, y, length, width, shade in _slabs(scene, offset):
            spot = _window(x, y, length, width, z)
            albedo[spot], depth[spot] = shade, z
        light = sum(lamps.values()) * exposure_ms / FULL_LIGHT_MS
        noise = stream(seed, camera, index).integers(0, 4, (HEIGHT_PX, WIDTH_PX, 1))
        grey = np.minimum(albedo[:, :, None] * (255 * light) + BLACK + noise, 255)
        return np.repeat(grey.astype(np.uint8), 3, axis=2), depth


Slab = tuple[int, float, float, float, float, float]


def _slabs(scene: FlatScene | None, offset: Millimetres) -> list[Slab]:
    """Lowest first: distance, middle along and across the belt, length, width (mm), albedo."""
    if scene is None:
        return []
    slabs: list[Slab] = [(TRAY_MM, offset, 0.0, TRAY_LENGTH_MM, TRAY_WIDTH_MM, 0.4)]
    if scene.box:
        slabs.append((BOX_MM, offset, 0.0, BOX_LENGTH_MM, BOX_WIDTH_MM, 0.7))
    if scene.blot is not None:
        slabs.append((DIP_MM, offset + scene.blot[0], scene.blot[1], 50.0, 50.0, 0.1))
    return slabs


def _window(x: float, y: float, length: float, width: float, z: int) -> tuple[slice, slice]:
    """The pixels of a rectangle at distance `z`; the tray's middle is the picture's when it stands at the station."""
    scale = FOCAL_PX / z
    columns = np.clip(np.array([x - length / 2, x + length / 2]) * scale + WIDTH_PX / 2, 0, WIDTH_PX).astype(int)
    rows = np.clip(np.array([y - width / 2, y + width / 2]) * scale + HEIGHT_PX / 2, 0, HEIGHT_PX).astype(int)
    return slice(*rows), slice(*columns)
