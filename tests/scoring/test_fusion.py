from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.scoring.fusion import Scored, fuse
from booth.scoring.lanes import HeatMap, LaneScore, NotRun
from booth.scoring.verdict import judge
from booth.settings.model import Threshold
from booth.tray import Reason, Verdict

NAMES = ("appearance", "geometry", "reference", "relief")
scores = st.floats(0, 1)
by_lane = st.dictionaries(st.sampled_from(NAMES), scores, min_size=1)


@dataclass(frozen=True)
class Row:
    lanes: tuple[str, ...]
    bias: float
    weights: Mapping[str, float]


def lane(name: str, score: float, says: str = "damage seen", *heat: HeatMap) -> LaneScore:
    return LaneScore(name, score, (Reason(f"{name}-sees", says),), heat, frozenset({"left", "right"}))


def fused(by_name: Mapping[str, float], *rows: Row) -> Scored:
    return fuse([lane(*each) for each in by_name.items()], rows)


@st.composite
def rows(draw: st.DrawFn, lanes: tuple[str, ...]) -> Row:
    weights = {name: draw(st.floats(0, 20)) for name in lanes}
    return Row(lanes, draw(st.floats(-50, 50)), weights)


@given(st.data(), by_lane)
def test_a_confidence_is_in_range_and_never_falls_when_a_lane_rises(
    data: st.DataObject, before: dict[str, float]
) -> None:
    row = data.draw(rows(tuple(before)))
    name = data.draw(st.sampled_from(sorted(before)))
    after = before | {name: data.draw(st.floats(before[name], 1))}
    assert 0 <= fused(before, row).score <= fused(after, row).score <= 1


@given(st.data(), by_lane)
def test_a_confidence_does_not_hang_on_the_order_of_the_lanes(data: st.DataObject, found: dict[str, float]) -> None:
    row = data.draw(rows(tuple(found)))
    told = {(fuse([lane(*each) for each in order], (row,)).score) for order in permutations(found.items())}
    assert len(told) == 1
    reasons = {fuse([lane(*each) for each in order], (row,)).reasons for order in permutations(found.items())}
    assert len(reasons) == 1


def test_the_confidence_is_the_logistic_of_bias_and_weighted_log_odds() -> None:
    row = Row(("appearance", "relief"), -1.0, {"appearance": 2.0, "relief": 0.5})
    odds = np.exp(-1.0) * (0.9 / 0.1) ** 2 * (0.2 / 0.8) ** 0.5
    assert fused({"relief": 0.2, "appearance": 0.9}, row).score == pytest.approx(odds / (1 + odds))


@given(by_lane, st.sets(st.sampled_from(NAMES), min_size=1))
def test_a_row_is_for_exactly_its_lanes_and_else_the_worst_decides(found: dict[str, float], lanes: set[str]) -> None:
    row = Row(tuple(lanes), -30.0, dict.fromkeys(lanes, 0.1))
    score = fused(found, row).score
    assert (score == max(found.values())) or lanes == set(found)
    assert score < 0.2 or lanes != set(found)


def test_a_lane_that_did_not_run_is_no_lane_of_the_row() -> None:
    row = Row(("appearance", "relief"), 0.0, {"appearance": 1.0, "relief": 1.0})
    scored = fuse([lane("appearance", 0.3), NotRun("relief", "left is missing")], (row,))
    assert (scored.score, scored.lanes) == (0.3, (("appearance", 0.3),))


def test_the_strongest_lane_speaks_and_the_others_agree_or_not() -> None:
    lanes = [
        lane("reference", 0.1, "differs from 3"),
        lane("relief", 0.8, "rough in left"),
        lane("geometry", 0.97, "14 mm below the carton's top over 18 cm2"),
    ]
    scored = fuse(lanes)
    assert [reason.text for reason in scored.reasons] == [
        "geometry: 14 mm below the carton's top over 18 cm2; relief agrees; reference sees none",
        "rough in left",
    ]


def test_what_each_lane_adds_is_told_in_log_odds() -> None:
    row = Row(("appearance", "relief"), -4.0, {"appearance": 1.0, "relief": 2.0})
    scored = fused({"appearance": 0.9, "relief": 0.5}, row)
    assert scored.reasons[-1] == Reason(
        "contributions", "appearance +2.20, relief +0.00, bias -4.00 (log-odds of damage)"
    )


def test_a_lane_without_weight_is_said_to_add_nothing() -> None:
    row = Row(("appearance", "relief"), -4.0, {"appearance": 1.0, "relief": 0.0})
    scored = fused({"appearance": 0.9, "relief": 0.99}, row)
    assert scored.reasons[-1].text == "appearance +2.20, bias -4.00 (log-odds of damage); not weighed: relief"


@pytest.mark.parametrize(
    "ran", [set(NAMES) - {name} for name in NAMES] + [set(NAMES)], ids=lambda ran: "-".join(sorted(ran))
)
def test_with_one_lane_fewer_than_the_threshold_is_for_every_tray_is_diverted(ran: set[str]) -> None:
    threshold = Threshold.model_validate({"lanes": NAMES, "divert_at": 0.9})
    answers = [lane(name, 0.0) if name in ran else NotRun(name, "no light from the left") for name in NAMES]
    judgement = judge(fuse(answers), (threshold,))
    assert (judgement.verdict is Verdict.PASS) == (ran == set(NAMES))
    if missing := set(NAMES) - ran:
        assert f"; {missing.pop()} did not run: no light from the left;" in judgement.reasons[0].text


def spot(
    camera: str, row: int, column: int, value: float = 0.9, shape: tuple[int, int] = (3, 3)
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    values = np.zeros(shape, np.float32)
    values[row, column] = value
    return values


def four(relief: HeatMap, geometry: HeatMap, reference: HeatMap) -> list[LaneScore]:
    """Something that looks torn at the upper left; what the others see where."""
    return [
        lane("appearance", 0.95, "looks torn", HeatMap("left", "tear", spot("left", 0, 0))),
        lane("relief", 0.8, "rough", relief),
        lane("geometry", 0.1, "flat", geometry),
        lane("reference", 0.2, "same", reference),
    ]


def heat(row: int, column: int, camera: str = "left", shape: tuple[int, int] = (6, 6)) -> HeatMap:
    return HeatMap(camera, "rough", spot(camera, row, column, shape=shape))


ELSEWHERE = heat(5, 5)
HERE = heat(1, 1)


def test_print_is_named_where_height_and_relief_are_flat_and_the_references_have_it() -> None:
    scored = fuse(four(ELSEWHERE, ELSEWHERE, ELSEWHERE))
    (note,) = scored.notes
    assert note.code == "print"
    assert note.text.startswith("what looks like tear in left, upper left is flat there")


@pytest.mark.parametrize("place", range(3))
def test_what_another_lane_sees_at_the_same_place_is_no_print(place: int) -> None:
    maps = [ELSEWHERE, ELSEWHERE, ELSEWHERE]
    maps[place] = HERE
    assert fuse(four(*maps)).notes == ()


@pytest.mark.parametrize("lost", range(1, 4))
def test_nothing_is_called_print_by_fewer_than_four_lanes(lost: int) -> None:
    lanes: list[LaneScore | NotRun] = list(four(ELSEWHERE, ELSEWHERE, ELSEWHERE))
    lanes[lost] = NotRun(lanes[lost].lane, "no reference")
    assert fuse(lanes).notes == ()


def test_a_lane_without_a_map_of_that_camera_has_to_see_nothing_at_all() -> None:
    assert fuse(four(heat(0, 0, "right"), ELSEWHERE, ELSEWHERE)).notes == ()


@pytest.mark.parametrize("place", range(1, 4))
def test_what_a_lane_never_looked_at_is_not_called_print_on_its_word(place: int) -> None:
    lanes = four(ELSEWHERE, ELSEWHERE, ELSEWHERE)
    cold = replace(lanes[place], score=0.1, heat=())
    assert fuse([*lanes[:place], cold, *lanes[place + 1 :]]).notes != ()
    elsewhere = replace(cold, cameras=frozenset({"right"}))
    assert fuse([*lanes[:place], elsewhere, *lanes[place + 1 :]]).notes == ()


@pytest.mark.parametrize("divert_at", [0.9, 1.0])
def test_print_is_told_whatever_the_verdict(divert_at: float) -> None:
    threshold = Threshold.model_validate({"lanes": NAMES, "divert_at": divert_at})
    judgement = judge(fuse(four(ELSEWHERE, ELSEWHERE, ELSEWHERE)), (threshold,))
    assert (judgement.verdict is Verdict.PASS) == (divert_at == 1.0)
    assert judgement.reasons[-1].code == "print"
