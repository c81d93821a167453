"""`booth model eval`, as its users run it."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from booth.cli.app import app
from tests.evaluation import made

FIGURES = {"auroc", "ap", "recall_at_fpr_1pct", "recall_at_fpr_01pct", "recall_at_p50"}
QUICK = ("--resamples", "20")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack, a folder of pictures, and a simulated data set."""
    folder = tmp_path_factory.mktemp("site")
    made.pack(folder / "pack", maps=True)
    made.textures(folder / "pictures")
    drawn = made.simulated(folder / "drawn", 3, split="test")
    decoyed = [{"product": "carton-02", "family": "carton", "part": 2, "decoys": ["printed-holes"]}]
    for number in range(5):
        made.capture(
            drawn / "captures" / f"00001{number}", split="test", damages=[], visible_px={"left": []},
            product="carton-02", items=decoyed,
        )  # fmt: skip
    return folder


def ran(*arguments: "str | Path") -> Result:
    return CliRunner().invoke(app, ["model", "eval", *map(str, arguments)])


def data(*arguments: "str | Path") -> dict[str, Any]:
    result = ran(*arguments, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["schema"], told["status"]) == ("booth.result/1", "pass")
    found: dict[str, Any] = told["data"]
    return found


def test_a_gallery_of_pristine_pictures_gives_the_figures_and_the_counts_and_nothing_else(site: Path) -> None:
    found = data(site / "pictures", "--fit", "gallery", "--pack", site / "pack", *QUICK)
    assert set(found) == FIGURES | {"counts"}
    for name in FIGURES:
        assert set(found[name]) == {"value", "low", "high"}
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    assert found["auroc"]["value"] >= 0.95
    assert found["counts"] == {
        "trays": 40, "damaged": 20, "pristine": 20, "gallery": 12, "products": 0, "not_scored": 0,
    }  # fmt: skip


def test_a_simulated_data_set_is_told_by_every_group_and_called_simulated(site: Path) -> None:
    found = data(site / "drawn", "--pack", site / "pack", *QUICK)
    assert found["simulated"] is True
    assert found["per_type"]["dent"]["damaged"] == 3
    assert found["per_severity"]["minor"]["damaged"] == 3
    assert set(found["per_product"]) == {"carton-01", "carton-02"}
    assert found["hard_negatives"]["printed-holes"]["pristine"] == 5
    assert found["per_lane"]["appearance"]["auroc"]["value"] == found["auroc"]["value"]
    assert found["kaputt"]["AP_any"] == found["ap"]
    assert (found["split"], found["form"]) == ("test", "simulated")


def test_a_person_reads_a_table_that_says_simulated_and_what_to_know(site: Path) -> None:
    result = ran(site / "drawn", "--pack", site / "pack", *QUICK)
    assert result.exit_code == 0
    assert "8 trays  SIMULATED" in result.stdout
    assert "printed-holes" in result.stdout
    assert "recall at 1 % FPR" in result.stdout
    assert "warning: 5 pristine trays: at 0.1 % false positives none of them may be diverted" in result.stderr


def test_scores_are_kept_and_give_the_same_figures_without_scoring(site: Path, tmp_path: Path) -> None:
    arguments = (site / "pictures", "--pack", site / "pack", "--scores", tmp_path / "scores.csv", *QUICK)
    first = data(*arguments)
    kept = (tmp_path / "scores.csv").read_text()
    assert len(kept.splitlines()) == 41
    (tmp_path / "scores.csv").write_text(kept.replace("test/blob/20.png,", "test/blob/20.png,9"))
    moved = data(*arguments)
    assert moved["auroc"]["value"] != first["auroc"]["value"]


def test_an_ablation_scores_four_times_and_keeps_each(site: Path, tmp_path: Path) -> None:
    found = data(site / "drawn", "--pack", site / "pack", "--ablate", "--scores", tmp_path / "s.csv", *QUICK)
    assert list(found["ablations"]) == ["colour alone", "+ height", "+ relief", "+ reference"]
    assert found["simulated"] is True
    assert len(list(tmp_path.glob("s-*.csv"))) == 4
    assert set(found["ablations"]["+ height"]) == FIGURES | {"counts", "scored_by"}


def test_a_report_is_written_where_it_is_asked_for(site: Path, tmp_path: Path) -> None:
    result = ran(site / "drawn", "--pack", site / "pack", "--report", tmp_path / "page", *QUICK)
    assert result.exit_code == 0
    assert result.stdout.strip().endswith(str(tmp_path / "page" / "index.html"))
    assert "SIMULATED" in (tmp_path / "page" / "index.html").read_text()


def test_pixels_are_judged_where_they_are_asked_for(site: Path, tmp_path: Path) -> None:
    arguments = (site / "pictures", "--fit", "gallery", "--pack", site / "pack", "--pixels", *QUICK)
    refused = ran(*arguments)
    assert refused.exit_code == 2
    assert "no damaged tray has both a mask and a heat map" in refused.stderr
    pictures = shutil.copytree(site / "pictures", tmp_path / "pictures")
    for path in (pictures / "test" / "blob").iterdir():
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        mask = (cv2.blur(grey, (5, 5)) < 105).astype(np.uint8) * 255
        (pictures / "ground_truth" / "blob").mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(pictures / "ground_truth" / "blob" / path.name), mask)
    found = data(pictures, *arguments[1:])
    assert set(found) == FIGURES | {"counts", "pixel_auroc", "pixel_ap"}
    assert found["pixel_auroc"]["value"] > 0.9


def test_a_list_in_a_csv_file_is_scored(site: Path, tmp_path: Path) -> None:
    rows = [f"test/{kind}/{number}.png,{label}" for kind, label, first in (("good", "good", 0), ("blob", "damaged", 20))
            for number in range(first, first + 4)]  # fmt: skip
    path = shutil.copytree(site / "pictures", tmp_path / "pictures") / "list.csv"
    path.write_text("\n".join(("path,label", *rows)))
    found = data(path, "--pack", site / "pack", *QUICK)
    assert (found["form"], found["counts"]["trays"]) == ("csv", 8)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere",), 2, "nowhere: it is not there; give a folder of booth simulate dataset"),
        (("pictures", "--split", "val"), 2, "no tray is in its part 'val', but in: test, train"),
        (("pictures", "--lanes", "relief"), 2, "it brings no lane 'relief'; there are: appearance"),
        (("pictures", "--fit", "gallery", "--lanes", "appearance"), 2, "leave out --lanes"),
        (("pictures", "--ablate", "--without", "depth"), 2, "no --without, no --report, no --pixels"),
        (("pictures", "--scores", "none/s.csv"), 8, "none: No such file or directory; make the folder"),
        (("pictures", "--pack", "pictures"), 7, "manifest.json: there is no such file"),
    ],
)
def test_what_cannot_be_is_told_in_one_message_with_its_exit_code(
    site: Path, arguments: tuple[str, ...], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    pack = () if "--pack" in arguments else ("--pack", "pack")
    result = ran(*arguments, *pack, *QUICK)
    assert result.exit_code == code
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_with_one_class_alone_there_is_nothing_to_rank(tmp_path: Path, site: Path) -> None:
    result = ran(made.simulated(tmp_path / "drawn", 2), "--pack", site / "pack")
    assert result.exit_code == 2
    assert "no tray is pristine: nothing can be a false alarm; add pristine trays" in result.stderr


def test_a_picture_cut_short_is_named(site: Path, tmp_path: Path) -> None:
    pictures = shutil.copytree(site / "pictures", tmp_path / "pictures")
    whole = (pictures / "test" / "good" / "1.png").read_bytes()
    (pictures / "test" / "good" / "1.png").write_bytes(whole[:40])
    result = ran(pictures, "--pack", site / "pack")
    assert result.exit_code == 2
    assert "good/1.png: it is not a picture; replace it or take it out" in result.stderr


def test_products_that_are_in_two_parts_are_warned_of(site: Path, tmp_path: Path) -> None:
    drawn = shutil.copytree(site / "drawn", tmp_path / "drawn")
    made.capture(drawn / "captures" / "000020", split="train")
    told = json.loads(ran(drawn, "--pack", site / "pack", *QUICK, "--json").stdout)
    (warned,) = (d for d in told["diagnostics"] if d["code"] == "split-by-picture")
    assert warned["severity"] == "warning"
    assert "carton-01" in warned["message"]
