"""The lens from pictures of a board whose truth is known."""

from functools import cache

import numpy as np
import pytest

from booth.calibration.board import Board
from booth.calibration.figures import table
from booth.calibration.intrinsics import BoardNotSeen, LensMeasurement, measure, overlay
from drivers.frames import Colour, Intrinsics
from tests.calibration.pictures import board_picture, poses

TRUTH = Intrinsics(640, 480, 612.0, 612.6, 322.4, 236.8, (0.08, -0.16, 0.0006, -0.0004, 0.05))
BOARD = Board(columns=11, rows=8, square_mm=30.0, marker_mm=22.0)
VIEWS = 20


@cache
def pictures(stretch: tuple[float, float] = (1.0, 1.0), views: int = VIEWS) -> tuple[Colour, ...]:
    noise = np.random.default_rng(11)
    charuco = BOARD.charuco()
    return tuple(board_picture(TRUTH, charuco, pose, noise, stretch) for pose in poses(views, seed=4))


@cache
def measured(stretch: tuple[float, float] = (1.0, 1.0)) -> LensMeasurement:
    return measure(pictures(stretch), BOARD)


def figure(measurement: LensMeasurement, name: str) -> float:
    return next(figure.value for figure in measurement.figures if figure.name == name)


def failed(measurement: LensMeasurement) -> set[str]:
    return {figure.name for figure in measurement.figures if not figure.passed}


def test_a_known_lens_is_found() -> None:
    lens = measured().intrinsics
    assert lens.fx_px == pytest.approx(TRUTH.fx_px, rel=0.002)
    assert lens.fy_px == pytest.approx(TRUTH.fy_px, rel=0.002)
    assert (lens.cx_px, lens.cy_px) == pytest.approx((TRUTH.cx_px, TRUTH.cy_px), abs=1.0)
    assert failed(measured()) == set(), table(measured().figures)


def test_a_board_that_was_printed_too_wide_is_caught_though_its_rms_is_small() -> None:
    wide = measured((1.014, 1.0))
    assert figure(wide, "RMS") < 0.5
    assert figure(wide, "RMS of held-out views") < 0.5
    assert "fx against fy" in failed(wide)
    hint = next(figure.hint for figure in wide.figures if figure.name == "fx against fy")
    assert "Measure the board in both directions" in hint


def test_a_board_that_was_never_moved_does_not_make_a_calibration() -> None:
    assert {"coverage", "tilt spread"} <= failed(measure([pictures()[0]] * 12, BOARD))


def test_too_few_views_of_the_board_say_how_many_are_missing() -> None:
    grey = np.full((480, 640, 3), 90, np.uint8)
    with pytest.raises(BoardNotSeen, match=r"seen in 3 of 5 pictures.*12 are needed"):
        measure([*pictures()[:3], grey, grey], BOARD)


def test_a_board_with_other_squares_is_not_taken_for_ours() -> None:
    with pytest.raises(BoardNotSeen, match=r"9x6 squares.*--columns, --rows"):
        measure(pictures(), Board(columns=9, rows=6))


@pytest.mark.parametrize("board", [Board(columns=2), Board(marker_mm=30.0), Board(marker_mm=0.0)])
def test_a_board_that_cannot_be_is_refused(board: Board) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        measure(pictures(), board)


def test_the_overlay_marks_every_corner_that_was_seen() -> None:
    black = np.zeros((480, 640, 3), np.uint8)
    marked = np.asarray(overlay(black, measured()).any(axis=2))
    corners = np.concatenate([view.in_picture for view in measured().seen]).round().astype(int)
    assert marked[corners[:, 1], corners[:, 0]].all()
