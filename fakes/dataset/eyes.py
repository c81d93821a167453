"""The cameras of a data set: those of the simulated rig, and the same kind of camera where the rig has none; or one
model of depth camera, where each of those is."""

import numpy as np

from drivers.frames import Intrinsics, Transform
from fakes.render.rig import BASELINE_MM
from fakes.render.rig import CAMERAS as RIG
from fakes.sensors.presets import PRESETS, DepthCamera, mounted
from fakes.sensors.stereo import Imager
from fakes.stage import CAMERAS, Camera

DEPTH_CAMERAS = {name.lower(): preset for name, preset in PRESETS.items()}
DEPTH_FOCAL_PX = 668.0
BESIDE_MM = 15.0
"""How far left of the imager the colour camera is."""


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
