"""How test figures get into a pack that is written."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from booth.scoring.packs.pack import MANIFEST, load
from tests.scoring import tiny

SCRIPTS = Path(__file__).parents[2] / "models" / "training"
LICENCES = "## Licences, as far as they are known\nNone.\n"


@pytest.fixture(scope="module", autouse=True)
def beside() -> Iterator[None]:
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


def step(auroc: float, split: str = "test") -> dict[str, Any]:
    """As `booth model eval --json` tells it."""
    ranked = {"auroc": figure(auroc), "recall_at_fpr_1pct": figure(0.8), "recall_at_fpr_01pct": figure(0.6)}
    group = {"damaged": 20, "pristine": 300, **ranked}
    return {
        **ranked, "split": split, "counts": {"trays": 340, "pristine": 300, "products": 12},
        "per_type": {"tear": group}, "per_severity": {"major": group},
        "hard_negatives": {"any": {"pristine": 70, "fpr_at_1pct": figure(0.014)}},
    }  # fmt: skip


STEPS = [step(auroc) for auroc in (0.91, 0.94, 0.95, 0.96)]


def pack(folder: Path) -> Path:
    tiny.write(folder)
    (folder / "card.md").write_text(f"# A pack\n\n{LICENCES}")
    return folder


def test_a_pack_says_what_it_reached_with_each_thing_that_a_booth_has_and_holds_again(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack")
    for _ in range(2):  # told again, it takes the place of what was told first
        script("tested").tell(folder, STEPS, 1)
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
        script("tested").tell(folder, [*STEPS[:3], step(0.9, "val")], 1)
    assert (folder / MANIFEST).read_bytes() == before


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
