"""Depth on the pixels that are scored, beside the vendor's way to them; and a whole view."""

from importlib.util import find_spec

import cv2
import numpy as np

from booth.geometry.alignment import Rig, registered
from booth.geometry.plane import Plane
from booth.geometry.region import Region, Size
from booth.geometry.views import CameraGeometry, view_of
from drivers.frames import Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres
from fakes.sensors.stereo import Imager, measure
from tests.bench.rows import Row, interleaved, p50, repeated

SIZES = ((848, 480), (1280, 720))
SCORED: Size = (416, 320)
"""What the shipped model takes."""

ROUNDS = 100
BESIDE = Transform(translation_mm=(15.0, 0.0, 0.0))
UNIT = Millimetres(1.0)
FLOOR_MM = 800.0
PLATES = 25
TARGET = "<= 0.35"


def rows() -> list[Row]:
    return [row for width, height in SIZES for row in _of_size(width, height)]


def _of_size(width: int, height: int) -> list[Row]:
    depth_eye = Intrinsics(width, height, width * 0.5, width * 0.5, width / 2, height / 2)
    colour_eye = Intrinsics(width, height, width * 0.72, width * 0.72, width / 2, height / 2)
    region = Region(width // 6, height // 6, width * 2 // 3, height * 2 // 3)
    rig = Rig(depth_eye, colour_eye, BESIDE, UNIT, region, SCORED)
    return [*_beside_the_vendor(rig), *_views(_noisy(depth_eye), rig)]


def _beside_the_vendor(rig: Rig) -> list[Row]:
    size = f"{rig.depth.width_px}x{rig.depth.height_px}"
    name = f"depth on scored pixels over rs.align, {size}"
    if find_spec("pyrealsense2") is None:
        return [Row(name, None, "x", TARGET, "not measured: pip install 'inspection-booth[realsense]'")]
    native = Rig(rig.depth, rig.colour, rig.depth_to_colour, rig.depth_unit, rig.region, rig.region.size_px)
    clutter = _clutter(rig.depth)
    return [
        _ratio(f"{name}, noise-free", clutter, rig, TARGET),
        _ratio(f"{name}, noisy", _noisy(rig.depth), rig, TARGET),
        _ratio(f"depth on the region's own pixels over rs.align, {size}, noisy", _noisy(rig.depth), native, None),
    ]


def _ratio(name: str, depth: RawDepth, rig: Rig, target: str | None) -> Row:
    from tests.core.vendor_align import VendorAlign

    vendor = VendorAlign(rig.depth, rig.colour, rig.depth_to_colour, rig.depth_unit)
    frames = vendor.pair(depth)
    ours, theirs = interleaved(
        lambda: registered(depth, rig),
        lambda: cv2.resize(rig.region.of(vendor.process(frames)), rig.size_px, interpolation=cv2.INTER_NEAREST_EXACT),
        ROUNDS,
    )
    vendor.close()
    took = f"{p50(ours) * 1000:.1f} ms over {p50(theirs) * 1000:.1f} ms"
    region = f"{rig.region.width_px}x{rig.region.height_px}"
    says = f"{took}; {region} of the picture on {rig.size_px[0]}x{rig.size_px[1]} pixels, {PLATES} things on the floor"
    return Row(name, p50(ours) / p50(theirs), "x", target, says)


def _views(depth: RawDepth, rig: Rig) -> list[Row]:
    floor = Plane((0.0, 0.0, -1.0), Millimetres(-FLOOR_MM))
    return [_view(depth, rig, floor, size) for size in (rig.size_px, None)]


def _view(depth: RawDepth, rig: Rig, floor: Plane, size: Size | None) -> Row:
    geometry = CameraGeometry("left", rig.colour, rig.depth, rig.depth_to_colour, UNIT, floor, rig.region, size)
    nothing, colour = Duration(0), np.zeros((rig.colour.height_px, rig.colour.width_px, 3), np.uint8)
    frame = Frame("left", 0, Instant(0), nothing, nothing, nothing, colour, depth, UNIT)
    took = p50(repeated(lambda: view_of(frame, geometry), ROUNDS)) * 1000
    wanted = "scored pixels" if size else "the region's own pixels"
    says = f"colour, depth, heights; {geometry.wanted_px[0]}x{geometry.wanted_px[1]}, noisy, median of {ROUNDS}"
    return Row(f"view of a frame on {wanted}, {rig.depth.width_px}x{rig.depth.height_px}", took, "ms", None, says)


def _clutter(eye: Intrinsics) -> RawDepth:
    """Tilted plates over a floor, of all sizes: more edges than a tray has."""
    rng = np.random.default_rng(0)
    depth = np.full((eye.height_px, eye.width_px), FLOOR_MM)
    for _ in range(PLATES):
        left, top = rng.integers(0, eye.width_px), rng.integers(0, eye.height_px)
        width, height = rng.integers(10, 120, 2)
        part = depth[top : top + height, left : left + width]
        y, x = np.mgrid[: part.shape[0], : part.shape[1]]
        near, across, down = FLOOR_MM - rng.uniform(20, 200), *rng.uniform(-0.3, 0.3, 2)
        np.minimum(part, near + across * x + down * y, out=part)
    return np.round(depth).astype(np.uint16)


def _noisy(eye: Intrinsics) -> RawDepth:
    """The same as a simulated D435 measures it."""
    imager = Imager("bench", eye.fx_px, 50.0, 100.0, UNIT)
    return measure(_clutter(eye).astype(np.float32), imager, (1, "bench", 1))
