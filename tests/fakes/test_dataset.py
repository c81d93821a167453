"""Data sets: what is in them, that they go on, and that no product is in two parts."""

import json
import os
import sys
from contextlib import nullcontext
from errno import ENOSPC
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

from fakes import props
from fakes.dataset import DatasetPlan, DatasetUnfit, capture, make
from fakes.dataset.coco import run_lengths
from fakes.dataset.make import jobs
from fakes.dataset.plan import FILE
from fakes.dataset.split import HELD_OUT, SPLITS, Split, of_product, parted
from fakes.props import Chosen, Drawn
from fakes.sensors.colour import GAMMA
from tests.fakes.graphics import needs_gl


@needs_gl
def test_a_data_set_is_complete_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    plan, told = DatasetPlan(3, seed=5, views=("left",), shots=("ring",)), list[tuple[int, int]]()
    first = make(plan, tmp_path, 2, lambda done, total: told.append((done, total)))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    again = list[tuple[int, int]]()
    (tmp_path / "captures" / "000001").rename(tmp_path / "gone")
    before = (tmp_path / "captures" / "000000" / "left.ring.png").stat().st_mtime_ns
    assert make(plan, tmp_path, 1, lambda done, total: again.append((done, total))) == first
    assert again[0] == (2, 3)
    assert (tmp_path / "captures" / "000000" / "left.ring.png").stat().st_mtime_ns == before
    _is_labelled(tmp_path)
    with pytest.raises(DatasetUnfit, match="other seed"):
        make(DatasetPlan(3, seed=6, views=("left",), shots=("ring",)), tmp_path, 1, lambda done, total: None)


@needs_gl
def test_a_data_set_through_a_d435_has_noisier_depth_than_through_a_d415_and_says_whose_it_is(tmp_path: Path) -> None:
    """A baseline of 50 mm and a wide lens against 55 mm and a narrow one: 1.6 times the noise."""

    def noise_mm(model: str) -> float:
        plan = DatasetPlan(1, seed=5, views=("left",), shots=("ring",), depth_camera=model)
        manifest = make(plan, tmp_path / model, 1, lambda done, total: None)
        told = json.loads((tmp_path / model / "captures" / "000000" / "capture.json").read_text())
        assert (manifest["depth_camera"], told["depth_camera"]) == (model, model)
        path = tmp_path / model / "captures" / "000000" / "left.depth.png"
        depth = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).astype(np.float32)
        whole = cv2.erode((depth > 0).astype(np.uint8), np.ones((9, 9))) > 0  # no hole is taken for noise
        return float(np.median(np.abs(depth - cv2.blur(depth, (9, 9)))[whole]))

    assert noise_mm("d435") > 1.3 * noise_mm("d415")


@needs_gl
def test_a_varied_sensor_tints_the_capture_as_it_says_and_changes_nothing_else(tmp_path: Path) -> None:
    captures = {vary: tmp_path / str(vary) / "captures" / "000000" for vary in (False, True)}
    for vary, folder in captures.items():
        plan = DatasetPlan(1, seed=5, views=("left",), shots=("ring",), vary_sensor=vary)
        assert make(plan, folder.parents[1], 1, lambda done, total: None).get("vary_sensor", False) is vary
    told = json.loads((captures[True] / "capture.json").read_text())["cameras"]["left"]
    plain, tinted = (
        (np.asarray(cv2.imread(str(captures[vary] / "left.ring.png"))) / 255.0) ** GAMMA for vary in captures
    )
    dim = plain.max(axis=2) < 0.5
    assert told["gain"] * np.array(told["balance"]) == pytest.approx(tinted[dim].sum(0) / plain[dim].sum(0), rel=0.02)
    for name in ("left.depth.png", "left.marks.png", "left.part.png"):
        assert (captures[False] / name).read_bytes() == (captures[True] / name).read_bytes()


def _is_labelled(folder: Path) -> None:
    images = 0
    for split in SPLITS:
        labels = json.loads((folder / f"{split}.coco.json").read_text())
        images += len(labels["images"])
        for image in labels["images"]:
            colour = np.asarray(cv2.imread(str(folder / image["file_name"])))
            assert colour.shape == (image["height"], image["width"], 3)
            depth = np.asarray(cv2.imread(str(folder / image["booth"]["depth"]), cv2.IMREAD_UNCHANGED))
            assert depth.dtype == np.uint16
        for each in labels["annotations"]:
            assert sum(each["segmentation"]["counts"][1::2]) == each["area"] > 0
    assert images == 3
    about = json.loads((folder / "captures" / "000000" / "capture.json").read_text())
    assert about["simulated"] is True


def test_no_product_is_in_two_parts_and_three_families_are_for_the_test_alone() -> None:
    assert len(HELD_OUT) == 3
    parts = {(name, number): of_product(name, number) for name in props.FAMILIES for number in range(24)}
    assert all(part == "test" for (name, _), part in parts.items() if name in HELD_OUT)
    rest = [part for (name, _), part in parts.items() if name not in HELD_OUT]
    assert rest.count("train") > 2 * max(rest.count("val"), rest.count("test")) > 0


def test_products_beyond_the_catalogue_are_for_training_and_of_no_held_out_family() -> None:
    wanted = list(jobs(DatasetPlan(60, split="train", products=800)))
    items = [item for job in wanted for item in job.wanted.items]
    assert sum(item.number >= props.FAMILIES[item.family].products for item in items) > 50
    assert not {item.family for item in items} & set(HELD_OUT)
    assert all(of_product(family, 24) == "train" for family in props.FAMILIES if family not in HELD_OUT)
    assert {of_product(family, 24) for family in HELD_OUT} == {"test"}


def test_a_catalogue_without_products_or_with_more_than_their_codes_can_tell_is_refused() -> None:
    for products in (0, 1001):
        with pytest.raises(DatasetUnfit, match="1 to 1000"):
            DatasetPlan(1, products=products)


def test_a_second_item_of_another_part_is_left_out() -> None:
    number = next(number for number in range(24) if of_product("case", number) == "train")
    one, other = Chosen("case", number), Chosen(HELD_OUT[0], 0)
    wanted, part = parted(Drawn(1, "two", (one, other)))
    assert (wanted.items, wanted.arrangement) == ((one,), "one")
    assert part == "train"
    assert parted(Drawn(1, "two", (other, other)))[0].arrangement == "two"


def test_references_show_every_product_undamaged_in_several_poses() -> None:
    wanted = [job for job in jobs(DatasetPlan(1, references=2)) if job.name.startswith("reference")]
    assert len(wanted) == 2 * sum(kind.products for kind in props.FAMILIES.values())
    assert all(not item.injuries for job in wanted for item in job.wanted.items)
    assert len({job.wanted.seed for job in wanted}) == len(wanted)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"views": ("top",)}, "there are: left, right"),
        ({"shots": ("moon",)}, "there are: ring"),
        ({"captures": 0}, "at least 1"),
        ({"depth_camera": "D999"}, "there are: d415, d435, d455"),
        ({"split": "exam"}, "there are: train, val, test"),
        ({"damaged": 1.5}, "no share of damaged trays"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_with_what_can(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(DatasetUnfit, match=says):
        DatasetPlan(**({"captures": 1} | changed))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("sea")
    with pytest.raises(DatasetUnfit, match="give another folder"):
        DatasetPlan(1).claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_data_set_is_gone_on_with_by_its_own_depth_camera_alone(tmp_path: Path) -> None:
    models = (None, "d415", "d435")
    for model in models:
        DatasetPlan(1, depth_camera=model).claim(tmp_path / str(model))
    for begun, other in permutations(models, 2):
        with pytest.raises(DatasetUnfit, match="begun with other depth_camera: give another folder"):
            DatasetPlan(1, depth_camera=other).claim(tmp_path / str(begun))
    DatasetPlan(1, depth_camera="d435").claim(tmp_path / "d435")


def test_a_data_set_goes_on_with_a_varied_sensor_only_if_it_was_begun_with_one(tmp_path: Path) -> None:
    DatasetPlan(1).claim(tmp_path)
    with pytest.raises(DatasetUnfit, match="begun with other vary_sensor"):
        DatasetPlan(1, vary_sensor=True).claim(tmp_path)


def test_a_plan_for_the_rigs_own_cameras_reads_as_it_did_before_there_was_a_choice(tmp_path: Path) -> None:
    DatasetPlan(1).claim(tmp_path)
    assert {"depth_camera", "vary_sensor"}.isdisjoint(json.loads((tmp_path / FILE).read_text()))


@pytest.mark.parametrize("split", SPLITS)
def test_a_data_set_of_one_part_has_trays_and_references_of_its_products_alone(split: Split) -> None:
    wanted = list(jobs(DatasetPlan(40, split=split, references=1)))
    assert {job.split for job in wanted} == {split}
    named = [job.name for job in wanted if not job.name.startswith("reference-")]
    assert len(set(named)) == 40
    for job in wanted:
        assert {of_product(item.family, item.number) for item in job.wanted.items} <= {split}


def test_as_many_trays_are_damaged_as_was_asked_for_and_the_others_stay_as_they_were() -> None:
    few, many = ({job.name: job.wanted for job in jobs(DatasetPlan(400, damaged=share))} for share in (0.1, 0.6))
    hurt = [sum(any(item.injuries for item in drawn.items) for drawn in lot.values()) for lot in (few, many)]
    assert 20 <= hurt[0] <= 60
    assert 190 <= hurt[1] <= 290
    unhurt = [name for name, drawn in many.items() if not any(item.injuries for item in drawn.items)]
    assert all(few[name] == many[name] for name in unhurt)


@needs_gl
def test_what_is_read_out_of_the_tray_alone_is_what_the_whole_sensor_shows_there(tmp_path: Path) -> None:
    shown = {}
    for tray_only in (False, True):
        plan = DatasetPlan(1, seed=5, views=("left",), shots=("ring",), split="train", tray_only=tray_only)
        make(plan, tmp_path / str(tray_only), 1, lambda done, total: None)
        (folder,) = (tmp_path / str(tray_only) / "captures").iterdir()
        lens = json.loads((folder / "capture.json").read_text())["cameras"]["left"]["colour"]
        pictures = {
            kind: np.asarray(cv2.imread(str(folder / f"left.{kind}.png"), cv2.IMREAD_UNCHANGED))
            for kind in ("ring", "part")
        }
        shown[tray_only] = lens, pictures
    (lens, whole), (small, part) = shown[False], shown[True]
    assert small["width_px"] * small["height_px"] < 0.7 * lens["width_px"] * lens["height_px"]
    left, top = (round(lens[key] - small[key]) for key in ("cx_px", "cy_px"))
    there = {name: picture[top:, left:][: small["height_px"], : small["width_px"]] for name, picture in whole.items()}
    assert np.mean(there["part"] == part["part"]) > 0.999
    assert np.median(np.abs(there["ring"].astype(int) - part["ring"])) <= 3  # noise, and less of it in the corners
    assert np.mean(part["part"] > 0) > 0.6


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("sea")
    with pytest.raises(DatasetUnfit, match="is a file: give a folder"):
        DatasetPlan(1).claim(tmp_path / "holiday.jpg")


def test_a_full_disk_names_the_folder_and_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fills(*_: Any) -> Any:
        yield 1
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(sys.modules[make.__module__], "_made", fills)
    with pytest.raises(OSError, match="No space left on device; run it again to go on") as full:
        make(DatasetPlan(2), tmp_path, 1, lambda done, total: None)
    assert (full.value.errno, full.value.filename) == (ENOSPC, str(tmp_path))


def test_a_capture_that_a_full_disk_cut_short_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fills(folder: Path, *_: Any) -> None:
        (folder / "left.ring.png").write_bytes(b"half")
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(capture, "Stage", lambda *_: nullcontext())
    monkeypatch.setattr(capture, "look", lambda *_: None)
    monkeypatch.setattr(capture, "_visible", lambda *_: [])
    monkeypatch.setattr(capture, "_write", fills)
    job = capture.Job("000000", Drawn(1, "empty"), "train")
    with pytest.raises(OSError, match="No space left"):
        capture.make(job, DatasetPlan(1), cast(Any, None), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_run_lengths_begin_with_zeros_and_go_down_the_columns() -> None:
    assert run_lengths(np.array([[0, 1], [0, 1], [1, 0]], bool)) == [2, 3, 1]
    assert run_lengths(np.array([[1, 0], [1, 0]], bool)) == [0, 2, 2]
