"""How lamps light a height field: Lambert, a glossy lobe, cast shadows and crevices. Linear radiance, white = 1."""

from functools import lru_cache

import cv2
import numpy as np

from fakes.render.rig import Lamp
from fakes.scene.field import CENTRE_COLUMN, COLUMNS, ROWS, Plane, Scene

AMBIENT = 0.004
"""What leaks into the enclosure when every lamp is dark."""
BOUNCE = 0.10
"""Share of a lamp's light that comes back from the enclosure's walls, from everywhere."""
PENUMBRA_MM = 5.0
LINEAR = (np.arange(256, dtype=np.float32) / 255) ** np.float32(2.2)
RING_AZIMUTHS = 8


@lru_cache(maxsize=4)
def normals(scene: Scene) -> tuple[Plane, Plane, Plane]:
    """Unit normals of the surface in tray axes."""
    gx = cv2.Sobel(scene.height_mm, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(scene.height_mm, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    up = 1 / np.sqrt(1 + gx * gx + gy * gy)
    return (-gx * up).astype(np.float32), (gy * up).astype(np.float32), up.astype(np.float32)


@lru_cache(maxsize=4)
def openness(scene: Scene) -> Plane:
    """How much of the sky a cell sees, 0..1: crevices and the foot of a wall are darker."""
    dark = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    for across, weight in ((3.0, 0.5), (14.0, 0.6)):
        around = cv2.GaussianBlur(scene.height_mm, (0, 0), across, borderType=cv2.BORDER_REPLICATE)
        dark += weight * np.clip((around - scene.height_mm) / (across * 2), 0, 1)
    return np.clip(1 - dark, 0.25, 1).astype(np.float32)


def unshadowed(height_mm: Plane, lamp: Lamp) -> Plane:
    """0..1: 1 where nothing stands between the cell and a lamp at one side.

    The shadow's upper edge over a cell is the highest of h(k) - k tan(elevation) for cells k mm towards the lamp.
    """
    axis = 1 if lamp.from_axis[0] else 0
    towards_start = lamp.from_axis[0] < 0 or lamp.from_axis[1] > 0
    fall = np.arange(height_mm.shape[axis], dtype=np.float32) * np.float32(np.tan(np.radians(lamp.elevation_deg)))
    ramp = fall[None, :] if axis == 1 else fall[:, None]
    flipped = height_mm if towards_start else np.flip(height_mm, axis)
    edge = np.maximum.accumulate(flipped + ramp, axis=axis) - ramp
    deep = edge - flipped
    deep = deep if towards_start else np.flip(deep, axis)
    lit = np.clip(1 - (deep - 0.6) / PENUMBRA_MM, 0, 1)
    return np.asarray(cv2.GaussianBlur(lit, (0, 0), 1.5), dtype=np.float32)


def _directions(lamp: Lamp) -> list[tuple[float, float, float]]:
    flat, up = np.cos(np.radians(lamp.elevation_deg)), np.sin(np.radians(lamp.elevation_deg))
    if lamp.from_axis != (0, 0):
        return [(lamp.from_axis[0] * flat, lamp.from_axis[1] * flat, up)]
    turns = np.arange(RING_AZIMUTHS) * 2 * np.pi / RING_AZIMUTHS
    return [(flat * np.cos(turn), flat * np.sin(turn), up) for turn in turns]


@lru_cache(maxsize=12)
def diffuse(scene: Scene, offset_mm: float, lamp: Lamp) -> Plane:
    """Light that a white matt surface would send back, per cell."""
    nx, ny, nz = normals(scene)
    ways = _directions(lamp)
    facing = np.zeros_like(nz)
    for x, y, z in ways:
        facing += np.maximum(0, nx * np.float32(x) + ny * np.float32(y) + nz * np.float32(z))
    facing /= len(ways)
    if lamp.from_axis != (0, 0):
        facing *= unshadowed(scene.height_mm, lamp) * _nearness(offset_mm, lamp)
    flat = np.sin(np.radians(lamp.elevation_deg))
    level = (1 - BOUNCE) * facing / flat + BOUNCE
    return np.asarray(level * openness(scene) * lamp.strength, dtype=np.float32)


def _nearness(offset_mm: float, lamp: Lamp) -> Plane:
    """Brighter on the lamp's side of the station: 1 in its middle, 1.3 at 200 mm towards the lamp."""
    x = np.arange(COLUMNS, dtype=np.float32)[None, :] - np.float32(CENTRE_COLUMN - offset_mm)
    y = np.float32((ROWS - 1) / 2) - np.arange(ROWS, dtype=np.float32)[:, None]
    along = x * lamp.from_axis[0] + y * lamp.from_axis[1]
    return np.asarray(np.clip(1 + 0.3 * along / 200, 0.4, 1.6), dtype=np.float32)


@lru_cache(maxsize=12)
def glints(scene: Scene, eye_mm: tuple[float, float, float], lamp: Lamp) -> Plane:
    """The glossy lobe towards an eye at `eye_mm` in tray coordinates, to be added to the diffuse light.

    The lobe is exp(-(angle between mirrored view and lamp)^2 / width^2), for a ring with the angle in elevation only.
    """
    nx, ny, nz = normals(scene)
    vx, vy, vz = _towards(eye_mm)
    facing = 2 * (nx * vx + ny * vy + nz * vz)
    if lamp.from_axis == (0, 0):
        mirrored = np.clip(facing * nz - vz, -1, 1)
        apart = np.arccos(mirrored) - np.float32(np.radians(90 - lamp.elevation_deg))
    else:
        x, y, z = (np.float32(value) for value in _directions(lamp)[0])
        apart = np.arccos(np.clip((facing * nx - vx) * x + (facing * ny - vy) * y + (facing * nz - vz) * z, -1, 1))
    width = 0.5 - 0.36 * scene.gloss
    lobe = np.exp(-((apart / width) ** 2)) * scene.gloss**2 * (0.16 + 0.5 * scene.gloss)
    if lamp.from_axis != (0, 0):
        lobe *= unshadowed(scene.height_mm, lamp)
    return np.asarray(lobe * lamp.strength, dtype=np.float32)


def _towards(eye_mm: tuple[float, float, float]) -> tuple[Plane, Plane, Plane]:
    x = np.float32(eye_mm[0]) - (np.arange(COLUMNS, dtype=np.float32)[None, :] - np.float32(CENTRE_COLUMN))
    y = np.float32(eye_mm[1]) - (np.float32((ROWS - 1) / 2) - np.arange(ROWS, dtype=np.float32)[:, None])
    z = np.float32(eye_mm[2])
    norm = np.sqrt(x * x + y * y + z * z)
    return (x / norm).astype(np.float32), (y / norm).astype(np.float32), (z / norm).astype(np.float32)
