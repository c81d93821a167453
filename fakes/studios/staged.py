"""Pictures of the simulated booth as fakes.stage draws them: panels with relief, shadows and gloss."""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from drivers.frames import CameraInfo, Colour, RawDepth
from drivers.units import Millimetres
from fakes import props
from fakes.orphans import end_with_parent
from fakes.plan import PlanInvalid
from fakes.render.rig import BASELINE_MM, CAMERAS, RigCamera
from fakes.sensors.colour import STILL
from fakes.sensors.motion import Motion
from fakes.sensors.presets import DepthCamera
from fakes.sensors.stereo import Imager
from fakes.stage import Camera, Stage, Studio
from fakes.studios.photography import Shot, View, look, take
from fakes.studios.studio import STANDS

ITEM_TOP_MM = 60.0
"""Where most of what a moving picture shows is, above the tray's floor."""
BARE_MM = Millimetres(600.0)
"""How far past a tray has to be to be out of the picture."""

BEHIND = 5
"""By how much the drawing of the next tray is nicer than the pictures of this one, for which a camera waits."""


@dataclass(frozen=True, slots=True, eq=False)
class StagedScene:
    """`views` by camera."""

    truth: Mapping[str, Any]
    views: Mapping[str, View]


class StagedStudio:
    """A fakes.studios.studio.Studio: the cameras of fakes.render's rig, the scenes of fakes.props.

    Raises NoGraphics. Scenes are drawn by a process of its own: drawing holds Python's lock for a second at a time. A
    tray that is off the station is shown by moving its picture, which is right for what is as high as ITEM_TOP_MM.
    """

    def __init__(self, seed: int) -> None:
        self._drawing = ProcessPoolExecutor(1, get_context("spawn"), _begin)
        self._empty = self._drawing.submit(_staged, props.Drawn(seed, "empty")).result()

    def info(self, camera: str) -> CameraInfo:
        return CAMERAS[camera].info

    def draw(self, seed: int, damaged: bool) -> StagedScene:
        """As Studio.draw."""
        return self._drawing.submit(_staged, props.drawn(seed, damaged=damaged)).result()

    def empty(self) -> StagedScene:
        return self._empty

    def board(self, seed: int, index: int) -> StagedScene:
        raise PlanInvalid(f"pose {index} of seed {seed}: a board needs pictures: rendered")

    def photograph(
        self, scene: StagedScene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float],
        exposure_ms: float, seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph. The bare belt is shown with an empty tray that has gone past."""
        wanted = shot(EYES[camera], offset if scene else BARE_MM, travel, lamps, exposure_ms)
        return take((scene or self._empty).views[camera], EYES[camera], wanted, seed, index)


def shot(
    eye: DepthCamera, offset: Millimetres, travel: Millimetres, lamps: Mapping[str, float], exposure_ms: float
) -> Shot:
    """What the camera is to take of a tray at `offset` that the belt carries `travel` further in the exposure. Its
    shutter is global, and its depth does not smear."""
    motion = Motion(right_px_ms=past(eye, travel) / exposure_ms) if travel else STILL
    return Shot(lamps, exposure_ms, motion, past(eye, offset))


def past(eye: DepthCamera, offset: Millimetres) -> float:
    """By how many px a tray's picture is further right whose leading edge is `offset` past the station."""
    return eye.colour.lens.fx_px * float(offset) / (float(eye.colour.pose[2, 3]) - ITEM_TOP_MM)


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


def _staged(wanted: props.Drawn) -> StagedScene:
    if not _studio:
        _studio.append(Studio())
    scene = props.scene(wanted)
    with Stage(scene, _studio[0]) as stage:
        return StagedScene(scene.truth, {name: look(stage, camera) for name, camera in EYES.items()})
