"""Depth on the pixels that are scored, held against the vendor's own software, a slow splat, and the truth."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from booth.geometry.alignment import Rig, registered
from booth.geometry.region import Region, Size, whole
from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres
from fakes.sensors.stereo import Imager, measure
from tests.core.plates import FLOOR, PLATES, SLOPE, Plate, Truth, measured, raw, truth
from tests.core.splat import align_depth_to_colour

MM = Millimetres(1.0)
TENTH = Millimetres(0.1)
SCORED: Size = (416, 320)
WIDE = Intrinsics(848, 480, 424.0, 424.0, 424.0, 240.0)
NARROW = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7)
WIDE_COLOUR = Intrinsics(848, 480, 615.0, 615.0, 421.3, 238.8)
BENT = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7, (0.12, -0.25, 0.0, 0.0, 0.11))
BENT_DEPTH = Intrinsics(848, 480, 424.0, 424.0, 424.0, 240.0, (0.05, -0.1, 0.001, -0.001, 0.02))
FINE = Intrinsics(1280, 1024, 1300.0, 1300.0, 640.0, 510.0, (-0.1, 0.05, 0.001, -0.001, 0.0))
D435_BASELINE_MM = 50.0

Scene = Callable[[Intrinsics, Millimetres], RawDepth]


def turned(x_deg: float, y_deg: float, z_deg: float, translation_mm: tuple[float, float, float]) -> Transform:
    rotation, _ = cv2.Rodrigues(np.radians((x_deg, y_deg, z_deg)))
    return Transform(tuple(float(v) for v in rotation.ravel()), translation_mm)


def rig(depth: Intrinsics, colour: Intrinsics, transform: Transform, unit: Millimetres = MM) -> Rig:
    """The whole picture on its own pixels."""
    return Rig(depth, colour, transform, unit, whole(colour), whole(colour).size_px)


def scored(whole_picture: Rig) -> Rig:
    """Two thirds of the picture at the resolution that the shipped model takes."""
    width, height = whole_picture.region.size_px
    region = Region(width // 6, height // 6, width * 2 // 3, height * 2 // 3)
    return replace(whole_picture, region=region, size_px=SCORED)


RIGS = {
    "shifted": rig(WIDE, WIDE_COLOUR, Transform(translation_mm=(15.0, 0.0, 0.0))),
    "smaller-colour": rig(WIDE, NARROW, Transform(translation_mm=(14.8, 0.2, -0.4))),
    "larger-colour": rig(NARROW, WIDE_COLOUR, Transform(translation_mm=(-15.0, 0.3, 0.1))),
    "turned": rig(WIDE, NARROW, turned(0.6, -0.9, 0.4, (15.1, -0.3, 0.5))),
    "bent-lens": rig(WIDE, BENT, turned(-0.5, 0.4, -0.3, (14.6, 0.1, 0.2))),
}
ACROSS = {
    "to-the-right": scored(rig(WIDE, FINE, turned(0.5, -13.0, 0.3, (180.0, 10.0, 30.0)))),
    "to-the-left": scored(rig(WIDE, FINE, turned(0.5, 13.0, 0.3, (-180.0, 10.0, 30.0)))),
    "bent-depth": scored(rig(BENT_DEPTH, FINE, turned(-9.0, -2.0, 0.5, (10.0, 120.0, -20.0)))),
}


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


def clutter(camera: Intrinsics, unit: Millimetres) -> RawDepth:
    """25 tilted plates over a floor, of all sizes: more edges than any tray has."""
    rng = np.random.default_rng(0)
    depth = np.full((camera.height_px, camera.width_px), 800.0)
    for _ in range(25):
        left, top = rng.integers(0, camera.width_px), rng.integers(0, camera.height_px)
        width, height = rng.integers(10, 120, 2)
        part = depth[top : top + height, left : left + width]
        y, x = np.mgrid[: part.shape[0], : part.shape[1]]
        near, across, down = 800.0 - rng.uniform(20, 200), *rng.uniform(-0.3, 0.3, 2)
        np.minimum(part, near + across * x + down * y, out=part)
    return np.round(depth / unit).astype(np.uint16)


def noisy(distances: NDArray[np.float64], rig: Rig, serial: str = "a") -> RawDepth:
    """As the simulated D435 would measure it."""
    imager = Imager(serial, rig.depth.fx_px, D435_BASELINE_MM, 100.0, rig.depth_unit)
    return measure(distances.astype(np.float32), imager, (1, serial, 1))


def splat(depth: RawDepth, rig: Rig) -> RawDepth:
    """The whole picture, cut and resized."""
    aligned = align_depth_to_colour(depth, rig.depth_unit, rig.depth, rig.colour, rig.depth_to_colour)
    return cut(aligned, rig)


def cut(aligned: RawDepth, rig: Rig) -> RawDepth:
    cropped = rig.region.of(aligned)
    return np.asarray(cv2.resize(cropped, rig.size_px, interpolation=cv2.INTER_NEAREST_EXACT), np.uint16)


def vendor(depth: RawDepth, rig: Rig) -> RawDepth:
    """`rs.align`, the whole picture."""
    pytest.importorskip("pyrealsense2", reason="the vendor's reference has no wheel for this machine")
    from tests.core.vendor_align import VendorAlign

    align = VendorAlign(rig.depth, rig.colour, rig.depth_to_colour, rig.depth_unit)
    try:
        return align.aligned(depth)
    finally:
        align.close()


def agreeing(ours: RawDepth, theirs: RawDepth, units: int = 2) -> float:
    """Share, of the pixels that both fill, of those that differ by no more than `units`."""
    both = (ours > 0) & (theirs > 0)
    assert both.mean() > 0.3
    return float((np.abs(ours.astype(int) - theirs.astype(int))[both] <= units).mean())


def filled(aligned: RawDepth) -> float:
    return float((aligned > 0).mean())


@pytest.mark.parametrize("scene", [steps, slopes, clutter])
@pytest.mark.parametrize("name", RIGS)
def test_noise_free_depth_is_what_the_vendor_computes(name: str, scene: Scene) -> None:
    native = RIGS[name]
    depth = scene(native.depth, MM)
    theirs = vendor(depth, native)
    for rig in (native, scored(native)):
        ours, cropped = registered(depth, rig), cut(theirs, rig)
        figures = f"agree {agreeing(ours, cropped):.3%}, filled {filled(ours):.3%} against {filled(cropped):.3%}"
        print(f"{name} {scene.__name__} {rig.size_px}: {figures}")  # noqa: T201 - the figures, for pytest -s
        assert agreeing(ours, cropped) >= 0.995
        assert abs(filled(ours) - filled(cropped)) <= 0.01


@pytest.mark.parametrize("unit", [MM, TENTH])
@pytest.mark.parametrize("scene", [steps, slopes])
@pytest.mark.parametrize("name", RIGS)
def test_the_splat_that_stands_in_for_the_vendor_computes_the_same(name: str, scene: Scene, unit: Millimetres) -> None:
    rig = replace(RIGS[name], depth_unit=unit)
    depth = scene(rig.depth, unit)
    theirs, ours = vendor(depth, rig), splat(depth, rig)
    assert agreeing(ours, theirs) >= 0.995
    assert abs(filled(ours) - filled(theirs)) <= 0.01


@pytest.mark.parametrize("name", ["shifted", "turned"])
def test_on_a_slope_it_is_nearer_to_the_truth_than_the_vendor(name: str) -> None:
    # In tenths of a millimetre, where it shows: rs.align takes the nearest of the depth pixels that touch a pixel.
    rig = scored(replace(RIGS[name], depth_unit=TENTH))
    depth = raw(measured(rig.depth, (SLOPE,)), TENTH)
    true = truth(rig, (SLOPE,)).depth_mm / TENTH
    theirs = cut(vendor(depth, replace(RIGS[name], depth_unit=TENTH)), rig)
    ours_off, theirs_off = (np.abs(aligned - true)[aligned > 0].mean() for aligned in (registered(depth, rig), theirs))
    assert ours_off < 0.8 * theirs_off
    assert agreeing(registered(depth, rig), theirs, units=10) == 1.0


@pytest.mark.parametrize("name", [*RIGS, *ACROSS])
def test_noise_is_passed_on_without_bias_and_without_holes_of_its_own(name: str) -> None:
    rig = ACROSS.get(name) or scored(RIGS[name])
    true, clean = truth(rig, PLATES), measured(rig.depth, PLATES)
    depth = noisy(clean, rig)
    ours, reference = registered(depth, rig), splat(depth, rig)
    # What the sensor itself says where each pixel's truth is seen, edges left out: its own bias is not ours.
    u, v = (np.rint(true.pixel[..., axis]).clip(0, size - 1).astype(int) for axis, size in axes(rig))
    away = true.seen & (np.abs(clean[v, u] - true.depth_mm) < 4.0)
    sensor = (away & (depth[v, u] > 0)) & (np.abs(depth[v, u] - true.depth_mm) < 15.0)
    good = (away & (ours > 0)) & (np.abs(ours - true.depth_mm) < 15.0)
    bias = (ours - true.depth_mm)[good].mean() - (depth[v, u] - true.depth_mm)[sensor].mean()
    figures = f"bias {bias:+.3f} mm, filled {filled(ours):.2%} against {filled(reference):.2%}"
    print(f"{name}: {figures}")  # noqa: T201 - the figures, for pytest -s
    assert abs(bias) <= 0.1
    assert abs(filled(ours) - filled(reference)) <= 0.02


def axes(rig: Rig) -> tuple[tuple[int, int], tuple[int, int]]:
    return (0, rig.depth.width_px), (1, rig.depth.height_px)


@pytest.mark.parametrize("name", [*RIGS, *ACROSS])
def test_what_both_cameras_see_is_where_it_truly_is(name: str) -> None:
    rig = ACROSS.get(name) or scored(RIGS[name])
    true = truth(rig, PLATES)
    ours = registered(raw(measured(rig.depth, PLATES)), rig)
    seen = (ours > 0) & true.seen
    right = float((np.abs(ours - true.depth_mm)[seen] <= 2.0).mean())
    print(f"{name}: {right:.3%} right, {seen.sum() / true.seen.sum():.3%} filled")  # noqa: T201 - for pytest -s
    assert right >= 0.99  # the rest lie within a depth pixel of an edge, where the nearer surface covers them
    assert seen.sum() >= 0.995 * true.seen.sum()


def inner(mask: NDArray[np.bool_], px: int) -> NDArray[np.bool_]:
    """Without a rim of so many pixels."""
    side = 2 * px + 1
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=0), np.bool_)


def hidden(true: Truth, rig: Rig) -> NDArray[np.bool_]:
    """What colour sees on the depth picture, behind something else there, further than a depth pixel from its edge."""
    inside = [(true.pixel[..., axis] > 1) & (true.pixel[..., axis] < size - 2) for axis, size in axes(rig)]
    return inner(~true.seen & inside[0] & inside[1], 3)


@pytest.mark.parametrize("name", ["to-the-right", "to-the-left"])
def test_what_colour_sees_behind_a_step_and_depth_does_not_stays_empty(name: str) -> None:
    rig = ACROSS[name]
    plates = (FLOOR, Plate(-120, -80, 60, 90, 560))
    behind = hidden(truth(rig, plates), rig)
    assert behind.mean() > 0.02
    assert not registered(raw(measured(rig.depth, plates)), rig)[behind].any()


lenses = st.builds(
    Intrinsics,
    width_px=st.just(320),
    height_px=st.just(240),
    fx_px=st.floats(200, 350),
    fy_px=st.floats(200, 350),
    cx_px=st.floats(150, 170),
    cy_px=st.floats(110, 130),
    distortion=st.tuples(st.floats(-0.1, 0.1), st.floats(-0.05, 0.05), st.just(0.0), st.just(0.0), st.just(0.0)),
)
moves = st.builds(
    turned,
    st.floats(-4, 4),
    st.floats(-4, 4),
    st.floats(-4, 4),
    st.tuples(st.floats(-60, 60), st.floats(-60, 60), st.floats(-30, 30)),
)


@settings(max_examples=15, deadline=None)
@given(lenses, lenses, moves, st.sampled_from([MM, TENTH]))
def test_any_two_cameras_that_look_at_the_same_tray_will_do(
    depth: Intrinsics, colour: Intrinsics, move: Transform, unit: Millimetres
) -> None:
    whole_picture = rig(depth, colour, move, unit)
    picture = raw(measured(depth, PLATES), unit)
    ours, reference = registered(picture, whole_picture), splat(picture, whole_picture)
    assert agreeing(ours, reference, units=round(3 / unit)) >= 0.98  # in small pictures edges weigh four times as much
    assert abs(filled(ours) - filled(reference)) <= 0.02
    assert set(np.unique(ours)) <= {0, *np.unique(picture)}


def test_a_region_shows_what_the_whole_picture_shows_there() -> None:
    native = RIGS["turned"]
    region = Region(100, 80, 400, 300)
    depth = noisy(measured(native.depth, PLATES), native)
    alone = registered(depth, replace(native, region=region, size_px=region.size_px))
    assert (alone == region.of(registered(depth, native))).mean() >= 0.99


def test_a_third_of_the_resolution_shows_every_third_pixel() -> None:
    native = RIGS["turned"]
    small = replace(native, region=Region(5, 3, 600, 450), size_px=(200, 150))
    depth = noisy(measured(native.depth, PLATES), native)
    same = registered(depth, small) == registered(depth, native)[4:453:3, 6:605:3]
    assert same.mean() >= 0.99


def test_a_hole_stays_a_hole() -> None:
    rig = RIGS["shifted"]
    depth = steps(rig.depth, MM)
    depth[200:230, 300:340] = 0
    ours, reference = registered(depth, rig), splat(depth, rig)
    assert (ours[reference == 0] == 0).mean() > 0.999
    assert set(np.unique(ours)) == {0, 540, 650, 800}


def test_between_identical_cameras_a_surface_grows_by_no_more_than_one_pixel() -> None:
    depth = np.random.default_rng(1).integers(1, 60_000, (480, 640), dtype=np.uint16)
    aligned = registered(depth, rig(NARROW, NARROW, Transform(), TENTH))
    assert (aligned <= depth).all()
    assert (aligned >= cv2.erode(depth, np.ones((3, 3), np.uint8))).all()


def test_the_nearer_of_two_surfaces_on_one_pixel_wins() -> None:
    depth = np.full((480, 640), 1000, np.uint16)
    depth[:, 300:340] = 500
    aligned = registered(depth, rig(NARROW, NARROW, Transform(translation_mm=(50.0, 0.0, 0.0))))
    # 50 mm to the side is 61 px at 500 mm, and 30.5 px at 1000 mm.
    assert (aligned[100, 362:399] == 500).all()
    assert aligned[100, 450] == 1000
    assert not aligned[100, 332:360].any()


def test_what_is_behind_the_colour_camera_is_not_seen() -> None:
    depth = np.full((480, 640), 40, np.uint16)
    aligned = registered(depth, rig(NARROW, NARROW, Transform(translation_mm=(0.0, 0.0, -50.0))))
    assert not aligned.any()


@pytest.mark.parametrize("value", [0, 65_535])
def test_no_depth_at_all_gives_no_depth(value: int) -> None:
    aligned = registered(np.full((480, 848), value, np.uint16), rig(WIDE, NARROW, Transform()))
    assert aligned.shape == (480, 640)
    assert not aligned.any()


def test_cameras_that_look_away_from_each_other_share_nothing() -> None:
    depth = np.full((480, 848), 700, np.uint16)
    assert not registered(depth, rig(WIDE, NARROW, turned(0.0, 170.0, 0.0, (0.0, 0.0, 0.0)))).any()


def test_a_bent_lens_does_not_fold_what_it_cannot_see_back_into_its_picture() -> None:
    barrel = Intrinsics(640, 480, 424.0, 424.0, 320.0, 240.0, (-0.15, 0.0, 0.0, 0.0, 0.0))
    wide = Intrinsics(640, 480, 120.0, 120.0, 320.0, 240.0)
    ours = registered(np.full((480, 640), 800, np.uint16), rig(barrel, wide, Transform()))
    assert ours[240, 320] == 800
    assert not ours[:, :140].any()  # 56 degrees to the side and more; the lens sees 41
