"""Scores as a file: what is scored once need not be scored again, and anybody's own figures can be made of it.

A CSV file: `name`, `score`, a column for each lane (empty where it did not run), `failed` (why there is no score), and
`by`: what scored it, the same in every row.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.packs.manifest import LaneName

LANES: tuple[str, ...] = get_args(LaneName)
COLUMNS = ("name", "score", *LANES, "failed", "by")
OTHER = "give another file, or delete it"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one tray. `lanes`: the score of each that ran. `failed`: why there is none, and it counts as
    diverted."""

    name: str
    score: float
    lanes: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""


class Kept:
    """The file at `path`, of scores by `by`. It is made when the first row is added."""

    def __init__(self, path: Path, by: str) -> None:
        self.path, self.by = path, by

    def read(self) -> dict[str, Row]:
        """What is there. A row that a power cut left half written is as if it were not there. Raises DatasetUnreadable
        for a file of something else."""
        if not self.path.exists():
            return {}
        _mend(self.path)
        if not self.path.stat().st_size:
            return {}
        with self.path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if tuple(table.fieldnames or ()) != COLUMNS:
                raise DatasetUnreadable(f"{self.path}: it holds something else than scores; {OTHER}")
            told = list(table)
        if strange := {row["by"] for row in told} - {self.by}:
            raise DatasetUnreadable(f"{self.path}: its scores are by {min(strange)}, not by {self.by}; {OTHER}")
        return {row["name"]: _row(row) for row in told}

    def add(self, row: Row) -> None:
        """Raises OSError."""
        new = not self.path.exists() or not self.path.stat().st_size
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            if new:
                writer.writeheader()
            lanes = {name: repr(score) for name, score in row.lanes.items()}
            writer.writerow({"name": row.name, "score": repr(row.score), **lanes, "failed": row.failed, "by": self.by})


def _mend(path: Path) -> None:
    """Take away a last line that was not written to its end: the next one would go on in it."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])


def _row(told: dict[str, str]) -> Row:
    lanes = {name: float(told[name]) for name in LANES if told[name]}
    return Row(told["name"], float(told["score"]), lanes, told["failed"])
