"""Scenes of the simulated booth as fakes.stage draws them: panels with relief, shadows and gloss."""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from drivers.frames import CameraInfo
from fakes import props
from fakes.orphans import end_with_parent
from fakes.render.rig import BASELINE_MM, CAMERAS, RigCamera
from fakes.sensors.presets import DepthCamera
from fakes.sensors.stereo import Imager
from fakes.stage import Camera, Stage, Studio
from fakes.studios.panels import PanelScene
from fakes.studios.photography import look

BEHIND = 5
"""By how much the drawing of the next tray is nicer than the pictures of this one, for which a camera waits."""


class StagedScenes:
    """fakes.studios.panels.Scenes: those of fakes.props, by the cameras of fakes.render's rig.

    Raises NoGraphics. They are drawn by a process of its own: drawing holds Python's lock for a second at a time.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawing = ProcessPoolExecutor(1, get_context("spawn"), _begin)

    @property
    def eyes(self) -> Mapping[str, DepthCamera]:
        return EYES

    def info(self, camera: str) -> CameraInfo:
        return CAMERAS[camera].info

    def draw(self, seed: int, damaged: bool) -> PanelScene:
        """As Studio.draw."""
        return self._drawing.submit(_staged, props.drawn(seed, damaged=damaged)).result()

    def empty(self) -> PanelScene:
        return self._drawing.submit(_staged, props.Drawn(self._seed, "empty")).result()


def _mounted(rig: RigCamera) -> DepthCamera:
    imager = Imager(rig.info.serial, rig.depth.fx_px, BASELINE_MM)
    colour, depth = Camera(rig.colour, rig.colour_to_station), Camera(rig.depth, rig.depth_to_station)
    return DepthCamera(colour, depth, rig.info.depth_to_colour, imager, readout_ms=0.0)


EYES = {name: _mounted(rig) for name, rig in CAMERAS.items()}


# --- in the process that draws


def _begin() -> None:
    end_with_parent()
    os.nice(BEHIND)
    os.environ["LP_NUM_THREADS"] = "0"


_studio: list[Studio] = []
"""Once it has been needed."""


def _staged(wanted: props.Drawn) -> PanelScene:
    if not _studio:
        _studio.append(Studio())
    scene = props.scene(wanted)
    with Stage(scene, _studio[0]) as stage:
        return PanelScene(scene.truth, {name: look(stage, camera) for name, camera in EYES.items()})
