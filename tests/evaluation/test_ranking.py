"""Figures of a ranking, against what counting by hand gives."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from booth.evaluation.ranking import Curve, NotRanked, ranking

Case = tuple[list[float], list[bool]]


@st.composite
def cases(draw: DrawFn) -> Case:
    """Scores with many ties, of trays some of which are damaged and some are not."""
    trays = draw(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=40))
    assume(len({damaged for _, damaged in trays}) == 2)
    return [score / 8 for score, _ in trays], [damaged for _, damaged in trays]


def curve(case: Case, weights: list[float] | None = None) -> Curve:
    scores, damaged = case
    given_weights = None if weights is None else np.array(weights, np.float64)
    return ranking(np.array(scores), np.array(damaged)).curve(given_weights)


def thresholds(case: Case) -> list[tuple[float, float, float]]:
    """(recall, false positive rate, precision) at each threshold, from above all scores down, by counting."""
    scores, damaged = case
    found = [(0.0, 0.0, 1.0)]
    for threshold in sorted(set(scores), reverse=True):
        hits = sum(s >= threshold and d for s, d in zip(scores, damaged, strict=True))
        alarms = sum(s >= threshold and not d for s, d in zip(scores, damaged, strict=True))
        bad = sum(damaged)
        found.append((hits / bad, alarms / (len(damaged) - bad), hits / (hits + alarms)))
    return found


@given(cases())
def test_auroc_is_the_share_of_pairs_in_order_and_half_of_those_that_tie(case: Case) -> None:
    bad = [score for score, damaged in zip(*case, strict=True) if damaged]
    good = [score for score, damaged in zip(*case, strict=True) if not damaged]
    won = sum((b > g) + (b == g) / 2 for b in bad for g in good)
    assert curve(case).auroc == pytest.approx(won / (len(bad) * len(good)))


@given(cases())
def test_average_precision_adds_precision_times_the_recall_gained(case: Case) -> None:
    wanted = sum((now[0] - before[0]) * now[2] for before, now in pairwise(thresholds(case)))
    assert curve(case).average_precision == pytest.approx(wanted)


@given(cases(), st.sampled_from((0.001, 0.01, 0.1, 0.25, 1 / 3, 0.5, 1.0)))
def test_recall_at_a_rate_is_the_best_of_the_thresholds_that_keep_it(case: Case, rate: float) -> None:
    wanted = max(recall for recall, alarms, _ in thresholds(case) if alarms <= rate + 1e-9)
    assert curve(case).recall_at_rate(rate) == pytest.approx(wanted)


@given(cases(), st.sampled_from((0.25, 0.5, 2 / 3, 1.0)))
def test_recall_at_a_precision_is_the_best_of_the_thresholds_that_reach_it(case: Case, precision: float) -> None:
    wanted = max(recall for recall, _, reached in thresholds(case) if reached >= precision - 1e-9)
    assert curve(case).recall_at_precision(precision) == pytest.approx(wanted)


@given(cases(), st.sampled_from((math.exp, lambda x: 3 * x - 7, lambda x: x**3, math.atan)))
def test_what_keeps_the_order_leaves_every_figure_alone(case: Case, moved: type[float]) -> None:
    scores, damaged = case
    other = curve(([float(moved(score)) for score in scores], damaged))
    same = curve(case)
    assert other.auroc == pytest.approx(same.auroc)
    assert other.average_precision == pytest.approx(same.average_precision)
    assert other.recall_at_rate(0.1) == pytest.approx(same.recall_at_rate(0.1))


@given(cases())
def test_turned_upside_down_the_auroc_is_what_was_missing(case: Case) -> None:
    scores, damaged = case
    assert curve(([-s for s in scores], damaged)).auroc == pytest.approx(1 - curve(case).auroc)


@given(cases(), st.data())
def test_a_tray_that_weighs_two_is_two_trays(case: Case, data: st.DataObject) -> None:
    scores, damaged = case
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(scores), max_size=len(scores)))
    many = [(s, d) for s, d, w in zip(scores, damaged, weights, strict=True) for _ in range(w)]
    assume(len({d for _, d in many}) == 2)
    twice, weighed = curve(([s for s, _ in many], [d for _, d in many])), curve(case, [float(w) for w in weights])
    for figure in ("auroc", "average_precision"):
        assert getattr(weighed, figure) == pytest.approx(getattr(twice, figure))
    assert weighed.recall_at_rate(0.25) == pytest.approx(twice.recall_at_rate(0.25))
    assert weighed.recall_at_precision(0.5) == pytest.approx(twice.recall_at_precision(0.5))


@given(cases())
def test_thinned_it_has_every_figure_that_it_had(case: Case) -> None:
    ranked = ranking(np.array(case[0]), np.array(case[1]))
    whole, thin = ranked.curve(), ranked.thinned.curve()
    assert thin.auroc == pytest.approx(whole.auroc)
    assert thin.average_precision == pytest.approx(whole.average_precision)
    for share in (0.001, 0.1, 0.25, 0.5):
        assert thin.recall_at_rate(share) == pytest.approx(whole.recall_at_rate(share))
        assert thin.recall_at_precision(share) == pytest.approx(whole.recall_at_precision(share))


def test_of_a_thousand_pristine_trays_few_thresholds_are_left_when_thinned() -> None:
    scores = np.append(np.linspace(0, 1, 1000), [0.31, 0.77])
    ranked = ranking(scores, np.arange(1002) >= 1000)
    assert len(ranked.thinned.ends) == 5


@given(cases(), st.sampled_from((0.01, 0.25, 0.5)))
def test_the_trays_that_reach_a_threshold_are_those_of_the_groups_below_it(case: Case, rate: float) -> None:
    scores, damaged = np.array(case[0]), np.array(case[1])
    ranked = ranking(scores, damaged)
    at = ranked.curve().at_rate(rate)
    reached = ranked.groups < at
    assert reached[damaged].mean() == pytest.approx(ranked.curve().recall_at_rate(rate))
    assert not reached.any() or (reached == (scores >= ranked.scores[at - 1])).all()


def test_many_rows_of_weights_give_the_figure_of_each() -> None:
    case = ([0.9, 0.8, 0.4, 0.3], [True, False, True, False])
    rows = ranking(np.array(case[0]), np.array(case[1])).curve(np.array([[1.0, 1, 1, 1], [1, 0, 1, 1], [1, 0, 1, 0]]))
    assert rows.auroc[:2] == pytest.approx([0.75, 1.0])
    assert np.isnan(rows.auroc[2])
    assert np.isnan(rows.recall_at_rate(0.01)[2])
    assert np.isnan(rows.average_precision[2])
    assert np.isnan(rows.recall_at_precision(0.5)[2])


def test_a_false_alarm_in_a_hundred_is_within_one_percent_and_two_are_not() -> None:
    for alarms, recall in ((1, 1.0), (2, 0.0)):
        scores = [0.5] * 10 + [0.9] * alarms + [0.1] * (100 - alarms)
        assert curve((scores, [True] * 10 + [False] * 100)).recall_at_rate(0.01) == recall


def test_fewer_pristine_trays_than_the_rate_has_room_for_allow_no_false_alarm() -> None:
    assert curve(([0.9, 0.8, 0.1], [True, False, True])).recall_at_rate(0.001) == 0.5


@pytest.mark.parametrize(("damaged", "says"), [(True, "no tray is pristine"), (False, "no tray is damaged")])
def test_one_class_alone_is_refused(damaged: bool, says: str) -> None:
    with pytest.raises(NotRanked, match=says):
        ranking(np.array([0.1, 0.2]), np.array([damaged, damaged]))


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(NotRanked, match="1 scores are no number"):
        ranking(np.array([0.1, np.nan]), np.array([True, False]))
