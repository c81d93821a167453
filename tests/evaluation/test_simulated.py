"""Folders of `booth simulate dataset`, read back as a booth would have seen them."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import booth.evaluation
from booth.evaluation.framing import Framing
from booth.evaluation.simulated import SimulatedCapture, captures
from booth.evaluation.truth import DatasetUnreadable
from tests.evaluation import made

AS_IT_IS = Framing(5.0)


def one(folder: Path, **about: Any) -> SimulatedCapture:
    (found,) = captures(made.simulated(folder, **about))
    return found


def test_the_tray_is_at_height_0_and_the_box_as_high_as_it_is(tmp_path: Path) -> None:
    (view,) = one(tmp_path).views(AS_IT_IS)
    assert view.height_mm[made.BOX] == pytest.approx(made.BOX_MM, abs=0.01)
    assert view.height_mm[70:, 90:] == pytest.approx(0, abs=0.01)


def test_where_nothing_was_measured_there_is_no_height(tmp_path: Path) -> None:
    (view,) = one(tmp_path).views(AS_IT_IS)
    assert not view.valid[0, 0]
    assert np.isnan(view.height_mm[0, 0])
    assert view.valid.sum() == made.WIDE * made.HIGH - 1


def test_the_colour_is_that_of_the_lamp_at_no_side_and_the_sides_are_beside_it(tmp_path: Path) -> None:
    (view,) = one(tmp_path).views(AS_IT_IS)
    assert (view.colour == 120).all()
    assert {side: int(colour.max()) for side, colour in view.lit.items()} == {"left": 60, "right": 30}


def test_the_order_of_the_shots_does_not_choose_the_colour(tmp_path: Path) -> None:
    (view,) = one(tmp_path, shots={"left": {}, "ring": {}}).views(AS_IT_IS)
    assert int(view.colour.max()) == 60
    assert int(view.lit["left"].max()) == 120


def test_with_lamps_at_the_sides_alone_the_first_of_them_is_the_colour(tmp_path: Path) -> None:
    (view,) = one(tmp_path, shots={"left": {}, "right": {}}).views(AS_IT_IS)
    assert (view.colour == view.lit["left"]).all()


def test_a_view_has_the_scale_and_the_size_that_it_is_asked_for(tmp_path: Path) -> None:
    (view,) = one(tmp_path).views(Framing(10.0, (64, 43)))
    assert view.colour.shape == (43, 64, 3)
    assert view.standpoint is not None
    assert view.standpoint.mm_per_px == pytest.approx(10.0)
    assert view.standpoint.size_px == (64, 43)
    assert view.standpoint.distance_mm == made.FAR_MM
    assert not view.valid[:, :2].any()  # 60 px of picture in 64


def test_the_marks_lie_on_the_pixels_of_the_view(tmp_path: Path) -> None:
    found = one(tmp_path)
    (view,) = found.views(Framing(10.0, (64, 43)))
    marks = found.marks(Framing(10.0, (64, 43)))["left"]
    parts = found.parts(Framing(10.0, (64, 43)))["left"]
    assert marks.damage["dent"].sum() == 25
    assert view.height_mm[marks.damage["dent"]] == pytest.approx(made.BOX_MM, abs=0.01)
    assert (parts == 2).sum() == 15 * 20
    assert not marks.decoy.any()


def test_two_damages_of_a_type_share_a_mask(tmp_path: Path) -> None:
    twice = [{"type": "dent", "severity": s, "bit": b, "item": 0} for b, s in enumerate(("minor", "major"))]
    found = one(tmp_path, damages=twice, visible_px={"left": [100, 0]})
    assert set(found.marks(AS_IT_IS)["left"].damage) == {"dent"}
    assert found.truth.severities == {"minor", "major"}


def test_the_truth_is_told_whole(tmp_path: Path) -> None:
    items = [
        {"product": p, "family": p[:-3], "decoys": d} for p, d in (("carton-01", ["tape-repair"]), ("book-02", []))
    ]
    truth = one(tmp_path, items=items, arrangement="two", decoys=["shadow"], split="val").truth
    assert truth.products == ("carton-01", "book-02")
    assert truth.decoys == ("shadow", "tape-repair")
    assert (truth.family, truth.arrangement, truth.split) == ("carton", "two", "val")
    assert truth.damaged
    assert truth.simulated
    assert not truth.hidden


def test_damage_that_no_camera_sees_is_hidden_and_damage_nonetheless(tmp_path: Path) -> None:
    truth = one(tmp_path, visible_px={"left": [0]}).truth
    assert truth.damaged
    assert truth.hidden


def test_an_empty_tray_has_no_product(tmp_path: Path) -> None:
    empty = one(tmp_path, items=[], product=None, family=None, arrangement="empty", damages=[], visible_px={"left": []})
    assert empty.truth.product is None
    assert not empty.truth.damaged


def test_one_part_is_read_alone_and_half_made_captures_are_not_there(tmp_path: Path) -> None:
    made.simulated(tmp_path, 2)
    made.capture(tmp_path / "captures" / "000007", split="val")
    made.capture(tmp_path / "captures" / ".000008", split="val")
    assert [found.truth.name for found in captures(tmp_path, "val")] == ["000007"]
    assert len(list(captures(tmp_path))) == 3


@pytest.mark.parametrize("gone", ["left.ring.png", "left.left.png", "left.depth.png"])
def test_a_picture_that_is_missing_or_none_is_named(tmp_path: Path, gone: str) -> None:
    found = one(tmp_path)
    (found.folder / gone).write_bytes(b"no picture")
    with pytest.raises(DatasetUnreadable, match=f"{gone}: it is not a picture"):
        found.views(AS_IT_IS)
    (found.folder / gone).unlink()
    with pytest.raises(DatasetUnreadable, match=f"{gone}: it cannot be read"):
        found.views(AS_IT_IS)


def test_a_capture_of_another_format_is_named(tmp_path: Path) -> None:
    found = one(tmp_path, items=None)
    with pytest.raises(DatasetUnreadable, match=r"000000/capture\.json: it is not of booth.dataset/1"):
        _ = found.truth


def test_a_folder_without_captures_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnreadable, match="booth simulate dataset"):
        list(captures(made.simulated(tmp_path, 0)))


def test_without_a_scale_a_view_is_the_whole_picture(tmp_path: Path) -> None:
    (view,) = one(tmp_path).views(Framing(None))
    assert view.colour.shape == (made.HIGH, made.WIDE, 3)


def test_the_evaluation_never_imports_what_drew_the_pictures() -> None:
    for path in Path(booth.evaluation.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in ("fakes", "torch") for name in names), path
