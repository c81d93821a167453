"""Anybody's pictures: the folder layout of anomalib, and a list in a CSV file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.evaluation.folders import CAMERA
from booth.evaluation.framing import Framing
from booth.evaluation.reading import read
from booth.evaluation.truth import DatasetUnreadable
from tests.evaluation import made

WHOLE = Framing(None)


def picture(path: Path, value: int = 100, shape: tuple[int, ...] = (20, 30, 3), deep: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full(shape, value, np.uint16 if deep else np.uint8))
    return path


def folder(tmp_path: Path) -> Path:
    for name in ("train/good/0.png", "test/good/1.jpg", "test/good/2.png", "test/crush/3.png", "test/tear/4.png"):
        picture(tmp_path / name)
    picture(tmp_path / "ground_truth" / "crush" / "3_mask.png", 255, (20, 30))
    (tmp_path / "test" / "good" / "Thumbs.db").write_bytes(b"none of ours")
    return tmp_path


def listed(tmp_path: Path, *rows: str, columns: str = "path,label") -> Path:
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    path = tmp_path / "list.csv"
    path.write_text("\n".join((columns, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_folder_is_read_by_its_names(tmp_path: Path) -> None:
    data = read(folder(tmp_path))
    assert {tray.truth.name: tray.truth.types for tray in data.trays} == {
        "test/good/1.jpg": set(), "test/good/2.png": set(), "test/crush/3.png": {"crush"}, "test/tear/4.png": {"tear"},
    }  # fmt: skip
    assert [tray.truth.name for tray in data.gallery] == ["train/good/0.png"]
    assert (data.form, data.simulated, data.split) == ("folder", False, "test")


def test_a_picture_has_colour_and_nothing_else(tmp_path: Path) -> None:
    (view,) = read(folder(tmp_path)).trays[0].views(WHOLE)
    assert view.colour.shape == (20, 30, 3)
    assert not view.valid.any()
    assert view.standpoint is None


def test_a_picture_in_grey_is_a_picture(tmp_path: Path) -> None:
    picture(folder(tmp_path) / "test" / "good" / "0.png", 7, (20, 30))
    (view,) = read(tmp_path).trays[1].views(WHOLE)
    assert view.colour.shape == (20, 30, 3)


def test_masks_are_found_by_their_stem_and_a_good_picture_has_damage_nowhere(tmp_path: Path) -> None:
    masks = {tray.truth.name: tray.masks(WHOLE) for tray in read(folder(tmp_path)).trays}
    assert masks["test/crush/3.png"][CAMERA].all()
    assert not masks["test/good/1.jpg"][CAMERA].any()
    assert masks["test/tear/4.png"] == {}


@pytest.mark.parametrize(
    ("gone", "says"), [("test/good", "no pristine picture is there"), ("test/crush", "no damaged picture is there")]
)
def test_a_folder_without_one_of_the_two_is_refused(tmp_path: Path, gone: str, says: str) -> None:
    for path in [*(folder(tmp_path) / gone).iterdir(), *(tmp_path / "test" / "tear").iterdir()]:
        if gone == "test/good" and "tear" in str(path):
            continue
        path.unlink()
    with pytest.raises(DatasetUnreadable, match=says):
        read(tmp_path)


def test_a_file_that_is_no_picture_is_named_before_anything_is_scored(tmp_path: Path) -> None:
    (folder(tmp_path) / "test" / "tear" / "5.png").write_bytes(b"no picture")
    with pytest.raises(DatasetUnreadable, match=r"tear/5\.png: it is not a picture; replace it"):
        read(tmp_path)


@pytest.mark.parametrize("what", ["nothing", "empty", "strange"])
def test_what_is_no_data_set_says_what_one_is(tmp_path: Path, what: str) -> None:
    path = tmp_path / "set"
    if what != "nothing":
        path.mkdir()
    if what == "strange":
        (path / "notes.txt").touch()
    with pytest.raises(DatasetUnreadable, match="booth simulate dataset"):
        read(path)


def test_a_list_is_read_row_by_row(tmp_path: Path) -> None:
    path = listed(
        tmp_path, "a.png,good,,,p1,f1,test,print|shadow", "b.png,damaged,dent|tear,minor|major,p2,f1,test,",
        columns="path,label,type,severity,product,family,split,decoy",
    )  # fmt: skip
    good, bad = (tray.truth for tray in read(path).trays)
    assert (good.damaged, good.product, good.decoys) == (False, "p1", ("print", "shadow"))
    assert [(damage.type, damage.severity) for damage in bad.damages] == [("dent", "minor"), ("tear", "major")]
    assert bad.family == "f1"


def test_a_label_alone_is_enough(tmp_path: Path) -> None:
    data = read(listed(tmp_path, "a.png,good", "b.png,damaged"))
    assert [tray.truth.types for tray in data.trays] == [set(), {"damage"}]
    assert data.split is None


def test_depth_and_sides_of_a_list_make_a_view_that_a_booth_would_have(tmp_path: Path) -> None:
    picture(tmp_path / "depth.png", 450, (20, 30), deep=True)
    picture(tmp_path / "left.png", 60)
    path = listed(tmp_path, "a.png,good,depth.png,500,2.5,left.png", columns="path,label,depth,floor_mm,mm_per_px,left")
    (view,) = read(path).trays[0].views(WHOLE)
    assert (view.height_mm == 50).all()
    assert view.valid.all()
    assert int(view.lit["left"].max()) == 60
    assert view.standpoint is not None
    assert (view.standpoint.mm_per_px, view.standpoint.distance_mm) == (2.5, 500)


def test_depth_on_other_pixels_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "depth.png", 450, (10, 15), deep=True)
    path = listed(tmp_path, "a.png,good,depth.png,500", columns="path,label,depth,floor_mm")
    with pytest.raises(DatasetUnreadable, match=r"depth\.png: it has 15 x 10 pixels"):
        read(path).trays[0].views(WHOLE)


@pytest.mark.parametrize(
    ("columns", "row", "says"),
    [
        ("path", "a.png", r"list\.csv:1: no column is called label"),
        ("path,label,colour", "a.png,good,red", r"list\.csv:1: no column 'colour' is known; there are: path, label"),
        ("path,label,label", "a.png,good,good", "named twice"),
        ("path,label", "c.png,good", r"list\.csv:2: path is 'c.png'; give a file that is there"),
        ("path,label", "a.png,fine", r"list\.csv:2: label is 'fine'; write good or damaged"),
        ("path,label", "a.png,good,more", r"list\.csv:2: more cells than columns"),
        ("path,label,split", "a.png,good,exam", "split is 'exam'; write train, val, test"),
        ("path,label,severity", "a.png,damaged,bad", "severity is 'bad'; write minor or major"),
        ("path,label,type,severity", "a.png,damaged,dent|tear,minor", "one for each type"),
        ("path,label,type", "a.png,good,dent", "a good tray has no damage"),
        ("path,label,depth", "a.png,good,b.png", r"list\.csv:2: floor_mm is ''"),
        ("path,label,mm_per_px", "a.png,good,-1", "mm_per_px is '-1'; give a number above 0"),
        ("path,label,mm_per_px", "a.png,good,wide", "mm_per_px is 'wide'"),
        ("path,label,mask", "a.png,damaged,m.png", "mask is 'm.png'; give a file"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_its_line(tmp_path: Path, columns: str, row: str, says: str) -> None:
    with pytest.raises(DatasetUnreadable, match=says):
        read(listed(tmp_path, row, columns=columns))


def test_a_list_without_rows_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnreadable, match="no row is in it"):
        read(listed(tmp_path))
    with pytest.raises(DatasetUnreadable, match="not a CSV file in UTF-8"):
        read(picture(tmp_path / "a.png"))


def test_the_test_is_scored_and_pristine_trays_of_the_training_are_a_gallery(tmp_path: Path) -> None:
    made.simulated(tmp_path, 2, split="train", damages=[], visible_px={"left": []})
    made.capture(tmp_path / "captures" / "000005", split="train")
    made.capture(tmp_path / "captures" / "000006", split="test")
    made.capture(tmp_path / "captures" / "reference-carton-01-0", split="test", damages=[], visible_px={"left": []})
    data = read(tmp_path)
    assert [tray.truth.name for tray in data.trays] == ["000006"]
    assert [tray.truth.name for tray in data.gallery] == ["reference-carton-01-0", "000000", "000001"]
    assert data.simulated


def test_a_product_on_both_sides_is_told(tmp_path: Path) -> None:
    made.simulated(tmp_path, 1, split="train")
    made.capture(tmp_path / "captures" / "000006", split="test")
    assert read(tmp_path).unsplit == ("carton-01",)
    assert read(tmp_path, "train").unsplit == ("carton-01",)


def test_a_part_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnreadable, match="no tray is in its part 'val', but in: train"):
        read(made.simulated(tmp_path), "val")
