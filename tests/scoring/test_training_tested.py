"""How test figures get into a pack that is written."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booth.scoring.packs.pack import MANIFEST, load
from tests.scoring import tiny
from tests.scoring.scripts import script

LICENCES = "## Licences, as far as they are known\nNone.\n"


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


LACKS = (", without depth, sides, gallery", ", without gallery, sides", ", without gallery", "")


def step(auroc: float, split: str = "test", by: str = "") -> dict[str, Any]:
    """As `booth model eval --json` tells it."""
    ranked = {"auroc": figure(auroc), "recall_at_fpr_1pct": figure(0.8), "recall_at_fpr_01pct": figure(0.6)}
    group = {"damaged": 20, "pristine": 300, **ranked}
    return {
        **ranked, "split": split, "scored_by": by, "counts": {"trays": 340, "pristine": 300, "products": 12},
        "per_type": {"tear": group}, "per_severity": {"major": group},
        "hard_negatives": {"any": {"pristine": 70, "fpr_at_1pct": figure(0.014)}},
    }  # fmt: skip


def steps(folder: Path) -> list[dict[str, Any]]:
    by = f"tiny 1 ({load(folder).sha256[:12]}), appearance"
    return [step(auroc, by=by + lacks) for auroc, lacks in zip((0.91, 0.94, 0.95, 0.96), LACKS, strict=True)]


def pack(folder: Path) -> Path:
    tiny.write(folder)
    card = f"# A pack\n\n{LICENCES}"
    (folder / "card.md").write_text(card)
    about = json.loads((folder / MANIFEST).read_text())
    about["files"]["card.md"] = hashlib.sha256(card.encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(about))
    return folder


def test_a_pack_says_what_it_reached_with_each_thing_that_a_booth_has_and_holds_again(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    taken = steps(folder)
    for _ in range(2):  # told again, it takes the place of what was told first
        script("tested").tell(folder, taken, 1)
    card = (folder / "card.md").read_text()
    assert card.count("## On the test part") == 1
    assert "Looked at once" in card
    assert "| colour alone | 0.910 (0.890 to 0.930) |" in card
    assert "| + reference | 0.960 (0.940 to 0.980) |" in card
    assert "Of the 70 pristine trays" in card
    assert "1.4 % are above" in card
    assert card.endswith(LICENCES)
    metrics = load(folder).manifest.metrics
    assert metrics["simulated_test_colour_auroc"] == 0.91
    assert metrics["simulated_test_major_recall_at_fpr_01pct"] == 0.6
    assert metrics["simulated_test_decoys_fpr_at_1pct"] == 0.014


def test_figures_of_the_validation_part_are_not_told_as_those_of_the_test(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ValueError, match="of the part val, not of the test"):
        script("tested").tell(folder, [*steps(folder)[:3], step(0.9, "val")], 1)
    assert (folder / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    ("mistaken", "says"),
    [
        (
            lambda taken: [taken[3]] * 4,
            "colour alone: scored as by a booth that lacks nothing, not depth, sides, gallery",
        ),
        (
            lambda taken: [taken[1], taken[0], *taken[2:]],
            "colour alone: scored as by a booth that lacks gallery, sides, not",
        ),
        (
            lambda taken: [*taken[:3], _by(taken[3], "), appearance", "), relief")],
            r"\+ reference: scored by tiny 1 .*relief",
        ),
        (
            lambda taken: [*taken[:3], _by(taken[3], "tiny", "other")],
            r"\+ reference: scored by other 1 .*, not by tiny 1",
        ),
        (lambda taken: [_by(one, " (", " (f") for one in taken], "colour alone: scored by tiny 1"),
        (lambda taken: [*taken[:3], taken[3] | {"counts": {"trays": 9, "pristine": 1}}], "of different trays"),
    ],
)
def test_figures_that_are_not_of_these_steps_and_this_pack_are_not_told(
    tmp_path: Path, mistaken: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], says: str
) -> None:
    folder = pack(tmp_path / "pack")
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ValueError, match=says):
        script("tested").tell(folder, mistaken(steps(folder)), 1)
    assert (folder / MANIFEST).read_bytes() == before


def _by(found: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return found | {"scored_by": found["scored_by"].replace(old, new)}


def test_figures_of_a_pack_that_was_changed_since_are_not_told(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    taken = steps(folder)
    about = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(about | {"origin": "another"}))
    with pytest.raises(ValueError, match="colour alone: scored by tiny 1"):
        script("tested").tell(folder, taken, 1)


def test_what_is_told_later_stands_in_order_whatever_was_told_first() -> None:
    sections = script("sections")
    card = f"# A pack\n\n{LICENCES}"
    for order in ((0, 1), (1, 0), (0, 1, 0), (1, 0, 1)):
        told = card
        for each in order:
            told = sections.with_section(told, f"{sections.ORDER[each]}\nText {each}.\n\n")
        assert [line for line in told.splitlines() if line.startswith("##")][:2] == list(sections.ORDER[:2])
        assert told.count("Text 0.") == told.count("Text 1.") == 1
        assert told.endswith(LICENCES)
