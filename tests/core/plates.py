"""A world whose depth is known exactly: thin plates, the largest of them a floor, in the depth camera's frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.geometry.alignment import Rig
from booth.geometry.projection import Pixels, Points, pixel_grid, project, rays_of
from drivers.frames import Intrinsics, RawDepth

Distances = NDArray[np.float64]

_BEYOND_ITSELF = 1e-6


@dataclass(frozen=True)
class Plate:
    """The points of z = `z` + `tilt` x with x and y between the sides, mm."""

    left: float
    top: float
    right: float
    bottom: float
    z: float
    tilt: float = 0.0


FLOOR = Plate(-1e5, -1e5, 1e5, 1e5, 800.0)
SLOPE = Plate(-1e5, -1e5, 1e5, 1e5, 700.0, 0.3)
PLATES = (FLOOR, Plate(-150, -100, 20, 90, 650), Plate(40, -120, 190, 40, 690, 0.2), Plate(-60, 20, 120, 130, 560))


@dataclass(frozen=True)
class Truth:
    """Per wanted pixel: the distance of what colour sees there along the depth camera's axis, mm; the depth pixel that
    it falls on; whether depth sees it too."""

    depth_mm: Distances
    pixel: Pixels
    seen: NDArray[np.bool_]


def truth(rig: Rig, plates: tuple[Plate, ...]) -> Truth:
    turn = rig.depth_to_colour.matrix()
    rays = rays_of(rig.region.centres(rig.size_px), rig.colour) @ turn
    eye = -np.array(rig.depth_to_colour.translation_mm) @ turn
    points = eye + _met(eye, rays, plates)[..., None] * rays
    pixel = project(points, rig.depth)
    size = np.array((rig.depth.width_px, rig.depth.height_px))
    inside = ((pixel > -0.5) & (pixel < size - 0.5)).all(axis=-1)
    unobstructed = _met(np.zeros(3), points, plates) > 1.0 - _BEYOND_ITSELF
    return Truth(points[..., 2], pixel, inside & unobstructed)


def measured(camera: Intrinsics, plates: tuple[Plate, ...]) -> Distances:
    """What a perfect depth camera would say, mm."""
    rays = rays_of(pixel_grid(0, 0, camera.width_px, camera.height_px), camera)
    return _met(np.zeros(3), rays, plates)


def raw(distances: Distances, unit: float = 1.0) -> RawDepth:
    return np.asarray(np.rint(distances / unit), np.uint16)


def _met(origin: Points, rays: Points, plates: tuple[Plate, ...]) -> Distances:
    """How far along each ray the first plate is met, in lengths of the ray; infinite for none."""
    nearest = np.full(rays.shape[:-1], np.inf)
    for plate in plates:
        along = (plate.z + plate.tilt * origin[0] - origin[2]) / (rays[..., 2] - plate.tilt * rays[..., 0])
        x, y = (origin[axis] + along * rays[..., axis] for axis in (0, 1))
        met = (along > 0) & (x >= plate.left) & (x <= plate.right) & (y >= plate.top) & (y <= plate.bottom)
        nearest = np.where(met & (along < nearest), along, nearest)
    return nearest
