"""Trays in, scores out, and what is kept of them."""

from pathlib import Path

import numpy as np
import pytest

from booth.evaluation.framing import Framing
from booth.evaluation.kept import Kept, Row
from booth.evaluation.reading import read
from booth.evaluation.scoring import LanesUnknown, judge_of, rows, scorer_of, stripped, with_lanes
from booth.evaluation.simulated import captures
from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.packs.pack import load
from tests.evaluation import made


def quiet(done: int, total: int) -> None:
    pass


def test_every_tray_has_its_row_in_order_whatever_core_was_quicker(tmp_path: Path) -> None:
    data, pack = read(made.textures(tmp_path / "set", good=9, bad=9)), load(made.pack(tmp_path / "pack"))
    judge = judge_of(scorer_of(pack), pack)
    found = rows(data.trays, judge, None, quiet)
    assert [row.name for row in found] == [tray.truth.name for tray in data.trays]
    assert found == [judge(tray) for tray in data.trays]
    assert found[0].lanes == {"appearance": found[0].score}


def test_what_was_scored_before_is_not_scored_again(tmp_path: Path) -> None:
    data, pack = read(made.textures(tmp_path / "set", good=3, bad=3)), load(made.pack(tmp_path / "pack"))
    judge = judge_of(scorer_of(pack), pack)
    kept = Kept(tmp_path / "scores.csv", "tiny")
    first = rows(data.trays[:4], judge, kept, quiet)
    told: list[tuple[int, int]] = []
    judged: list[str] = []

    def watched(tray):  # type: ignore[no-untyped-def]  # as judge
        judged.append(tray.truth.name)
        return judge(tray)

    again = rows(data.trays, watched, Kept(tmp_path / "scores.csv", "tiny"), lambda *at: told.append(at))
    assert sorted(judged) == sorted(tray.truth.name for tray in data.trays[4:])
    assert again[:4] == first
    assert (told[0], told[-1]) == ((4, 6), (6, 6))


def test_a_row_that_a_power_cut_left_half_written_is_scored_again(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    kept = Kept(path, "tiny")
    for name in ("a", "b, with a comma"):
        kept.add(Row(name, 0.1, {"relief": 0.25}, failed="no, nothing"))
    whole = path.read_bytes()
    for cut in range(len(whole) - 12, len(whole)):
        path.write_bytes(whole[:cut])
        assert list(kept.read()) == ["a"]
        kept.add(Row("c", 1 / 3))
        assert kept.read()["c"] == Row("c", 1 / 3)
        assert kept.read()["a"].failed == "no, nothing"


def test_scores_of_another_pack_are_not_taken_for_these(tmp_path: Path) -> None:
    Kept(tmp_path / "scores.csv", "tiny 1").add(Row("a", 0.1))
    with pytest.raises(DatasetUnreadable, match="its scores are by tiny 1, not by tiny 2; give another file"):
        Kept(tmp_path / "scores.csv", "tiny 2").read()


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("path,label\na.png,good\n")
    with pytest.raises(DatasetUnreadable, match="it holds something else than scores"):
        Kept(path, "tiny").read()
    assert path.read_text() == "path,label\na.png,good\n"


def test_a_tray_that_cannot_be_scored_counts_as_diverted_and_says_why(tmp_path: Path) -> None:
    pack = load(made.pack(tmp_path / "pack"))
    data = read(made.textures(tmp_path / "set", good=1, bad=1))

    class Broken:
        def score(self, views, labels=None):  # type: ignore[no-untyped-def]
            from booth.scoring.scorer import ScoreInvalid

            raise ScoreInvalid("NaN")

    row = judge_of(Broken(), pack)(data.trays[0])
    assert (row.score, row.failed, row.lanes) == (1.0, "NaN", {})


def test_a_booth_without_depth_or_sides_has_views_without_them(tmp_path: Path) -> None:
    (capture,) = captures(made.simulated(tmp_path))
    (view,) = capture.views(Framing(None))
    bare = stripped(view, ("depth", "sides"))
    assert not bare.valid.any()
    assert np.isnan(bare.height_mm).all()
    assert not bare.lit
    assert (bare.colour == view.colour).all()
    assert stripped(view, ("sides",)).valid.any()
    assert stripped(view, ("depth",)).lit
    assert stripped(view, ()).lit


def test_a_lane_that_the_pack_has_not_got_is_refused_with_those_it_has(tmp_path: Path) -> None:
    pack = load(made.pack(tmp_path / "pack"))
    assert with_lanes(pack, ("appearance",)).manifest.lanes.brought == ("appearance",)
    with pytest.raises(LanesUnknown, match="it brings no lane 'relief'; there are: appearance"):
        with_lanes(pack, ("relief",))
