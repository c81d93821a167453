"""The data sets that a pack is made from: the command that renders them, run for what is missing."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from booth.evaluation.simulated import Split

SEEN = ("--view", "left", "--light", "ring", "--light", "left", "--light", "right", "--tray-only")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One data set: its folder, so many captures of a part, the share of them that is damaged, references of each
    product, and how many products a family has, if more than the catalogue says."""

    folder: str
    split: Split
    captures: int
    seed: int
    damaged: float
    references: int = 0
    products: int | None = None

    def arguments(self, folder: Path) -> list[str]:
        """Of `booth simulate dataset`."""
        told = [str(folder), "--captures", str(self.captures), "--seed", str(self.seed), "--split", self.split]
        told += ["--damaged", f"{self.damaged:g}"]
        told += ["--references", str(self.references)] if self.references else []
        return [*told, *(("--products", str(self.products)) if self.products else ()), *SEEN]

    def complete(self, folder: Path, first: int | None) -> bool:
        """The manifest is written last; captures are made in the order of their names."""
        if (folder / "manifest.json").is_file():
            return True
        return first is not None and sum(1 for _ in (folder / "captures").glob("[!.]*")) >= first


PARTS = (
    Wanted("train", "train", 2200, 11, 0.55),
    Wanted("more", "train", 1600, 14, 0.55, products=800),
    Wanted("val", "val", 450, 12, 0.4, 2),
)
"""Hardly a product of `more` comes twice: what the network knows of a few hundred products by heart is of no use."""
TRAIN = tuple(part.folder for part in PARTS if part.split == "train")
TEST = Wanted("test", "test", 3600, 13, 0.16, 2)
"""Rendered by whoever takes the test figures; nothing here reads it."""


def render_missing(data: Path, first: int | None) -> None:
    """May be stopped and called again: a folder that was begun goes on. `first`: so many captures of each
    training set are enough.
    Raises CalledProcessError."""
    for part in PARTS:
        folder = data / part.folder
        if not part.complete(folder, first if part.split == "train" else None):
            print(f"rendering {folder}: booth simulate dataset {' '.join(part.arguments(folder))}", flush=True)
            subprocess.run([*_booth(), "simulate", "dataset", *part.arguments(folder)], check=True)


def seeds_of(data: Path) -> dict[str, int]:
    """Of the folders as they are."""
    told: dict[str, int] = {}
    for part in PARTS:
        if not (data / part.folder).is_dir():
            continue
        plan = json.loads((data / part.folder / "dataset.json").read_text(encoding="utf-8"))
        told |= {f"{part.folder}_seed": plan.get("seed", 0), f"{part.folder}_captures": plan.get("captures", 0)}
    return told


def _booth() -> list[str]:
    return [sys.executable, "-c", "from booth.cli import main; main()"]
