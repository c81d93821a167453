"""Which calibration a camera is worked with, and which are refused."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from booth.calibration.applied import FACTORY, geometry_of
from booth.calibration.store import CalibrationInvalid, Device, Draft, Kind, load_all, save
from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Millimetres

COLOUR = Intrinsics(640, 480, 610.0, 611.0, 320.0, 240.0)
DEPTH = Intrinsics(848, 480, 424.0, 424.0, 424.0, 240.0)
MEASURED = {"fx_px": 612.0, "fy_px": 612.5, "cx_px": 321.0, "cy_px": 239.0, "distortion": [0.1, -0.2, 0.0, 0.0, 0.1]}
TRUE_LENS = Intrinsics(640, 480, 612.0, 612.5, 321.0, 239.0, (0.1, -0.2, 0.0, 0.0, 0.1))
INFO = CameraInfo("D435", "0815", False, COLOUR, DEPTH, Transform(translation_mm=(15.0, 0.0, 0.0)))


def store(folder: Path, kind: Kind, result: dict[str, Any], size_px: tuple[int, int] = (640, 480)) -> str:
    """The sha256 of what was stored for camera left."""
    made = datetime(2026, 5, 4, tzinfo=UTC)
    device = Device("D435", "0815", simulated=False)
    return save(folder, Draft(kind, "left", device, size_px, made, "test", (), result)).sha256


def tray(intrinsics: str = FACTORY) -> dict[str, Any]:
    region = {"x_px": 100, "y_px": 80, "width_px": 400, "height_px": 300}
    return {"plane": {"normal": [0.0, 0.0, -1.0], "offset_mm": -700.0}, "region_px": region, "intrinsics": intrinsics}


def geometry(folder: Path, info: CameraInfo = INFO) -> CameraGeometry:
    return geometry_of("left", info, load_all(folder))


def test_the_tray_stands_on_the_cameras_own_intrinsics_if_none_were_calibrated(tmp_path: Path) -> None:
    store(tmp_path, "tray", tray())
    found = geometry(tmp_path)
    assert (found.colour, found.depth, found.depth_to_colour) == (COLOUR, DEPTH, INFO.depth_to_colour)
    assert found.plane == Plane((0.0, 0.0, -1.0), Millimetres(-700.0))
    assert found.region == Region(100, 80, 400, 300)


def test_calibrated_intrinsics_replace_the_cameras_own(tmp_path: Path) -> None:
    store(tmp_path, "tray", tray(store(tmp_path, "intrinsics", MEASURED)))
    assert (geometry(tmp_path).colour, geometry(tmp_path).depth) == (TRUE_LENS, DEPTH)


def test_depth_that_lies_on_the_colour_pixels_stays_there_under_calibrated_intrinsics(tmp_path: Path) -> None:
    store(tmp_path, "tray", tray(store(tmp_path, "intrinsics", MEASURED)))
    found = geometry(tmp_path, replace(INFO, depth=COLOUR, depth_to_colour=Transform()))
    assert found.colour == TRUE_LENS
    assert found.aligned


def test_a_camera_without_a_tray_calibration_is_refused(tmp_path: Path) -> None:
    store(tmp_path, "intrinsics", MEASURED)
    with pytest.raises(CalibrationInvalid, match=r"no tray calibration of camera left.*booth calibrate tray"):
        geometry(tmp_path)


def test_intrinsics_that_are_newer_than_the_tray_make_it_stale(tmp_path: Path) -> None:
    store(tmp_path, "tray", tray())
    store(tmp_path, "intrinsics", MEASURED)
    with pytest.raises(CalibrationInvalid, match=r"tray-left-0001\.json: was measured with other intrinsics"):
        geometry(tmp_path)


@pytest.mark.parametrize(
    ("info", "says"),
    [
        (replace(INFO, serial="4711"), "made with D435 0815, but the camera there now is D435 4711"),
        (replace(INFO, simulated=True), r"the camera there now is D435 0815 \(simulated\)"),
        (replace(INFO, colour=replace(COLOUR, width_px=1280, height_px=720)), "at 640x480, but .* gives 1280x720"),
        (replace(INFO, colour=None), "gives no colour"),
    ],
    ids=["serial", "simulated", "resolution", "no-colour"],
)
def test_a_calibration_of_another_camera_is_refused(tmp_path: Path, info: CameraInfo, says: str) -> None:
    store(tmp_path, "tray", tray())
    with pytest.raises(CalibrationInvalid, match=says):
        geometry(tmp_path, info)
