"""The picture of a view says what it shows, and where it does not know."""

import numpy as np

from booth.geometry.views import View
from booth.records.pictures import HEADER_PX, NO_MEASUREMENT, WARNING, height_span, view_picture
from tests.records.test_evidence import TALL, WIDE, view


def flat(height_mm: float, valid: bool = True) -> View:
    height = np.full((TALL, WIDE), height_mm if valid else np.nan, np.float32)
    return View("left", np.zeros((TALL, WIDE, 3), np.uint8), height, np.full((TALL, WIDE), valid))


def test_a_simulated_view_is_marked_across_its_head() -> None:
    assert tuple(view_picture(view(), simulated=True)[0, -1]) == WARNING
    assert tuple(view_picture(view(), simulated=False)[0, -1]) != WARNING


def test_the_words_of_a_simulated_head_are_others() -> None:
    ink = [(view_picture(view(), simulated)[:HEADER_PX] > 230).all(axis=2).sum() for simulated in (True, False)]
    assert ink[0] > ink[1]


def test_the_colour_crop_is_shown_pixel_by_pixel() -> None:
    shown = view_picture(view(), simulated=False)
    assert np.array_equal(shown[HEADER_PX : HEADER_PX + 2 * TALL : 2, : 2 * WIDE : 2], view().colour)


def test_pixels_without_a_measurement_are_grey() -> None:
    shown = view_picture(flat(0.0, valid=False), simulated=False)
    assert tuple(shown[HEADER_PX + TALL, 3 * WIDE]) == NO_MEASUREMENT


def test_higher_is_another_colour_than_lower() -> None:
    shown = view_picture(view(), simulated=False)[HEADER_PX + 2]
    assert tuple(shown[2 * WIDE + 12]) != tuple(shown[4 * WIDE])


def test_the_span_covers_what_was_measured_in_whole_tens() -> None:
    assert height_span(view()) == (-10.0, 90.0)


def test_the_noise_of_an_empty_tray_is_not_spread_over_all_colours() -> None:
    assert height_span(flat(0.4)) == (0.0, 20.0)


def test_a_view_without_any_height_has_a_span_all_the_same() -> None:
    assert height_span(flat(0.0, valid=False)) == (0.0, 20.0)
