"""Drawn and lit pictures of the simulated booth."""

from collections.abc import Mapping

from drivers.frames import CameraInfo, Colour, RawDepth
from drivers.units import Millimetres
from fakes import render, scene
from fakes.scene import Scene


class RenderedStudio:
    """The pictures of fakes.render of the scenes of fakes.scene."""

    def __init__(self, seed: int) -> None:
        self._empty = scene.empty(seed)

    def info(self, camera: str) -> CameraInfo:
        return render.CAMERAS[camera].info

    def draw(self, seed: int, damaged: bool) -> Scene:
        return scene.draw(seed, damaged)

    def empty(self) -> Scene:
        return self._empty

    def board(self, seed: int, index: int) -> Scene:
        return scene.board(seed + index)

    def photograph(
        self, scene: Scene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float], exposure_ms: float,
        seed: int, index: int,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph."""
        return render.photograph(scene, offset, camera, lamps, exposure_ms, seed, index)
