"""What one camera saw of the tray: colour and height on the same pixels."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.alignment import Rig, registered
from booth.geometry.plane import Plane
from booth.geometry.projection import rays_of
from booth.geometry.region import Region, Size, whole
from drivers.frames import Colour, Frame, Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

__all__ = ["CameraGeometry", "Region", "View", "WrongSize", "depth_on_colour", "heights", "points_of", "view_of"]

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
    def aligned(self) -> bool:
        """Whether the camera's depth already lies on the colour pixels."""
        return self.depth == self.colour and self.depth_to_colour == Transform()


@dataclass(frozen=True, slots=True)
class View:
    """One camera's capture of the tray region, all arrays (H, W) on the same pixels, as many as are scored.

    `height_mm` is float32, mm above the tray plane, towards the camera, NaN where `valid` is False.
    """

    camera: str
    colour: Colour
    height_mm: NDArray[np.float32]
    valid: NDArray[np.bool_]


class WrongSize(ValueError):
    """A frame that does not have the size its calibration was made for."""


def view_of(frame: Frame, geometry: CameraGeometry, depth_of: Frame | None = None) -> View:
    """The tray region of one frame. Raises WrongSize; a frame without colour is one of no size.

    Its depth is that of `depth_of` where another device measures it, else its own. Without depth, or without a plane
    to measure from, no pixel is valid and every height NaN.
    """
    source = depth_of or frame
    colour = _colour(_of_size(frame.colour, geometry.colour, frame.camera, "colour"), geometry)
    shape = colour.shape[:2]
    if source.depth is None or geometry.depth is None or geometry.plane is None:
        return View(geometry.camera, colour, np.full(shape, np.nan, np.float32), np.zeros(shape, np.bool_))
    depth = _depth(_of_size(source.depth, geometry.depth, source.camera, "depth"), geometry, geometry.depth)
    return View(geometry.camera, colour, heights(depth, geometry), depth > 0)


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
