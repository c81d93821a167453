"""Drawn and lit pictures of the simulated booth."""

from collections.abc import Mapping

from drivers.frames import CameraInfo, Colour, RawDepth
from drivers.units import Millimetres
from fakes import render, scene
from fakes.scene import Scene
from fakes.studios.studio import STANDS


class RenderedStudio:
    """The pictures of fakes.render of the scenes of fakes.scene."""

    def __init__(self, seed: int) -> None:
        self._empty = scene.empty(seed)
        self._lamps: Mapping[str, float] = {"ring": 1.0}

    def info(self, camera: str) -> CameraInfo:
        return render.CAMERAS[camera].info

    def draw(self, seed: int, damaged: bool) -> Scene:
        """As Studio.draw. Rehearses the pictures of a tray that stands at the station under the lamps of the last
        picture: the renderer keeps what it worked out, and the pictures themselves then take a fifth of the time."""
        drawn = scene.draw(seed, damaged)
        for camera in render.CAMERAS:
            render.photograph(drawn, Millimetres(0.0), camera, self._lamps, 1.0, 0, 0, noise=False)
        return drawn

    def empty(self) -> Scene:
        return self._empty

    def board(self, seed: int, index: int) -> Scene:
        return scene.board(seed + index)

    def photograph(
        self, scene: Scene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float], exposure_ms: float,
        seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph."""
        self._lamps = lamps
        return render.photograph(scene, offset, camera, lamps, exposure_ms, seed, index)
