"""A reference is laid over what is on the tray: turned, shifted, however tall, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from booth.geometry.views import Side
from booth.scoring.comparing.ground import Ground, grid
from booth.scoring.comparing.registration import Flat, Laid, flattened, register
from booth.scoring.comparing.standing import matte
from drivers.frames import Colour
from tests.scoring.printed import STANDS, Box, tray


def flat(box: Box, seed: int = 0) -> Flat:
    found = flattened(tray(box, seed))
    assert found is not None
    return found


def laid(reference: Box, item: Box) -> Laid:
    found = register(flat(reference, 1), flat(item, 2))
    assert found is not None
    return found


def test_places_and_pixels_are_each_others_inverse_at_any_height() -> None:
    u, v = grid(STANDS.size_px, 8)
    for height in (0.0, 40.0, 150.0):
        x, y = Ground(STANDS).places(u, v, np.full_like(u, height))
        back = Ground(STANDS).pixels(x, y, np.full_like(u, height))
        assert np.abs(np.stack(back) - np.stack((u, v))).max() < 0.01


def test_the_middle_of_the_view_is_the_origin_and_a_pixel_there_is_as_wide_as_the_standpoint_says() -> None:
    u, v = np.array((207.5, 208.5), np.float32), np.array((159.5, 159.5), np.float32)
    x, y = Ground(STANDS).places(u, v, np.float32(0))
    assert (x[0], y[0]) == pytest.approx((0, 0), abs=0.01)
    assert x[1] - x[0] == pytest.approx(1.1, rel=0.01)


@pytest.mark.parametrize("turn_deg", [0.0, 4.0, -7.0, 180.0, 173.0, 90.0])
@pytest.mark.parametrize("height_mm", [15.0, 130.0])
def test_an_item_that_was_turned_and_shifted_is_found_within_two_millimetres(turn_deg: float, height_mm: float) -> None:
    size = (150.0, 140.0, height_mm)
    found = laid(Box(size, at_mm=(-20, 15)), Box(size, turn_deg=turn_deg, at_mm=(35, -20)))
    assert abs((found.turn_deg - turn_deg + 180) % 360 - 180) < 0.7
    corners = np.array([[-70, -65], [70, -65], [70, 65], [-70, 65]], np.float32)
    turn = np.radians(turn_deg)
    there = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (35, -20)
    x, y = found.back(*(np.asarray(axis, np.float32) for axis in there.T))
    assert np.abs(np.stack((x + 20, y - 15), 1) - corners).max() < 2.0


def test_the_same_print_agrees_more_than_another_print_of_the_same_size() -> None:
    same = laid(Box(print_=1), Box(print_=1, turn_deg=3))
    other = register(flat(Box(print_=1)), flat(Box(print_=2, turn_deg=3)))
    assert same.agreement > 0.9
    assert other is None or other.agreement < 0.6


def test_an_item_of_another_shape_cannot_be_laid_over_though_its_picture_correlates() -> None:
    assert register(flat(Box((250, 60, 40)), 1), flat(Box((140, 120, 40), print_=3), 2)) is None


def test_an_item_of_the_same_shape_with_quite_another_print_cannot_be_laid_over() -> None:
    assert register(flat(Box((200, 140, 40)), 1), flat(Box((200, 140, 40), print_=9), 2)) is None


def test_lamps_that_are_brighter_change_nothing() -> None:
    view = tray(Box(turn_deg=5), 2)
    brighter = replace(view, colour=np.clip(view.colour * 1.3, 0, 255).astype(np.uint8))
    darker, lighter = flattened(view), flattened(brighter)
    assert darker is not None
    assert lighter is not None
    found = register(darker, lighter)
    assert found is not None
    assert abs(found.turn_deg) < 0.2
    assert max(map(abs, found.shift_mm)) < 0.5


def test_holes_in_the_depth_do_not_hide_an_item_that_is_bright() -> None:
    view = tray(Box(), 2)
    holes = view.valid.copy()
    holes[120:200, 150:210] = False
    shiny = replace(view, valid=holes, height_mm=np.where(holes, view.height_mm, np.nan).astype(np.float32))
    seen, whole = flattened(shiny), flattened(view)
    assert seen is not None
    assert whole is not None
    assert (seen.face != whole.face).mean() < 0.01


@pytest.mark.parametrize("lacks", ["standpoint", "heights", "item"])
def test_without_standpoint_heights_or_item_there_is_nothing_to_register(lacks: str) -> None:
    view = tray(None if lacks == "item" else Box())
    if lacks == "standpoint":
        view = replace(view, standpoint=None)
    if lacks == "heights":
        view = replace(view, height_mm=np.full_like(view.height_mm, np.nan), valid=np.zeros_like(view.valid))
    assert flattened(view) is None


def test_a_rim_around_the_tray_is_no_part_of_the_item() -> None:
    view = tray(Box((210, 140, 20), at_mm=(-90, 0)))
    height = view.height_mm.copy()
    for side in (np.s_[10:18], np.s_[-18:-10], np.s_[:, 10:18], np.s_[:, -18:-10]):
        height[side] = np.maximum(height[side], 9)
    rimmed, bare = flattened(replace(view, height_mm=height)), flattened(view)
    assert rimmed is not None
    assert bare is not None
    assert (rimmed.face != bare.face).mean() < 0.002


def test_what_shines_under_one_light_alone_is_not_in_the_matte_picture() -> None:
    view = tray(Box())
    glint = view.colour.copy()
    glint[150:160, 200:215] = 255
    lit: dict[Side, Colour] = {"left": view.colour, "right": view.colour}
    assert np.abs(matte(replace(view, colour=glint, lit=lit)).astype(int) - view.colour).max() <= 2
    assert matte(replace(view, colour=glint)) is glint
