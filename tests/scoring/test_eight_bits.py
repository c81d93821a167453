"""Whether 8 bits are worth having: the rule, and how a pack says it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from booth.evaluation.truth import Damage, Truth
from booth.scoring.packs.pack import MANIFEST, load
from tests.scoring import tiny
from tests.scoring.scripts import script


def truths(trays: int = 400, products: int = 40) -> list[Truth]:
    damage = (Damage("tear", "major"),)
    return [
        Truth(f"{number}", products=(f"p{number % products}",), damages=damage if number % 5 < 2 else ())
        for number in range(trays)
    ]


def scores(of: list[Truth], seed: int = 1) -> np.ndarray:
    return np.array([truth.damaged * 3.0 for truth in of]) + np.random.default_rng(seed).normal(0, 1, len(of))


def reasons(of: list[Truth], before: np.ndarray, after: np.ndarray) -> list[str]:
    figures = script("eight_bits_figures")
    return list(figures.against("appearance", figures.changes(of, before, after, 200)))


def test_nothing_speaks_against_scores_that_rank_alike() -> None:
    of = truths()
    assert reasons(of, scores(of), scores(of) * 0.5 + 3) == []


def test_a_figure_that_falls_speaks_against_8_bits_and_says_by_how_much() -> None:
    of = truths()
    found = reasons(of, scores(of), scores(of) * 0.7 + np.random.default_rng(2).normal(0, 1, len(of)))
    assert found[0].startswith("appearance: auroc falls by more than 0.002: 0.99")


def test_what_may_have_fallen_speaks_against_8_bits_too() -> None:
    """Of few products nobody can show that nothing was lost."""
    few = truths(60, 6)
    noise = np.random.default_rng(4).normal(0, 0.1, len(few))
    assert any("may fall" in one for one in reasons(few, scores(few), scores(few) + noise))


def test_one_product_cannot_tell_anything() -> None:
    alone = truths(60, 1)
    assert [one.split(": ")[1] for one in reasons(alone, scores(alone), scores(alone))] == [
        "auroc cannot be told",
        "recall_at_fpr_1pct cannot be told",
        "recall_at_fpr_01pct cannot be told",
    ]


def test_the_difference_is_drawn_on_the_same_trays_for_both() -> None:
    """Drawn apart, equal scores would differ by what the draws differ by."""
    of = truths(60, 6)
    for change in script("eight_bits_figures").changes(of, scores(of), scores(of), 200).values():
        assert (change.difference.low, change.difference.high) == (0, 0)


def test_what_saves_too_little_time_is_not_worth_having() -> None:
    figures = script("eight_bits_figures")
    assert figures.too_slow(0.79) == []
    assert figures.too_slow(0.93) == ["it takes 0.93 of the time, not 0.8 at most"]


def found(folder: Path, **changes: Any) -> dict[str, Any]:
    change = {"fp32": 0.98, "int8": 0.97, "difference": {"value": -0.01, "low": -0.02, "high": 0.0}}
    return {
        "model_sha256": json.loads((folder / MANIFEST).read_text())["files"]["model.onnx"],
        "calibrated_on": 96,
        "trays": 450,
        "figures": {"all_lanes": {"auroc": change}},
        "model_mb": {"fp32": 15.2, "int8": 4.4},
        "time": {"ratio_p50": 0.645},
        "rule": {"may_fall": {"auroc": 0.002}, "time_at_most": 0.8},
        "shipped": "fp32",
        "because": ["all_lanes: auroc falls"],
    } | changes


def pack(folder: Path) -> Path:
    """With a card as the training writes it."""
    tiny.write(folder)
    (folder / "card.md").write_text("# A pack\n\n## Licences, as far as they are known\nNone.\n")
    return folder


def test_a_pack_says_on_its_card_what_became_of_its_8_bits_and_holds_again(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    for _ in range(2):  # a second try takes the place of the first
        script("eight_bits_card").tell(folder, found(folder))
    card = (folder / "card.md").read_text()
    assert card.count("## In 8 bits") == 1
    assert "| all lanes | AUROC | 0.980 | 0.970 | -0.010 (-0.020 to +0.000) |" in card
    assert "**This pack stays in 32 bits**, for these reasons:\n* all lanes: AUROC falls\n\n## Licences" in card
    assert load(folder).manifest.metrics == {"simulated_val_int8_all_lanes_auroc": 0.97}


def test_a_signed_pack_is_left_alone(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    (folder / "manifest.sig").write_bytes(b"signed")
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ValueError, match="is signed: nothing is added to it"):
        script("eight_bits_card").tell(folder, found(folder))
    assert (folder / MANIFEST).read_bytes() == before


def test_what_was_found_of_another_network_is_not_told(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    with pytest.raises(ValueError, match="has another network than the one that was tried"):
        script("eight_bits_card").tell(folder, found(folder, model_sha256="0" * 64))
