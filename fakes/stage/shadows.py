"""Shadow maps: from where each point of a lamp, and each direction of the ambient light, sees the scene."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes.stage.lights import AIM, LIGHTS, Points, dome

Matrix = NDArray[np.float64]
REACH_MM = 330.0
"""Around AIM; further out nothing is in shadow."""


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Shadow maps side by side in one texture: moderngl has no arrays of depth textures.

    `to_clip`: tray to clip coordinates of each map.
    """

    to_clip: tuple[Matrix, ...]
    tile_px: int
    columns: int

    @property
    def size_px(self) -> tuple[int, int]:
        return self.columns * self.tile_px, -(-len(self.to_clip) // self.columns) * self.tile_px

    def corner_px(self, place: int) -> tuple[int, int]:
        return place % self.columns * self.tile_px, place // self.columns * self.tile_px

    def tiles(self) -> Points:
        """(N, 4): left, top, right, bottom of each map in the texture, 0..1, less half a texel."""
        corners = np.array([self.corner_px(place) for place in range(len(self.to_clip))])
        return np.asarray(np.hstack([corners + 0.5, corners + self.tile_px - 0.5]) / np.tile(self.size_px, 2))

    def matrices(self) -> Points:
        """(N, 4, 4): tray coordinates to places in the texture and depths, all 0..1 after division."""
        made = []
        for place, to_clip in enumerate(self.to_clip):
            corner, share = np.divide(self.corner_px(place), self.size_px), np.divide(self.tile_px, self.size_px)
            fit = np.diag([*(share / 2), 0.5, 1.0])
            fit[:, 3] = *(corner + share / 2), 0.5, 1.0
            made.append(fit @ to_clip)
        return np.stack(made)


class Maps:
    """The maps of `atlas` in a texture, to be drawn anew for every scene."""

    def __init__(self, gl: Any, atlas: Atlas) -> None:
        self._atlas = atlas
        self.texture = gl.depth_texture(atlas.size_px)
        self.texture.compare_func = "<="
        self.texture.repeat_x = self.texture.repeat_y = False
        self._frame = gl.framebuffer([], self.texture)

    def draw(self, draw: Callable[[Matrix], None]) -> None:
        """draw(to_clip) is called for each map."""
        self._frame.use()
        self._frame.viewport = (0, 0, *self._atlas.size_px)
        self._frame.clear(depth=1.0)
        for place, to_clip in enumerate(self._atlas.to_clip):
            self._frame.viewport = (*self._atlas.corner_px(place), self._atlas.tile_px, self._atlas.tile_px)
            draw(to_clip)

    def release(self) -> None:
        self._frame.release()
        self.texture.release()


def write(program: Any, name: str, atlas: Atlas) -> None:
    """Tell `program` where the maps called `name` are."""
    program[f"to_{name}"].write(np.swapaxes(atlas.matrices(), 1, 2).astype("f4").tobytes())
    program[f"{name}_tile"].write(atlas.tiles().astype("f4").tobytes())


@cache
def lamps() -> Atlas:
    points = np.concatenate([light.points for light in LIGHTS.values()])
    near_far = (60.0, 1600.0)
    made = (_perspective(2 * np.arctan(REACH_MM / np.linalg.norm(p - AIM)), near_far) @ _view(p) for p in points)
    return Atlas(tuple(made), 512, 8)


@cache
def sky() -> Atlas:
    flat = np.diag([1 / REACH_MM, 1 / REACH_MM, -2 / 1600, 1.0])
    flat[2, 3] = -1.0
    return Atlas(tuple(flat @ _view(np.array(AIM) + 800 * direction) for direction in dome()), 384, 4)


def _view(eye: NDArray[np.float64]) -> Matrix:
    back = eye - np.array(AIM)
    back = back / np.linalg.norm(back)
    right = np.cross((0.0, 1.0, 0.0) if abs(back[1]) < 0.8 else (1.0, 0.0, 0.0), back)
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[:3, :3] = np.stack([right, np.cross(back, right), back])
    view[:3, 3] = -view[:3, :3] @ eye
    return view


def _perspective(angle: float, near_far: tuple[float, float]) -> Matrix:
    near, far = near_far
    scale = 1 / np.tan(angle / 2)
    matrix = np.zeros((4, 4))
    matrix[0, 0] = matrix[1, 1] = scale
    matrix[2, 2:] = (near + far) / (near - far), 2 * near * far / (near - far)
    matrix[3, 2] = -1.0
    return matrix
