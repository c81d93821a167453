"""Writes what a pack reached on the test part into its card and manifest. Everything has been chosen by then.

    booth model eval var/data/test --pack PACK --ablate --scores build/test.csv
    booth model eval var/data/test --pack PACK --scores build/test-reference.csv --json > reference.json
    booth model eval var/data/test --pack PACK --scores build/test-relief.csv --without gallery --json > relief.json
    booth model eval var/data/test --pack PACK --scores build/test-height.csv --without sides --without gallery ...
    booth model eval var/data/test --pack PACK --scores build/test-colour-alone.csv --without depth --without sides ...
    models/training/tested.py PACK colour-alone.json height.json relief.json reference.json --looks 1

Each file is the `data` of an answer, or the whole answer, of one step and of this very pack with all its lanes. The
figures change the pack's hash; its card keeps the one that they were taken of, so that they can be told again. A pack
that is signed is left alone.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from sections import ORDER, add  # noqa: E402

from booth.evaluation.resampling import Measured  # noqa: E402
from booth.evaluation.runs import ABLATIONS  # noqa: E402
from booth.evaluation.told import shown  # noqa: E402
from booth.scoring.packs.pack import Pack, load  # noqa: E402

HEADING = ORDER[0]
STEPS = dict(zip(("colour", "height", "relief", "reference"), ABLATIONS, strict=True))
"""What each step of an ablation is called among the metrics."""
WITHOUT = ", without "
SCORED = re.compile(r"Scored by `([^`]*)`")
"""In the section: what scored the last step."""
FIGURES = ("auroc", "recall_at_fpr_1pct", "recall_at_fpr_01pct")
Found = Mapping[str, Any]
"""What `booth model eval --json` says of one step."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Write test figures into a pack.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("steps", type=Path, nargs=len(STEPS), help=", ".join(STEPS.values()))
    parser.add_argument("--looks", type=int, required=True, help="how often anybody has looked at the test part")
    asked = parser.parse_args()
    tell(asked.pack, [_answer(path) for path in asked.steps], asked.looks)


def _answer(path: Path) -> Found:
    found: Found = json.loads(path.read_text(encoding="utf-8"))
    return found.get("data", found)


def tell(folder: Path, steps: Sequence[Found], looks: int) -> None:
    """In place of what was said before. Raises ValueError for a signed pack and for figures of another part, of another
    pack, of some of its lanes or of another step, PackInvalid for a pack that does not hold."""
    _refuse_mistaken(load(folder), steps)
    add(folder, section(steps, looks), metrics(steps), "simulated_test_")


def _refuse_mistaken(pack: Pack, steps: Sequence[Found]) -> None:
    if wrong := {found["split"] for found in steps} - {"test"}:
        raise ValueError(f"these are figures of the part {', '.join(map(str, wrong))}, not of the test")
    if len({(found["counts"]["trays"], found["counts"]["pristine"]) for found in steps}) > 1:
        raise ValueError("these are figures of different trays: take all of one data set")
    for (name, lacks), found in zip(ABLATIONS.items(), steps, strict=True):
        by, _, without = found["scored_by"].partition(WITHOUT)
        if by not in _all_of(pack):
            raise ValueError(f"{name}: scored by {by}, not by {' or '.join(_all_of(pack))}")
        if set(without.split(", ")) - {""} != set(lacks):
            told = f"{without or 'nothing'}, not {', '.join(lacks) or 'nothing'}"
            raise ValueError(f"{name}: scored as by a booth that lacks {told}")


def _all_of(pack: Pack) -> list[str]:
    """What scores with this pack and all its lanes is called, and was before figures were written into it."""
    name, lanes = f"{pack.name} {pack.version}", "+".join(pack.manifest.lanes.brought)
    before = SCORED.findall((pack.folder / pack.manifest.card).read_text(encoding="utf-8"))
    mine = re.compile(rf"{re.escape(name)} \([0-9a-f]+\), {re.escape(lanes)}")
    return [f"{name} ({pack.sha256[:12]}), {lanes}", *(by for by in before if mine.fullmatch(by))]


def metrics(steps: Sequence[Found]) -> dict[str, float]:
    told = {
        f"{step}_{name}": found[name]["value"] for step, found in zip(STEPS, steps, strict=True) for name in FIGURES
    }
    whole = steps[-1]
    groups = whole["per_severity"] | whole["per_type"]
    told |= {f"{group}_{name}": found[name]["value"] for group, found in groups.items() for name in FIGURES}
    told |= {f"decoys_{name}": whole["hard_negatives"]["any"][name]["value"] for name in ("fpr_at_1pct",)}
    return {f"simulated_test_{name}": round(value, 4) for name, value in told.items() if value is not None}


def section(steps: Sequence[Found], looks: int) -> str:
    whole = steps[-1]
    counts, alarms = whole["counts"], whole["hard_negatives"]["any"]
    times = "once" if looks == 1 else f"{looks} times"
    rows = "\n".join(_row(name, found) for name, found in zip(STEPS.values(), steps, strict=True))
    return f"""{HEADING}
Looked at {times}, when everything had been chosen: {counts["trays"]} simulated trays, {counts["pristine"]} of them
pristine, of {counts["products"]} products that nothing was trained or chosen on; lidded, retail and diecut are whole
families of such. All lanes that the step feeds, fused by the pack's own rows. In brackets 95 % by bootstrap over
products. Scored by `{whole["scored_by"]}`, before these figures were written into it.

| what the booth has | AUROC | recall at 1 % FPR | at 0.1 % FPR | major at 0.1 % FPR |
|---|---|---|---|---|
{rows}

With everything there, by type and severity, against all pristine trays:

| damage | trays | recall at 1 % FPR | at 0.1 % FPR |
|---|---|---|---|
{_groups(whole["per_type"] | whole["per_severity"])}

Of the {alarms["pristine"]} pristine trays that carry something which only looks like damage,
{100 * alarms["fpr_at_1pct"]["value"]:.1f} % are above the threshold that 1 % of all pristine trays exceed.

"""


def _row(name: str, found: Found) -> str:
    cells = [*(found[figure] for figure in FIGURES), found["per_severity"]["major"]["recall_at_fpr_01pct"]]
    return f"| {name} | " + " | ".join(map(_shown, cells)) + " |"


def _groups(groups: Mapping[str, Found]) -> str:
    return "\n".join(
        f"| {name} | {group['damaged']} | {_shown(group[FIGURES[1]])} | {_shown(group[FIGURES[2]])} |"
        for name, group in groups.items()
    )


def _shown(figure: Found) -> str:
    return shown(Measured(figure["value"], figure["low"], figure["high"]))


if __name__ == "__main__":
    main()
