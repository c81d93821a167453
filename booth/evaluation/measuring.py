"""A whole evaluation: what was scored, its figures, and what a reader must know of them."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from booth.evaluation.figures import Figures, Group, figures, overall
from booth.evaluation.kept import Row
from booth.evaluation.ranking import NotRanked
from booth.evaluation.trays import DataSet, Tray
from booth.evaluation.truth import DatasetUnreadable

T = TypeVar("T")

NEEDED = 1000
"""Pristine trays below which 0.1 % is no tray at all."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader of the figures must know. `code` is stable."""

    code: str
    says: str
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`rows` are of `data.trays`, in their order. `lanes`: figures of each lane alone, on the trays that it ran on.
    `by`: what scored them."""

    data: DataSet
    by: str
    rows: Sequence[Row]
    figures: Figures
    lanes: Mapping[str, Group]
    notes: tuple[Note, ...]

    @property
    def products(self) -> int:
        return len({tray.truth.product for tray in self.data.trays} - {None})


def evaluation(data: DataSet, by: str, rows: Sequence[Row], resamples: int, *, compared: bool = False) -> Evaluation:
    """`compared`: the scores come from pristine pictures of the very products, and no model was trained on any. Raises
    NotRanked."""
    found = figures([tray.truth for tray in data.trays], [row.score for row in rows], resamples)
    lanes = {} if compared else _alone(data, rows, resamples)
    return Evaluation(data, by, rows, found, lanes, _notes(data, rows, found, compared))


def apart(data: DataSet) -> None:
    """Refuse a gallery that holds a picture of the test: its distance to itself is 0. Files of another length are not
    read. Raises DatasetUnreadable."""
    trays, gallery = ([(_lengths(tray), tray) for tray in some] for some in (data.trays, data.gallery))
    both = {lengths for lengths, _ in trays} & {lengths for lengths, _ in gallery}
    known = {_digest(tray): tray for lengths, tray in gallery if lengths in both}
    for tray in (tray for lengths, tray in trays if lengths in both):
        if twin := known.get(_digest(tray)):
            raise DatasetUnreadable(
                f"{tray.files()[0]}: it is the same picture as {twin.files()[0]}, which it would be compared with; "
                "take one of the two out"
            )


def _lengths(tray: Tray) -> tuple[int, ...]:
    return tuple(_told(path, os.path.getsize) for path in tray.files())


def _digest(tray: Tray) -> str:
    digest = hashlib.sha256()
    for path in tray.files():
        digest.update(_told(path, Path.read_bytes))
    return digest.hexdigest()


def _told(path: Path, asks: Callable[[Path], T]) -> T:
    try:
        return asks(path)
    except OSError as error:
        raise DatasetUnreadable(f"{path}: it cannot be read ({error.strerror}); mend its rights or the disk") from error


def _alone(data: DataSet, rows: Sequence[Row], resamples: int) -> dict[str, Group]:
    found = {}
    for name in sorted({lane for row in rows for lane in row.lanes}):
        some = [(tray.truth, row.lanes[name]) for tray, row in zip(data.trays, rows, strict=True) if name in row.lanes]
        try:
            found[name] = overall([truth for truth, _ in some], [score for _, score in some], resamples)
        except NotRanked:  # it ran on trays of one class alone
            continue
    return found


def _notes(data: DataSet, rows: Sequence[Row], found: Figures, compared: bool) -> tuple[Note, ...]:
    truths = [tray.truth for tray in data.trays]
    failed = sum(bool(row.failed) for row in rows)
    hidden = sum(truth.hidden for truth in truths)
    products = {truth.product for truth in truths} - {None}
    told = (
        (data.simulated, Note("simulated", "every figure is of drawn pictures: SIMULATED", grave=False)),
        (bool(data.unsplit) and not compared, _unsplit(data)),
        (data.split == "train", Note("part-train", "these trays are for training: a model that saw them knows them")),
        (failed > 0, Note("not-scored", f"{failed} trays could not be scored; a line diverts them, and so they count")),
        (hidden > 0, Note("hidden", f"{hidden} damaged trays show none of it to any camera; they count", grave=False)),
        (not products, Note("no-products", "no product is named: the intervals draw pictures, and are too narrow where "
                            "several show one product")),
        (len(products) == 1, Note("one-product", "one product alone: there are no intervals")),
        (found.overall.pristine < NEEDED, _few(found.overall.pristine)),
    )  # fmt: skip
    return tuple(note for holds, note in told if holds)


def _unsplit(data: DataSet) -> Note:
    some = ", ".join(data.unsplit[:3]) + (", ..." if len(data.unsplit) > 3 else "")
    says = f"{len(data.unsplit)} products are in this part and in another one, too ({some}): a model that was trained "
    return Note("split-by-picture", says + "there knows them, and the figures flatter it; split by product")


def _few(pristine: int) -> Note:
    return Note("few-pristine", f"{pristine} pristine trays: at 0.1 % false positives none of them may be diverted; "
                f"{NEEDED} tell more")  # fmt: skip
