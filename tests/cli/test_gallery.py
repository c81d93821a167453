"""`booth gallery`, over printed boxes."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

from booth.cli.app import app
from booth.cli.manners import Exit
from booth.geometry.plane import Plane
from booth.geometry.views import View
from booth.scoring.gallery.store import load
from booth.tray import Verdict
from drivers.units import Millimetres
from tests.cli.gallery_site import calibrate, dataset, evidence, pack, session, site
from tests.scoring.gallery.boxes import STANDS, boxed

TEA, TURNED, COFFEE = boxed(1), boxed(1, 30, (6, -5), noise=1), boxed(2, noise=2)


def booth(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["gallery", *map(str, arguments)])


def told(result: Result) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(result.stdout)["data"]
    return data


def spoilt(view: View, wrong: str) -> View:
    if wrong == BLURRED:
        soft = cv2.GaussianBlur(view.colour, (0, 0), 5) + np.random.default_rng(9).normal(0, 2, view.colour.shape)
        return replace(view, colour=np.clip(soft, 0, 255).astype(np.uint8))
    if wrong == WHITE:
        colour = view.colour.copy()
        colour[:100] = 255
        return replace(view, colour=colour)
    hidden = view.height_mm.copy()
    hidden[:, :250] = STANDS.distance_mm  # which is a raw depth of 0
    return replace(view, height_mm=hidden)


def evidence_pair(folder: Path, views: Sequence[View]) -> list[Path]:
    return [evidence(folder / "kept", number, view) for number, view in enumerate(views)]


def session_pair(folder: Path, views: Sequence[View]) -> list[Path]:
    return [session(folder / "session", views)]


def dataset_pair(folder: Path, views: Sequence[View]) -> list[Path]:
    return [dataset(folder / "set", {f"reference-tea-01-{n}": ("tea-01", view) for n, view in enumerate(views)})]


BLURRED, WHITE, BLIND = "blurred by", "is saturated", "of the picture has depth"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return site(tmp_path)


def gallery(config: Path) -> Path:
    return config.parent / "gallery"


def ids(config: Path, product: str) -> list[str]:
    return sorted(load(gallery(config)).about(product))


def added(config: Path) -> Path:
    """Two references of tea."""
    kept = config.parent / "kept"
    sources = [evidence(kept, number, view) for number, view in enumerate((TEA, TURNED))]
    result = booth("add", config, *sources, "--product", "tea", "--code", "4006381333931", "--by", "ann")
    assert result.exit_code == Exit.OK, result.output
    return kept


def test_evidence_that_agrees_becomes_references_that_say_where_they_came_from(config: Path) -> None:
    kept = added(config)
    (first, _) = load(gallery(config)).references("tea")
    assert first.about.source.kind == "evidence"
    assert first.about.source.folder == str(kept)
    assert first.about.added_by == "ann"
    assert first.views[0].valid.all()
    text = booth("list", config).stdout
    assert "version 1" in text
    assert "version 1: ann, 20" in text
    assert ": pristine items (2 added)" in text
    assert "code 4006381333931 means tea" in text


def test_a_session_and_a_single_tray_of_it_can_be_added(config: Path) -> None:
    recorded = session(config.parent / "session", (TEA, TURNED, COFFEE))
    result = booth("add", config, recorded, "--product", "tea", "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    assert [one["what"] for one in told(result)["captures"]] == ["added", "added", "refused"]
    (again,) = told(booth("add", config, recorded / "000001-000001", "--product", "tea", "--json"))["captures"]
    assert again["what"] == "merged"
    assert load(gallery(config)).version == 1


def test_a_data_set_gives_the_references_that_it_has_of_the_product(config: Path) -> None:
    made = {"reference-tea-01-0": ("tea-01", TEA), "reference-tea-01-1": ("tea-01", TURNED),
            "000000": ("tea-01", boxed(1, 60)), "reference-ale-02-0": ("ale-02", COFFEE)}  # fmt: skip
    folder = dataset(config.parent / "set", made)
    assert booth("add", config, folder, "--product", "tea-01").exit_code == Exit.OK
    assert len(ids(config, "tea-01")) == 2
    one = booth("add", config, folder / "captures" / "000000", "--product", "tea-01")
    assert one.exit_code == Exit.OK, one.output
    assert booth("add", config, folder, "--product", "unheard-of").exit_code == Exit.USAGE


def test_a_lone_capture_is_refused_and_leaves_no_gallery(config: Path) -> None:
    alone = evidence(config.parent / "kept", 1, TEA)
    result = booth("add", config, alone, "--product", "tea")
    assert result.exit_code == Exit.CHECK_FAILED
    assert "give two captures of the product at least" in result.stdout
    assert booth("list", config).exit_code == Exit.MODEL_INVALID


def test_a_session_and_a_tray_of_it_are_no_two_captures(config: Path) -> None:
    recorded = session(config.parent / "session", (TEA,))
    result = booth("add", config, recorded, recorded / "000001-000000", "--product", "tea")
    assert result.exit_code == Exit.CHECK_FAILED, result.output
    assert "000001-000000: refused: is the same capture as 000001-000000" in result.stdout
    assert booth("list", config).exit_code == Exit.MODEL_INVALID


def test_what_disagrees_with_the_references_is_refused_with_numbers(config: Path) -> None:
    added(config)
    result = booth("add", config, evidence(config.parent / "more", 9, COFFEE), "--product", "tea", "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    (one,) = told(result)["captures"]
    assert one["what"] == "refused"
    assert one["nearest"] in ids(config, "tea")
    assert {"print", "height", "colour"} <= set(one)
    assert len(ids(config, "tea")) == 2


def test_a_code_for_what_is_there_already_makes_a_version_and_given_again_none(config: Path) -> None:
    kept = added(config)
    again = [path for path in kept.iterdir() if path.is_dir()]
    for _ in range(2):
        result = booth("add", config, *again, "--product", "tea", "--code", "4006381333931", "--code", "NEW", "--json")
        assert result.exit_code == Exit.OK, result.output
        assert {one["what"] for one in told(result)["captures"]} == {"merged"}
        found = load(gallery(config)).index
        assert (found.version, found.codes["NEW"]) == (2, "tea")


def test_a_code_is_not_taken_from_captures_that_are_all_refused(config: Path) -> None:
    added(config)
    result = booth("add", config, evidence(config.parent / "more", 9, COFFEE), "--product", "tea", "--code", "NEW")
    assert result.exit_code == Exit.CHECK_FAILED
    assert "NEW" not in load(gallery(config)).index.codes


def test_what_the_network_cannot_look_at_is_refused_for_the_booth_would_not_start_with_it(tmp_path: Path) -> None:
    config = site(tmp_path, pack=str(pack(tmp_path / "steep", gain=0.1)))
    sources = [evidence(tmp_path / "kept", number, view) for number, view in enumerate((TEA, TURNED))]
    result = booth("add", config, *sources, "--product", "tea", "--json")
    assert result.exit_code == Exit.CHECK_FAILED, result.output
    for one in told(result)["captures"]:
        assert one["what"] == "refused"
        assert "the model gave a score for left that is not in [0, 1]" in one["why"]


@pytest.mark.parametrize("wrong", [BLURRED, WHITE, BLIND])
@pytest.mark.parametrize("form", [evidence_pair, session_pair, dataset_pair])
def test_pictures_that_would_not_be_judged_become_no_references_though_they_agree(
    config: Path, wrong: str, form: Callable[[Path, Sequence[View]], list[Path]]
) -> None:
    views = [spoilt(view, wrong) for view in (TEA, TURNED)]
    result = booth("add", config, *form(config.parent, views), "--product", "tea-01", "--json")
    assert result.exit_code == Exit.CHECK_FAILED, result.output
    for one in told(result)["captures"]:
        assert one["what"] == "refused"
        assert wrong in one["why"]


def test_a_tray_that_was_diverted_becomes_a_reference_with_a_warning_that_names_it(config: Path) -> None:
    kept = config.parent / "kept"
    sources = [evidence(kept, 1, TEA, verdict=Verdict.DIVERT), evidence(kept, 2, TURNED)]
    result = booth("add", config, *sources, "--product", "tea", "--json")
    assert result.exit_code == Exit.OK, result.output
    (warning,) = json.loads(result.stdout)["diagnostics"]
    assert (warning["code"], warning["severity"]) == ("reference-diverted", "warning")
    assert "000001-000001: the booth diverted this tray" in warning["message"]


def test_removing_makes_a_version_without_and_the_older_one_can_be_listed(config: Path) -> None:
    added(config)
    gone = ids(config, "tea")[0]
    assert booth("remove", config, gone, "--why", "scratched").exit_code == Exit.OK
    assert gone not in ids(config, "tea")
    assert gone in booth("list", config, "--version", "1").stdout
    assert booth("remove", config, gone, "--why", "again").exit_code == Exit.MODEL_INVALID


def test_a_gallery_that_holds_passes_its_check(config: Path) -> None:
    added(config)
    result = booth("check", config)
    assert result.exit_code == Exit.OK
    assert "2 references of 1 products: every file holds, and all agree" in result.stdout


def test_the_check_names_an_outlier_and_what_is_alone(config: Path) -> None:
    added(config)
    _force(config, "tea", COFFEE)
    _force(config, "coffee", COFFEE)
    result = booth("check", config, "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    kinds = sorted((one["kind"], one["product"]) for one in told(result)["findings"])
    assert kinds == [("alone", "coffee"), ("outlier", "tea")]


def test_the_check_names_a_group_that_agrees_with_itself_alone(config: Path) -> None:
    added(config)
    _force(config, "tea", boxed(1, 60, noise=5))
    right = ids(config, "tea")
    for noise, turn in ((2, 0), (3, 40)):
        _force(config, "tea", boxed(2, turn, noise=noise))
    result = booth("check", config, "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    (one,) = told(result)["findings"]
    assert one["kind"] == "group"
    assert (
        "agree with one another, and with none of the other 3: another side of the product, or another" in one["says"]
    )
    assert one["reference"] not in right


def _force(config: Path, product: str, view: Any) -> None:
    """As nobody can by the command."""
    from booth.scoring.gallery.writing import Draft, writing
    from tests.scoring.gallery.boxes import capture
    from tests.scoring.gallery.captures import signed

    with writing(gallery(config)) as desk:
        desk.add(Draft(product, (capture(view),)), signed())


def test_the_check_names_a_broken_file_and_ends_with_7(config: Path) -> None:
    added(config)
    (broken, _) = ids(config, "tea")
    path = gallery(config) / "tea" / broken / "left.height.png"
    path.write_bytes(path.read_bytes()[:-9])
    result = booth("check", config, "--json")
    assert result.exit_code == Exit.MODEL_INVALID
    assert {"broken", "alone"} == {one["kind"] for one in told(result)["findings"]}
    assert f"{broken}/left.height.png" in result.stdout


def test_the_check_names_references_of_a_camera_that_has_been_moved(config: Path) -> None:
    added(config)
    calibrate(config.parent / "calibration", Plane(STANDS.normal, Millimetres(-STANDS.distance_mm * 1.05)))
    result = booth("check", config, "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    findings = told(result)["findings"]
    assert [one["kind"] for one in findings] == ["geometry", "geometry"]
    assert "700 mm from the tray's floor, not 735" in findings[0]["says"]


def test_what_is_added_is_what_the_booth_starts_with(config: Path) -> None:
    calibrate(config.parent / "calibration", Plane(STANDS.normal, Millimetres(-STANDS.distance_mm * 1.05)))
    sources = [evidence(config.parent / "kept", number, view) for number, view in enumerate((TEA, TURNED))]
    result = booth("add", config, *sources, "--product", "tea")
    assert result.exit_code == Exit.CHECK_FAILED
    assert "another camera geometry than its camera now: left: 700 mm from the tray's floor, not 735" in result.stdout
    assert booth("list", config).exit_code == Exit.MODEL_INVALID


def test_a_simulated_capture_is_not_for_a_real_booth(config: Path) -> None:
    kept = [evidence(config.parent / "kept", number, view) for number, view in enumerate((TEA, TURNED))]
    example = CONFIG_OF_A_SITE.read_text(encoding="utf-8")
    tree = yaml.safe_load(example)
    tree["recipe"] |= {"pack": str(CONFIG_OF_A_SITE.parents[1] / "models" / "damage-lite0"), "gallery": "gallery"}
    real = config.parent / "real.yaml"
    real.write_text(yaml.safe_dump(tree))
    result = booth("add", real, *kept, "--product", "tea")
    assert result.exit_code == Exit.USAGE, result.output
    assert "a simulated capture, and this booth is not simulated" in result.stderr


CONFIG_OF_A_SITE = Path(__file__).parents[2] / "config" / "site-example.yaml"


@pytest.mark.parametrize("name", ["../tea", "a b", ".tea"])
def test_a_product_whose_name_is_no_folder_is_a_mistake_of_the_caller(config: Path, name: str) -> None:
    kept = [evidence(config.parent / "kept", number, view) for number, view in enumerate((TEA, TURNED))]
    result = booth("add", config, *kept, "--product", name)
    assert result.exit_code == Exit.USAGE
    assert not gallery(config).exists() or not list(gallery(config).glob("versions/*"))


@pytest.mark.parametrize("content", [None, "{}", '{"format": "booth.evidence/1"}', "not JSON"])
def test_a_source_that_is_none_is_said(config: Path, content: str | None) -> None:
    folder = config.parent / "odd"
    folder.mkdir()
    if content is not None:
        (folder / "record.json").write_text(content)
    result = booth("add", config, folder, "--product", "tea")
    assert result.exit_code == Exit.USAGE
    assert str(folder) in result.stderr


def test_settings_without_a_gallery_say_where_to_name_one(tmp_path: Path) -> None:
    config = site(tmp_path)
    tree = yaml.safe_load(config.read_text())
    del tree["recipe"]["gallery"]
    config.write_text(yaml.safe_dump(tree))
    for command in (["list"], ["check"], ["remove", "00", "--why", "x"]):
        result = booth(command[0], config, *command[1:])
        assert result.exit_code == Exit.CONFIG_INVALID
        assert "recipe.gallery is not set" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_gallery_that_cannot_be_written_is_storage(config: Path) -> None:
    config.parent.joinpath("gallery").mkdir(mode=0o555)
    kept = [evidence(config.parent / "kept", number, view) for number, view in enumerate((TEA, TURNED))]
    assert booth("add", config, *kept, "--product", "tea").exit_code == Exit.STORAGE
