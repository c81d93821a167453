import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from booth.scoring.fusion import fuse
from booth.scoring.lanes import LaneScore, ScoreInvalid
from booth.scoring.packs.manifest import Frozen, Manifest, Measured

SHIPPED = sorted((Path(__file__).parents[2] / "models").glob("*/manifest.json"))
CURVE = Measured.model_validate({"curve": [[-2, 0.1], [0, 0.1], [10, 0.9]]})


class Own(Frozen):
    """A lane's own numbers."""

    floor_mm: float
    shrink: int = 3


@pytest.mark.parametrize(("statistic", "score"), [(-9, 0.1), (-1, 0.1), (5, 0.5), (10, 0.9), (1e9, 0.9)])
def test_a_curve_is_straight_between_its_points_and_level_beyond_them(statistic: float, score: float) -> None:
    assert CURVE.score(statistic) == pytest.approx(score)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_more_of_a_statistic_is_never_less_of_a_score(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 0.1 <= CURVE.score(less) <= CURVE.score(more) <= 0.9


def test_a_statistic_that_is_not_a_number_is_no_score() -> None:
    with pytest.raises(ScoreInvalid):
        fuse([LaneScore("relief", CURVE.score(math.nan), ())])


def test_a_lane_reads_its_own_numbers_and_refuses_those_that_it_does_not_know() -> None:
    entry = {"curve": [[0, 0], [1, 1]], "floor_mm": 2.5}
    assert Measured.model_validate(entry).tuned(Own) == Own(floor_mm=2.5)
    with pytest.raises(ValidationError, match="ceiling_mm"):
        Measured.model_validate(entry | {"ceiling_mm": 9}).tuned(Own)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_pack_suggests_a_threshold_for_the_lanes_that_it_brings(path: Path) -> None:
    manifest = Manifest.model_validate_json(path.read_bytes())
    assert any(set(row.lanes) == set(manifest.lanes.brought) for row in manifest.thresholds)
