from pathlib import Path

import numpy as np
import pytest

from booth.geometry.views import View
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane, picture_of
from booth.scoring.pack import Pack, load
from booth.scoring.scorer import PackScorer
from tests.scoring import tiny


def grey(camera: str, level: int, shape: tuple[int, ...] = (*tiny.SIZE_PX, 3)) -> View:
    colour = np.full(shape, level, np.uint8)
    return View(camera, colour, np.full(shape[:2], np.nan, np.float32), np.zeros(shape[:2], np.bool_))


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load(tiny.write(tmp_path / "pack"))


def test_the_worst_view_decides_and_is_named(pack: Pack) -> None:
    scored = PackScorer(pack).score((grey("left", 51), grey("right", 204), grey("left", 102)))
    assert scored.score == pytest.approx(0.8)
    assert scored.lanes == (("appearance", scored.score),)
    assert [reason.text for reason in scored.reasons] == ["looks damaged in right"]


def test_a_view_of_any_size_is_scored_whole(pack: Pack) -> None:
    colour = np.zeros((40, 60, 3), np.uint8)
    colour[:20] = 255
    view = View("left", colour, np.zeros((40, 60), np.float32), np.ones((40, 60), np.bool_))
    assert AppearanceLane(pack).score((view,)).score == pytest.approx(0.5)


def test_a_view_of_the_input_size_is_not_resampled() -> None:
    view = grey("left", 7)
    assert picture_of(view, tiny.SIZE_PX) is view.colour


def test_the_input_size_is_height_then_width() -> None:
    assert picture_of(grey("left", 7, (30, 30, 3)), (4, 6)).shape == (4, 6, 3)


def test_no_view_is_no_score(pack: Pack) -> None:
    with pytest.raises(ScoreInvalid, match="no view of the tray"):
        PackScorer(pack).score(())


@pytest.mark.parametrize("shape", [(0, 6, 3), (4, 6), (4, 6, 4)])
def test_what_is_no_colour_picture_is_no_score(pack: Pack, shape: tuple[int, ...]) -> None:
    with pytest.raises(ScoreInvalid, match="the view of left is uint8"):
        PackScorer(pack).score((grey("right", 1), grey("left", 1, shape)))


@pytest.mark.parametrize(("gain", "says"), [(1.0, "gave 200.0 for left"), (-1.0, "gave -200.0 for left")])
def test_an_output_out_of_range_is_a_fault_never_a_score(tmp_path: Path, gain: float, says: str) -> None:
    golden = {**tiny.manifest()["golden"], "outputs": {"embedding": {"starts_with": [100.0], "tolerance": 0.01}}}
    pack = load(tiny.write(tmp_path / "pack", onnx=tiny.model(gain=gain), golden=golden))
    with pytest.raises(ScoreInvalid, match=says):
        PackScorer(pack).score((grey("left", 200),))


def test_a_nan_output_is_a_fault_even_beside_a_sound_view(tmp_path: Path) -> None:
    golden = {**tiny.manifest()["golden"], "outputs": {"embedding": {"starts_with": [100.0], "tolerance": 0.01}}}
    pack = load(tiny.write(tmp_path / "pack", onnx=tiny.model(offset=float("nan")), golden=golden))
    with pytest.raises(ScoreInvalid, match="gave nan for left"):
        PackScorer(pack).score((grey("left", 0), grey("right", 255)))


def test_a_model_that_fails_while_it_runs_is_no_score(pack: Pack) -> None:
    wrong = pack.manifest.model_copy(update={"input": pack.manifest.input.model_copy(update={"size_px": (5, 6)})})
    lane = AppearanceLane(Pack(pack.folder, wrong, pack.sha256, pack.session))
    with pytest.raises(ScoreInvalid, match="tiny failed on left"):
        lane.score((grey("left", 1),))
