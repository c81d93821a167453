"""What a view is brought to before it is scored: one scale, one size, for every camera and data set."""

from dataclasses import dataclass, replace

import numpy as np

from booth.geometry.region import Size
from booth.geometry.views import CameraGeometry, View
from booth.scoring.fitting import framed
from booth.scoring.packs.manifest import ViewShape


@dataclass(frozen=True, slots=True)
class Framing:
    """`mm_per_px` across the tray's floor, None: as the camera has it; `size_px` (width, height) that views are cropped
    or padded to, around their middle. None: as large as the scale makes them."""

    mm_per_px: float | None
    size_px: Size | None = None

    def seen(self, geometry: CameraGeometry) -> CameraGeometry:
        """What of a camera's picture a view at this scale and size needs."""
        if self.mm_per_px is None:
            return geometry
        if self.size_px is None:
            return geometry.at_scale(self.mm_per_px)
        return geometry.framed(self.size_px, self.mm_per_px)

    def of(self, view: View) -> View:
        """The view on `size_px`: colour 0, height NaN and not valid beyond its picture. Its scale stays."""
        size = self.size_px or (view.valid.shape[1], view.valid.shape[0])
        stands = view.standpoint
        return replace(
            view,
            colour=framed(view.colour, size, 0),
            height_mm=framed(view.height_mm, size, np.nan),
            valid=framed(view.valid, size, False),
            lit={side: framed(colour, size, 0) for side, colour in view.lit.items()},
            standpoint=stands and replace(stands, size_px=size),
        )


def framing_for(shape: ViewShape) -> Framing:
    """What a pack wants. One without a scale gets the whole picture, and stretches it itself."""
    return Framing(shape.mm_per_px, None if shape.mm_per_px is None else shape.size)
