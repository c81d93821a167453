"""Depth on colour pixels, beside the vendor's; and a whole view."""

from importlib.util import find_spec

import numpy as np

from booth.geometry.alignment import align_depth_to_colour
from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region, view_of
from drivers.frames import Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres
from tests.bench.rows import Row, interleaved, p50, repeated

SIZES = ((848, 480), (1280, 720))
ROUNDS = 20
BESIDE = Transform(translation_mm=(15.0, 0.0, 0.0))
UNIT = Millimetres(1.0)
FLOOR_MM, BOX_MM = 800, 650
FIRST_VERSION = "whole frame, first version: <= 0.35 is for a later one, which fills the tray region alone"


def rows() -> list[Row]:
    return [row for width, height in SIZES for row in _of_size(width, height)]


def _of_size(width: int, height: int) -> list[Row]:
    depth_eye = Intrinsics(width, height, width * 0.5, width * 0.5, width / 2, height / 2)
    colour_eye = Intrinsics(width, height, width * 0.72, width * 0.72, width / 2, height / 2)
    depth = np.full((height, width), FLOOR_MM, np.uint16)
    depth[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = BOX_MM
    return [_beside_the_vendor(depth, depth_eye, colour_eye), _view(depth, depth_eye, colour_eye)]


def _beside_the_vendor(depth: RawDepth, depth_eye: Intrinsics, colour_eye: Intrinsics) -> Row:
    name = f"alignment over rs.align, {depth_eye.width_px}x{depth_eye.height_px}"
    if find_spec("pyrealsense2") is None:
        return Row(name, None, "x", None, "not measured: pip install 'inspection-booth[realsense]'")
    from tests.core.vendor_align import VendorAlign

    vendor = VendorAlign(depth_eye, colour_eye, BESIDE, UNIT)
    frames = vendor.pair(depth)
    ours, theirs = interleaved(
        lambda: align_depth_to_colour(depth, UNIT, depth_eye, colour_eye, BESIDE),
        lambda: vendor.process(frames),
        ROUNDS,
    )
    vendor.close()
    took = f"{p50(ours) * 1000:.1f} ms over {p50(theirs) * 1000:.1f} ms, noise-free"
    return Row(name, p50(ours) / p50(theirs), "x", None, f"{took}; {FIRST_VERSION}")


def _view(depth: RawDepth, depth_eye: Intrinsics, colour_eye: Intrinsics) -> Row:
    width, height = colour_eye.width_px, colour_eye.height_px
    region = Region(width // 6, height // 6, width * 2 // 3, height * 2 // 3)
    floor = Plane((0.0, 0.0, -1.0), Millimetres(-FLOOR_MM))
    geometry = CameraGeometry("left", colour_eye, depth_eye, BESIDE, UNIT, floor, region)
    nothing, colour = Duration(0), np.zeros((height, width, 3), np.uint8)
    frame = Frame("left", 0, Instant(0), nothing, nothing, nothing, colour, depth, UNIT)
    took = p50(repeated(lambda: view_of(frame, geometry), ROUNDS)) * 1000
    says = f"alignment and heights, tray region {region.width_px}x{region.height_px}, median of {ROUNDS}"
    return Row(f"view of a frame, {width}x{height}", took, "ms", None, says)
