"""Pixels, points, planes and views."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.plane import NoPlane, Plane, fit_plane, plane_through
from booth.geometry.projection import deproject, pixel_grid, project, rays_of
from booth.geometry.views import CameraGeometry, Region, View, WrongSize, depth_on_colour, points_of, view_of
from booth.geometry.views import heights as heights_above
from drivers.frames import Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres

MM = Millimetres(1.0)
TENTH = Millimetres(0.1)
WHOLE = Region(0, 0, 640, 480)
COLOUR = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7, (0.09, -0.2, 0.001, -0.0008, 0.08))
DEPTH = Intrinsics(848, 480, 424.0, 424.5, 423.1, 239.2)
STRAIGHT = Intrinsics(640, 480, 610.0, 611.5, 318.2, 243.7)

cameras = st.builds(
    Intrinsics,
    width_px=st.just(640),
    height_px=st.just(480),
    fx_px=st.floats(400, 900),
    fy_px=st.floats(400, 900),
    cx_px=st.floats(300, 340),
    cy_px=st.floats(220, 260),
    distortion=st.tuples(
        st.floats(-0.1, 0.1),
        st.floats(-0.05, 0.05),
        st.floats(-0.002, 0.002),
        st.floats(-0.002, 0.002),
        st.floats(-0.02, 0.02),
    ),
)


@given(cameras, st.floats(0, 639), st.floats(0, 479), st.floats(100, 3000))
def test_a_point_is_seen_at_the_pixel_it_came_from(camera: Intrinsics, x: float, y: float, depth: float) -> None:
    pixel = np.array([[x, y]])
    points = deproject(pixel, np.array([depth]), camera)
    assert points[0, 2] == pytest.approx(depth)
    assert project(points, camera) == pytest.approx(pixel, abs=1e-3)


@given(cameras, st.floats(-300, 300), st.floats(-200, 200), st.floats(500, 1500))
def test_projection_is_opencvs(camera: Intrinsics, x: float, y: float, z: float) -> None:
    point = np.array([[x, y, z]])
    theirs, _ = cv2.projectPoints(point, np.zeros(3), np.zeros(3), camera.matrix(), np.array(camera.distortion))
    assert project(point, camera) == pytest.approx(theirs.reshape(1, 2), abs=1e-6)


def test_a_point_behind_the_camera_is_seen_nowhere() -> None:
    assert np.isnan(project(np.array([[10.0, 10.0, -500.0], [10.0, 10.0, 0.0]]), STRAIGHT)).all()


normals = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)).map(
    lambda tilt: np.array([*tilt, -1.0]) / np.linalg.norm([*tilt, -1.0])
)


def points_on(normal: np.ndarray, distance: float, count: int = 400) -> np.ndarray:
    """`count` points of the plane normal . p = -distance, within 200 mm of its foot."""
    across = np.linalg.svd(normal[None])[2][1:]
    spread = np.random.default_rng(3).uniform(-200, 200, (count, 2))
    return np.asarray(-distance * normal + spread @ across)


@given(normals, st.floats(300, 1500), st.floats(1, 200))
def test_what_is_nearer_to_the_camera_is_higher(normal: np.ndarray, distance: float, up: float) -> None:
    floor = points_on(normal, distance)
    plane = fit_plane(floor, Millimetres(3.0))
    assert plane.offset_mm == pytest.approx(-distance)
    assert plane.height_above(np.zeros((1, 3))) == pytest.approx([distance])
    assert plane.height_above(floor + up * normal) == pytest.approx(np.full(len(floor), up), abs=1e-6)


def test_a_plane_is_found_under_as_many_outliers() -> None:
    normal = np.array([0.1, -0.2, -1.0]) / np.linalg.norm([0.1, -0.2, -1.0])
    rng = np.random.default_rng(5)
    floor = points_on(normal, 800.0) + rng.normal(0, 1.0, (400, 1)) * normal
    things = floor[:380] + rng.uniform(20, 150, (380, 1)) * normal
    plane = fit_plane(np.concatenate((floor, things)), Millimetres(5.0))
    assert np.abs(plane.height_above(points_on(normal, 800.0))).max() < 1.0


def test_the_same_points_give_the_same_plane() -> None:
    points = points_on(np.array([0.0, 0.0, -1.0]), 700.0) + np.random.default_rng(2).normal(0, 2, (400, 3))
    assert fit_plane(points, Millimetres(4.0)) == fit_plane(points.copy(), Millimetres(4.0))


@pytest.mark.parametrize("count", [0, 2, 50])
def test_a_line_of_points_is_no_plane(count: int) -> None:
    line = np.arange(count)[:, None] * np.array([[1.0, 2.0, 0.5]]) + (0.0, 0.0, 500.0)
    with pytest.raises(NoPlane):
        fit_plane(line, Millimetres(5.0))
    with pytest.raises(NoPlane):
        plane_through(line)


def frame_of(colour: np.ndarray | None, depth: RawDepth | None, unit: Millimetres = TENTH) -> Frame:
    none = Duration(0)
    return Frame("left", 1, Instant(0), none, none, none, colour, depth, unit)


def black(camera: Intrinsics) -> np.ndarray:
    return np.zeros((camera.height_px, camera.width_px, 3), np.uint8)


def seen_depth(plane: Plane, camera: Intrinsics, unit: Millimetres) -> RawDepth:
    """What a camera measures of `plane`, given in its own frame."""
    rays = rays_of(pixel_grid(0, 0, camera.width_px, camera.height_px), camera)
    depth: RawDepth = (plane.offset_mm / (rays @ np.array(plane.normal)) / unit).round().astype(np.uint16)
    return depth


def heights_where_valid(view: View) -> np.ndarray:
    assert (np.isnan(view.height_mm) == ~view.valid).all()
    return np.asarray(view.height_mm[view.valid])


def test_heights_are_measured_in_the_colour_cameras_frame_though_depth_comes_from_another() -> None:
    rotation, _ = cv2.Rodrigues(np.radians((2.0, -3.0, 1.0)))
    move = Transform(tuple(float(v) for v in rotation.ravel()), (15.0, -0.5, 3.0))
    normal = np.array([0.05, -0.25, -1.0]) / np.linalg.norm([0.05, -0.25, -1.0])
    in_depth = Plane(tuple(float(v) for v in normal), Millimetres(-700.0))  # type: ignore[arg-type]
    turned = rotation @ normal
    offset = Millimetres(float(-700.0 + turned @ np.array(move.translation_mm)))
    in_colour = Plane(tuple(float(v) for v in turned), offset)  # type: ignore[arg-type]
    geometry = CameraGeometry("left", COLOUR, DEPTH, move, TENTH, in_colour, Region(100, 80, 400, 300))
    view = view_of(frame_of(black(COLOUR), seen_depth(in_depth, DEPTH, TENTH)), geometry)
    heights = heights_where_valid(view)
    assert view.valid.mean() > 0.99
    assert abs(float(np.median(heights))) < 0.5
    assert np.abs(heights).max() < 1.5  # one depth pixel of this slope is 0.6 mm; a missed rotation is tens
    depth = geometry.region.of(depth_on_colour(frame_of(None, seen_depth(in_depth, DEPTH, TENTH)), geometry))
    above = in_colour.height_above(points_of(depth, geometry))
    assert above == pytest.approx(heights_above(depth, geometry)[depth > 0], abs=1e-3)


def geometry_of(region: Region = WHOLE, depth: Intrinsics | None = STRAIGHT) -> CameraGeometry:
    plane = Plane((0.0, 0.0, -1.0), Millimetres(-800.0))
    return CameraGeometry("left", STRAIGHT, depth, Transform(), TENTH, plane, region)


def test_depth_that_lies_on_the_colour_pixels_is_taken_as_it_is() -> None:
    depth = np.full((480, 640), 8000, np.uint16)
    depth[100:200, 100:150] = 7500
    depth[50, 50] = 0
    colour = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    view = view_of(frame_of(colour, depth), geometry_of(Region(40, 40, 300, 200)))
    assert depth_on_colour(frame_of(None, depth), geometry_of()) is depth
    assert (view.colour == colour[40:240, 40:340]).all()
    assert not view.valid[10, 10]
    assert view.valid.sum() == view.valid.size - 1
    assert view.height_mm[60:160, 60:110] == pytest.approx(np.full((100, 50), 50.0), abs=1e-3)
    assert heights_where_valid(view).max() == pytest.approx(50.0, abs=1e-3)


def test_a_view_has_the_size_that_is_scored() -> None:
    colour = np.zeros((480, 640, 3), np.uint8)
    colour[40:240, 140:340] = 200
    depth = np.full((480, 640), 8000, np.uint16)
    depth[40:240, 140:340] = 7500
    depth[100:140, 60:100] = 0
    small = replace(geometry_of(Region(40, 40, 300, 200)), size_px=(150, 100))
    beside = replace(small, depth=DEPTH, depth_to_colour=Transform(translation_mm=(0.0, 0.0, 0.0)))
    floor = seen_depth(Plane((0.0, 0.0, -1.0), Millimetres(-750.0)), DEPTH, TENTH)
    for view in (view_of(frame_of(colour, depth), small), view_of(frame_of(colour, floor), beside)):
        assert view.colour.shape == (100, 150, 3)
        assert view.height_mm.shape == view.valid.shape == (100, 150)
        assert (view.colour[:, :50] == 0).all()
        assert (view.colour[:, 50:] == 200).all()
        assert view.height_mm[:, 50:] == pytest.approx(np.full((100, 100), 50.0), abs=0.05)
    aligned = view_of(frame_of(colour, depth), small)
    assert aligned.height_mm[:20, :50] == pytest.approx(np.zeros((20, 50)), abs=1e-3)
    assert not aligned.valid[30:50, 10:30].any()


def test_depth_may_come_from_another_device_than_colour() -> None:
    geometry = replace(geometry_of(Region(100, 80, 400, 300)), depth=DEPTH)
    floor = seen_depth(Plane((0.0, 0.0, -1.0), Millimetres(-790.0)), DEPTH, TENTH)
    view = view_of(frame_of(black(STRAIGHT), None), geometry, depth_of=replace(frame_of(None, floor), camera="top"))
    assert view.camera == "left"
    assert heights_where_valid(view) == pytest.approx(np.full(400 * 300, 10.0), abs=0.05)
    with pytest.raises(WrongSize, match="camera top gave a depth picture of 100x100"):
        view_of(
            frame_of(black(STRAIGHT), None), geometry, depth_of=replace(frame_of(None, floor[:100, :100]), camera="top")
        )


def test_a_camera_without_depth_has_no_heights() -> None:
    geometry = CameraGeometry("top", STRAIGHT, None, Transform(), MM, None, WHOLE)
    view = view_of(frame_of(black(STRAIGHT), None), geometry)
    assert not view.valid.any()
    assert np.isnan(view.height_mm).all()
    assert view.height_mm.dtype == np.float32


@pytest.mark.parametrize(
    ("colour", "depth"),
    [(None, (480, 640)), ((720, 1280, 3), (480, 640)), ((480, 640, 3), (480, 848))],
    ids=["no-colour", "other-colour-size", "other-depth-size"],
)
def test_a_frame_of_another_size_than_was_calibrated_is_refused(
    colour: tuple[int, ...] | None, depth: tuple[int, ...]
) -> None:
    picture = None if colour is None else np.zeros(colour, np.uint8)
    with pytest.raises(WrongSize, match="camera left gave"):
        view_of(frame_of(picture, np.ones(depth, np.uint16)), geometry_of())


@pytest.mark.parametrize(
    ("region", "fits"),
    [(WHOLE, True), (Region(-1, 0, 9, 9), False), (Region(600, 0, 41, 9), False), (Region(0, 0, 0, 9), False)],
)
def test_a_region_lies_inside_the_picture_or_not(region: Region, fits: bool) -> None:
    assert region.inside(STRAIGHT) is fits
