"""Depth on colour pixels, beside the vendor's."""

from importlib.util import find_spec

import numpy as np

from booth.geometry.alignment import align_depth_to_colour
from drivers.frames import Intrinsics, Transform
from drivers.units import Millimetres
from tests.bench.rows import Row, interleaved, p50

SIZES = ((848, 480), (1280, 720))
ROUNDS = 20


def rows() -> list[Row]:
    if find_spec("pyrealsense2") is None:
        return []
    return [row for width, height in SIZES for row in _beside_the_vendor(width, height)]


def _beside_the_vendor(width: int, height: int) -> list[Row]:
    from tests.core.vendor_align import VendorAlign

    depth_eye = Intrinsics(width, height, width * 0.5, width * 0.5, width / 2, height / 2)
    colour_eye = Intrinsics(width, height, width * 0.72, width * 0.72, width / 2, height / 2)
    beside, unit = Transform(translation_mm=(15.0, 0.0, 0.0)), Millimetres(1.0)
    depth = np.full((height, width), 800, np.uint16)
    depth[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 650
    vendor = VendorAlign(depth_eye, colour_eye, beside, unit)
    frames = vendor.pair(depth)
    ours, theirs = interleaved(
        lambda: align_depth_to_colour(depth, unit, depth_eye, colour_eye, beside),
        lambda: vendor.process(frames),
        ROUNDS,
    )
    vendor.close()
    says = "whole frame, first version; the fast one for the tray region is still to come (target then <= 0.35)"
    return [Row(f"alignment over rs.align, {width}x{height}", p50(ours) / p50(theirs), "x", None, says)]
