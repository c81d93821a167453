"""An empty tray, two items and one that hangs over are named, and what becomes of them is the recipe's."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from booth.scoring.arrangement import arrangement, ruled
from booth.scoring.fusion import Scored
from booth.scoring.verdict import judge
from booth.settings.model import Arrangements
from booth.tray import Judgement, Reason, Verdict
from tests.scoring.trays import Scene, cans, carton, empty, inside, pillow, round_, without_depth

PASSED = Judgement(Verdict.PASS, (Reason("no-damage", "no damage seen"),), 0.1, (("appearance", 0.1),))
DIVERTED = Judgement(Verdict.DIVERT, (Reason("damage-seen", "looks damaged"),), 0.9, (("appearance", 0.9),))
TRAY_MM = (400.0, 300.0)
UNSCORED = Judgement(Verdict.DIVERT, (Reason("no-score", "nothing could be scored"),))


def block(*edges: float, height: float = 60.0) -> Scene:
    return beside(empty(), *edges, height=height)


def beside(scene: Scene, *edges: float, height: float) -> Scene:
    left, upper, right, lower = edges
    scene.height[inside(left, upper, right, lower)] = height
    return scene


@pytest.mark.parametrize("scene", [carton(), cans(), pillow()], ids=["carton", "cans", "pillow"])
def test_one_item_is_one(scene: Scene) -> None:
    assert arrangement((scene.view(),)) == "one"


def test_a_glint_across_an_item_does_not_make_it_two() -> None:
    scene = carton()
    scene.unseen[inside(200, 80, 250, 280)] = True
    assert arrangement((scene.view(),)) == "one"


def test_two_items_apart_are_two() -> None:
    assert arrangement((beside(block(60, 90, 200, 260), 260, 90, 400, 260, height=90).view(),)) == "two"


def test_two_items_that_touch_are_two() -> None:
    assert arrangement((beside(block(60, 90, 230, 260), 230, 90, 400, 260, height=100).view(),)) == "two"


def test_an_item_on_an_otherwise_empty_tray_is_not_missed_by_the_other_camera() -> None:
    assert arrangement((empty().view(), carton().view(camera="right"))) == "one"


def test_a_tray_is_empty_only_if_all_cameras_say_so() -> None:
    assert arrangement((empty().view(), empty().view(camera="right"))) == "empty"


def test_an_item_that_goes_on_beyond_every_picture_hangs_over() -> None:
    assert arrangement((block(300, 90, 999, 260).view(),), TRAY_MM) == "overhang"


def test_of_a_tray_of_unknown_size_nothing_hangs_over() -> None:
    assert arrangement((block(300, 90, 999, 260).view(),)) == "one"


def test_an_item_that_one_camera_sees_whole_does_not() -> None:
    assert (
        arrangement((block(240, 90, 999, 260, height=20).view(), carton().view(camera="right")), TRAY_MM) == "overhang"
    )
    assert arrangement((block(380, 90, 999, 260, height=120).view(), carton().view(camera="right")), TRAY_MM) == "one"


@pytest.mark.parametrize(("right", "found"), [(415, "one"), (450, "overhang")])
def test_an_item_over_the_edge_of_a_tray_of_known_size_hangs_over(right: float, found: str) -> None:
    """The picture shows 458 by 352 mm, the tray ends 29 mm from its border; an item 20 mm high looks 6 mm larger."""
    scene = block(250, 90, right, 260, height=20)
    assert arrangement((scene.view(),), TRAY_MM) == found


def test_without_height_nobody_can_tell() -> None:
    assert arrangement((without_depth(carton().view()),)) is None


@pytest.mark.parametrize(("mm_per_px", "found"), [(1.1, "one"), (7.9, "one"), (8.1, None), (78.0, None)])
def test_from_pixels_that_are_wider_than_small_things_nobody_can_tell(mm_per_px: float, found: str | None) -> None:
    view = block(90, 60, 350, 290).view()
    assert view.standpoint is not None
    assert arrangement((replace(view, standpoint=replace(view.standpoint, mm_per_px=mm_per_px)),)) == found


def test_one_item_leaves_the_judgement_alone() -> None:
    for judgement in (PASSED, DIVERTED, UNSCORED):
        assert ruled(judgement, "one", Arrangements()) == judgement
        assert ruled(judgement, None, Arrangements()) == judgement


@pytest.mark.parametrize("found", ["two", "overhang"])
def test_two_items_and_an_overhang_are_diverted_unless_the_recipe_says_otherwise(found: str) -> None:
    judgement = ruled(PASSED, found, Arrangements())  # type: ignore[arg-type]
    assert judgement.verdict is Verdict.DIVERT
    assert judgement.reasons[0].code == f"arrangement-{found}"
    assert judgement.score == PASSED.score
    scored = ruled(PASSED, found, Arrangements(two="score", overhang="score"))  # type: ignore[arg-type]
    assert scored.verdict is Verdict.PASS
    assert [reason.code for reason in scored.reasons] == ["no-damage", f"arrangement-{found}"]


def test_an_empty_tray_is_scored_like_any_other_and_named() -> None:
    for judgement in (PASSED, DIVERTED, UNSCORED):
        found = ruled(judgement, "empty", Arrangements())
        assert found.verdict is judgement.verdict
        assert found.reasons[-1].code == "arrangement-empty"


def test_a_recipe_can_let_empty_trays_pass_whatever_their_score() -> None:
    assert ruled(DIVERTED, "empty", Arrangements(empty="pass")).verdict is Verdict.PASS


@pytest.mark.parametrize("score", [None, np.nan, 1.5])
def test_an_empty_tray_that_could_not_be_scored_never_passes(score: float | None) -> None:
    judgement = replace(DIVERTED, score=score)
    assert ruled(judgement, "empty", Arrangements(empty="pass")).verdict is Verdict.DIVERT


@dataclass(frozen=True)
class Limit:
    lanes: tuple[str, ...]
    divert_at: float


@pytest.mark.parametrize(
    ("thresholds", "code"),
    [
        ((), "no-threshold"),
        ((Limit(("appearance", "geometry"), 0.5),), "no-threshold"),
        ((Limit(("appearance",), np.nan),), "threshold-invalid"),
    ],
)
def test_an_empty_tray_that_no_threshold_holds_for_never_passes(thresholds: tuple[Limit, ...], code: str) -> None:
    judgement = judge(Scored(0.99, (("appearance", 0.99),), ()), thresholds)
    found = ruled(judgement, "empty", Arrangements(empty="pass"))
    assert found.verdict is Verdict.DIVERT
    assert [reason.code for reason in found.reasons] == [code, "arrangement-empty"]


def test_an_empty_tray_that_a_threshold_diverts_passes_if_the_recipe_lets_it() -> None:
    judgement = judge(Scored(0.99, (("appearance", 0.99),), ()), (Limit(("appearance",), 0.5),))
    assert judgement.verdict is Verdict.DIVERT
    assert ruled(judgement, "empty", Arrangements(empty="pass")).verdict is Verdict.PASS


def test_a_small_thing_that_came_off_is_no_second_item() -> None:
    scene = carton()
    scene.height[round_(60, 60, 25)] = 20
    assert arrangement((scene.view(),)) == "one"
