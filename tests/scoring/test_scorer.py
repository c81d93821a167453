from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from booth.geometry.views import View
from booth.scoring import scorer
from booth.scoring.lanes import LaneScore, NotRun, ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.network import Network
from booth.scoring.packs.pack import Pack, PackInvalid, load
from booth.scoring.packs.session import Session
from booth.scoring.scorer import PackScorer
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


def telling(pack: Pack, **answers: list[Any]) -> AppearanceLane:
    """A lane whose network answers so, view by view; the model is not asked."""
    assert pack.network is not None
    network, asked = pack.network, iter(range(9))

    def of(_: View) -> dict[str, Any]:
        view = next(asked)
        return {name: np.asarray(found[view], np.float32) for name, found in answers.items()}

    told = AppearanceLane(replace(pack, manifest=pack.manifest.model_copy(update={"damage_types": ("dent", "tear")})))
    told._network = cast(Network, SimpleNamespace(of=of, form=network.form))
    return told


UPPER_LEFT = [[[0.0, 0.0, 0.0]] * 3, [[0.8, 0.1, 0.1]] + [[0.1, 0.0, 0.0]] * 2]


def test_the_reason_says_in_which_camera_what_it_looks_like_and_where(pack: Pack) -> None:
    lane = telling(pack, score=[0.2, 0.9], types=[[0.9, 0.0], [0.1, 0.9]], heat=[np.zeros((2, 3, 3)), UPPER_LEFT])
    found = lane.score((tiny.view("right", 0), tiny.view("left", 0)))
    assert isinstance(found, LaneScore)
    assert [reason.text for reason in found.reasons] == ["looks torn in left, upper left"]


def test_there_is_a_heat_map_for_every_camera_and_type(pack: Pack) -> None:
    lane = telling(pack, score=[0.2, 0.9], types=[[0.9, 0.0], [0.1, 0.9]], heat=[np.zeros((2, 3, 3)), UPPER_LEFT])
    found = lane.score((tiny.view("right", 0), tiny.view("left", 0)))
    assert isinstance(found, LaneScore)
    assert [(heat.camera, heat.kind) for heat in found.heat] == [
        ("right", "dent"), ("right", "tear"), ("left", "dent"), ("left", "tear")
    ]  # fmt: skip
    assert found.heat[3].values.max() == np.float32(0.8)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "looks damaged in left"),
        ({"types": [[0.9, 0.1]]}, "looks dented in left"),
        ({"heat": [UPPER_LEFT]}, "looks torn in left, upper left"),
    ],
)
def test_what_the_network_does_not_tell_is_not_said(pack: Pack, answers: dict[str, list[Any]], says: str) -> None:
    found = telling(pack, score=[0.9], **answers).score((tiny.view("left", 0),))
    assert isinstance(found, LaneScore)
    assert found.reasons[0].text == says


def test_a_lane_whose_network_needs_what_a_view_has_not_does_not_run(tmp_path: Path) -> None:
    inputs = {"colour": "picture", "left": "raking"}
    appearance = tiny.APPEARANCE | {"inputs": inputs, "needs": ["colour", "left"]}
    pack = load(tiny.write(tmp_path / "pack", onnx=tiny.model(beside="raking"), lanes={"appearance": appearance}))
    bare = tiny.view("left", 51)
    assert AppearanceLane(pack).score((bare,)) == NotRun("appearance", "left has no picture under light from the left")
    lit = replace(bare, lit={"left": bare.colour})
    assert isinstance(AppearanceLane(pack).score((lit,)), LaneScore)


def test_two_lanes_that_ask_of_a_view_share_one_run(pack: Pack) -> None:
    assert pack.network is not None
    view = tiny.view("left", 51)
    assert pack.network.of(view) is pack.network.of(view)
    assert pack.network.of(view) is not pack.network.of(replace(view))


def test_a_view_is_scored_the_same_beside_seven_others_in_as_many_threads(pack: Pack) -> None:
    views = tuple(tiny.view(f"camera-{level}", level) for level in range(0, 240, 30))
    alone, together = (PackScorer(pack, cores).score(tuple(map(replace, views))) for cores in (1, 8))
    assert (alone.score, alone.lanes, alone.reasons) == (together.score, together.lanes, together.reasons)


def test_a_lane_that_this_booth_has_not_got_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = load(tiny.write(tmp_path / "pack"))
    monkeypatch.setattr(scorer, "LANES", {})
    with pytest.raises(PackInvalid, match=r"manifest\.json: lanes\.appearance: this booth has no such lane"):
        PackScorer(pack)


def test_a_pack_fuses_by_its_own_row(tmp_path: Path) -> None:
    row = {"lanes": ["appearance"], "bias": 1.0, "weights": {"appearance": 2.0}}
    scored = PackScorer(load(tiny.write(tmp_path / "pack", fusion=[row]))).score((tiny.view("left", 204),))
    assert scored.score == pytest.approx(np.e * 16 / (1 + np.e * 16))
    assert scored.lanes[0][1] == pytest.approx(0.8)
