"""A panel on the GPU."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fakes.props import Panel
from fakes.stage.mesh import lean, mesh, triangles
from fakes.stage.skins import Texels, colour_texels, relief_texels

NEAREST = (0x2600, 0x2600)
SRGB_ALPHA = 0x8C43
UNITS = {"skin": 0, "relief": 1, "marks": 2, "substance": 3}
"""Texture units of a panel's textures."""


class Drawable:
    """Buffers and textures of `panel`, which is not to be changed meanwhile. `cut`: it has holes."""

    def __init__(self, gl: Any, programs: Mapping[str, Any], panel: Panel) -> None:
        self._gl = gl
        self._programs = programs
        self._held: list[Any] = []
        self.panel = panel
        self.cut = not panel.skin.solid.all()
        self._lining = tuple((channel / 255) ** 2.2 for channel in panel.lining)
        self._textures = self._upload(panel)
        self._arrays = self._meshes(panel)

    @property
    def marked(self) -> bool:
        return bool(self.panel.skin.marks.any())

    def draw(self, name: str) -> None:
        """With program `name`, or with its variant for panels that are `cut`."""
        name = f"{name}-cut" if self.cut and f"{name}-cut" in self._programs else name
        program = self._programs[name]
        for unit, texture in self._textures.items():
            if unit in program:
                texture.use(UNITS[unit])
        if "lining" in program:
            program["lining"] = self._lining
        if "part" in program:
            program["part"] = int(self.panel.part)
        self._arrays[name].render()

    def release(self) -> None:
        for thing in reversed(self._held):
            thing.release()
        self._held.clear()

    def _keep(self, thing: Any) -> Any:
        self._held.append(thing)
        return thing

    def _upload(self, panel: Panel) -> dict[str, Any]:
        skin = panel.skin
        made = {
            "skin": self._smooth(colour_texels(skin), internal_format=SRGB_ALPHA),
            "relief": self._smooth(relief_texels(skin)),
            "marks": self._texture(skin.marks[..., None], dtype="u1"),
        }
        made["marks"].filter = NEAREST
        if self.cut:
            made["substance"] = self._texture(skin.solid[..., None].astype(np.uint8) * np.uint8(255))
        return made

    def _smooth(self, texels: Texels, **options: Any) -> Any:
        texture = self._texture(texels, **options)
        texture.build_mipmaps()
        return texture

    def _texture(self, texels: Texels, **options: Any) -> Any:
        """One texel where all are the same."""
        if (texels == texels[:1, :1]).all():
            texels = texels[:1, :1]
        height, width, components = texels.shape
        texture = self._keep(
            self._gl.texture((width, height), components, np.ascontiguousarray(texels), alignment=1, **options)
        )
        texture.repeat_x = texture.repeat_y = False
        return texture

    def _meshes(self, panel: Panel) -> dict[str, Any]:
        vertices, indices = mesh(panel)
        buffer, index = self._keep(self._gl.buffer(vertices)), self._keep(self._gl.buffer(indices))
        full = [(buffer, "3f 3f 3f 2f", "in_point", "in_normal", "in_tangent", "in_uv")]
        grid = lean(panel)
        few = self._keep(self._gl.buffer(grid.astype("f4").tobytes()))
        few_index = self._keep(self._gl.buffer(triangles(*grid.shape[:2]).astype("u4").tobytes()))
        thin = [(few, "3f 2f", "in_point", "in_uv")]
        made = {}
        for name, program in self._programs.items():
            if "in_point" in program:
                parts = (thin, few_index) if name.startswith("shadow") else (full, index)
                made[name] = self._keep(self._gl.vertex_array(program, *parts, skip_errors=True))
        return made
