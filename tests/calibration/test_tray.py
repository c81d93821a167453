"""Where the empty tray is, from depth pictures whose truth is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.applied import uncalibrated
from booth.calibration.store import Calibrations
from booth.calibration.tray import TrayMeasurement, TrayNotFound, measure, overlay
from booth.geometry.projection import pixel_grid, rays_of
from booth.geometry.views import CameraGeometry, Region
from drivers.frames import Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres
from fakes.render.rig import CAMERAS, camera_named
from fakes.studios.rendered import RenderedStudio

LENS = Intrinsics(640, 480, 610.0, 610.0, 320.0, 240.0)
UNIT = Millimetres(0.1)
NORMAL = np.array([0.03, -0.3, -1.0]) / np.linalg.norm([0.03, -0.3, -1.0])
DISTANCE = 700.0
FLOOR = Region(140, 90, 360, 300)
WHOLE = CameraGeometry("left", LENS, LENS, Transform(), UNIT, None, Region(0, 0, 640, 480))


def depth_of(height_mm: NDArray[np.float64]) -> RawDepth:
    """What the camera measures of a surface that stands `height_mm` above the true plane along each ray."""
    rays = rays_of(pixel_grid(0, 0, 640, 480), LENS)
    along: NDArray[np.float64] = (height_mm - DISTANCE) / (rays @ NORMAL)
    return np.round(along / UNIT).astype(np.uint16)


def tray_heights() -> NDArray[np.float64]:
    """A floor within walls 60 mm high with a slit in one, and a belt 3 mm below the floor all around."""
    heights = np.full((480, 640), -3.0)
    heights[FLOOR.y_px - 12 : FLOOR.y_px + FLOOR.height_px + 12, FLOOR.x_px - 12 : FLOOR.x_px + FLOOR.width_px + 12] = (
        60
    )
    FLOOR.of(heights)[:] = 0.0
    heights[200:203, : FLOOR.x_px] = 0.0
    return heights


def frame(depth: RawDepth | None) -> Frame:
    none = Duration(0)
    return Frame("left", 1, Instant(0), none, none, none, np.zeros((480, 640, 3), np.uint8), depth, UNIT)


def noisy(count: int) -> list[Frame]:
    noise = np.random.default_rng(9)
    return [frame(depth_of(tray_heights() + noise.normal(0, 1.5, (480, 640)))) for _ in range(count)]


def failed(measurement: TrayMeasurement) -> set[str]:
    return {figure.name for figure in measurement.figures if not figure.passed}


def test_the_floor_is_found_inside_its_walls() -> None:
    found = measure(noisy(4), WHOLE)
    assert found.plane is not None
    assert found.plane.normal == pytest.approx(tuple(NORMAL), abs=1e-3)
    assert found.plane.offset_mm == pytest.approx(-DISTANCE, abs=0.3)
    edges = np.array([found.region.x_px, found.region.y_px, found.region.width_px, found.region.height_px])
    assert np.abs(edges - (FLOOR.x_px, FLOOR.y_px, FLOOR.width_px, FLOOR.height_px)).max() <= 2
    assert failed(found) == set()


def test_a_region_given_by_hand_is_used_as_it_is() -> None:
    by_hand = Region(200, 150, 100, 80)
    found = measure(noisy(1), WHOLE, by_hand)
    assert found.region == by_hand
    assert found.plane is not None
    assert found.plane.offset_mm == pytest.approx(-DISTANCE, abs=1.0)


def test_a_tray_that_is_not_empty_misses_a_limit() -> None:
    heights = tray_heights()
    FLOOR.of(heights)[40:240, 20:260] = 80.0
    assert "near the plane" in failed(measure([frame(depth_of(heights))], WHOLE, FLOOR))


def test_a_floor_that_swallows_the_light_misses_a_limit() -> None:
    depth = depth_of(tray_heights())
    FLOOR.of(depth)[np.random.default_rng(1).random((FLOOR.height_px, FLOOR.width_px)) < 0.3] = 0
    assert "depth filled" in failed(measure([frame(depth)], WHOLE, FLOOR))


def test_a_pixel_that_was_measured_once_in_four_frames_does_not_count() -> None:
    frames = noisy(4)
    for blind in frames[1:]:
        assert blind.depth is not None
        FLOOR.of(blind.depth)[:150] = 0
    filled = next(f for f in measure(frames, WHOLE, FLOOR).figures if f.name == "depth filled")
    assert filled.value == pytest.approx(0.5)


def test_a_camera_that_sees_nothing_in_its_middle_says_what_to_do() -> None:
    with pytest.raises(TrayNotFound, match="put the empty tray under"):
        measure([frame(np.zeros((480, 640), np.uint16))], WHOLE)


def test_a_region_outside_the_picture_is_refused() -> None:
    with pytest.raises(TrayNotFound, match="640x480; correct --region"):
        measure(noisy(1), WHOLE, Region(600, 0, 100, 100))


def test_a_camera_without_depth_needs_its_region_by_hand() -> None:
    colour_only = replace(WHOLE, depth=None)
    with pytest.raises(TrayNotFound, match="give --region"):
        measure([frame(None)], colour_only)
    found = measure([frame(None)], colour_only, FLOOR)
    assert found.plane is None
    assert found.result() == {
        "plane": None,
        "region_px": {"x_px": 140, "y_px": 90, "width_px": 360, "height_px": 300},
    }


def test_the_overlay_tints_the_floor_and_frames_the_region() -> None:
    found = measure(noisy(1), WHOLE)
    shown = overlay(np.zeros((480, 640, 3), np.uint8), found)
    assert shown[240, 320].tolist() == [0, 128, 0]
    assert shown[found.region.y_px, 320].tolist() == [0, 255, 255]
    assert shown[85, 320].tolist() == [0, 0, 0]


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_simulated_booths_empty_tray_is_found_within_2_mm(camera: str) -> None:
    rig, studio = camera_named(camera), RenderedStudio(seed=3)
    none = Duration(0)
    frames = [
        Frame(camera, index, Instant(0), none, none, none, *studio.photograph(
            studio.empty(), Millimetres(0.0), camera, {"ring": 1.0}, 4.0, 3, index), rig.info.depth_unit)
        for index in range(3)
    ]  # fmt: skip
    found = measure(frames, uncalibrated(camera, rig.info, Calibrations(Path())))
    to_camera = np.linalg.inv(rig.colour_to_station)
    corners = np.array([(x, y, 0.0) for x in (-180, 180) for y in (-130, 130)])
    assert found.plane is not None
    assert np.abs(found.plane.height_above(corners @ to_camera[:3, :3].T + to_camera[:3, 3])).max() <= 2.0
    assert failed(found) == set()
