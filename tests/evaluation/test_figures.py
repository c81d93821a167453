"""What a report is made of, against counting by hand."""

import json
from dataclasses import asdict

import pytest

from booth.evaluation.figures import OVERALL, figures
from booth.evaluation.ranking import NotRanked
from booth.evaluation.truth import Damage, Truth


def pristine(product: str, *decoys: str, arrangement: str = "one") -> Truth:
    return Truth("", products=(product,), family=product[0], decoys=decoys, arrangement=arrangement)


def hurt(product: str, *damages: tuple[str, str]) -> Truth:
    return Truth("", products=(product,), family=product[0], damages=tuple(Damage(*one) for one in damages))


GOOD = [(pristine(f"a{n % 5}"), n / 1000) for n in range(198)]
"""At 1 % two of 200 may be diverted."""
ODD = [(pristine("b1", "print", "shadow"), 0.90), (pristine("b2", "print"), 0.80)]
BAD = [
    (hurt("a1", ("dent", "minor")), 0.85),
    (hurt("b1", ("dent", "major"), ("tear", "minor")), 0.95),
    (hurt("b1", ("tear", "major")), 0.10),
    (hurt("a2", ("tear", "minor")), 0.05),
]


def found(*trays: tuple[Truth, float], rows: int = 50):  # type: ignore[no-untyped-def]  # figures() is typed
    truths, scores = zip(*trays, strict=True)
    return figures(truths, scores, rows)


ALL = found(*GOOD, *ODD, *BAD)


def test_the_whole_is_counted_and_has_every_figure_with_an_interval() -> None:
    assert (ALL.overall.damaged, ALL.overall.pristine) == (4, 200)
    assert set(ALL.overall.figures) == set(OVERALL)
    for one in ALL.overall.figures.values():
        assert one.low <= one.high


def test_a_type_is_held_against_every_pristine_tray_at_the_thresholds_of_the_whole() -> None:
    dents, tears = ALL.types["dent"], ALL.types["tear"]
    assert (dents.damaged, dents.pristine, tears.damaged) == (2, 200, 3)
    assert dents.figures["recall_at_fpr_1pct"].value == 1.0
    assert tears.figures["recall_at_fpr_1pct"].value == pytest.approx(1 / 3)
    assert dents.figures["recall_at_fpr_01pct"].value == 0.5
    assert dents.figures["auroc"].value == pytest.approx((199 + 200) / 400)


def test_a_tray_counts_in_each_of_its_severities() -> None:
    assert {name: group.damaged for name, group in ALL.severities.items()} == {"major": 2, "minor": 3}


def test_major_leaves_out_what_is_minor_alone_and_goes_by_the_protocols_name() -> None:
    bare = found(*GOOD, *ODD, BAD[1], BAD[2])
    assert ALL.kaputt["AP_major"].value == pytest.approx(bare.overall.figures["ap"].value)
    assert ALL.kaputt["AP_any"] == ALL.overall.figures["ap"]
    assert set(ALL.kaputt) == {"AP_any", "AP_major", "AUROC", "R@50%P", "R@1%FPR"}


def test_without_severities_there_is_no_major() -> None:
    assert found(*GOOD, (hurt("a1", ("dent", None)), 0.9)).kaputt["AP_major"].value is None  # type: ignore[arg-type]


def test_a_family_is_ranked_within_itself_and_diverted_by_the_thresholds_of_the_whole() -> None:
    family = ALL.families["b"]
    assert (family.damaged, family.pristine) == (2, 2)
    assert family.figures["auroc"].value == pytest.approx(2 / 4)
    assert family.figures["fpr_at_1pct"].value == 1.0
    assert family.figures["recall_at_fpr_1pct"].value == 0.5
    assert ALL.families["a"].figures["fpr_at_1pct"].value == 0.0


def test_a_product_has_no_interval_and_one_class_alone_no_ranking() -> None:
    alone = ALL.products["b2"]
    assert alone.figures["fpr_at_1pct"].value == 1.0
    assert alone.figures["fpr_at_1pct"].low is None
    assert alone.figures["auroc"].value is None
    assert alone.figures["recall_at_fpr_1pct"].value is None


def test_decoys_cost_what_they_cost_at_the_thresholds_of_the_whole() -> None:
    assert {name: group.pristine for name, group in ALL.decoys.items()} == {"any": 2, "print": 2, "shadow": 1}
    assert ALL.decoys["any"].figures["fpr_at_1pct"].value == 1.0
    assert ALL.decoys["shadow"].figures["fpr_at_01pct"].value == 0.0


def test_a_decoy_on_a_damaged_tray_is_no_hard_negative() -> None:
    both = Truth("", products=("c",), damages=(Damage("dent"),), decoys=("tape",))
    assert found(*GOOD, *BAD, (both, 0.7)).decoys == {}


def test_arrangements_are_told_apart() -> None:
    assert ALL.arrangements["one"].pristine == 200


def test_the_thresholds_are_scores_that_were_given() -> None:
    assert ALL.thresholds == {"1pct": 0.80, "01pct": 0.95}


def test_where_a_rate_allows_no_score_there_is_no_threshold() -> None:
    none = found((pristine("a"), 0.9), (hurt("a", ("dent", "minor")), 0.5))
    assert none.thresholds == {"1pct": None, "01pct": None}
    assert none.overall.figures["recall_at_fpr_1pct"].value == 0.0


def test_the_same_trays_give_the_same_figures() -> None:
    assert json.dumps(asdict(found(*GOOD, *ODD, *BAD))) == json.dumps(asdict(ALL))


def test_an_evaluation_of_one_class_is_refused() -> None:
    with pytest.raises(NotRanked, match="add damaged trays"):
        found(*GOOD)
