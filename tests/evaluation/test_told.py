"""An evaluation as a table and as JSON."""

from pathlib import Path

import pytest

from booth.evaluation import told
from booth.evaluation.kept import Row
from booth.evaluation.measuring import Evaluation, evaluation
from booth.evaluation.resampling import Measured
from booth.evaluation.trays import DataSet
from booth.evaluation.truth import Damage, Truth


class Known:
    """A tray of which the truth is all there is."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth


def told_of(*trays: tuple[Truth, float], **about: object) -> Evaluation:
    rows = [Row(str(number), score, {"relief": score}) for number, (_, score) in enumerate(trays)]
    given = {"form": "folder", "split": "test", "gallery": (), **about}
    data = DataSet(Path("set"), trays=[Known(truth) for truth, _ in trays], **given)  # type: ignore[arg-type, misc]  # trays without pictures
    return evaluation(data, "tiny", rows, 20)


def tray(product: str, *types: str, hidden: bool = False) -> Truth:
    seen = {"left": 0} if hidden else {}
    return Truth("", products=(product,), damages=tuple(Damage(one, "major", seen) for one in types))


FOUND = told_of((tray("a"), 0.9), (tray("b"), 0.1), (tray("a", "dent"), 0.8), (tray("b", "tear", hidden=True), 0.2))


@pytest.mark.parametrize(
    ("figure", "shown"),
    [(Measured(None), "-"), (Measured(0.5), "0.500"), (Measured(0.98051, 0.97, 0.9876), "0.981 (0.970 to 0.988)")],
)
def test_a_figure_is_shown_with_its_interval_or_not_at_all(figure: Measured, shown: str) -> None:
    assert told.shown(figure) == shown


def test_columns_stand_under_each_other() -> None:
    lines = told.aligned([("", "AUROC"), ("any damage", "0.5")])
    assert lines == ["            AUROC", "any damage  0.5"]


def test_only_products_with_false_alarms_are_listed_and_the_others_are_in_the_json() -> None:
    assert FOUND.figures.thresholds["1pct"] is None
    assert "products with false alarms" not in told.text(FOUND)
    some = told_of(*((tray(f"p{n}"), n / 1000) for n in range(200)), (tray("p199", "dent"), 0.9))
    listed = [line[0] for title, _, lines in told.sections(some) if "false alarms" in title for line in lines]
    assert listed == ["p198", "p199"]
    assert len(told.whole(some)["per_product"]) == 200


def test_a_threshold_that_no_score_reaches_is_said_so() -> None:
    assert "1 %: above all of them, 0.1 %: above all of them" in told.text(FOUND)


def test_damage_that_no_camera_sees_counts_and_is_told() -> None:
    assert FOUND.figures.overall.damaged == 2
    assert "1 damaged trays show none of it to any camera; they count" in [note.says for note in FOUND.notes]


def test_a_lane_alone_is_told_beside_the_whole() -> None:
    assert told.whole(FOUND)["per_lane"]["relief"]["auroc"] == told.whole(FOUND)["auroc"]


def test_trays_without_a_score_are_counted_and_told() -> None:
    rows = [Row("0", 1.0, failed="black"), Row("1", 0.5)]
    truths = [Known(tray("a")), Known(tray("b", "dent"))]
    data = DataSet(Path("set"), "folder", truths, (), "test")  # type: ignore[arg-type]
    found = evaluation(data, "tiny", rows, 0)
    assert told.plain(found)["counts"]["not_scored"] == 1
    assert "not-scored" in {note.code for note in found.notes}


def test_training_trays_and_products_in_two_parts_are_warned_of_but_not_where_nothing_was_trained() -> None:
    trays = ((tray("a"), 0.9), (tray("b", "dent"), 0.8))
    codes = {note.code for note in told_of(*trays, split="train", unsplit=("a",)).notes}
    assert {"part-train", "split-by-picture"} <= codes
    data = told_of(*trays, unsplit=("a",)).data
    compared = evaluation(data, "gallery", [Row("0", 0.9), Row("1", 0.8)], 20, compared=True)
    assert "split-by-picture" not in {note.code for note in compared.notes}
