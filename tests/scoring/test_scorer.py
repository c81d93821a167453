from dataclasses import replace
from pathlib import Path

import pytest

from booth.scoring.lanes import ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.network import Network
from booth.scoring.pack import Pack, load
from booth.scoring.scorer import PackScorer
from booth.scoring.session import Session
from tests.scoring import tiny


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load(tiny.write(tmp_path / "pack"))


def test_the_worst_view_decides_and_is_named(pack: Pack) -> None:
    scored = PackScorer(pack).score((tiny.view("left", 51), tiny.view("right", 204), tiny.view("left", 102)))
    assert scored.score == pytest.approx(0.8)
    assert scored.lanes == (("appearance", scored.score),)
    assert [reason.text for reason in scored.reasons] == ["looks damaged in right"]


def test_no_view_is_no_score(pack: Pack) -> None:
    with pytest.raises(ScoreInvalid, match="no view of the tray"):
        PackScorer(pack).score(())


@pytest.mark.parametrize("shape", [(0, 6, 3), (4, 6), (4, 6, 4)])
def test_what_is_no_colour_picture_is_no_score(pack: Pack, shape: tuple[int, ...]) -> None:
    with pytest.raises(ScoreInvalid, match="the view of left is uint8"):
        PackScorer(pack).score((tiny.view("right", 1), tiny.view("left", 1, shape)))


@pytest.mark.parametrize(
    ("gain", "level", "says"), [(1.0, 200, "a score for left"), (-1 / 255, 20, "a score for left")]
)
def test_an_output_out_of_range_is_a_fault_never_a_score(tmp_path: Path, gain: float, level: int, says: str) -> None:
    golden = tiny.manifest()["golden"] | {"outputs": {"score": {"starts_with": [0.0], "tolerance": 1.0}}}
    pack = load(tiny.write(tmp_path / "pack", onnx=tiny.model(gain=gain), picture=tiny.png(0), golden=golden))
    with pytest.raises(ScoreInvalid, match=says):
        PackScorer(pack).score((tiny.view("right", 0), tiny.view("left", level)))


def test_a_nan_output_is_a_fault_even_beside_a_sound_view(pack: Pack) -> None:
    assert pack.network is not None
    broken = Network(Session(tiny.model(offset=float("nan"))), pack.network.form, pack.network.shape)
    with pytest.raises(ScoreInvalid, match="gave a score for left that is not finite"):
        PackScorer(replace(pack, network=broken)).score((tiny.view("left", 0), tiny.view("right", 255)))


def test_a_model_that_fails_while_it_runs_is_no_score(pack: Pack) -> None:
    assert pack.network is not None
    other = pack.network.shape.model_copy(update={"size_px": (5, 6)})
    lane = AppearanceLane(replace(pack, network=Network(pack.network.session, pack.network.form, other)))
    with pytest.raises(ScoreInvalid, match="the model failed on left"):
        lane.score((tiny.view("left", 1),))
