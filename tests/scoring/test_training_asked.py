"""What a training is asked for, and the page that it writes of the validation part: without torch."""

from pathlib import Path

import pytest

from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.packs.pack import load
from tests.evaluation import made
from tests.scoring.scripts import script

ROOT = Path(__file__).parents[2]


def test_a_quick_run_touches_neither_the_shipped_pack_nor_what_a_whole_run_kept() -> None:
    whole, quick = script("asked").asked([]), script("asked").asked(["--quick"])
    assert (whole.into, whole.work) == (ROOT / "models" / "damage-sim1", ROOT / "build" / "training")
    assert quick.work == ROOT / "build" / "training" / "quick"
    assert quick.into.parent == quick.work
    assert quick.data == whole.data


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], "make train"),
        (["--first", "40"], 'make train TRAIN_ARGS="--first 40"'),
        (["--quick"], 'make train TRAIN_ARGS="--quick"'),
        (["--quick", "--first", "40", "--into", "x"], 'make train TRAIN_ARGS="--quick --first 40"'),
    ],
)
def test_a_pack_says_by_what_it_was_made(words: list[str], command: str) -> None:
    assert script("asked").asked(words).command == command


def validation(folder: Path, split: str = "val") -> Path:
    made.simulated(folder, 2, split=split)
    made.capture(folder / "captures" / "000009", split=split, damages=[], visible_px={"left": []})
    return folder


def test_the_page_of_a_training_is_of_the_validation_part_and_names_the_pack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack, data = made.pack(tmp_path / "pack"), validation(tmp_path / "val")
    path = script("paged").page(pack, data, tmp_path / "work" / "report")
    assert path == tmp_path / "work" / "report" / "index.html"
    content = path.read_text()
    assert "val, part val: 3 trays" in content
    assert load(pack).sha256[:12] in content
    assert all(told in content for told in ("SIMULATED", "Worst misses", "Worst false alarms", "000009"))
    assert "report: trays, 3 of 3" in capsys.readouterr().out


def test_a_page_that_was_stopped_scores_only_what_is_left_and_another_pack_everything(tmp_path: Path) -> None:
    data, folder = validation(tmp_path / "val"), tmp_path / "report"
    for name in ("one", "other"):
        made.pack(tmp_path / name)
        (tmp_path / name / "manifest.json").write_text(
            (tmp_path / name / "manifest.json").read_text() + "\n" * len(name)
        )
        script("paged").page(tmp_path / name, data, folder)
        script("paged").page(tmp_path / name, data, folder)
    assert [len(path.read_text().splitlines()) for path in folder.glob("*.csv")] == [4, 4]


def test_a_page_of_the_test_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnreadable):
        script("paged").page(made.pack(tmp_path / "pack"), validation(tmp_path / "test", "test"), tmp_path / "report")
