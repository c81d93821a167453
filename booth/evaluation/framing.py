"""What a view is brought to before it is scored: one scale, one size, for every camera and data set."""

from dataclasses import dataclass

from booth.geometry.region import Size
from booth.geometry.views import CameraGeometry, View
from booth.scoring.fitting import centred
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
        """The view on `size_px`, as `centred` has it."""
        return view if self.size_px is None else centred(view, self.size_px)


def framing_for(shape: ViewShape) -> Framing:
    """What a pack wants. One without a scale gets the whole picture, and stretches it itself."""
    return Framing(shape.mm_per_px, None if shape.mm_per_px is None else shape.size)
