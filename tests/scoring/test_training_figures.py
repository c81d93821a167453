"""The scripts that make a pack lie beside the packages, and are loaded by path; these need no torch."""

from pathlib import Path

import numpy as np
import pytest

from booth.scoring.fusion import fuse
from booth.scoring.lanes import LaneScore
from booth.scoring.packs.manifest import Fusion, Measured
from tests.scoring.scripts import script


def lanes(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """A lane that tells, one that tells nothing, one that is wrong; and which trays are damaged."""
    rng = np.random.default_rng(3)
    damaged = rng.random(count) < 0.4
    told = np.stack([damaged * 2.0, np.zeros(count), damaged * -1.0], 1) + rng.normal(0, 1, (count, 3))
    return told, damaged


def test_a_lane_that_is_wrong_gets_no_weight_rather_than_a_negative_one() -> None:
    line = script("fusing").fit(*lanes())
    assert line.weights[0] > 1
    assert line.weights[2] == 0
    assert line.weights.min() >= 0


def test_the_fit_cannot_be_bettered_by_a_small_change_of_a_weight() -> None:
    fusing = script("fusing")
    inputs, damaged = lanes()
    line = fusing.fit(inputs, damaged)

    def loss(weights: np.ndarray, bias: float) -> float:
        z = bias + inputs @ weights
        return float((np.logaddexp(0, z) - damaged * z).mean() + fusing.RIDGE * (weights**2).sum() / 2)

    least = loss(line.weights, line.bias)
    for lane in range(3):
        for step in (-0.05, 0.05):
            moved = line.weights + np.eye(3)[lane] * step
            assert moved.min() < 0 or loss(moved, line.bias) > least
    assert min(loss(line.weights, line.bias + step) for step in (-0.05, 0.05)) > least


def test_a_fitted_row_gives_the_confidence_that_the_booth_fuses() -> None:
    fusing = script("fusing")
    inputs, damaged = lanes()
    scores = {"appearance": fusing.sigmoid(inputs[:, 0]), "relief": fusing.sigmoid(inputs[:, 1])}
    row = fusing.fusion_row(scores, damaged)
    scores["appearance"][:2] = 0.0, 1.0  # surer than anything may be
    for tray in (0, 1, 2, 3):
        answers = [LaneScore(name, float(score[tray]), ()) for name, score in scores.items()]
        fused = fuse(answers, [Fusion.model_validate(row)]).score
        assert fused == pytest.approx(fusing.confidences(row, scores)[tray], abs=1e-9)


def test_a_curve_is_one_that_a_manifest_takes_and_rises_with_damage() -> None:
    inputs, damaged = lanes()
    entry = Measured.model_validate({"curve": script("fusing").curve(inputs[:, 0], damaged)})
    assert entry.score(-2.0) < 0.2
    assert entry.score(4.0) > 0.8


def test_no_curve_is_made_of_a_statistic_that_falls_with_damage() -> None:
    inputs, damaged = lanes()
    with pytest.raises(ValueError, match="nothing to say"):
        script("fusing").curve(inputs[:, 2], damaged)


@pytest.mark.parametrize(("rate", "diverted"), [(0.01, 0.01), (0.001, 0.0)])
def test_a_suggested_threshold_diverts_no_more_pristine_trays_than_its_rate(rate: float, diverted: float) -> None:
    row = script("fusing").threshold(["appearance"], np.arange(200) / 200, rate)
    assert row["fpr"] == diverted


def pixels() -> np.ndarray:
    samples = script("samples")
    drawn = np.zeros(samples.SIZE_PX, samples.PIXEL)
    drawn["left"], drawn["right"], drawn["height"] = 200, 20, 5.0
    drawn["marks"][40:72, 80:104] = 1 << 2
    drawn["colour"][40:72, 80:104] = 255
    return drawn


@pytest.mark.parametrize("number", range(1, 6))
def test_marks_move_with_what_they_mark(number: int) -> None:
    changed = script("variants").variant(pixels(), "a", number)
    assert ((changed["colour"][..., 1] > 90) == (changed["marks"] > 0)).mean() > 0.999


@pytest.mark.parametrize("number", range(6))
def test_a_place_of_the_capture_is_found_again_in_its_variant(number: int) -> None:
    variants = script("variants")
    small = pixels()
    small["marks"] = 0
    small["marks"][38:43, 78:83] = 1
    row, column = variants.placed((40, 80), "a", number)
    marked = np.argwhere(variants.variant(small, "a", number)["marks"])
    assert np.abs(marked.mean(axis=0) - (row, column)).max() < 1


def test_mirrored_downwards_light_comes_from_the_other_side() -> None:
    variants, mirrored = script("variants"), []
    for name in "abcdefgh":
        found = variants.variant(pixels(), name, 1)
        down = bool(np.argwhere(found["marks"])[:, 0].min() != np.argwhere(pixels()["marks"])[:, 0].min())
        assert (found["left"].mean() < found["right"].mean()) == down
        mirrored.append(down)
    assert set(mirrored) == {False, True}


def test_a_window_shows_what_the_whole_variant_shows_there() -> None:
    variants = script("variants")
    window = variants.Window(32, 64, 160, 192)
    for number in range(6):
        whole = variants.variant(pixels(), "b", number)
        part = variants.variant(pixels(), "b", number, window)
        assert part.tobytes() == np.ascontiguousarray(window.of(whole)).tobytes()


def test_a_window_on_damage_holds_some_of_it_in_every_variant() -> None:
    windows, variants = script("windows"), script("variants")
    rng = np.random.default_rng(4)
    marked = np.argwhere(pixels()["marks"] > 0).astype(np.int16)
    seen = windows.Interest(marked, marked[:0], marked[:0])
    held = []
    for turn in range(90):
        window = windows.window(seen, "c", turn % 6, rng)
        held.append(bool(variants.variant(pixels(), "c", turn % 6, window)["marks"].any()))
        assert not (window.top | window.left) % 32
    assert np.mean(held) > windows.ON_DAMAGE - 0.1


def test_cells_at_the_rim_of_damage_are_neither_asked_for_nor_denied() -> None:
    targets = script("targets")
    asked = targets.target(pixels()).heat
    tear, any_ = asked[2], asked[-1]
    assert (tear[5:9, 10:13] == targets.YES).all()
    assert (tear[4, 9:14] == targets.EITHER).all()
    assert tear[0, 0] == targets.NO
    assert (any_ == tear).all()
    assert (asked[0] == targets.NO).all()


def test_a_damage_of_a_few_pixels_is_not_asked_for() -> None:
    targets = script("targets")
    few = pixels()
    few["marks"] = 0
    few["marks"][100, 100:104] = 1
    asked = targets.target(few)
    assert asked.image[0] == targets.EITHER
    assert not (asked.heat == targets.YES).any()


def test_a_damage_smaller_than_a_cell_is_asked_for_in_its_cell() -> None:
    targets = script("targets")
    small = pixels()
    small["marks"] = 0
    small["marks"][101:104, 100:103] = 1
    asked = targets.target(small)
    assert asked.image[0] == targets.YES
    assert asked.heat[0, 12, 12] == targets.YES


def test_the_parts_are_rendered_by_the_commands_that_the_card_stands_on(tmp_path: Path) -> None:
    rendering = script("rendering")
    told = [" ".join(part.arguments(Path(part.folder))) for part in (*rendering.PARTS, rendering.TEST)]
    seen = "--view left --light ring --light left --light right --tray-only"
    assert told == [
        f"train --captures 2200 --seed 11 --split train --damaged 0.55 {seen}",
        f"more --captures 1600 --seed 14 --split train --damaged 0.55 --products 800 {seen}",
        f"val --captures 450 --seed 12 --split val --damaged 0.4 --references 2 {seen}",
        f"test --captures 3600 --seed 13 --split test --damaged 0.16 --references 2 {seen}",
    ]


def test_there_is_a_row_for_every_set_of_lanes_that_may_have_run_of_trays_on_which_it_ran() -> None:
    inputs, damaged = lanes()
    kits = dict.fromkeys(("colour", "no-lit", "no-height", "all"), inputs[:, 0])
    relief = np.where(np.arange(len(damaged)) < 50, np.nan, script("fusing").sigmoid(inputs[:, 1]))
    found = script("lanes").weighed(kits, {"relief": relief, "geometry": np.full(len(damaged), 0.5)}, damaged, 0.01)
    assert [len(row["lanes"]) for row in found.fusion] == [1, 2, 2, 3]
    assert np.isnan(found.confidences["appearance", "relief"]).sum() == 50
    for row in found.fusion:
        Fusion.model_validate(row)
