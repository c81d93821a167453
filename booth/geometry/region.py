"""The part of a colour picture that matters, and the pixels that it is looked at on."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from booth.geometry.projection import Pixels
from drivers.frames import Intrinsics

T = TypeVar("T", bound=np.generic)

Size = tuple[int, int]
"""Width, height, px."""


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle of the colour picture that holds the tray."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int

    @property
    def size_px(self) -> Size:
        return self.width_px, self.height_px

    def of(self, picture: NDArray[T]) -> NDArray[T]:
        """That part of a picture; a view, not a copy."""
        return picture[self.y_px : self.y_px + self.height_px, self.x_px : self.x_px + self.width_px]

    def inside(self, camera: Intrinsics) -> bool:
        return (
            min(self.x_px, self.y_px) >= 0
            and min(self.width_px, self.height_px) > 0
            and self.x_px + self.width_px <= camera.width_px
            and self.y_px + self.height_px <= camera.height_px
        )

    def centres(self, size: Size) -> Pixels:
        """Where in the whole picture the centres lie of `size` pixels laid over the region: (height, width, 2)."""
        width, height = size
        x = self.x_px + (np.arange(width) + 0.5) * self.width_px / width - 0.5
        y = self.y_px + (np.arange(height) + 0.5) * self.height_px / height - 0.5
        return np.stack(np.meshgrid(x, y), axis=-1)


def whole(camera: Intrinsics) -> Region:
    """All of its picture."""
    return Region(0, 0, camera.width_px, camera.height_px)
