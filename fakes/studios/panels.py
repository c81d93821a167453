"""A studio of scenes that were drawn once, as depth cameras saw them: all are photographed alike, whoever drew them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.frames import CameraInfo, Colour, RawDepth
from drivers.units import Millimetres
from fakes.plan import PlanInvalid
from fakes.sensors.colour import STILL
from fakes.sensors.motion import Motion
from fakes.sensors.presets import DepthCamera
from fakes.studios.photography import Shot, View, take
from fakes.studios.studio import STANDS

ITEM_TOP_MM = 60.0
"""Where most of what a moving picture shows is, above the tray's floor."""
BARE_MM = Millimetres(600.0)
"""How far past a tray has to be to be out of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class PanelScene:
    """`views` by camera."""

    truth: Mapping[str, Any]
    views: Mapping[str, View]


class Scenes(Protocol):
    """Where scenes come from, and the cameras by which they were seen."""

    @property
    def eyes(self) -> Mapping[str, DepthCamera]: ...

    def info(self, camera: str) -> CameraInfo: ...

    def draw(self, seed: int, damaged: bool) -> PanelScene: ...

    def empty(self) -> PanelScene: ...


class PanelStudio:
    """A fakes.studios.studio.Studio. A tray that is off the station is shown by moving its picture, which is right for
    what is as high as ITEM_TOP_MM."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes, self._eyes, self._empty = scenes, scenes.eyes, scenes.empty()

    def info(self, camera: str) -> CameraInfo:
        return self._scenes.info(camera)

    def draw(self, seed: int, damaged: bool) -> PanelScene:
        """As Studio.draw, as far as its scenes go."""
        return self._scenes.draw(seed, damaged)

    def empty(self) -> PanelScene:
        return self._empty

    def board(self, seed: int, index: int) -> PanelScene:
        raise PlanInvalid(f"pose {index} of seed {seed}: a board needs pictures: rendered")

    def photograph(
        self, scene: PanelScene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float],
        exposure_ms: float, seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph. The bare belt is shown with an empty tray that has gone past."""
        eye = self._eyes[camera]
        wanted = shot(eye, offset if scene else BARE_MM, travel, lamps, exposure_ms)
        return take((scene or self._empty).views[camera], eye, wanted, seed, index)


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
