"""Captures of the reference line, of shipped scenes that have a third view: two cameras with depth, one with colour
alone. Their depth lies on the colour's pixels already."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.geometry.plane import Plane
from booth.geometry.region import whole
from booth.geometry.views import CameraGeometry
from booth.inspection.station import Capture
from booth.settings.model import Settings
from drivers.frames import CameraInfo, Frame, Transform
from drivers.units import Millimetres
from fakes.render.rig import BASELINE_MM
from fakes.sensors.presets import DepthCamera
from fakes.sensors.stereo import Imager
from fakes.stage import CAMERAS as STAGED
from fakes.studios.kept import EYES
from tests.scoring.scenes import UNIT, frame

PRODUCT, PRISTINE, DAMAGED = "case-03", "case", "case-crushed"
THIRD = "oblique"
"""The camera with colour alone."""


def geometries(settings: Settings) -> dict[str, CameraGeometry]:
    """As calibrated; of the third camera, as it was drawn."""
    kept = load_all(settings.calibration)
    return {name: geometry_of(name, _info(name), kept) for name in settings.cameras} | {THIRD: _third()}


def capture(settings: Settings, scene: str, seed: int, at_mm: float = 0.0) -> Capture:
    """Under the shots of the recipe. `at_mm`: how far past the station."""
    shots = []
    for index, one in enumerate(settings.recipe.shots):
        names = (*settings.cameras, THIRD)
        shots.append(tuple(_frame(name, scene, one.lights, (seed, index), at_mm) for name in names))
    return Capture(tuple(shots))


def _frame(camera: str, scene: str, lamps: Mapping[str, float], key: tuple[int, int], at_mm: float) -> Frame:
    taken = frame(camera, _eye(camera), scene, lamps, key, at_mm)
    return replace(taken, depth=None) if camera == THIRD else taken


@cache
def _eye(camera: str) -> DepthCamera:
    if camera in EYES:
        return EYES[camera]
    staged = STAGED[camera]
    return DepthCamera(staged, staged, Transform(), Imager("SHIPPED-THIRD", staged.lens.fx_px, BASELINE_MM), 0)


def _info(camera: str) -> CameraInfo:
    lens = _eye(camera).colour.lens
    return CameraInfo("Shipped scenes", _eye(camera).imager.serial, True, lens, lens, depth_unit=UNIT)


def _third() -> CameraGeometry:
    lens, pose = _eye(THIRD).colour.lens, _eye(THIRD).colour.pose
    x, y, z = (float(value) for value in np.asarray(pose)[2, :3])
    plane = Plane((x, y, z), Millimetres(-float(pose[2, 3])))
    return CameraGeometry(THIRD, lens, None, Transform(), UNIT, plane, whole(lens))
