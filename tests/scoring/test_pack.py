import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.scoring.packs.pack import MANIFEST, PackInvalid, examine, golden_view, load
from tests.scoring import tiny

SHIPPED = Path(__file__).parents[2] / "models" / "damage-lite0"


def refused(folder: Path) -> str:
    with pytest.raises(PackInvalid) as raised:
        load(folder)
    return str(raised.value)


def fused(lanes: list[str], **weights: float) -> dict[str, Any]:
    return {"fusion": [{"lanes": lanes, "bias": 0, "weights": weights}]}


def test_a_sound_pack_loads_and_scores(tmp_path: Path) -> None:
    pack = load(tiny.write(tmp_path / "pack"))
    assert (pack.name, pack.version) == ("tiny", "1")
    assert pack.network is not None
    assert pack.network.of(tiny.view("left", 51))["score"] == pytest.approx(0.2)


def test_a_pack_is_named_by_the_hash_of_its_manifest(tmp_path: Path) -> None:
    one, other = (load(tiny.write(tmp_path / name, version=name)) for name in ("1", "2"))
    assert one.sha256 != other.sha256


def test_a_missing_folder_says_where_to_look(tmp_path: Path) -> None:
    said = refused(tmp_path / "nowhere")
    assert said == f"{tmp_path}/nowhere: there is no such folder; correct recipe.pack, or install the pack there"


@pytest.mark.parametrize("name", [MANIFEST, "model.onnx", "golden.png", "card.md"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tiny.write(tmp_path / "pack")
    (folder / name).unlink()
    assert refused(folder).startswith(f"{folder / name}: there is no such file; copy the pack again")


@pytest.mark.parametrize("name", ["model.onnx", "golden.png", "card.md"])
def test_one_changed_byte_is_a_wrong_hash(tmp_path: Path, name: str) -> None:
    path = tiny.write(tmp_path / "pack") / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert re.match(rf"{re.escape(str(path))}: its sha256 is \w{{12}}\.\.\., the manifest says", refused(path.parent))


def test_a_directory_in_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "pack")
    (folder / "card.md").unlink()
    (folder / "card.md").mkdir()
    assert "card.md: it cannot be read" in refused(folder)


def test_what_is_not_json_is_refused(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "pack")
    (folder / MANIFEST).write_text("{")
    assert "manifest.json: Invalid JSON" in refused(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema": "booth.pack/1"}, "schema: Input should be 'booth.pack/2'"),
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
        ({"card": "other.md"}, "other.md has no hash in `files`; add it"),
        ({"lanes": {"appearance": tiny.APPEARANCE | {"model": "other.onnx"}}}, "other.onnx has no hash in `files`"),
        ({"files": {"../model.onnx": "0" * 64}}, "name a file inside the pack's own folder"),
        ({"files": {"/model.onnx": "0" * 64}}, "name a file inside the pack's own folder"),
        ({"files": {"model.onnx": "abc"}}, "files.model.onnx: String should match"),
        ({"lanes": {"appearance": tiny.APPEARANCE | {"inputs": {}}}}, "lanes.appearance.inputs.colour: Field required"),
        ({"lanes": {"appearance": tiny.APPEARANCE | {"needs": ["left"]}}}, "lanes.appearance: it needs left, which"),
        ({"lanes": {}}, "lanes: a pack brings at least one lane"),
        ({"lanes": {"shape": {}}}, "lanes.shape: Extra inputs are not permitted"),
        ({"lanes": {"relief": {"curve": [[0, 0], [1, 1]]}}}, "`golden` is there if and only if `lanes.appearance` is"),
        ({"lanes": {"relief": {"curve": [[0, 0.5], [1, 0.4]]}}}, "lanes.relief.curve: [1, 0.4] after [0, 0.5]"),
        ({"lanes": {"relief": {"curve": [[1, 0], [1, 1]]}}}, "statistics rise, scores never fall"),
        ({"lanes": {"relief": {"curve": [[0, 0], [1, 1.5]]}}}, "lanes.relief.curve.1.1: Input should be less than"),
        ({"view": {"size_px": [4, 0], "mm_per_px": 1.1}}, "view.size_px.1: Input should be greater than 0"),
        (fused(["appearance"], appearance=-0.1), "fusion.0.weights.appearance: Input should be greater than or equal"),
        (fused(["appearance"], appearance=0), "fusion.0: every weight is 0"),
        (fused(["appearance"], relief=1), "fusion.0: `weights` are of relief, not of appearance"),
        (fused(["appearance", "relief"], appearance=1, relief=1), "fusion.0: relief is none of the pack's `lanes`"),
        (
            {"thresholds": 2 * [{"lanes": ["appearance"], "divert_at": 0.5}]},
            "thresholds.1: a second row for appearance",
        ),
        (
            {"thresholds": [{"lanes": 2 * ["appearance"], "divert_at": 0.5}]},
            "thresholds.0.lanes: a lane is named twice",
        ),
        (
            {"golden": tiny.manifest()["golden"] | {"outputs": {"heat": {"starts_with": [0], "tolerance": 1}}}},
            "golden.outputs.heat: `lanes.appearance.outputs` does not name it",
        ),
        ({"metrics": {"auroc": float("nan")}}, "metrics.auroc: Input should be a finite number"),
    ],
)
def test_a_manifest_that_does_not_fit_the_schema_is_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    assert says in refused(tiny.write(tmp_path / "pack", **changes))


def test_every_mistake_in_a_manifest_is_told_at_once(tmp_path: Path) -> None:
    said = refused(tiny.write(tmp_path / "pack", version="", origin="", damage_types=[]))
    assert all(key in said for key in ("version:", "origin:", "damage_types:"))


@pytest.mark.parametrize("content", [b"", b"not a network", tiny.model()[:-20]])
def test_what_is_not_onnx_is_refused_although_its_hash_is_right(tmp_path: Path, content: bytes) -> None:
    assert "model.onnx: ONNX Runtime cannot load it" in refused(tiny.write(tmp_path / "pack", onnx=content))


@pytest.mark.parametrize(
    ("onnx", "says"),
    [
        (tiny.model(size_px=(4, 7)), "its input picture has shape any x 4 x 7 x 3, the manifest says any x 4 x 6 x 3"),
        (tiny.model(element=tiny.FLOAT), "its input picture is tensor(float), not tensor(uint8)"),
        (tiny.model(name="image"), "its inputs are [image], the manifest says [picture]"),
    ],
)
def test_a_model_with_another_input_is_refused(tmp_path: Path, onnx: bytes, says: str) -> None:
    assert says in refused(tiny.write(tmp_path / "pack", onnx=onnx))


def test_a_model_without_the_outputs_is_refused(tmp_path: Path) -> None:
    appearance = tiny.APPEARANCE | {"outputs": {"score": "damage"}}
    said = refused(tiny.write(tmp_path / "pack", lanes={"appearance": appearance}))
    assert "it has no output called damage" in said


def test_a_model_that_answers_otherwise_is_a_golden_mismatch(tmp_path: Path) -> None:
    said = refused(tiny.write(tmp_path / "pack", onnx=tiny.model(offset=0.001)))
    assert "score[0] of the golden inputs is 0.393157, the manifest says 0.392157 (tolerance 0.0001)" in said


def test_a_difference_within_the_tolerance_is_none(tmp_path: Path) -> None:
    assert load(tiny.write(tmp_path / "pack", onnx=tiny.model(offset=0.00005))).name == "tiny"


@pytest.mark.parametrize("offset", [float("nan"), float("inf")])
def test_a_golden_answer_that_is_no_number_is_refused(tmp_path: Path, offset: float) -> None:
    assert "it fails on the golden inputs: the model gave a score for golden that is not finite" in refused(
        tiny.write(tmp_path / "pack", onnx=tiny.model(offset=offset))
    )


def test_a_model_that_gives_a_score_for_more_than_one_view_is_refused(tmp_path: Path) -> None:
    assert "it fails on the golden inputs: the model gave a score for golden of shape (3,): not of one view" in refused(
        tiny.write(tmp_path / "pack", onnx=tiny.model(axis=0))
    )


def test_a_golden_that_expects_more_numbers_than_there_are_is_refused(tmp_path: Path) -> None:
    golden = {**tiny.manifest()["golden"], "outputs": {"score": {"starts_with": [0.39, 0.39], "tolerance": 0.01}}}
    assert "score has 1 numbers, the golden 2" in refused(tiny.write(tmp_path / "pack", golden=golden))


def test_a_golden_may_state_numbers_from_the_middle_of_an_output(tmp_path: Path) -> None:
    score = tiny.manifest()["golden"]["outputs"]["score"]
    network, view = load(tiny.write(tmp_path / "first")).network, golden_view(tmp_path / "first")
    assert network is not None
    assert view is not None
    whole = network.of(view)["embedding"].reshape(-1)
    stated = {"starts_at": 1, "starts_with": [float(whole[1])], "tolerance": 1e-4}
    golden = {**tiny.manifest()["golden"], "outputs": {"score": score, "embedding": stated}}
    load(tiny.write(tmp_path / "second", golden=golden))
    golden["outputs"]["embedding"] = stated | {"starts_with": [float(whole[1]) + 0.5]}
    assert "embedding[1] of the golden inputs is" in refused(tiny.write(tmp_path / "third", golden=golden))
    golden["outputs"]["embedding"] = stated | {"starts_at": whole.size}
    assert f"embedding has {whole.size} numbers, the golden {whole.size + 1}" in refused(
        tiny.write(tmp_path / "fourth", golden=golden)
    )


@pytest.mark.parametrize("picture", [b"", b"no picture"])
def test_a_golden_input_that_is_no_picture_is_refused(tmp_path: Path, picture: bytes) -> None:
    assert "golden.png: it is not a picture" in refused(tiny.write(tmp_path / "pack", picture=picture))


def test_a_golden_input_of_another_size_is_refused(tmp_path: Path) -> None:
    picture = cv2.imencode(".png", np.zeros((4, 5, 3), np.uint8))[1].tobytes()
    said = refused(tiny.write(tmp_path / "pack", picture=picture))
    assert "golden.png: the golden input is 4 x 5, the manifest's view 4 x 6" in said


def found_wrong(folder: Path, signed_by: Path | None = None) -> list[str]:
    return [str(each).removeprefix(str(folder)) for each in examine(folder, signed_by)[1]]


def test_all_that_does_not_hold_is_found_at_once(tmp_path: Path) -> None:
    golden = tiny.manifest()["golden"] | {
        "outputs": {name: {"starts_with": [0.9], "tolerance": 0.1} for name in ("score", "embedding")}
    }
    folder = tiny.write(tmp_path / "pack", golden=golden)
    (folder / "card.md").write_text("Another card.\n")
    (folder / "notes").mkdir()
    (folder / "notes" / "todo.txt").write_text("finish it\n")
    said = found_wrong(folder)
    assert [each.partition(" ")[0] for each in said] == [
        "/card.md:",
        "/model.onnx:",
        "/model.onnx:",
        "/notes/todo.txt:",
    ]
    assert "score[0]" in said[1]
    assert "embedding[0]" in said[2]
    assert "the manifest does not name it" in said[3]
    assert examine(folder)[0] is None


def test_a_file_that_nothing_vouches_for_is_named_and_keeps_nobody_from_scoring(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "pack")
    (folder / "model.onnx.bak").write_bytes(b"")
    (said,) = found_wrong(folder)
    assert said.startswith(
        "/model.onnx.bak: the manifest does not name it in `files`; delete it, or make the pack again"
    )
    assert load(folder).name == "tiny"


def test_nothing_is_wrong_with_a_sound_pack(tmp_path: Path) -> None:
    pack, wrong = examine(tiny.write(tmp_path / "pack"))
    assert pack is not None
    assert wrong == ()


def test_all_four_inputs_reach_the_graph(tmp_path: Path) -> None:
    folder = tiny.write_four(tmp_path / "pack")
    assert load(folder).manifest.golden is not None
    for name in ("golden.png", "golden-left.png", "golden-right.png", "golden.npz"):
        wrong = tiny.write_four(tmp_path / name, {name: 0.9})
        assert "score[0] of the golden inputs is" in refused(wrong)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is not an .npz with an array `height`"),
        (tiny.npz(other=np.zeros(tiny.SIZE_PX, np.float32)), "it is not an .npz with an array `height`"),
        (tiny.npz(height=np.zeros(tiny.SIZE_PX, np.float64)), "its height is float64, not float32"),
        (tiny.npz(height=np.zeros((4, 5), np.float32)), "the golden input is 4 x 5, the manifest's view 4 x 6"),
        (tiny.npz(height=np.array([[object()]])), "it is not an .npz with an array `height`"),
    ],
)
def test_a_golden_height_that_is_none_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    assert f"golden.npz: {says}" in refused(tiny.write_four(tmp_path / "pack", height=content))


def test_a_graph_of_other_damage_types_than_the_manifest_is_refused(tmp_path: Path) -> None:
    outputs = {"score": "score", "types": "embedding"}  # three of them, whatever they are called
    appearance = tiny.APPEARANCE | {"outputs": outputs}
    golden = tiny.manifest()["golden"] | {"outputs": {"score": {"starts_with": [0], "tolerance": 1}}}
    folder = tiny.write(tmp_path / "pack", picture=tiny.png(1), lanes={"appearance": appearance}, golden=golden)
    assert "types of one view is of 3 types, the manifest names 1 damage types" in refused(folder)


def test_an_invalid_pack_ends_a_command_with_seven(tmp_path: Path) -> None:
    from booth.cli.manners import Exit, Failed, exit_codes

    with pytest.raises(Failed) as failed, exit_codes():
        load(tmp_path / "nowhere")
    assert failed.value.code is Exit.MODEL_INVALID


def test_the_golden_of_the_shipped_pack_holds() -> None:
    pack = load(SHIPPED)
    assert pack.name == SHIPPED.name


def test_the_golden_of_the_shipped_pack_is_not_saturated() -> None:
    """A score near 0 or 1 would hold for almost any network."""
    golden = json.loads((SHIPPED / MANIFEST).read_text())["golden"]["outputs"]["score"]
    assert 0.2 < golden["starts_with"][0] < 0.8
    assert golden["tolerance"] <= 0.02


def test_the_shipped_card_says_what_the_pack_is_not_good_for() -> None:
    card = (SHIPPED / "card.md").read_text()
    assert "nothing else" in card
    assert "UNKNOWN" in card
