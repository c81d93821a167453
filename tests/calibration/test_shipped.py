"""The calibrations that ship with the configs, held against what the simulated rig truly is."""

from pathlib import Path

import numpy as np
import pytest

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.geometry.projection import project
from booth.geometry.views import CameraGeometry
from fakes.render.rig import CAMERAS, camera_named
from tests.replay import tote

CALIBRATION = Path(__file__).parents[2] / "config" / "calibration"
TRAY_CORNERS_MM = np.array([(x, y, 0.0) for x in (-180, 180) for y in (-130, 130)])
"""On the tray's floor, in its own frame."""


def geometry(camera: str) -> CameraGeometry:
    return geometry_of(camera, camera_named(camera).info, load_all(CALIBRATION / "sim"))


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_simulated_lens_was_found_within_two_tenths_of_a_percent(camera: str) -> None:
    truth, found = camera_named(camera).colour, geometry(camera).colour
    assert (found.fx_px, found.fy_px) == pytest.approx((truth.fx_px, truth.fy_px), rel=0.002)
    assert (found.cx_px, found.cy_px) == pytest.approx((truth.cx_px, truth.cy_px), abs=1.0)


def corners_seen_by(camera: str) -> np.ndarray:
    """The true corners of the tray's floor in the colour camera's frame, mm."""
    to_camera = np.linalg.inv(camera_named(camera).colour_to_station)
    return np.asarray(TRAY_CORNERS_MM @ to_camera[:3, :3].T + to_camera[:3, 3])


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_simulated_trays_floor_was_found_within_2_mm(camera: str) -> None:
    plane = geometry(camera).plane
    assert plane is not None
    assert np.abs(plane.height_above(corners_seen_by(camera))).max() <= 2.0


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_simulated_trays_region_holds_its_floor_and_not_much_belt(camera: str) -> None:
    found = geometry(camera)
    corners = project(corners_seen_by(camera), camera_named(camera).colour)
    region = found.region
    low, high = np.array((region.x_px, region.y_px)), np.array((region.width_px, region.height_px))
    assert (corners >= low).all()
    assert (corners < low + high).all()
    assert (high < 1.25 * np.ptp(corners, axis=0)).all()


@pytest.mark.parametrize("camera", tote.CAMERAS)
def test_the_recorded_totes_calibration_is_what_its_pictures_give(camera: str) -> None:
    found = geometry_of(camera, tote.info(camera), load_all(CALIBRATION / "recorded"))
    again = tote.measured(camera)
    assert found.plane is not None
    assert again.plane is not None
    assert found.plane.normal == pytest.approx(again.plane.normal, abs=1e-5)
    assert found.plane.offset_mm == pytest.approx(again.plane.offset_mm, abs=0.01)
    assert found.region == again.region
