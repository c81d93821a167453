"""What a view is brought to before it is scored: one scale, one size, for every camera and data set."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from booth.geometry.region import Size
from booth.geometry.views import CameraGeometry, View

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Framing:
    """`mm_per_px` across the tray's floor; `size_px` (width, height) that views are cropped or padded to, around their
    middle. None: as large as the scale makes them."""

    mm_per_px: float
    size_px: Size | None = None

    def seen(self, geometry: CameraGeometry) -> CameraGeometry:
        """What of a camera's picture a view at this scale and size needs."""
        if self.size_px is None:
            return geometry.at_scale(self.mm_per_px)
        return geometry.framed(self.size_px, self.mm_per_px)

    def of(self, view: View) -> View:
        """The view on `size_px`: colour 0, height NaN and not valid beyond its picture. Its scale stays."""
        stands = view.standpoint
        return replace(
            view,
            colour=framed(view.colour, self.size_px, 0),
            height_mm=framed(view.height_mm, self.size_px, np.nan),
            valid=framed(view.valid, self.size_px, False),
            lit={side: framed(colour, self.size_px, 0) for side, colour in view.lit.items()},
            standpoint=stands and replace(stands, size_px=self.size_px or stands.size_px),
        )


def framed(picture: NDArray[T], size_px: Size | None, beyond: float) -> NDArray[T]:
    """(H, W, ...) cropped or padded with `beyond` around its middle; of an odd rest the larger half is left and above
    where it is cropped, right and below where it is padded."""
    if size_px is None or picture.shape[1::-1] == size_px:
        return picture
    width, height = size_px
    out = np.full((height, width, *picture.shape[2:]), beyond, picture.dtype)
    (to_y, from_y), (to_x, from_x) = _overlap(height, picture.shape[0]), _overlap(width, picture.shape[1])
    out[to_y, to_x] = picture[from_y, from_x]
    return out


def _overlap(wanted: int, given: int) -> tuple[slice, slice]:
    """Where in the wanted row the given one goes, and which part of it."""
    to, start = max(0, wanted - given) // 2, (max(0, given - wanted) + 1) // 2
    length = min(wanted, given)
    return slice(to, to + length), slice(start, start + length)
