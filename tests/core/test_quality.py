"""A picture that is not good enough is named, and never judged."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.views import View
from booth.inspection.quality import poor, unlit
from booth.settings.model import Quality

LIMITS = Quality(saturated_at_most=0.2, dark_at_most=0.6, valid_depth_at_least=0.5, contrast_at_least=0,
                 depth_hole_at_most=1)  # fmt: skip
DETAIL = Quality(saturated_at_most=0.2, dark_at_most=0.6, valid_depth_at_least=0.5)


def view(
    white: float = 0.0, black: float = 0.0, valid: float = 1.0, shade: tuple[int, int, int] = (90, 120, 60)
) -> View:
    """100 rows; the first share white, the last share black, and the first share of depth measured."""
    colour = np.full((100, 40, 3), shade, np.uint8)
    colour[: round(white * 100)] = 255
    colour[100 - round(black * 100) :] = 3
    known = np.zeros((100, 40), np.bool_)
    known[: round(valid * 100)] = True
    return View("left", colour, np.where(known, 10.0, np.nan).astype(np.float32), known)


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (view(white=0.21), "21% of the picture is saturated, 20% is allowed"),
        (view(black=0.61), "61% of the picture is black, 60% is allowed"),
        (view(valid=0.49), "49% of the picture has depth, 50% is needed"),
    ],
)
def test_a_picture_beyond_a_limit_says_by_how_much(picture: View, says: str) -> None:
    problem = poor(picture, LIMITS, has_depth=True)
    assert problem is not None
    assert (problem.code, problem.device, problem.detail) == ("quality-poor", "left", says)


@given(white=st.integers(0, 20), black=st.integers(0, 60), valid=st.integers(50, 100))
def test_a_picture_at_its_limits_is_good_enough(white: int, black: int, valid: int) -> None:
    assert poor(view(white / 100, black / 100, valid / 100), LIMITS, has_depth=True) is None


def test_depth_is_not_asked_of_a_camera_that_has_none() -> None:
    assert poor(view(valid=0.0), LIMITS, has_depth=False) is None


def test_one_bright_channel_is_a_colour_and_not_saturation() -> None:
    assert poor(view(shade=(0, 0, 255)), LIMITS, has_depth=True) is None


def test_one_dark_channel_is_a_colour_and_not_darkness() -> None:
    assert poor(view(shade=(200, 200, 0)), LIMITS, has_depth=True) is None


def carton(seed: int = 0) -> View:
    """A plain carton without a word on it, on a plain tray, with a sensor's noise."""
    colour = np.full((320, 416, 3), 70, np.uint8)
    colour[80:240, 100:320] = 130
    soft = np.asarray(cv2.GaussianBlur(colour, (0, 0), 0.7), np.uint8)
    return noisy(View("left", soft, np.zeros((320, 416), np.float32), np.ones((320, 416), np.bool_)), seed)


def noisy(picture: View, seed: int = 0) -> View:
    noise = np.random.default_rng(seed).normal(0, 1.5, picture.colour.shape)
    return replace(picture, colour=np.clip(picture.colour + noise, 0, 255).astype(np.uint8))


def blurred(by_px: float) -> View:
    soft = np.asarray(cv2.GaussianBlur(carton().colour, (0, 0), by_px), np.uint8)
    return noisy(replace(carton(), colour=soft), 1)


def detail(picture: View) -> str:
    problem = poor(picture, DETAIL, has_depth=True)
    assert problem is not None
    return problem.detail


@given(seed=st.integers(0, 2**31))
def test_plain_goods_are_good_enough(seed: int) -> None:
    assert poor(carton(seed), DETAIL, has_depth=True) is None


@pytest.mark.parametrize("by_px", [2.0, 3.0, 5.0])
def test_a_blurred_picture_says_so(by_px: float) -> None:
    assert detail(blurred(by_px)).startswith("the picture is blurred by ")


def test_a_picture_with_nothing_in_it_says_so() -> None:
    grey = noisy(replace(carton(), colour=np.full((320, 416, 3), 90, np.uint8)))
    assert detail(grey).startswith("nothing is in the picture")


def test_rows_that_never_came_are_missed() -> None:
    picture = carton()
    picture.colour[200:216] = 0
    assert detail(picture).startswith("5.0% of the picture is missing")


@pytest.mark.parametrize(
    "lost", [np.s_[:, 208:], np.s_[100:220, 100:280], np.s_[:, :16]], ids=["right half", "block", "columns"]
)
@pytest.mark.parametrize("value", [0, 97])
def test_a_part_that_never_came_is_missed_whatever_stands_there_and_under_side_light_too(
    lost: tuple[slice, slice], value: int
) -> None:
    picture = carton()
    picture.colour[lost] = value
    problem = unlit("left", picture.colour, DETAIL)
    assert "of the picture is missing" in detail(picture)
    assert problem is not None
    assert "of the picture is missing" in problem.detail


def test_a_shadow_with_a_sensors_noise_in_it_is_not_missing() -> None:
    picture = carton()
    noise = np.random.default_rng(0).normal(0, 1.5, (320, 280, 3))
    picture.colour[:, :280] = np.clip(noise, 0, 255).astype(np.uint8)
    assert unlit("left", picture.colour, DETAIL) is None


def test_rows_that_repeat_are_missed() -> None:
    picture = carton()
    picture.colour[100:130] = picture.colour[100]
    assert "of the picture is missing" in detail(picture)


def test_tiles_of_one_value_are_missed() -> None:
    picture = carton()
    picture.colour[128:160, 128:192] = 97
    assert "of the picture is missing" in detail(picture)


def test_a_glint_is_not_missing() -> None:
    picture = carton()
    picture.colour[128:160, 128:192] = 255
    assert poor(picture, DETAIL, has_depth=True) is None


def test_depth_that_is_missing_in_one_piece_says_so_though_enough_is_left() -> None:
    picture = carton()
    picture.valid[:, :125] = False
    assert detail(picture) == "depth is missing in one piece of 30% of the picture, 25% is allowed"


def test_depth_that_is_missing_here_and_there_is_good_enough() -> None:
    picture = carton()
    picture.valid[np.random.default_rng(0).uniform(0, 1, picture.valid.shape) < 0.3] = False
    assert poor(picture, DETAIL, has_depth=True) is None


def test_light_from_one_side_may_leave_more_in_shadow_and_no_more_than_its_limit() -> None:
    picture = carton()
    picture.colour[:, :300] = np.minimum(picture.colour[:, :300] // 16, 7)
    picture.colour[np.random.default_rng(0).uniform(0, 1, picture.valid.shape) < 0.05] = 5
    assert "is black" in detail(picture)
    assert unlit("left", picture.colour, DETAIL) is None
    problem = unlit("left", picture.colour, DETAIL.model_copy(update={"side_dark_at_most": 0.5}))
    assert problem is not None
    assert problem.detail.endswith("is black, 50% is allowed (in a later shot)")
