"""One scene on the stage: uploaded once, its shadows drawn once, seen by any number of cameras."""

from collections.abc import Collection, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fakes.props import Panel, Scene
from fakes.stage import shadows
from fakes.stage.cameras import Camera, finer
from fakes.stage.drawable import Drawable
from fakes.stage.lights import LIGHTS
from fakes.stage.seen import AMBIENT, Radiance, Seen
from fakes.stage.studio import Canvas, Formats, Studio

DEPTH_TEST = 0x0002
EVERY_LIGHT = (*LIGHTS, AMBIENT)
TRUTH = ((1, "f4"), (2, "u1"), (4, "f2"))
VEIL = ((1, "f4"), (2, "u1"))
SURFACE = ((4, "f1"), (4, "f2"), (4, "f4"))
LIT = ((4, "f2"),) * len(EVERY_LIGHT)


class Stage:
    """Holds one scene on the GPU. Use as a context manager: leaving it releases every GL object of the scene.

    A `studio` saves what scenes have in common; without one the stage makes its own. Raises NoGraphics where there is
    no GL.
    """

    def __init__(self, scene: Scene, studio: Studio | None = None) -> None:
        self._own = [] if studio else [Studio()]
        self._studio = studio or self._own[0]
        self._held: list[Any] = []
        with self._studio.gl:
            self._drawn = [self._studio.shared(panel) or self._uploaded(panel) for panel in scene.panels]
            self._maps = self._studio.maps()
            self._shadows()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def release(self) -> None:
        """Does nothing the second time."""
        if not self._maps:
            return
        with self._studio.gl:
            for thing in reversed(self._held):
                thing.release()
            self._studio.give_back(self._maps)
        self._held.clear()
        self._maps = ()
        for studio in self._own:
            studio.release()
        self._own.clear()

    def see(self, camera: Camera, oversample: int = 2, lights: Collection[str] = EVERY_LIGHT) -> Seen:
        """What `camera` sees; colours are the mean of `oversample` squared samples a pixel.

        Without `lights` nothing is lit and only the truth drawn, in a tenth of the time.
        """
        with self._studio.gl:
            self._studio.gl.enable_only(DEPTH_TEST)
            light = self._lit(camera, oversample, lights) if lights else {}
            depth, marks, normal = self._truth(camera)
        return Seen(light, depth, marks[..., 0].copy(), marks[..., 1].copy(), normal)

    def _uploaded(self, panel: Panel) -> Drawable:
        made = Drawable(self._studio.gl, self._studio.programs, panel)
        self._held.append(made)
        return made

    def _shadows(self) -> None:
        def draw(to_clip: shadows.Matrix) -> None:
            for name in ("shadow", "shadow-cut"):
                self._studio.programs[name]["to_clip"] = tuple(to_clip.T.ravel())
            for drawn in self._drawn:
                drawn.draw("shadow")

        self._studio.gl.enable_only(DEPTH_TEST)
        for maps in self._maps:
            maps.draw(draw)

    def _truth(self, camera: Camera) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
        canvas = self._shot("truth", camera, TRUTH, self._drawn)
        depth, marks = canvas.read(0, 1, "f4")[..., 0], canvas.read(1, 2, "u1")
        normal = canvas.read(2, 3, "f4")
        torn = [drawn for drawn in self._drawn if drawn.cut and drawn.marked]
        if torn:
            veil = self._shot("veil", camera, VEIL, torn)
            before, cut = veil.read(0, 1, "f4")[..., 0], veil.read(1, 2, "u1")
            gone = (before > 0) & ((before < depth) | (depth == 0))
            marks[gone] |= cut[gone]
        return depth, marks, normal

    def _shot(self, name: str, camera: Camera, formats: Formats, things: Sequence[Drawable]) -> Canvas:
        canvas = self._studio.canvas((camera.lens.width_px, camera.lens.height_px), formats)
        canvas.clear()
        for program in (name, f"{name}-cut"):
            if program in self._studio.programs:
                _aim(self._studio.programs[program], camera)
        for thing in things:
            thing.draw(name)
        return canvas

    def _lit(self, camera: Camera, oversample: int, lights: Collection[str]) -> dict[str, Radiance]:
        surface = self._shot("surface", finer(camera, oversample), SURFACE, self._drawn)
        program = self._studio.programs["light"]
        samplers = dict(zip(("skins", "normals", "points"), surface.textures, strict=True))
        samplers |= {name: maps.texture for name, maps in zip(("lamp_maps", "dome_maps"), self._maps, strict=True)}
        for unit, (name, texture) in enumerate(samplers.items()):
            texture.use(unit)
            program[name] = unit
        program["eye"] = tuple(camera.pose[:3, 3])
        program["side"] = oversample
        program["wanted"] = [int(name in lights) for name in EVERY_LIGHT]
        canvas = self._studio.canvas((camera.lens.width_px, camera.lens.height_px), LIT)
        canvas.clear()
        self._studio.screen.render(vertices=3)
        return {name: canvas.read(place, 3, "f4") for place, name in enumerate(EVERY_LIGHT) if name in lights}


def _aim(program: Any, camera: Camera) -> None:
    lens = camera.lens
    k1, k2, p1, p2, k3 = lens.distortion
    values = {
        "to_camera": tuple(np.linalg.inv(camera.pose).T.ravel()),
        "focal": (lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px),
        "lens": (k1, k2, p1, p2),
        "k3": k3,
        "size": (lens.width_px, lens.height_px),
        "eye": tuple(camera.pose[:3, 3]),
    }
    for name, value in values.items():
        if name in program:
            program[name] = value
