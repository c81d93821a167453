"""Views of trays made of heights and colours: what the lanes that measure are tested with."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Side, Standpoint, View

Heights = NDArray[np.float32]
SHAPE = (320, 416)
MM_PER_PX = 1.1
STANDS = Standpoint((416, 320), MM_PER_PX, (0.0, 0.0, -1.0), 700.0)
Y, X = (np.mgrid[: SHAPE[0], : SHAPE[1]] * MM_PER_PX).astype(np.float32)
CARTON = (120.0, 90.0, 340.0, 270.0)
"""Its edges in mm: left, upper, right, lower."""


@dataclass
class Scene:
    """Something on a tray that is otherwise empty. `height` and `albedo` are per pixel, and are changed in place."""

    height: Heights = field(default_factory=lambda: np.zeros(SHAPE, np.float32))
    albedo: Heights = field(default_factory=lambda: np.full(SHAPE, 0.25, np.float32))
    unseen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(SHAPE, np.bool_))

    def view(self, seed: int = 0, gain: float = 1.0, camera: str = "left") -> View:
        """With the noise of stereo depth, 1 mm over two pixels. `gain`: of the picture that the left lamp lights."""
        noise = np.random.default_rng(seed).normal(0, 1.8, SHAPE).astype(np.float32)
        measured = self.height + cv2.GaussianBlur(noise, (0, 0), 0.8)
        height = np.where(self.unseen, np.nan, measured).astype(np.float32)
        lit: dict[Side, NDArray[np.uint8]] = {
            "left": self._lit(0.7, gain, seed),
            "right": self._lit(-0.7, 1.0, seed + 1),
        }
        return View(camera, self._lit(0.0, 1.0, seed + 2), height, ~self.unseen, lit, STANDS)

    def _lit(self, towards: float, gain: float, seed: int) -> NDArray[np.uint8]:
        """From a lamp that far to the left of straight above; the slope across the picture turns the surface."""
        slope = np.gradient(cv2.GaussianBlur(self.height, (0, 0), 1.0), axis=1) / MM_PER_PX
        light = np.clip(1 - towards * slope, 0.05, 2) / np.sqrt(1 + slope**2) * (1 + towards * (0.5 - X / X.max()))
        linear = np.clip(self.albedo * light * gain, 0, 1)
        noise = np.random.default_rng(seed).normal(0, 1.0, SHAPE)
        grey = np.clip(linear ** (1 / 2.2) * 255 + noise, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)


def inside(left: float, upper: float, right: float, lower: float) -> NDArray[np.bool_]:
    return np.asarray((left <= X) & (right > X) & (upper <= Y) & (lower > Y))


def round_(x: float, y: float, radius: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(X - x, Y - y) < radius)


def empty() -> Scene:
    return Scene()


def carton(height: float = 80.0) -> Scene:
    scene = Scene()
    scene.height[inside(*CARTON)] = height
    scene.albedo[inside(*CARTON)] = 0.45
    return scene


def dented(depth: float, radius: float = 35.0, at: tuple[float, float] = (230.0, 180.0)) -> Scene:
    scene = carton()
    far = np.hypot(X - at[0], Y - at[1]) / radius
    scene.height -= depth * np.clip(1 - far, 0, 1) ** 0.75
    return scene


def cans(missing: tuple[int, int] | None = None) -> Scene:
    """Four by three, 120 mm high."""
    scene = Scene()
    for column in range(4):
        for row in range(3):
            if (column, row) != missing:
                scene.height[round_(100 + 62 * column, 90 + 62 * row, 31)] = 120
    return scene


def pillow(height: float = 45.0) -> Scene:
    """A bag: no part of it is flat."""
    scene = Scene()
    x, y = (X - 230) / 120, (Y - 180) / 90
    scene.height = (height * np.clip(1 - x**2, 0, 1) ** 0.5 * np.clip(1 - y**2, 0, 1) ** 0.5).astype(np.float32)
    return scene


def without_depth(view: View) -> View:
    return replace(view, height_mm=np.full(SHAPE, np.nan, np.float32), valid=np.zeros(SHAPE, np.bool_))
