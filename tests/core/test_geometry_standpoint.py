"""From where a view is taken, and how much of the picture it takes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region, colour_of, view_of
from drivers.frames import Frame, Intrinsics, Transform
from drivers.units import Duration, Instant, Millimetres

EYE = Intrinsics(640, 480, 700.0, 700.0, 319.5, 239.5)
DOWN = CameraGeometry(
    "left", EYE, EYE, Transform(), Millimetres(1.0), Plane((0.0, 0.0, -1.0), Millimetres(-700.0)),
    Region(120, 90, 400, 300),
)  # fmt: skip


def test_straight_from_above_a_pixel_is_as_wide_as_distance_over_focal_length() -> None:
    stands = DOWN.standpoint
    assert stands is not None
    assert stands.mm_per_px == pytest.approx(1.0)
    assert stands.distance_mm == pytest.approx(700.0)
    assert stands.size_px == (400, 300)


@given(st.floats(0.5, 3.0))
def test_at_a_scale_the_whole_region_is_shown_on_pixels_of_that_size(mm_per_px: float) -> None:
    stands = DOWN.at_scale(mm_per_px).standpoint
    assert stands is not None
    assert stands.mm_per_px == pytest.approx(mm_per_px, rel=0.01)
    assert stands.size_px[0] == round(400 / mm_per_px)


def test_without_a_plane_nobody_knows_the_scale() -> None:
    bare = replace(DOWN, plane=None)
    assert bare.standpoint is None
    assert bare.at_scale(1.1) is bare
    assert bare.framed((416, 320), 1.1) is bare


def test_a_frame_is_as_large_as_was_asked_for_around_the_middle_of_the_tray() -> None:
    framed = DOWN.framed((416, 320), 1.25)
    assert framed.wanted_px == (416, 320)
    middle = framed.region.x_px + framed.region.width_px / 2, framed.region.y_px + framed.region.height_px / 2
    assert middle == pytest.approx((320, 240), abs=1)


@given(
    st.integers(0, 500), st.integers(0, 400), st.integers(20, 640), st.integers(20, 480), st.floats(0.4, 4.0),
    st.tuples(st.integers(16, 800), st.integers(16, 800)),
)  # fmt: skip
def test_a_frame_stays_within_the_picture_and_keeps_its_scale(
    x: int, y: int, width: int, height: int, mm_per_px: float, size: tuple[int, int]
) -> None:
    tray = Region(x, y, min(width, 640 - x), min(height, 480 - y))
    framed = replace(DOWN, region=tray).framed(size, mm_per_px)
    assert framed.region.inside(EYE)
    native = framed.region.width_px / framed.wanted_px[0]
    assert native == pytest.approx(mm_per_px, abs=0.5 * mm_per_px / framed.wanted_px[0] + 1e-6)


def test_a_view_says_where_it_was_taken_from() -> None:
    colour, depth = np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 690, np.uint16)
    instant, nothing = Instant(0), Duration(0)
    frame = Frame("left", 0, instant, nothing, nothing, nothing, colour, depth, Millimetres(1.0))
    geometry = DOWN.framed((416, 320), 1.25)
    assert view_of(frame, geometry).standpoint == geometry.standpoint
    assert view_of(replace(frame, depth=None), geometry).standpoint == geometry.standpoint
    assert colour_of(frame, geometry).shape == (320, 416, 3)
