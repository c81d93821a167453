"""Depth on the colour pixels, held against the vendor's own software."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.geometry.alignment import align_depth_to_colour
from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

pytest.importorskip("pyrealsense2", reason="the vendor's reference has no wheel for this machine")

from tests.core.vendor_align import VendorAlign

MM = Millimetres(1.0)
TENTH = Millimetres(0.1)
WIDE = Intrinsics(848, 480, 424.0, 424.0, 424.0, 240.0)
NARROW = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7)
WIDE_COLOUR = Intrinsics(848, 480, 615.0, 615.0, 421.3, 238.8)
BENT = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7, (0.12, -0.25, 0.0, 0.0, 0.11))


def turned(x_deg: float, y_deg: float, z_deg: float, translation_mm: tuple[float, float, float]) -> Transform:
    rotation, _ = cv2.Rodrigues(np.radians((x_deg, y_deg, z_deg)))
    return Transform(tuple(float(v) for v in rotation.ravel()), translation_mm)


def steps(camera: Intrinsics, unit: Millimetres) -> RawDepth:
    """Two boxes on a floor, and a patch without measurement."""
    depth = np.full((camera.height_px, camera.width_px), 800.0)
    depth[120:360, 200:420] = 650.0
    depth[180:260, 380:520] = 540.0
    depth[20:60, 30:90] = 0.0
    return np.round(depth / unit).astype(np.uint16)


def slopes(camera: Intrinsics, unit: Millimetres) -> RawDepth:
    """A roof whose two sides fall away from the camera at different rates."""
    y, x = np.mgrid[: camera.height_px, : camera.width_px]
    depth: NDArray[np.float64] = 600.0 + 0.25 * np.abs(x - camera.cx_px) + 0.15 * y
    return np.round(depth / unit).astype(np.uint16)


@dataclass(frozen=True)
class Rig:
    depth: Intrinsics
    colour: Intrinsics
    transform: Transform
    unit: Millimetres


RIGS = {
    "shifted": Rig(WIDE, WIDE_COLOUR, Transform(translation_mm=(15.0, 0.0, 0.0)), MM),
    "smaller-colour": Rig(WIDE, NARROW, Transform(translation_mm=(14.8, 0.2, -0.4)), MM),
    "larger-colour": Rig(NARROW, WIDE_COLOUR, Transform(translation_mm=(-15.0, 0.3, 0.1)), TENTH),
    "turned": Rig(WIDE, NARROW, turned(0.6, -0.9, 0.4, (15.1, -0.3, 0.5)), TENTH),
    "bent-lens": Rig(WIDE, BENT, turned(-0.5, 0.4, -0.3, (14.6, 0.1, 0.2)), MM),
}


@pytest.mark.parametrize("scene", [steps, slopes])
@pytest.mark.parametrize("name", RIGS)
def test_aligned_depth_is_what_the_vendor_computes(
    name: str, scene: Callable[[Intrinsics, Millimetres], RawDepth]
) -> None:
    rig = RIGS[name]
    depth = scene(rig.depth, rig.unit)
    vendor = VendorAlign(rig.depth, rig.colour, rig.transform, rig.unit)
    try:
        theirs = vendor.aligned(depth).astype(int)
    finally:
        vendor.close()
    ours = align_depth_to_colour(depth, rig.unit, rig.depth, rig.colour, rig.transform).astype(int)
    both = (ours > 0) & (theirs > 0)
    agreeing = float((np.abs(ours - theirs)[both] <= 2).mean())
    filled = float((ours > 0).mean()), float((theirs > 0).mean())
    figures = f"agree {agreeing:.4%}, filled {filled[0]:.4%} against {filled[1]:.4%}"
    print(f"{name} {scene.__name__}: {figures}")  # noqa: T201 - the figures, for pytest -s
    assert both.mean() > 0.3
    assert agreeing >= 0.995
    assert abs(filled[0] - filled[1]) <= 0.01


def test_between_identical_cameras_a_surface_grows_by_no_more_than_one_pixel() -> None:
    depth = np.random.default_rng(1).integers(1, 60_000, (480, 640), dtype=np.uint16)
    aligned = align_depth_to_colour(depth, TENTH, NARROW, NARROW, Transform())
    assert (aligned <= depth).all()
    assert (aligned >= cv2.erode(depth, np.ones((3, 3), np.uint8))).all()


def test_the_nearer_of_two_surfaces_on_one_pixel_wins() -> None:
    depth = np.full((480, 640), 1000, np.uint16)
    depth[:, 300:340] = 500
    aligned = align_depth_to_colour(depth, MM, NARROW, NARROW, Transform(translation_mm=(50.0, 0.0, 0.0)))
    # 50 mm to the side is 61 px at 500 mm, and 30.5 px at 1000 mm.
    assert (aligned[100, 362:399] == 500).all()
    assert aligned[100, 450] == 1000


def test_what_is_behind_the_colour_camera_is_not_seen() -> None:
    depth = np.full((480, 640), 40, np.uint16)
    aligned = align_depth_to_colour(depth, MM, NARROW, NARROW, Transform(translation_mm=(0.0, 0.0, -50.0)))
    assert not aligned.any()


def test_no_depth_at_all_gives_no_depth() -> None:
    aligned = align_depth_to_colour(np.zeros((480, 848), np.uint16), MM, WIDE, NARROW, Transform())
    assert aligned.shape == (480, 640)
    assert not aligned.any()
