"""A tray's view beside references of its product: what no reference shows, in cells, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Standpoint, View
from booth.scoring.comparing.coreset import Bank
from booth.scoring.comparing.differences import CHANNELS as SHOWN
from booth.scoring.comparing.differences import Halved, cells, differences, drawn, halved
from booth.scoring.comparing.ground import Floats
from booth.scoring.comparing.patterns import Patterns, bank, on, patterns_of, strange, unlike, upright_of
from booth.scoring.comparing.registration import Flat, Laid, flattened, register
from booth.scoring.gallery.standpoints import differs
from booth.scoring.network import Network

CHANNELS = (*SHOWN, "pattern")
"""pattern: 1 - cosine of the network's patch features."""
COVERED = 0.3
"""Share of a cell that a reference has to show."""
WORST = 2
"""Cells whose mean is what a channel says of a tray: one alone may be chance."""
PAIRS = 6
"""References that are compared with one another, each with the next two: what is usual for the product."""


@dataclass(frozen=True, eq=False)
class Item:
    """A tray or a reference, ready to be compared. `upright`: its patch features, None for a pack that gives none.
    `view`: of a tray, to be flattened at another height."""

    id: str
    flat: Flat
    halved: Halved
    upright: Floats | None
    patterns: Patterns | None = None
    view: View | None = None

    @cached_property
    def item(self) -> NDArray[np.bool_]:
        """Where its patches show the item."""
        assert self.upright is not None
        return on(self.upright.shape[1:], self.halved.item.astype(np.float32)) > 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """`found` (len(CHANNELS), rows, columns) of cells: by how much the tray differs from the reference that is nearest
    there; `nearest`: which of `references` that is. `laid`: how each lies."""

    found: Floats
    nearest: NDArray[np.intp]
    references: tuple[str, ...]
    laid: tuple[Laid, ...]


def stands_alike(one: Standpoint | None, other: Standpoint | None) -> bool:
    """By the measure that a gallery is let in by: what a booth starts with it compares."""
    return differs(one, other) is None


def tray_of(view: View, network: Network | None) -> Item | None:
    """None where there is nothing that could be laid over. Raises ScoreInvalid."""
    flat = flattened(view)
    return None if flat is None else Item("", flat, halved(view), upright_of(network, view), view=view)


def reference_of(name: str, view: View, network: Network | None) -> Item | None:
    """Likewise. Costs two runs of the network."""
    flat = flattened(view)
    if flat is None:
        return None
    patterns = patterns_of(network, view)
    return Item(name, flat, halved(view), None if patterns is None else patterns.upright, patterns)


def compared(tray: Item, references: Sequence[Item], most: int, known: Bank | None = None) -> Compared | None:
    """With at most `most` of the references, those that lie best. None where none can be laid over the tray."""
    laid = sorted(_laid_over(tray, references), key=lambda pair: -pair[1].agreement * pair[1].shared)[:most]
    if not laid:
        return None
    each, covered = zip(*(_beside(tray, one, found) for one, found in laid), strict=True)
    found = np.min(each, axis=0)
    if known is not None and tray.upright is not None:
        bare = tray.item & (on(tray.item.shape, np.max(covered, axis=0)) < COVERED)
        found[-1] = np.maximum(found[-1], on(found[-1].shape, strange(tray.upright, bare, known)))
    return Compared(found, np.argmin(each, axis=0), tuple(one.id for one, _ in laid), tuple(each for _, each in laid))


def _laid_over(tray: Item, references: Sequence[Item]) -> list[tuple[Item, Laid]]:
    """Those that can be. Where none can, the tray's item is looked for at each one's own height: a lid or a page that
    stands open is higher than the rest, and no top. Of 26 opened items beside two references 13 are laid over at once,
    24 so (simulated, val, 2026-11)."""
    laid = [(one, found) for one in references if (found := register(one.flat, tray.flat)) is not None]
    if laid or tray.view is None:
        return laid
    lower = ((one, flattened(tray.view, one.flat.top_mm)) for one in references)
    return [(one, found) for one, flat in lower if flat is not None and (found := register(one.flat, flat)) is not None]


def _beside(tray: Item, reference: Item, laid: Laid) -> tuple[Floats, Floats]:
    """The differences, and what share of each cell the reference shows."""
    image = drawn(reference.halved, laid, reference.flat.top_mm, tray.halved)
    shown = differences(tray.halved, image, laid, reference.flat)
    covered = cells(image.seen.astype(np.float32))
    pattern = np.zeros_like(covered)
    if tray.upright is not None and reference.patterns is not None:
        rows, columns = reference.halved.item.shape
        size = tray.upright.shape[:0:-1]
        x, y = (np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.float32) for p in image.at)
        at = (x + np.float32(0.5)) / np.float32(columns), (y + np.float32(0.5)) / np.float32(rows)
        pattern = on(covered.shape, unlike(tray.upright, reference.patterns, at, laid.turn_deg)) * (covered > COVERED)
    return np.concatenate((shown, pattern[None])), covered


def levels(found: Floats, scales: Floats) -> Floats:
    """(channels, rows, columns): logarithms, for twice as much is not twice as bad."""
    return np.asarray(np.log1p(found / scales[:, None, None]), np.float32)


def worst(level: Floats) -> Floats:
    """(channels,): the mean of the WORST cells of each."""
    flat = level.reshape(len(level), -1)
    return np.asarray(np.partition(flat, flat.shape[1] - WORST, axis=1)[:, -WORST:].mean(axis=1), np.float32)


def usual(references: Sequence[Item], scales: Floats, prior: Floats, alone: Floats) -> Floats:
    """(channels,): what `worst` says of pristine items of this product. `prior`: of any product, as much as one pair
    counts; `alone`: where no two can be compared."""
    chosen = references[:PAIRS]
    pairs = [pair for one, other in combinations(range(len(chosen)), 2) if _near(one, other, len(chosen))
             for pair in ((one, other), (other, one))]  # fmt: skip
    found = [compared(chosen[one], [chosen[other]], 1) for one, other in pairs]
    seen = [worst(levels(each.found, scales)) for each in found if each is not None]
    return np.asarray(np.mean([prior, *seen], axis=0), np.float32) if seen else alone


def _near(one: int, other: int, count: int) -> bool:
    return min(other - one, count - (other - one)) <= 1 or count <= 3


def bank_for(references: Sequence[Item]) -> Bank | None:
    return bank((one.patterns, one.item) for one in references if one.patterns is not None)
