"""From calibrations to the geometry that a run works with."""

from dataclasses import replace
from typing import Any

from booth.calibration.store import Calibration, CalibrationInvalid, Calibrations
from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Millimetres

FACTORY = "camera"
"""What a tray calibration names as its intrinsics when no `booth calibrate intrinsics` had been run."""


def geometry_of(camera: str, info: CameraInfo, calibrations: Calibrations) -> CameraGeometry:
    """What `camera` is worked with: its tray calibration, over its own or its calibrated intrinsics.

    Raises CalibrationInvalid if there is no tray calibration, if one was made for another device or
    resolution, or if the intrinsics were calibrated again after the tray.
    """
    tray = tray_in_use(camera, calibrations)
    bare = uncalibrated(camera, info, calibrations)
    _is_of(tray, info, bare.colour)
    return replace(bare, plane=_plane(tray.result["plane"]), region=Region(**tray.result["region_px"]))


def tray_in_use(camera: str, calibrations: Calibrations) -> Calibration:
    """The tray calibration of `camera`. Raises CalibrationInvalid if there is none, or if the intrinsics were
    calibrated again after it."""
    tray = calibrations.find("tray", camera)
    if tray is None:
        raise CalibrationInvalid(
            f"{calibrations.folder}: there is no tray calibration of camera {camera}; empty the tray and run "
            f"`booth calibrate tray CONFIG --camera {camera}`"
        )
    if tray.result["intrinsics"] != intrinsics_in_use(camera, calibrations):
        raise CalibrationInvalid(
            f"{tray.path}: was measured with other intrinsics than are in use now; empty the tray and run "
            f"`booth calibrate tray CONFIG --camera {camera}` again"
        )
    return tray


def uncalibrated(camera: str, info: CameraInfo, calibrations: Calibrations) -> CameraGeometry:
    """The same without a tray: no plane, and the whole picture as region. Raises CalibrationInvalid."""
    if info.colour is None:
        raise CalibrationInvalid(f"camera {camera} gives no colour pictures; this version inspects colour cameras")
    on_colour = info.depth == info.colour and info.depth_to_colour == Transform()
    colour = _colour_intrinsics(camera, info, info.colour, calibrations)
    return CameraGeometry(
        camera,
        colour,
        colour if on_colour else info.depth,
        info.depth_to_colour,
        info.depth_unit,
        None,
        Region(0, 0, colour.width_px, colour.height_px),
    )


def intrinsics_in_use(camera: str, calibrations: Calibrations) -> str:
    """The sha256 of the camera's intrinsics calibration, or FACTORY."""
    measured = calibrations.find("intrinsics", camera)
    return FACTORY if measured is None else measured.sha256


def _colour_intrinsics(camera: str, info: CameraInfo, factory: Intrinsics, calibrations: Calibrations) -> Intrinsics:
    measured = calibrations.find("intrinsics", camera)
    if measured is None:
        return factory
    _is_of(measured, info, factory)
    width, height = measured.size_px
    return _intrinsics(width, height, measured.result)


def _is_of(calibration: Calibration, info: CameraInfo, colour: Intrinsics) -> None:
    """Raises CalibrationInvalid unless the file was made with this device at this resolution."""
    again = f"run `booth calibrate {calibration.kind} CONFIG --camera {calibration.camera}` again"
    made = calibration.device
    if (made.model, made.serial, made.simulated) != (info.model, info.serial, info.simulated):
        raise CalibrationInvalid(
            f"{calibration.path}: was made with {_device(made.model, made.serial, made.simulated)}, but the camera "
            f"there now is {_device(info.model, info.serial, info.simulated)}; put the old camera back or {again}"
        )
    if calibration.size_px != (colour.width_px, colour.height_px):
        width, height = calibration.size_px
        raise CalibrationInvalid(
            f"{calibration.path}: was made at {width}x{height}, but the camera gives "
            f"{colour.width_px}x{colour.height_px}; set the old resolution or {again}"
        )


def _device(model: str, serial: str, simulated: bool) -> str:
    return f"{model} {serial}{' (simulated)' if simulated else ''}"


def _plane(stored: dict[str, Any] | None) -> Plane | None:
    if stored is None:
        return None
    x, y, z = stored["normal"]
    return Plane((x, y, z), Millimetres(stored["offset_mm"]))


def _intrinsics(width: int, height: int, stored: dict[str, Any]) -> Intrinsics:
    k1, k2, p1, p2, k3 = stored["distortion"]
    return Intrinsics(
        width,
        height,
        stored["fx_px"],
        stored["fy_px"],
        stored["cx_px"],
        stored["cy_px"],
        (k1, k2, p1, p2, k3),
    )
