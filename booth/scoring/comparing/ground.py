"""Between the pixels of a view and places over the tray, mm: what moves an item on the tray is a turn and a shift
there, whatever the camera's tilt and however tall the item is."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from booth.geometry.region import Size
from booth.geometry.views import Standpoint

Floats = NDArray[np.float32]

Places = tuple[Floats, Floats]
"""Two arrays of one shape: mm along the tray's x and y for places, px across and down for pixels."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A camera's tray, seen from `stands`. The x axis is the camera's own, laid onto the floor; the origin is below the
    middle of the view.

    A standpoint does not tell the lens: the optical axis is taken to go through the middle of the view, and what it
    misses by is for the registration to find. Of the tray region of a camera that looks at the tray that is little.
    """

    stands: Standpoint

    def places(self, u: Floats, v: Floats, height_mm: Floats | np.float32) -> Places:
        """Where over the tray the pixels (u, v) see something that stands `height_mm` above the floor."""
        focal, axes, normal, far, origin = _frame(self.stands)
        x, y = ((p - c) / focal for p, c in zip((u, v), self._middle, strict=True))
        ahead = (height_mm - far) / (x * normal[0] + y * normal[1] + normal[2])
        across, down = (
            ahead * (x * axis[0] + y * axis[1] + axis[2]) - start for axis, start in zip(axes, origin, strict=True)
        )
        return across.astype(np.float32, copy=False), down.astype(np.float32, copy=False)

    def pixels(self, x_mm: Floats, y_mm: Floats, height_mm: Floats | np.float32) -> Places:
        """The pixels that see places `height_mm` above the floor."""
        focal, (ax, ay), normal, far, origin = _frame(self.stands)
        x, y, up = x_mm + origin[0], y_mm + origin[1], height_mm - far
        across, down, ahead = (x * ax[i] + y * ay[i] + up * normal[i] for i in range(3))
        u, v = (p / ahead * focal + c for p, c in zip((across, down), self._middle, strict=True))
        return u.astype(np.float32, copy=False), v.astype(np.float32, copy=False)

    @property
    def _middle(self) -> tuple[np.float32, np.float32]:
        width, height = self.stands.size_px
        return np.float32((width - 1) / 2), np.float32((height - 1) / 2)


def grid(size: Size, step: float = 1.0) -> Places:
    """The centres of `size` (width, height) cells, each `step` pixels wide, in pixels."""
    x, y = (
        (np.arange(count, dtype=np.float32) + np.float32(0.5)) * np.float32(step) - np.float32(0.5) for count in size
    )
    across, down = np.meshgrid(x, y)
    return across, down


_Axis = tuple[np.float32, np.float32, np.float32]


@lru_cache(maxsize=64)
def _frame(stands: Standpoint) -> tuple[np.float32, tuple[_Axis, _Axis], _Axis, np.float32, tuple[np.float32, ...]]:
    """Focal length in px; the floor's x and y axes and its normal in the camera's frame; the distance to the floor; and
    how far along the axes the middle of the view meets the floor."""
    normal = np.array(stands.normal, np.float64)
    focal = stands.distance_mm / abs(float(normal[2])) / stands.mm_per_px
    x_axis = np.array([1.0, 0.0, 0.0]) - normal[0] * normal
    x_axis /= np.linalg.norm(x_axis)
    y_axis = np.cross(x_axis, normal)
    y_axis *= np.sign(y_axis[1])
    ahead = -stands.distance_mm / float(normal[2])
    origin = (np.float32(ahead * x_axis[2]), np.float32(ahead * y_axis[2]))
    return np.float32(focal), (_axis(x_axis), _axis(y_axis)), _axis(normal), np.float32(stands.distance_mm), origin


def _axis(vector: NDArray[np.float64]) -> _Axis:
    x, y, z = (np.float32(part) for part in vector)
    return x, y, z
