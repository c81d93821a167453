"""What the heights say of damage, and what they do not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from booth.geometry.views import View
from booth.scoring.lanes import LaneScore, NotRun, ScoreInvalid
from booth.scoring.lanes.geometry import Found, GeometryLane, GeometryTuning, statistic
from booth.scoring.packs.manifest import Measured
from booth.scoring.shape.flaws import Flaw
from booth.scoring.shape.surface import Surface
from tests.scoring.trays import CARTON, Scene, X, Y, cans, carton, dented, empty, inside, pillow, round_, without_depth

LANE = GeometryLane(Measured(curve=((-6, 0.0), (9, 1.0))))
ALLOWED = 6 / 15
"""The score of what is just allowed."""


def score(*views: View) -> LaneScore:
    answer = LANE.score(views)
    assert isinstance(answer, LaneScore)
    return answer


def named(scene: Scene) -> str:
    """The strongest reason, of what is more than allowed."""
    answer = score(scene.view())
    assert answer.score > ALLOWED, answer
    return answer.reasons[0].code


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**31))
@pytest.mark.parametrize("sound", [carton(), cans(), pillow(), empty()], ids=["carton", "cans", "pillow", "empty"])
def test_a_sound_thing_is_within_what_is_allowed(sound: Scene, seed: int) -> None:
    assert score(sound.view(seed)).score < ALLOWED


def test_a_dent_is_measured_and_named() -> None:
    (reason, *_) = score(dented(14.0).view()).reasons
    assert reason.code == "sunken"
    assert reason.text in {f"{mm} mm below the item's top over {cm2} cm2 (in left)"
                           for mm in range(9, 15) for cm2 in range(14, 36)}  # fmt: skip


def test_a_deeper_dent_never_scores_less() -> None:
    scores = [score(dented(depth).view()).score for depth in (0, 4, 8, 12, 20, 40)]
    assert scores == sorted(scores)
    assert scores[-1] > ALLOWED > scores[0]


def test_a_flap_that_stands_open_is_named() -> None:
    scene = carton()
    scene.height[inside(120, 90, 340, 100)] = 140
    assert named(scene) == "raised"


def test_a_corner_that_was_driven_in_is_named() -> None:
    scene = carton()
    scene.height[inside(*CARTON) & (X - CARTON[0] + Y - CARTON[1] < 60)] = 30
    assert named(scene) == "corner-gone"


def test_a_unit_that_is_missing_among_others_is_named() -> None:
    assert named(cans(missing=(1, 1))) == "gap"


def test_a_top_that_leans_is_named() -> None:
    scene = carton()
    scene.height[inside(*CARTON)] += np.linspace(-15, 15, 416)[None].repeat(320, 0)[inside(*CARTON)]
    assert named(scene) == "leans"


def test_something_low_beside_the_item_is_named() -> None:
    scene = carton()
    scene.height[inside(365, 60, 425, 300)] = 2.6
    assert named(scene) == "beside"


def test_a_glint_is_no_dent() -> None:
    scene = carton()
    scene.unseen[round_(230, 180, 40)] = True
    assert score(scene.view()).score < ALLOWED


def test_the_heat_is_where_the_dent_is() -> None:
    (heat,) = score(dented(14.0, at=(280.0, 200.0)).view()).heat
    assert (heat.camera, heat.kind) == ("left", "sunken")
    assert heat.values.min() >= 0
    assert heat.values.max() == 1
    row, column = np.argwhere(heat.values > 0.5).mean(axis=0) / heat.values.shape
    assert (column * 416 * 1.1, row * 320 * 1.1) == pytest.approx((280, 200), abs=6)


def test_the_camera_that_sees_the_damage_decides() -> None:
    answer = score(carton().view(camera="left"), dented(14.0).view(camera="right"))
    assert answer.score == score(dented(14.0).view(camera="right")).score
    assert answer.reasons[0].text.endswith("(in right)")


def test_a_camera_without_depth_changes_nothing() -> None:
    alone, beside = dented(14.0).view(), without_depth(carton().view(camera="right"))
    assert score(alone, beside).score == score(alone).score
    assert score(alone, beside).cameras == {"left"}


@pytest.mark.parametrize(
    "view", [without_depth(carton().view()), replace(carton().view(), standpoint=None)], ids=["depth", "scale"]
)
def test_without_height_or_scale_it_does_not_run(view: View) -> None:
    assert LANE.score((view,)) == NotRun("geometry", "no camera measured the tray's height")


def test_a_valid_height_that_is_no_number_is_a_fault() -> None:
    view = carton().view()
    view.height_mm[3, 3] = np.nan
    with pytest.raises(ScoreInvalid, match="left"):
        LANE.score((view,))


def flaw_of(ratio: float) -> Found:
    nothing = np.zeros((0, 0), np.float32)
    nowhere = Flaw("sunk", ratio, 0.0, 0.0, (slice(0), slice(0)), nothing > 0)
    empty_surface = Surface(nothing, nothing > 0, nothing > 0, 2.2, 700.0)
    return Found("left", empty_surface, nowhere, ratio)


@given(st.lists(st.floats(0, 1e6), max_size=4), st.sampled_from([np.nan, np.inf]), st.integers(0, 4))
def test_a_flaw_that_is_not_a_number_is_a_fault_beside_whatever_else(sound: list[float], odd: float, at: int) -> None:
    ratios = [*sound[:at], odd, *sound[at:]]
    assert np.isfinite(statistic([flaw_of(ratio) for ratio in sound]))
    with pytest.raises(ScoreInvalid, match=r"the geometry lane found (nan|inf) in left"):
        statistic([flaw_of(ratio) for ratio in ratios])


@pytest.mark.parametrize("key", ["rim_mm", "floor_mm", "wide_mm", "least_cm2", "spill_mm"])
@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_size_that_is_none_is_refused(key: str, value: float) -> None:
    with pytest.raises(ValidationError, match=key):
        GeometryTuning.model_validate({key: value})


@pytest.mark.parametrize("value", [0, -1, np.nan])
def test_an_amount_that_would_switch_a_kind_off_silently_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match=r"allowed\.flat\.sunk"):
        GeometryTuning.model_validate({"allowed": {"flat": {"sunk": value}}})
    GeometryTuning.model_validate({"allowed": {"flat": {"sunk": np.inf}}})


def test_a_tray_with_nothing_on_it_says_so() -> None:
    assert [reason.code for reason in score(empty().view()).reasons] == ["nothing-stands"]


def test_a_kind_that_the_pack_allows_nothing_of_is_not_looked_for() -> None:
    only_corners = Measured.model_validate({"curve": [[-6, 0], [9, 1]], "allowed": {"flat": {"corner": 6.5}}})
    answer = GeometryLane(only_corners).score((dented(14.0).view(),))
    assert isinstance(answer, LaneScore)
    assert answer.score < ALLOWED
