"""Reads a list of pictures: a CSV file, one row a tray, paths from where the file is.

    path        the colour picture; its name in every report
    label       good or damaged
    type        of the damage; several with | between them; "damage" where it is empty
    severity    minor or major, one for each type
    product     what is split by, and drawn for the intervals
    family      of the product
    split       train, val or test
    decoy       what only looks like damage; several with | between them
    mask        a picture that is not 0 where the damage is
    mm_per_px   across the tray's floor
    depth       16 bit, mm from a camera that looks straight down, on the colour's pixels; 0 is "no measurement"
    floor_mm    from that camera to the tray's floor; obligatory where depth is
    left, right, front, back    colour under light from that side alone

All but path and label may be left out, or empty.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from booth.evaluation import pictures
from booth.evaluation.folders import CAMERA, REPLACE, flat
from booth.evaluation.framing import Framing
from booth.evaluation.truth import Damage, DatasetUnreadable, Truth
from booth.geometry.views import Side, Standpoint, View
from drivers.frames import Colour

NEEDED = ("path", "label")
SIDES: tuple[Side, ...] = get_args(Side)
COLUMNS = (
    *NEEDED, "type", "severity", "product", "family", "split", "decoy", "mask", "mm_per_px", "depth", "floor_mm",
    *SIDES,
)  # fmt: skip
FILES = ("path", "mask", "depth", *SIDES)
LABELS = ("good", "damaged")
SEVERITIES = ("minor", "major")
SPLITS = ("train", "val", "test")
T = TypeVar("T", bound=np.generic)
Row = Mapping[str, str]

FAR_MM = 700.0
"""From the camera to the floor, where nobody said: what a booth has."""
UNNAMED = "damage"
"""The type where nobody said one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row. Files are named, numbers are told, and none is read before a view is asked for."""

    row: Row
    folder: Path
    truth: Truth
    mm_per_px: float | None
    floor_mm: float | None

    def views(self, framing: Framing) -> tuple[View, ...]:
        """The picture as it is, at its own scale. Raises DatasetUnreadable."""
        colour = self._colour("path")
        lit = {side: self._like(colour, side, self._colour(side)) for side in SIDES if self.row[side]}
        height = self._height(colour)
        return (View(CAMERA, colour, height, np.isfinite(height), lit, self._stands(colour)),)

    def masks(self, framing: Framing) -> Mapping[str, NDArray[np.bool_]]:
        """Raises DatasetUnreadable. Of a pristine picture: nowhere."""
        if self.row["mask"]:
            return {CAMERA: pictures.single(self._file("mask"), REPLACE) > 0}
        return {} if self.truth.damaged else {CAMERA: np.zeros(self._colour("path").shape[:2], np.bool_)}

    def files(self) -> tuple[Path, ...]:
        return (self._file("path"),)

    def _file(self, column: str) -> Path:
        return self.folder / self.row[column]

    def _colour(self, column: str) -> Colour:
        return pictures.colour(self._file(column), REPLACE)

    def _height(self, colour: Colour) -> NDArray[np.float32]:
        if not self.row["depth"]:
            return flat(colour).height_mm
        depth = self._like(colour, "depth", pictures.single(self._file("depth"), REPLACE))
        assert self.floor_mm is not None
        return np.where(depth > 0, np.float32(self.floor_mm) - depth, np.float32(np.nan)).astype(np.float32)

    def _like(self, colour: Colour, column: str, other: NDArray[T]) -> NDArray[T]:
        if other.shape[:2] != colour.shape[:2]:
            raise DatasetUnreadable(
                f"{self._file(column)}: it has {_size(other)} pixels, {self._file('path')} has {_size(colour)}; "
                "bring them onto the same pixels"
            )
        return other

    def _stands(self, colour: Colour) -> Standpoint | None:
        if self.mm_per_px is None:
            return None
        size = (colour.shape[1], colour.shape[0])
        return Standpoint(size, self.mm_per_px, (0.0, 0.0, -1.0), self.floor_mm or FAR_MM)


def read(path: Path) -> list[Listed]:
    """Every row. Raises DatasetUnreadable, with the line, for the first that cannot be."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file, restval="", restkey=None)
            _check_columns(path, table.fieldnames or ())
            rows = [_row(path, table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a CSV file in UTF-8"
        raise DatasetUnreadable(
            f"{path}: it cannot be read ({why}); give a CSV file with a first line of names"
        ) from error
    if not rows:
        raise DatasetUnreadable(f"{path}: no row is in it; list a picture in every row")
    return rows


def _check_columns(path: Path, named: Sequence[str]) -> None:
    if missing := [name for name in NEEDED if name not in named]:
        raise DatasetUnreadable(f"{path}:1: no column is called {missing[0]}; the first line names the columns")
    if unknown := [name for name in named if name not in COLUMNS]:
        raise DatasetUnreadable(f"{path}:1: no column {unknown[0]!r} is known; there are: {', '.join(COLUMNS)}")
    if len(set(named)) < len(named):
        raise DatasetUnreadable(f"{path}:1: a column is named twice; name each once")


def _row(path: Path, line: int, given: Mapping[str | None, str]) -> Listed:
    if None in given:
        raise DatasetUnreadable(f"{path}:{line}: more cells than columns; put a cell with a comma into quotes")
    row = {name: given.get(name, "").strip() for name in COLUMNS}
    files = (name for name in FILES if row[name] and not (path.parent / row[name]).is_file())
    if column := next(chain(files, (name for name, fits in _FITS.items() if not fits(row))), None):
        raise DatasetUnreadable(f"{path}:{line}: {column} is {row[column]!r}; {_DO[column]}")
    mm, floor = (float(row[name]) if row[name] else None for name in ("mm_per_px", "floor_mm"))
    return Listed(row, path.parent, _truth(row), mm, floor)


def _is_length(row: Row, column: str, needed: bool = False) -> bool:
    try:
        return 0 < float(row[column]) < np.inf if row[column] else not needed
    except ValueError:
        return False


def _severities_fit(row: Row) -> bool:
    told = _cells(row["severity"])
    return all(one in SEVERITIES for one in told) and len(told) in (0, len(_types(row)))


_FITS: Mapping[str, Callable[[Row], bool]] = {
    "path": lambda row: bool(row["path"]),
    "label": lambda row: row["label"] in LABELS,
    "type": lambda row: not row["type"] or row["label"] != "good",
    "severity": _severities_fit,
    "split": lambda row: row["split"] in (*SPLITS, ""),
    "mm_per_px": lambda row: _is_length(row, "mm_per_px"),
    "floor_mm": lambda row: _is_length(row, "floor_mm", needed=bool(row["depth"])),
}
_DO = {
    **dict.fromkeys(FILES, "give a file that is there, from where the CSV file is"),
    "label": f"write {' or '.join(LABELS)}",
    "type": "a good tray has no damage: leave it empty, or label it damaged",
    "severity": "write minor or major, one for each type, with | between them; nothing for a good tray",
    "split": f"write {', '.join(SPLITS)}, or nothing",
    "mm_per_px": "give a number above 0, or nothing",
    "floor_mm": "give a number above 0; it is needed where there is depth",
}


def _types(row: Row) -> list[str]:
    """Of a damaged tray there is one at least."""
    return (_cells(row["type"]) or [UNNAMED]) if row["label"] != "good" else []


def _truth(row: Row) -> Truth:
    types = _types(row)
    severities: list[str | None] = [*_cells(row["severity"])] or [None] * len(types)
    return Truth(
        row["path"],
        split=row["split"] or None,
        products=(row["product"],) if row["product"] else (),
        family=row["family"] or None,
        damages=tuple(Damage(type_, severity) for type_, severity in zip(types, severities, strict=True)),
        decoys=tuple(_cells(row["decoy"])),
    )


def _cells(told: str) -> list[str]:
    return [cell.strip() for cell in told.split("|") if cell.strip()]


def _size(picture: NDArray[Any]) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"
