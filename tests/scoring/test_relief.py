"""What light from opposed sides says of damage, and print does not."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from booth.geometry.views import Side
from booth.scoring.lanes import LaneScore, NotRun, ScoreInvalid
from booth.scoring.lanes.relief import ReliefLane, ReliefTuning, Seen, statistic
from booth.scoring.packs.manifest import Measured
from booth.scoring.shape.surface import Surface
from drivers.frames import Colour
from tests.scoring.trays import CARTON, Scene, X, carton, dented, empty, inside, round_, without_depth

LANE = ReliefLane(Measured(curve=((-8, 0.0), (8, 1.0))))
ALLOWED = 0.5
"""The score of what is just allowed."""


def score(scene: Scene, gain: float = 1.0, seed: int = 0) -> LaneScore:
    answer = LANE.score((scene.view(seed, gain),))
    assert isinstance(answer, LaneScore)
    return answer


def printed(scene: Scene) -> Scene:
    """With a dark disc where `dented` has its dent, and letters beside it."""
    scene.albedo[round_(230, 180, 30)] = 0.08
    letters = np.zeros(scene.albedo.shape, np.uint8)
    cv2.putText(letters, "FRAGILE", (130, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (1,), 6)
    scene.albedo[letters > 0] = 0.05
    return scene


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**31))
@pytest.mark.parametrize("sound", [carton(), printed(carton()), empty()], ids=["carton", "printed", "empty"])
def test_what_is_flat_is_within_what_is_allowed(sound: Scene, seed: int) -> None:
    assert score(sound, seed=seed).score < ALLOWED


def test_a_dent_is_named_with_its_place_and_size() -> None:
    scene = dented(14.0)
    answer = score(Scene(np.roll(scene.height, -100, axis=1), np.roll(scene.albedo, -100, axis=1)))
    assert answer.score > ALLOWED
    assert answer.reasons[0].code == "bent"
    assert answer.reasons[0].text in {
        f"light from the sides shows a bend {mm} mm wide, middle left (in left)" for mm in range(20, 60)
    }


def test_a_dent_under_print_is_seen_as_well_as_one_without() -> None:
    assert score(printed(dented(14.0))).score == pytest.approx(score(dented(14.0)).score, abs=0.06)


def test_a_deeper_dent_scores_more() -> None:
    scores = [score(dented(depth)).score for depth in (0, 4, 8, 14)]
    assert scores == sorted(scores)


def test_an_item_that_bends_everywhere_is_not_bent_in_one_place() -> None:
    scene = carton()
    scene.height[inside(*CARTON)] += 2 * np.sin(2 * np.pi * X / 30)[inside(*CARTON)]
    assert score(scene).score < ALLOWED


@pytest.mark.parametrize("gain", [0.6, 0.8, 1.3])
def test_a_lamp_that_is_brighter_than_the_other_changes_nothing(gain: float) -> None:
    assert score(dented(14.0), gain).score == pytest.approx(score(dented(14.0)).score, abs=0.04)
    assert score(carton(), gain).score < ALLOWED


def test_a_patch_that_is_full_in_one_picture_does_not_count() -> None:
    view = carton().view()
    view.lit["left"][140:180, 180:230] = 255
    answer = LANE.score((view,))
    assert isinstance(answer, LaneScore)
    assert answer.score < ALLOWED


def test_grains_on_the_tray_are_named() -> None:
    scene = carton()
    grains = np.random.default_rng(1).uniform(0, 1, scene.height.shape) < 0.12
    scene.height[grains & inside(370, 120, 420, 240)] = 7
    answer = score(scene)
    assert answer.score > ALLOWED
    assert answer.reasons[0].code == "grains"


def test_the_heat_is_where_the_dent_is() -> None:
    (heat,) = score(dented(14.0, at=(280.0, 200.0))).heat
    assert (heat.camera, heat.kind) == ("left", "bent")
    assert heat.values.min() >= 0
    assert heat.values.max() <= 1
    row, column = np.argwhere(heat.values > 0.6 * heat.values.max()).mean(axis=0) / heat.values.shape
    assert (column * 416 * 1.1, row * 320 * 1.1) == pytest.approx((280, 200), abs=15)


def test_front_and_back_are_a_pair_like_left_and_right() -> None:
    view = dented(14.0).view()
    lit: dict[Side, Colour] = {"front": view.lit["left"], "back": view.lit["right"]}
    other = replace(view, lit=lit)
    first, second = LANE.score((view,)), LANE.score((other,))
    assert isinstance(first, LaneScore)
    assert isinstance(second, LaneScore)
    assert first.score == second.score


def bend_of(ratio: float) -> Seen:
    nothing = np.zeros((0, 0), np.float32)
    return Seen("left", "bend", ratio, nothing, Surface(nothing, nothing > 0, nothing > 0, 2.2, 700.0))


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_bend_that_is_not_a_number_is_a_fault_beside_whatever_else(odd: float) -> None:
    for ratios in ((odd, 8.0), (8.0, odd), (odd,)):
        with pytest.raises(ScoreInvalid, match=r"the relief lane found (nan|inf) in left"):
            statistic([bend_of(ratio) for ratio in ratios])


@pytest.mark.parametrize(
    "keys", [{"rim_mm": 0}, {"allowed": {"flat": {"bend": np.nan}}}, {"allowed": {"bag": {"grains": -1}}}]
)
def test_sizes_and_amounts_that_are_none_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        ReliefTuning.model_validate(keys)


def test_without_an_opposed_pair_it_does_not_run() -> None:
    view = dented(14.0).view()
    lit: dict[Side, Colour] = {"left": view.lit["left"], "front": view.lit["right"]}
    answer = LANE.score((replace(view, lit=lit),))
    assert isinstance(answer, NotRun)
    assert "two opposed sides" in answer.why


def test_without_height_it_does_not_run() -> None:
    answer = LANE.score((without_depth(dented(14.0).view()),))
    assert isinstance(answer, NotRun)
    assert "measured height" in answer.why
