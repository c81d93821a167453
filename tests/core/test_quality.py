"""A picture that is not good enough is named, and never judged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.views import View
from booth.inspection.quality import poor
from booth.settings.model import Quality

LIMITS = Quality(saturated_at_most=0.2, dark_at_most=0.6, valid_depth_at_least=0.5)


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
