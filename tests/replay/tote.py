"""The recordings of the red tote, as frames and geometry."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from booth.calibration import tray
from booth.calibration.applied import uncalibrated
from booth.calibration.store import Calibrations
from booth.geometry.views import CameraGeometry, View, view_of
from drivers.cameras.session import read_session
from drivers.frames import CameraInfo, Frame
from drivers.units import Duration, Instant

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "recordings" / "real_rgbd_tote"
REGIONS = Path(__file__).with_name("tote_regions.yaml")
CAMERAS = ("camera-0", "camera-1")


def info(camera: str) -> CameraInfo:
    return read_session(FOLDER).cameras[camera].info


def frame(camera: str, capture: str) -> Frame:
    session = read_session(FOLDER)
    files = next(c for c in session.captures if c.name == capture).frames[camera]
    colour, depth = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (files.colour, files.depth))
    assert colour is not None
    assert depth is not None
    unit = session.cameras[camera].info.depth_unit
    none = Duration(0)
    return Frame(camera, 1, Instant(0), none, none, none, colour.astype(np.uint8), depth.astype(np.uint16), unit)


def measured(camera: str) -> tray.TrayMeasurement:
    """The tray calibration of the empty tote."""
    return tray.measure([frame(camera, "background")], whole(camera))


def whole(camera: str) -> CameraGeometry:
    """The camera without calibration, its region the whole picture."""
    return uncalibrated(camera, info(camera), Calibrations(FOLDER))


def view(camera: str, capture: str) -> View:
    """The whole picture, heights above the plane of that camera's empty tote."""
    return view_of(frame(camera, capture), replace(whole(camera), plane=measured(camera).plane))


def heights_in(region: str, camera: str, capture: str) -> NDArray[np.float32]:
    """The valid heights of `capture` within a hand-drawn region of tote_regions.yaml."""
    corners = yaml.safe_load(REGIONS.read_text(encoding="utf-8"))[region][camera]
    seen = view(camera, capture)
    mask = np.zeros(seen.valid.shape, np.uint8)
    cv2.fillPoly(mask, [np.array(corners, np.int32)], 1)
    heights: NDArray[np.float32] = seen.height_mm[(mask > 0) & seen.valid]
    return heights
