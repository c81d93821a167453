"""Pictures of a scene as the rig's cameras take them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour, Intrinsics, RawDepth
from drivers.units import Millimetres
from fakes.render import held_board, light
from fakes.render.rig import BASELINE_MM, Matrix, RigCamera, camera_named, lamp_named
from fakes.render.trace import Hits, directions, meet
from fakes.scene import Scene, bare_belt
from fakes.scene.field import Plane
from fakes.sensors import colour as colour_sensor
from fakes.sensors import stereo


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One scene through one lens: `albedo` linear (H, W, 3) float32, `depth_mm` along the optical axis."""

    hits: Hits
    albedo: NDArray[np.float32]
    depth_mm: Plane


def photograph(
    scene: Scene | None,
    station_offset_mm: Millimetres,
    camera: str,
    lamps: Mapping[str, float],
    exposure_ms: float,
    seed: int,
    index: int,
    noise: bool = True,
) -> tuple[Colour, RawDepth]:
    """Frame `index` of `camera`: colour (480, 640, 3) uint8 BGR and depth (480, 640) uint16 in mm.

    The tray stands `station_offset_mm` downstream of the station; None is the empty belt. `lamps` are the intensities,
    0..1, of those that shine. Noise is a function of (seed, camera, index) alone: the same arguments give the same
    bytes. Raises KeyError for a camera or a lamp that the rig does not have.
    """
    rig = camera_named(camera)
    there = scene if scene is not None else _belt()
    offset = float(station_offset_mm)
    radiance = np.full((rig.colour.height_px, rig.colour.width_px, 3), light.AMBIENT, dtype=np.float32)
    radiance *= _colour_view(there, offset, camera).albedo
    for name, intensity in sorted(lamps.items()):
        lamp_named(name)
        if intensity > 0:
            radiance += _lit_by(there, offset, camera, name) * np.float32(intensity)
    depth_mm = true_depth(there, station_offset_mm, camera)
    imager = stereo.Imager(rig.info.serial, rig.depth.fx_px, BASELINE_MM)
    return (
        colour_sensor.expose(radiance, exposure_ms, (seed, camera, index), noise),
        stereo.measure(depth_mm, imager, (seed, camera, index), noise),
    )


def true_depth(scene: Scene | None, station_offset_mm: Millimetres, camera: str) -> Plane:
    """What the depth camera would measure without error: float32 mm along its optical axis."""
    camera_named(camera)
    return _depth_view(scene if scene is not None else _belt(), float(station_offset_mm), camera)


def labels(scene: Scene, station_offset_mm: Millimetres, camera: str) -> NDArray[np.uint8]:
    """`scene.label` as the colour camera sees it, (480, 640): truth for training and tests."""
    hits = _colour_view(scene, float(station_offset_mm), camera).hits
    return np.asarray(cv2.remap(scene.label, hits.column, hits.row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))


@lru_cache(maxsize=1)
def _belt() -> Scene:
    return bare_belt()


def _to_tray(pose: Matrix, offset_mm: float) -> Matrix:
    moved = pose.copy()
    moved[0, 3] -= offset_mm
    return moved


def _sampled(plane: NDArray[np.float32], hits: Hits) -> NDArray[np.float32]:
    return np.asarray(
        cv2.remap(plane, hits.column, hits.row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32
    )


@lru_cache(maxsize=4)
def _colour_view(scene: Scene, offset_mm: float, camera: str) -> Seen:
    rig = camera_named(camera)
    pose = _to_tray(rig.colour_to_station, offset_mm)
    hits = meet(scene.height_mm, rig.colour, pose)
    albedo = _sampled(np.asarray(light.LINEAR[scene.albedo], dtype=np.float32), hits)
    if scene.board is not None:
        albedo = held_board.over(albedo, scene.board, rig.colour, rig.colour_to_station)
    return Seen(hits, albedo, _along_axis(hits, rig.colour, pose))


@lru_cache(maxsize=4)
def _depth_view(scene: Scene, offset_mm: float, camera: str) -> Plane:
    rig = camera_named(camera)
    pose = _to_tray(rig.depth_to_station, offset_mm)
    depth = _along_axis(meet(scene.height_mm, rig.depth, pose), rig.depth, pose)
    if scene.board is not None:
        depth = held_board.depth_over(depth, scene.board, rig.depth, rig.depth_to_station)
    return depth


def _along_axis(hits: Hits, lens: Intrinsics, to_tray: Matrix) -> Plane:
    """Depth of the hits along the optical axis: rays have z = 1 in the camera, so it is their length."""
    falling = -(directions(lens) @ to_tray[2, :3])
    return np.asarray((to_tray[2, 3] - hits.z_mm) / falling, dtype=np.float32)


@lru_cache(maxsize=8)
def _lit_by(scene: Scene, offset_mm: float, camera: str, lamp: str) -> NDArray[np.float32]:
    """Radiance towards the colour camera under one lamp at full intensity, linear (H, W, 3)."""
    rig = camera_named(camera)
    seen = _colour_view(scene, offset_mm, camera)
    shade = _sampled(light.diffuse(scene, offset_mm, lamp_named(lamp)), seen.hits)
    shine = _sampled(light.glints(scene, _eye(rig, offset_mm), lamp_named(lamp)), seen.hits)
    if scene.board is not None:
        clear = held_board.visible(scene.board, rig.colour, rig.colour_to_station)
        shade = shade * (1 - clear) + np.float32(lamp_named(lamp).strength * 0.9) * clear
        shine = shine * (1 - clear)
    return np.asarray(seen.albedo * shade[..., None] + shine[..., None], dtype=np.float32)


def _eye(rig: RigCamera, offset_mm: float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in _to_tray(rig.colour_to_station, offset_mm)[:3, 3])
    return x, y, z
