import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.scoring.fusion import Scored, fuse
from booth.scoring.lanes import LaneScore, ScoreInvalid
from booth.scoring.verdict import judge
from booth.settings.model import Threshold
from booth.tray import Reason, Verdict

NAMES = ("appearance", "geometry", "reference", "relief")


@dataclass(frozen=True)
class Limit:
    """A threshold for lanes that this version's settings do not know yet."""

    lanes: tuple[str, ...]
    divert_at: float


scores = st.floats(0, 1)
lane_sets = st.sets(st.sampled_from(NAMES), min_size=1)
anything = st.floats(allow_nan=True, allow_infinity=True)


def lane(name: str, score: float, camera: str = "left") -> LaneScore:
    return LaneScore(name, score, (Reason("damage-seen", f"looks damaged in {camera}"),))


def seen(score: float) -> Scored:
    return fuse([lane("appearance", score)])


APPEARANCE = (Threshold(lanes=("appearance",), divert_at=0.6),)


def test_a_score_below_its_threshold_passes_and_says_so() -> None:
    judgement = judge(seen(0.04), APPEARANCE)
    assert judgement.verdict is Verdict.PASS
    assert judgement.reasons == (Reason("no-damage", "no damage seen: 0.04, diverts from 0.60"),)
    assert (judgement.score, judgement.lanes) == (0.04, (("appearance", 0.04),))


def test_a_divert_names_the_camera_the_score_and_the_threshold() -> None:
    judgement = judge(seen(0.93), APPEARANCE)
    assert judgement.verdict is Verdict.DIVERT
    assert judgement.reasons == (Reason("damage-seen", "looks damaged in left: 0.93, diverts from 0.60"),)


def test_the_threshold_itself_diverts() -> None:
    assert judge(seen(0.6), APPEARANCE).verdict is Verdict.DIVERT


@pytest.mark.parametrize(("score", "text"), [(0.598, "0.598, diverts from 0.600"), (0.6, "0.60, diverts from 0.60")])
def test_a_near_miss_is_told_with_enough_digits(score: float, text: str) -> None:
    assert judge(seen(score), APPEARANCE).reasons[0].text.endswith(text)


def test_nothing_scored_diverts() -> None:
    for nothing in (None, Scored(0.0, (), ())):
        judgement = judge(nothing, APPEARANCE)
        assert (judgement.verdict, judgement.reasons[0].code) == (Verdict.DIVERT, "no-score")


def test_lanes_without_a_threshold_of_their_own_divert() -> None:
    judgement = judge(fuse([lane("relief", 0.0)]), APPEARANCE)
    assert judgement.verdict is Verdict.DIVERT
    assert judgement.reasons[0].code == "no-threshold"
    assert "(relief)" in judgement.reasons[0].text


def test_of_two_thresholds_for_the_same_lanes_the_lower_holds() -> None:
    limits = (Limit(("appearance",), 0.9), Limit(("appearance",), 0.2))
    assert judge(seen(0.5), limits).verdict is Verdict.DIVERT
    assert judge(seen(0.5), limits[::-1]).verdict is Verdict.DIVERT


@given(anything, anything)
def test_only_numbers_in_range_pass(score: float, limit: float) -> None:
    judgement = judge(Scored(score, (("appearance", 0.0),), ()), (Limit(("appearance",), limit),))
    assert (judgement.verdict is Verdict.PASS) == (0 <= score < limit <= 1)


@given(anything, scores)
def test_a_lane_that_is_not_a_number_never_passes(score: float, fused: float) -> None:
    judgement = judge(Scored(fused, (("appearance", score),), ()), (Limit(("appearance",), 1.0),))
    assert judgement.verdict is Verdict.DIVERT or 0 <= score <= 1


@given(lane_sets, lane_sets, scores, scores)
def test_a_tray_passes_only_with_exactly_the_lanes_of_a_threshold(
    ran: set[str], wanted: set[str], score: float, divert_at: float
) -> None:
    scored = fuse([lane(name, score) for name in sorted(ran)])
    judgement = judge(scored, (Limit(tuple(sorted(wanted)), divert_at),))
    assert (judgement.verdict is Verdict.PASS) == (ran == wanted and score < divert_at)


@given(st.dictionaries(st.sampled_from(NAMES), scores, min_size=1), st.data(), scores)
def test_more_damage_in_a_lane_never_turns_a_divert_into_a_pass(
    before: dict[str, float], data: st.DataObject, divert_at: float
) -> None:
    name = data.draw(st.sampled_from(sorted(before)))
    after = before | {name: data.draw(st.floats(before[name], 1))}
    limits = (Limit(tuple(before), divert_at),)
    was, now = (fuse([lane(*item) for item in scored.items()]) for scored in (before, after))
    assert now.score >= was.score
    assert not (judge(was, limits).verdict is Verdict.DIVERT and judge(now, limits).verdict is Verdict.PASS)


@given(st.dictionaries(st.sampled_from(NAMES), scores, min_size=1), st.randoms())
def test_the_order_of_the_lanes_does_not_matter(by_name: dict[str, float], random: object) -> None:
    lanes = [lane(*item) for item in by_name.items()]
    shuffled = sorted(lanes, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert fuse(lanes).score == fuse(shuffled).score == max(by_name.values())
    assert fuse(lanes).lanes == fuse(shuffled).lanes == tuple(sorted(by_name.items()))


def test_the_reasons_of_the_worst_lane_come_first() -> None:
    scored = fuse([lane("appearance", 0.2, "left"), lane("relief", 0.8, "right")])
    assert [reason.text for reason in scored.reasons] == ["relief: looks damaged in right; appearance sees none"]


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.001, 1.001])
def test_a_lane_out_of_range_is_no_score(score: float) -> None:
    with pytest.raises(ScoreInvalid, match=r"not a number in \[0, 1\]"):
        fuse([lane("appearance", 0.1), lane("relief", score)])


def test_no_lane_is_no_score() -> None:
    with pytest.raises(ScoreInvalid, match="no lane ran"):
        fuse([])


def test_a_lane_that_runs_twice_is_no_score() -> None:
    with pytest.raises(ScoreInvalid, match="ran twice"):
        fuse([lane("appearance", 0.1), lane("appearance", 0.2)])
