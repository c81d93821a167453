"""What one camera saw of the tray: colour and height on the same pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.alignment import Rig, registered
from booth.geometry.plane import Plane
from booth.geometry.projection import rays_of
from booth.geometry.region import Region, Size, whole
from drivers.frames import Colour, Frame, Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

__all__ = [
    "CameraGeometry",
    "Region",
    "Side",
    "Standpoint",
    "View",
    "WrongSize",
    "colour_of",
    "depth_on_colour",
    "heights",
    "points_of",
    "view_of",
]

Side = Literal["left", "right", "front", "back"]
"""Where a lamp stands, seen along the belt: left and right beside it, front where trays go to, back where they come
from."""

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class CameraGeometry:
    """What calibration knows of one camera. Without `depth` or `plane` it gives colour alone.

    `plane` is the tray's floor in the colour camera's frame; `depth_to_colour` maps points of the depth
    camera's frame into the colour camera's: of one device, or of two that were calibrated together. `size_px` is what
    is scored of the region; None: its own pixels.
    """

    camera: str
    colour: Intrinsics
    depth: Intrinsics | None
    depth_to_colour: Transform
    depth_unit: Millimetres
    plane: Plane | None
    region: Region
    size_px: Size | None = None

    @property
    def wanted_px(self) -> Size:
        """The size of a view."""
        return self.size_px or self.region.size_px

    @property
    def standpoint(self) -> "Standpoint | None":
        """None without a plane."""
        return _standpoint(self)

    def at_scale(self, mm_per_px: float) -> "CameraGeometry":
        """The same, scored on pixels that are `mm_per_px` wide on the tray's floor. As it is without a plane: nobody
        knows how far the tray is."""
        stands = self.standpoint
        if stands is None:
            return self
        factor = stands.mm_per_px / mm_per_px
        width, height = (max(1, round(side * factor)) for side in self.wanted_px)
        return replace(self, size_px=(width, height))

    def framed(self, size: Size, mm_per_px: float) -> "CameraGeometry":
        """The same, looking at `size` pixels (width, height) around the middle of the region, `mm_per_px` wide on the
        tray's floor: more than the region or less, and as much of it as the picture has. As it is without a plane."""
        stands = replace(self, size_px=None).standpoint
        if stands is None:
            return self
        native, region = mm_per_px / stands.mm_per_px, self.region
        left, width = _span(region.x_px + region.width_px / 2, size[0] * native, self.colour.width_px)
        top, height = _span(region.y_px + region.height_px / 2, size[1] * native, self.colour.height_px)
        return replace(self, region=Region(left, top, width, height), size_px=None).at_scale(mm_per_px)

    @property
    def aligned(self) -> bool:
        """Whether the camera's depth already lies on the colour pixels."""
        return self.depth == self.colour and self.depth_to_colour == Transform()


@dataclass(frozen=True, slots=True)
class Standpoint:
    """From where a view was taken: what two views must share to be compared pixel by pixel.

    `mm_per_px` across the middle of the region on the tray's floor; `normal` of the floor in the camera's frame,
    towards the camera; `distance_mm` from the camera to the floor's plane.
    """

    size_px: Size
    mm_per_px: float
    normal: tuple[float, float, float]
    distance_mm: float


@dataclass(frozen=True, slots=True)
class View:
    """One camera's capture of the tray region, all arrays (H, W) on the same pixels, as many as are scored.

    `colour` is under the first shot's light. `height_mm` is float32, mm above the tray plane, towards the camera, NaN
    where `valid` is False. `lit`: colour under the light from one side alone, for the sides that a shot of the recipe
    has. `standpoint`: None for a camera whose tray was not calibrated.
    """

    camera: str
    colour: Colour
    height_mm: NDArray[np.float32]
    valid: NDArray[np.bool_]
    lit: Mapping[Side, Colour] = field(default_factory=dict)
    standpoint: Standpoint | None = None


class WrongSize(ValueError):
    """A frame that does not have the size its calibration was made for."""


def view_of(frame: Frame, geometry: CameraGeometry, depth_of: Frame | None = None) -> View:
    """The tray region of one frame. Raises WrongSize; a frame without colour is one of no size.

    Its depth is that of `depth_of` where another device measures it, else its own. Without depth, or without a plane
    to measure from, no pixel is valid and every height NaN.
    """
    source = depth_of or frame
    colour = colour_of(frame, geometry)
    shape = colour.shape[:2]
    if source.depth is None or geometry.depth is None or geometry.plane is None:
        nowhere = np.full(shape, np.nan, np.float32)
        return View(geometry.camera, colour, nowhere, np.zeros(shape, np.bool_), standpoint=geometry.standpoint)
    depth = _depth(_of_size(source.depth, geometry.depth, source.camera, "depth"), geometry, geometry.depth)
    return View(geometry.camera, colour, heights(depth, geometry), depth > 0, standpoint=geometry.standpoint)


def colour_of(frame: Frame, geometry: CameraGeometry) -> Colour:
    """The colour of the tray region alone, on the view's pixels. Raises WrongSize."""
    return _colour(_of_size(frame.colour, geometry.colour, frame.camera, "colour"), geometry)


def depth_on_colour(frame: Frame, geometry: CameraGeometry) -> RawDepth:
    """The frame's depth on the colour pixels, whole picture, raw units along the depth camera's axis.

    Raises WrongSize.
    """
    if geometry.depth is None:
        raise WrongSize(f"{frame.camera}: depth was asked of a camera that was calibrated without it")
    depth = _of_size(frame.depth, geometry.depth, frame.camera, "depth")
    if geometry.aligned:
        return depth
    return registered(depth, _rig(geometry, geometry.depth, whole(geometry.colour)))


def _colour(picture: Colour, geometry: CameraGeometry) -> Colour:
    """The region on the pixels that are wanted: each the mean of what it covers."""
    seen = geometry.region.of(picture)
    if geometry.wanted_px == geometry.region.size_px:
        return seen
    return np.asarray(cv2.resize(seen, geometry.wanted_px, interpolation=cv2.INTER_AREA), np.uint8)


def _depth(picture: RawDepth, geometry: CameraGeometry, eye: Intrinsics) -> RawDepth:
    """The region on the pixels that are wanted: each what its centre shows, for a mean with 0 is no distance."""
    if not geometry.aligned:
        return registered(picture, _rig(geometry, eye, geometry.region, geometry.size_px))
    seen = geometry.region.of(picture)
    if geometry.wanted_px == geometry.region.size_px:
        return seen
    return np.asarray(cv2.resize(seen, geometry.wanted_px, interpolation=cv2.INTER_NEAREST_EXACT), np.uint16)


def _rig(geometry: CameraGeometry, eye: Intrinsics, region: Region, size: Size | None = None) -> Rig:
    return Rig(eye, geometry.colour, geometry.depth_to_colour, geometry.depth_unit, region, size or region.size_px)


def heights(depth: RawDepth | NDArray[np.float64], geometry: CameraGeometry) -> NDArray[np.float32]:
    """mm above the tray plane for registered raw depth of the view; NaN where it is 0.

    A pixel's ray r (z = 1) meets the depth z_d where (R^T (z r - t))_z = z_d, so z = (z_d + (R^T t)_z) /
    (R^T r)_z, and the height n . z r - offset is gain * z_d + base.
    """
    gain, base = _height_law(geometry)
    return np.where(depth > 0, gain * depth + base, np.float32(np.nan)).astype(np.float32)


def points_of(depth: RawDepth | NDArray[np.float64], geometry: CameraGeometry) -> NDArray[np.float64]:
    """(N, 3) mm in the colour camera's frame, of the pixels of a view's registered depth that are not 0.

    `depth` is in raw units, row by row; a mean of several frames has fractions of them.
    """
    rays, gain, base = _ray_law(geometry)
    seen = depth > 0
    along = gain[seen] * depth[seen] + base[seen]
    points: NDArray[np.float64] = rays[seen] * along[:, None]
    return points


@lru_cache(maxsize=16)
def _ray_law(
    geometry: CameraGeometry,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rays of the view's pixels at z = 1, and per pixel the gain and base of z_mm = gain * raw + base."""
    rays = rays_of(geometry.region.centres(geometry.wanted_px), geometry.colour)
    depth_axis = geometry.depth_to_colour.matrix()[:, 2]
    towards = rays @ depth_axis
    shift = float(depth_axis @ np.array(geometry.depth_to_colour.translation_mm))
    return rays, geometry.depth_unit / towards, shift / towards


def _span(middle: float, long: float, picture: int) -> tuple[int, int]:
    """First pixel and number of pixels of what is `long` around `middle`, within the picture."""
    first, end = (min(max(round(edge), 0), picture) for edge in (middle - long / 2, middle + long / 2))
    return first, max(1, end - first)


@lru_cache(maxsize=16)
def _standpoint(geometry: CameraGeometry) -> Standpoint | None:
    if geometry.plane is None:
        return None
    normal, region = geometry.plane.normal, geometry.region
    middle = region.centres((1, 1))
    (ray,) = rays_of(middle, geometry.colour).reshape(-1, 3)
    along = geometry.plane.offset_mm / float(ray @ np.array(normal))
    across = along / geometry.colour.fx_px * region.width_px / geometry.wanted_px[0]
    return Standpoint(geometry.wanted_px, across, normal, -geometry.plane.offset_mm)


@lru_cache(maxsize=16)
def _height_law(geometry: CameraGeometry) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert geometry.plane is not None
    rays, gain, base = _ray_law(geometry)
    rise = rays @ np.array(geometry.plane.normal)
    return (rise * gain).astype(np.float32), (rise * base - geometry.plane.offset_mm).astype(np.float32)


def _of_size(picture: NDArray[T] | None, camera: Intrinsics, name: str, kind: str) -> NDArray[T]:
    if picture is None:
        raise WrongSize(f"camera {name} gave no {kind} picture; its calibration expects one")
    if picture.shape[:2] != (camera.height_px, camera.width_px):
        height, width = picture.shape[:2]
        raise WrongSize(
            f"camera {name} gave a {kind} picture of {width}x{height}, its calibration is for "
            f"{camera.width_px}x{camera.height_px}; set the resolution it was calibrated at, or calibrate again"
        )
    return picture
