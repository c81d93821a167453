"""The cameras of a data set: those of the simulated rig, and the same kind of camera where the rig has none; or one
model of depth camera, where each of those is."""

from dataclasses import replace

import numpy as np

from drivers.frames import Intrinsics, Transform
from fakes.props.tray import LENGTH_MM, WIDTH_MM
from fakes.render.rig import BASELINE_MM
from fakes.render.rig import CAMERAS as RIG
from fakes.sensors.presets import PRESETS, DepthCamera, mounted
from fakes.sensors.stereo import Imager
from fakes.stage import CAMERAS, Camera

DEPTH_CAMERAS = {name.lower(): preset for name, preset in PRESETS.items()}
DEPTH_FOCAL_PX = 668.0
BESIDE_MM = 15.0
"""How far left of the imager the colour camera is."""
AROUND_MM = 28.0
"""Of the tray, what a camera reads out beside it: items lean over the rim, and what is high looks further out."""


def eye(view: str, model: str | None = None) -> DepthCamera:
    """The depth camera whose colour camera has this view. `model`: one of DEPTH_CAMERAS, with its own two lenses, looks
    from the same place. Raises KeyError with the views there are."""
    if view not in CAMERAS:
        raise KeyError(f"no view is called {view!r}; there are: {', '.join(CAMERAS)}")
    if model is not None:
        pose = RIG[view].colour_to_station if view in RIG else CAMERAS[view].pose
        return mounted(DEPTH_CAMERAS[model], f"SIM-{model.upper()}-{view.upper()}", pose)
    if rig := RIG.get(view):
        colour, depth = Camera(rig.colour, rig.colour_to_station), Camera(rig.depth, rig.depth_to_station)
        imager = Imager(rig.info.serial, rig.depth.fx_px, BASELINE_MM)
        return DepthCamera(colour, depth, rig.info.depth_to_colour, imager, readout_ms=0.0)
    colour = CAMERAS[view]
    lens = Intrinsics(colour.lens.width_px, colour.lens.height_px, DEPTH_FOCAL_PX, DEPTH_FOCAL_PX, 319.5, 239.5)
    to_colour = Transform(translation_mm=(BESIDE_MM, 0.0, 0.0))
    lift = np.eye(4)
    lift[:3, 3] = to_colour.translation_mm
    imager = Imager(f"SIM-{view.upper()}", DEPTH_FOCAL_PX, BASELINE_MM)
    return DepthCamera(colour, Camera(lens, colour.pose @ lift), to_colour, imager, readout_ms=0.0)


def on_the_tray(camera: DepthCamera) -> DepthCamera:
    """The same camera, reading out no more of its two sensors than what shows the tray (GenICam's Width, Height,
    OffsetX, OffsetY)."""
    return replace(camera, colour=_read_out(camera.colour), depth=_read_out(camera.depth))


def _read_out(camera: Camera) -> Camera:
    """Bounds to 8 px, as sensors have them. The lens' distortion, 2 px here, is within what is left free."""
    lens = camera.lens
    half = np.array([LENGTH_MM / 2 + AROUND_MM, WIDTH_MM / 2 + AROUND_MM])
    corners = np.array([[x, y, 0, 1] for x in (-half[0], half[0]) for y in (-half[1], half[1])])
    x, y, z, _ = np.linalg.inv(camera.pose) @ corners.T
    across, down = lens.fx_px * x / z + lens.cx_px, lens.fy_px * y / z + lens.cy_px
    left, right = (int(side) // 8 * 8 for side in (max(0, across.min()), min(lens.width_px, across.max() + 8)))
    top, bottom = (int(side) // 8 * 8 for side in (max(0, down.min()), min(lens.height_px, down.max() + 8)))
    seen = replace(lens, width_px=right - left, height_px=bottom - top, cx_px=lens.cx_px - left, cy_px=lens.cy_px - top)
    return Camera(seen, camera.pose)
