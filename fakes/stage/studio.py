"""What stages share: the GL context, the compiled programs, the booth around the trays, the pictures drawn into."""

from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fakes.props import Panel
from fakes.props.tray import booth
from fakes.stage import gl, shaders, shading, shadows
from fakes.stage.drawable import NEAREST, UNITS, Drawable
from fakes.stage.lights import LIGHTS, dome

TRIANGLES = 0x0004
Formats = tuple[tuple[int, str], ...]
"""(components, moderngl's dtype) of the textures that are drawn into."""


class Studio:
    """Where scenes are drawn, any number of them, all in one thread. Use as a context manager.

    Programs are compiled when they are first used, and the booth is uploaded once; Stage(scene, studio) has both for
    nothing. Raises NoGraphics where there is no GL. A process that is forked off needs a studio of its own. With
    LP_NUM_THREADS=0 in the environment the software GPU keeps to the calling thread.
    """

    def __init__(self) -> None:
        self.gl = gl.context()
        self.programs = {name: self.gl.program(*sources) for name, sources in _sources().items()}
        self.screen = self.gl.vertex_array(self.programs["light"], [], mode=TRIANGLES)
        for program in self.programs.values():
            for name in UNITS:
                if name in program:
                    program[name] = UNITS[name]
        _light_up(self.programs["light"])
        self._booth: dict[int, Drawable] = {}
        self._canvases: dict[tuple[object, ...], Canvas] = {}
        self._idle: list[tuple[shadows.Maps, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()

    def release(self) -> None:
        """Does nothing the second time."""
        if not self.programs:
            return
        with self.gl:
            maps = [one for several in self._idle for one in several]
            kept = (*self._booth.values(), *self._canvases.values(), *maps)
            for thing in (*kept, self.screen, *self.programs.values()):
                thing.release()
        self._booth.clear()
        self._canvases.clear()
        self._idle.clear()
        self.programs.clear()
        self.gl.release()

    def shared(self, panel: Panel) -> Drawable | None:
        """A panel of the booth, which stands in every scene: it belongs to the studio. None for any other."""
        if not any(panel is one for one in booth()):
            return None
        if id(panel) not in self._booth:
            self._booth[id(panel)] = Drawable(self.gl, self.programs, panel)
        return self._booth[id(panel)]

    def canvas(self, size: tuple[int, int], formats: Formats) -> "Canvas":
        """The same one whenever the same is asked for."""
        if (size, formats) not in self._canvases:
            self._canvases[size, formats] = Canvas(self.gl, size, formats)
        return self._canvases[size, formats]

    def maps(self) -> tuple[shadows.Maps, ...]:
        """Shadow maps of the lamps and of the sky, for one stage until it gives them back.

        50 MB that are allocated anew for every scene end up scattered over the heaps of llvmpipe's threads.
        """
        if self._idle:
            return self._idle.pop()
        return tuple(shadows.Maps(self.gl, atlas) for atlas in (shadows.lamps(), shadows.sky()))

    def give_back(self, maps: tuple[shadows.Maps, ...]) -> None:
        if maps:
            self._idle.append(maps)


class Canvas:
    """Something to draw on: textures of `size` (width, height), and depth."""

    def __init__(self, context: Any, size: tuple[int, int], formats: Formats) -> None:
        self._size = size
        self._depth = context.depth_renderbuffer(size)
        self.textures = [context.texture(size, components, dtype=dtype) for components, dtype in formats]
        for texture in self.textures:
            texture.filter = NEAREST
        self._frame = context.framebuffer(self.textures, self._depth)

    def clear(self) -> None:
        """And draw here from now on."""
        self._frame.use()
        self._frame.clear()

    def read(self, place: int, components: int, dtype: str) -> NDArray[Any]:
        """Texture number `place` as (H, W, components), top row first."""
        picture = np.empty((self._size[1], self._size[0], components), dtype)
        self._frame.read_into(picture, components=components, attachment=place, dtype=dtype, alignment=1)
        return picture

    def release(self) -> None:
        for thing in (self._frame, self._depth, *self.textures):
            thing.release()


def _light_up(program: Any) -> None:
    """What the lamps are, for all scenes."""
    shadows.write(program, "lamp", shadows.lamps())
    shadows.write(program, "dome", shadows.sky())
    program["lamps"].write(np.concatenate([light.points for light in LIGHTS.values()]).astype("f4").tobytes())
    program["dome"].write(dome().astype("f4").tobytes())
    program["power"] = [light.power for light in LIGHTS.values()]


def _sources() -> dict[str, tuple[str, str]]:
    made = {
        "veil": (shaders.VIEW_VERTEX, shaders.VEIL_FRAGMENT),
        "light": (shading.WHOLE_VERTEX, shading.LIGHT_FRAGMENT),
    }
    for suffix, cut in (("", False), ("-cut", True)):
        made["shadow" + suffix] = (shaders.SHADOW_VERTEX, shaders.shadow_fragment(cut))
        made["truth" + suffix] = (shaders.VIEW_VERTEX, shaders.truth_fragment(cut))
        made["surface" + suffix] = (shaders.VIEW_VERTEX, shaders.surface_fragment(cut))
    return made
