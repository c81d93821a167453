"""Which part of a view a step of the training looks at: where damage is, and where the network was last misled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from samples import SIZE_PX, Sample
from variants import Window, placed

SIDES_PX = (160, 192)
"""Height and width: a quarter of a view, for a quarter of its time."""
GRID_PX = 32
"""The backbone's coarsest cell: windows lie on it, for its maps are of the whole view."""
RAISED_MM = 10.0
"""What stands above this is an item or its spill."""
ON_DAMAGE, ON_HARDEST, ON_ITEM = 0.75, 0.4, 0.75
"""How often: of a damaged tray on its damage; else where the network was hottest; else on the item, not anywhere."""
PLACES = 24

Places = NDArray[np.int16]
"""(N, 2), row and column of the capture as it is, px."""


@dataclass(frozen=True, slots=True)
class Interest:
    """Where to look in one sample: marked pixels (some of them), pixels of the item, and the last hottest cell."""

    marked: Places
    item: Places
    hottest: Places


def interest(sample: Sample) -> Interest:
    pixels, rng = sample.read(), np.random.default_rng(len(sample.name))
    nowhere = np.zeros((0, 2), np.int16)
    marked = [_some(pixels["marks"] >> bit & 1 > 0, rng) for bit in range(8)]
    with np.errstate(invalid="ignore"):
        raised = _some(pixels["height"] > RAISED_MM, rng)
    return Interest(np.concatenate(marked), raised, nowhere)


def _some(mask: NDArray[np.bool_], rng: np.random.Generator) -> Places:
    there = np.argwhere(mask).astype(np.int16)
    return there[rng.choice(len(there), min(PLACES, len(there)), replace=False)] if len(there) else there


def window(seen: Interest, name: str, number: int, rng: np.random.Generator) -> Window:
    """Around a place of interest of that sample, or anywhere; on the pixels of the variant."""
    places = _chosen(seen, rng)
    if not len(places):
        return _around((rng.uniform(0, SIZE_PX[0]), rng.uniform(0, SIZE_PX[1])), rng)
    row, column = places[rng.integers(len(places))].tolist()
    return _around(placed((row, column), name, number), rng)


def _chosen(seen: Interest, rng: np.random.Generator) -> Places:
    if len(seen.marked) and rng.random() < ON_DAMAGE:
        return seen.marked
    if len(seen.hottest) and rng.random() < ON_HARDEST:
        return seen.hottest
    return seen.item if rng.random() < ON_ITEM else seen.item[:0]


def _around(place: tuple[float, float], rng: np.random.Generator) -> Window:
    """The place lies anywhere in the middle half of the window, or as near to it as the view's edge allows."""
    corner = [
        int(np.clip(round((at - side * rng.uniform(0.25, 0.75)) / GRID_PX), 0, (whole - side) // GRID_PX)) * GRID_PX
        for at, side, whole in zip(place, SIDES_PX, SIZE_PX, strict=True)
    ]
    return Window(corner[0], corner[1], *SIDES_PX)


def interests(samples: Sequence[Sample]) -> list[Interest]:
    return [interest(sample) for sample in samples]
