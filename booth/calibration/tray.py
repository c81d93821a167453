"""The tray: the plane of its empty floor, and the rectangle of the picture that holds it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.figures import Figure
from booth.geometry.plane import NoPlane, Plane, fit_plane
from booth.geometry.views import CameraGeometry, Region, depth_on_colour, heights, points_of
from drivers.frames import Colour, Frame
from drivers.units import Millimetres

NEAR = Millimetres(10.0)
"""What counts as floor: embossed ridges and a depth camera's waviness included, walls and items not."""

# Limits: judgement on the two recorded totes and the simulated booth; to be confirmed on real booths.
FILL_AT_LEAST = 0.85
NEAR_AT_LEAST = 0.6
RMS_AT_MOST_MM = 5.0
TILT_AT_MOST_DEG = 50.0

CENTRE = 1 / 3
"""Share of the picture's width and height, around its middle, where the tray's floor must be to be found."""

BRIDGE_PX = 5
"""Floor narrower than this does not lead on: a gap in a tray's rim to the belt beside it."""

MeanDepth = NDArray[np.float64]
"""(H, W) raw units on the colour pixels, the mean of several frames; 0 where too few of them measured."""


class TrayNotFound(Exception):
    """The frames do not show a tray; says what to do."""


@dataclass(frozen=True, slots=True)
class TrayMeasurement:
    """`plane` is None for a camera without depth. `floor` marks the pixels of the whole picture near the plane."""

    plane: Plane | None
    region: Region
    floor: NDArray[np.bool_]
    figures: tuple[Figure, ...]

    def result(self) -> dict[str, Any]:
        """As it is stored, less the intrinsics it rests on."""
        plane = self.plane and {"normal": list(self.plane.normal), "offset_mm": self.plane.offset_mm}
        return {"plane": plane, "region_px": asdict(self.region)}


def measure(frames: Sequence[Frame], geometry: CameraGeometry, region: Region | None = None) -> TrayMeasurement:
    """The empty tray in `frames` of one camera; `geometry` spans the whole picture.

    Without `region` the floor is looked for around the middle of the picture. Raises TrayNotFound, WrongSize.
    """
    if region is not None and not region.inside(geometry.colour):
        size = f"{geometry.colour.width_px}x{geometry.colour.height_px}"
        raise TrayNotFound(f"the region does not lie inside the picture of {size}; correct --region x,y,width,height")
    if geometry.depth is None:
        return _by_hand(geometry, region)
    depth = mean_depth(frames, geometry)
    if region is None:
        region, floor_plane = _found(depth, geometry)
    else:
        floor_plane = _floor(depth, replace(geometry, region=region))
    return _measured(frames, depth, replace(geometry, region=region, plane=floor_plane))


def mean_depth(frames: Sequence[Frame], geometry: CameraGeometry) -> MeanDepth:
    """Per pixel the mean of the frames that measured it, if at least half of them did."""
    stack = np.stack([depth_on_colour(frame, geometry) for frame in frames])
    count = (stack > 0).sum(axis=0)
    mean: MeanDepth = stack.sum(axis=0, dtype=np.float64) / np.maximum(count, 1)
    mean[count * 2 < len(frames)] = 0.0
    return mean


def overlay(colour: Colour, measurement: TrayMeasurement) -> Colour:
    """The picture with the floor tinted green and the region framed, for a person to check."""
    shown = colour.copy()
    shown[measurement.floor, 1] = 255 - (255 - shown[measurement.floor, 1]) // 2
    region = measurement.region
    corner = (region.x_px + region.width_px - 1, region.y_px + region.height_px - 1)
    cv2.rectangle(shown, (region.x_px, region.y_px), corner, (0, 255, 255), 2)
    return shown


def _by_hand(geometry: CameraGeometry, region: Region | None) -> TrayMeasurement:
    if region is None:
        raise TrayNotFound(
            f"camera {geometry.camera} has no depth to find the tray with; give --region x,y,width,height in px"
        )
    nothing = np.zeros((geometry.colour.height_px, geometry.colour.width_px), np.bool_)
    return TrayMeasurement(None, region, nothing, ())


def _floor(depth: MeanDepth, geometry: CameraGeometry) -> Plane:
    try:
        return fit_plane(points_of(geometry.region.of(depth), geometry), NEAR)
    except NoPlane as error:
        raise TrayNotFound(
            f"camera {geometry.camera} measured no floor where the tray should be ({error}); put the empty tray under "
            "it, check its depth, or give --region"
        ) from error


def _found(depth: MeanDepth, geometry: CameraGeometry) -> tuple[Region, Plane]:
    """The connected stretch of floor around the middle, and its plane.

    The plane of the middle finds the tray roughly, the plane of that the tray's true extent.
    """
    middle = _floor(depth, replace(geometry, region=_middle(geometry)))
    rough = _around(_near(depth, replace(geometry, plane=middle)), geometry)
    plane = _floor(depth, replace(geometry, region=rough))
    region = _around(_near(depth, replace(geometry, plane=plane)), geometry)
    return region, _floor(depth, replace(geometry, region=region))


def _middle(geometry: CameraGeometry) -> Region:
    width, height = (round(size * CENTRE) for size in (geometry.colour.width_px, geometry.colour.height_px))
    return Region((geometry.colour.width_px - width) // 2, (geometry.colour.height_px - height) // 2, width, height)


def _near(depth: MeanDepth, geometry: CameraGeometry) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        near: NDArray[np.bool_] = np.abs(heights(geometry.region.of(depth), geometry)) <= NEAR
    return near


def _around(near: NDArray[np.bool_], geometry: CameraGeometry) -> Region:
    """The rectangle around the largest connected stretch that reaches into the middle."""
    opened = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((BRIDGE_PX, BRIDGE_PX), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(opened)
    reached = np.bincount(_middle(geometry).of(labels).ravel(), minlength=len(boxes))
    reached[0] = 0
    if not reached.any():
        raise TrayNotFound(
            f"camera {geometry.camera} sees no floor in the middle of its picture; aim it at the tray, or give --region"
        )
    x, y, width, height, _ = (int(v) for v in boxes[reached.argmax()])
    return Region(x, y, width, height)


def _measured(frames: Sequence[Frame], depth: MeanDepth, geometry: CameraGeometry) -> TrayMeasurement:
    plane = geometry.plane
    assert plane is not None
    whole = replace(geometry, region=Region(0, 0, geometry.colour.width_px, geometry.colour.height_px))
    near = _near(depth, whole)
    inside = geometry.region.of(depth)
    rise = heights(inside, geometry)
    on_floor = np.abs(rise[inside > 0]) <= NEAR
    rms = float(np.sqrt(np.mean(np.square(rise[inside > 0][on_floor])))) if on_floor.any() else float("nan")
    figures = (
        Figure("depth filled", float((inside > 0).mean()), "of the region",
               "Look for glare or a dark, shiny floor; dim the light, move the camera, or choose another --region.",
               at_least=FILL_AT_LEAST),
        Figure("near the plane", float(on_floor.mean()), f"of the measured pixels within {NEAR:g} mm",
               "Empty the tray; choose a --region that holds its floor and little else.", at_least=NEAR_AT_LEAST),
        Figure("flatness (RMS)", rms, "mm",
               "The floor is bent, or the depth is noisy: use another tray, more --frames, more light.",
               at_most=RMS_AT_MOST_MM),
        Figure("tilt", plane.tilt_deg, "deg from the camera's axis",
               "Point the camera more steeply at the tray.", at_most=TILT_AT_MOST_DEG),
        Figure("distance", float(plane.height_above(np.zeros((1, 3)))[0]), "mm from camera to plane"),
        *(Figure("noise", noise, "mm between frames, median pixel") for noise in _noise(frames, geometry)),
    )  # fmt: skip
    return TrayMeasurement(plane, geometry.region, near, figures)


def _noise(frames: Sequence[Frame], geometry: CameraGeometry) -> list[float]:
    """Median over the region of the standard deviation of a pixel's depth, mm; none of a single frame."""
    stack = np.stack([geometry.region.of(depth_on_colour(frame, geometry)) for frame in frames])
    always = (stack > 0).all(axis=0)
    if len(frames) < 2 or not always.any():
        return []
    return [float(np.median(stack[:, always].std(axis=0, ddof=1)) * geometry.depth_unit)]
