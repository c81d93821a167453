from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.views import Standpoint, View
from booth.scoring.fitting import fitted, framed
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.manifest import ViewShape

SHAPE = ViewShape(size_px=(32, 48), mm_per_px=1.0)


def seen(width: int, height: int, mm_per_px: float | None = None) -> View:
    """Columns brighten from left to right, and so does the height; lit from the left."""
    ramp = np.broadcast_to(np.linspace(0, 250, width), (height, width))
    colour = np.repeat(ramp.astype(np.uint8)[..., None], 3, axis=2)
    stands = None if mm_per_px is None else Standpoint((width, height), mm_per_px, (0.0, 0.0, -1.0), 700.0)
    return View("left", colour, ramp.astype(np.float32), np.ones((height, width), np.bool_), {"left": colour}, stands)


def sizes(view: View) -> set[tuple[int, ...]]:
    return {view.height_mm.shape, view.valid.shape, *(each.shape[:2] for each in (view.colour, *view.lit.values()))}


@given(
    st.integers(1, 90), st.integers(1, 90), st.one_of(st.none(), st.floats(0.4, 3)), st.one_of(st.none(), st.just(1.0))
)
def test_whatever_a_view_is_it_is_brought_to_the_packs_size_and_stays_so(
    width: int, height: int, has: float | None, wants: float | None
) -> None:
    shape = ViewShape(size_px=(32, 48), mm_per_px=wants)
    view = fitted(seen(width, height, has), shape)
    assert sizes(view) == {(32, 48)}
    assert [str(each.dtype) for each in (view.colour, view.height_mm, view.valid)] == ["uint8", "float32", "bool"]
    assert fitted(view, shape) is view
    assert view.standpoint is None or view.standpoint.size_px == (48, 32)


def test_a_view_at_the_scale_is_cropped_and_not_resampled() -> None:
    wide = seen(60, 40, 1.004)
    assert (fitted(wide, SHAPE).colour == wide.colour[4:36, 6:54]).all()
    assert (fitted(wide, SHAPE).lit["left"] == wide.colour[4:36, 6:54]).all()


def test_a_view_at_another_scale_is_resampled_and_says_so() -> None:
    view = fitted(seen(96, 64, 0.5), SHAPE)
    assert view.standpoint == Standpoint((48, 32), 1.0, (0.0, 0.0, -1.0), 700.0)
    assert int(view.colour[16, 24, 0]) == pytest.approx(125, abs=4)


def test_beyond_the_picture_it_is_black_and_its_height_unknown() -> None:
    view = fitted(seen(20, 10, 1.0), SHAPE)
    assert view.valid.sum() == 200
    assert not view.colour[~view.valid].any()
    assert np.isnan(view.height_mm[~view.valid]).all()


def test_a_view_of_unknown_scale_is_shown_whole_in_its_proportions() -> None:
    view = fitted(seen(100, 100), SHAPE)
    assert view.valid.any(axis=0).sum() == view.valid.any(axis=1).sum() == 32


def test_for_a_pack_without_a_scale_the_whole_view_is_stretched() -> None:
    assert fitted(seen(100, 100, 0.5), ViewShape(size_px=(32, 48), mm_per_px=None)).valid.all()


def test_no_height_is_made_between_two_surfaces() -> None:
    view = seen(96, 64, 0.5)
    height = np.where(np.arange(96) < 47, 0, 100).astype(np.float32)
    found = fitted(replace(view, height_mm=np.broadcast_to(height, (64, 96)).copy()), SHAPE).height_mm
    assert set(np.unique(found)) == {0, 100}


@given(st.integers(1, 40), st.integers(1, 40))
def test_what_is_cropped_is_cropped_around_the_middle(given_px: int, wanted_px: int) -> None:
    row = np.arange(1, given_px + 1, dtype=np.float32)[None]
    out = framed(row, (wanted_px, 1), 0)[0]
    kept = out[out > 0]
    assert len(kept) == min(given_px, wanted_px)
    assert abs((kept.mean() - 1) - (given_px - 1) / 2) <= 0.5
    assert abs(np.flatnonzero(out).mean() - (wanted_px - 1) / 2) <= 0.5


@pytest.mark.parametrize("shape", [(0, 6, 3), (4, 6), (4, 6, 4)])
def test_what_is_no_colour_picture_is_no_score(shape: tuple[int, ...]) -> None:
    with pytest.raises(ScoreInvalid, match="the view of left is uint8"):
        fitted(replace(seen(6, 4), colour=np.zeros(shape, np.uint8)), SHAPE)


def test_pictures_of_two_sizes_are_no_view() -> None:
    with pytest.raises(ScoreInvalid, match="the pictures of left differ in size"):
        fitted(replace(seen(6, 4), height_mm=np.zeros((4, 5), np.float32)), SHAPE)
