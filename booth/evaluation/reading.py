"""A data set by its path: which form it has, which part of it is scored, and what may be compared with."""

from collections.abc import Sequence
from pathlib import Path

from booth.evaluation import folders, listing, simulated
from booth.evaluation.trays import DataSet, Form, Tray
from booth.evaluation.truth import DatasetUnreadable, Truth

PARTS = ("test", "val", "train")
"""What is scored if nobody says which part: the first of these that is there."""
HOW = (
    "give a folder of booth simulate dataset, one with train/good, test/good and test/NAME, or a CSV file "
    "(docs/how-to/measure-a-model.md)"
)


def read(path: Path, split: str | None = None) -> DataSet:
    """The data set at `path`; of its parts that for the test, else for validation, else all, or the one that is asked
    for. Raises DatasetUnreadable."""
    form, trays = _trays(path)
    references = [tray for tray in trays if tray.truth.reference]
    others = [tray for tray in trays if not tray.truth.reference]
    parts = {tray.truth.split for tray in others}
    part = split or next((name for name in PARTS if name in parts), None)
    chosen = [tray for tray in others if tray.truth.split == part]
    if not chosen:
        told = ", ".join(sorted(name or "none" for name in parts)) or "none"
        raise DatasetUnreadable(
            f"{path}: no tray is in its part {part!r}, but in: {told}; give one of those to --split"
        )
    known = [tray for tray in others if tray.truth.split == "train" != part and not tray.truth.damaged]
    return DataSet(path, form, chosen, [*references, *known], part, _unsplit(others, part))


def _trays(path: Path) -> tuple[Form, Sequence[Tray]]:
    if path.is_file():
        return "csv", listing.read(path)
    if not path.is_dir():
        raise DatasetUnreadable(f"{path}: it is not there; {HOW}")
    if simulated.is_simulated(path):
        return "simulated", list(simulated.captures(path))
    if folders.is_folder(path):
        test, train = folders.read(path)
        folders.readable([*test, *train])
        return "folder", [*test, *train]
    what = "it is empty" if not any(path.iterdir()) else "it is no data set"
    raise DatasetUnreadable(f"{path}: {what}; {HOW}")


def _unsplit(trays: Sequence[Tray], part: str | None) -> tuple[str, ...]:
    """Products that a model could have been trained on and is tested on."""

    def products(truths: "list[Truth]") -> set[str]:
        return {product for truth in truths for product in truth.products}

    truths = [tray.truth for tray in trays]
    here, elsewhere = [t for t in truths if t.split == part], [t for t in truths if t.split not in (part, None)]
    return tuple(sorted(products(here) & products(elsewhere)))
