"""What the network's patch features of a tray have that those of its references have not.

Where a reference was laid over the tray its patches are looked for around the place they should be at; where none
shows the item, among a coreset of them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Side, View
from booth.scoring.comparing.coreset import Bank, bank_of, rows_of
from booth.scoring.comparing.ground import Floats, Places
from booth.scoring.network import Network

T = TypeVar("T", bound=np.generic)

AROUND = 1
"""Patches to each side that one may lie beside where the reference has it: 18 mm of 16 px at 1.1 mm/px."""
CORESET = 400
"""Patches that stand for all of a product's. Three references have 850, both ways round. AUROC of patches alone,
wherever they lie: 0.770 with all, 0.763 with 400, 0.755 with 100, 0.734 with 25 (260 trays, simulated, 2026-11)."""
TURNED: dict[Side, Side] = {"left": "right", "right": "left", "front": "back", "back": "front"}


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Of a view and of the same view turned by 180 degrees, for features do not turn with the picture: (C, h, w)
    float32 each, every patch of length 1."""

    upright: Floats
    turned: Floats


def upright_of(network: Network | None, view: View) -> Floats | None:
    """None for a pack that gives no maps. Raises ScoreInvalid."""
    maps = None if network is None else network.of(view).get("maps")
    return None if maps is None else _units(maps)


def patterns_of(network: Network | None, view: View) -> Patterns | None:
    """None for a pack that gives no maps. Raises ScoreInvalid."""
    upright, turned = upright_of(network, view), upright_of(network, _turned(view))
    return None if upright is None or turned is None else Patterns(upright, turned)


def _units(maps: NDArray[np.float32]) -> Floats:
    return np.ascontiguousarray(rows_of(maps).T.reshape(maps.shape))


def _turned(view: View) -> View:
    """As a camera would see it that stands on its head."""

    def over(values: NDArray[T]) -> NDArray[T]:
        return np.ascontiguousarray(values[::-1, ::-1])

    return replace(
        view,
        colour=over(view.colour),
        height_mm=over(view.height_mm),
        valid=over(view.valid),
        lit={TURNED[side]: over(colour) for side, colour in view.lit.items()},
    )


def unlike(tray: Floats, reference: Patterns, at: Places, turn_deg: float) -> Floats:
    """(h, w): 1 - cosine of each of the tray's patches (C, h, w) to the most alike of those around the place that it
    was laid over. `at`: where each of them is there, (h, w), as shares of the reference's width and height."""
    _, rows, columns = tray.shape
    x, y = at
    maps = reference.upright
    if abs((turn_deg + 180) % 360 - 180) > 90:
        maps, x, y = reference.turned, 1 - x, 1 - y
    column, row = (np.floor(share * count).astype(np.intp) for share, count in ((x, columns), (y, rows)))
    best = np.full((rows, columns), -1.0, np.float32)
    for down in range(-AROUND, AROUND + 1):
        for across in range(-AROUND, AROUND + 1):
            there = maps[:, np.clip(row + down, 0, rows - 1), np.clip(column + across, 0, columns - 1)]
            np.maximum(best, np.einsum("chw,chw->hw", tray, there), out=best)
    return np.maximum(1 - best, np.float32(0))


def bank(references: Iterable[tuple[Patterns, NDArray[np.bool_]]]) -> Bank | None:
    """Of the patches (h, w) that show the item, both ways round. None where none does."""
    found = [maps[:, item].T for one, item in references for maps in (one.upright, one.turned)]
    patches = np.concatenate(found) if found else np.zeros((0, 0), np.float32)
    return bank_of(patches, CORESET) if len(patches) else None


def strange(tray: Floats, where: NDArray[np.bool_], known: Bank) -> Floats:
    """(h, w): 1 - cosine of each of the tray's patches to the nearest of the bank, 0 but at `where`."""
    found = np.zeros(where.shape, np.float32)
    if where.any():
        found[where] = known.nearest(np.ascontiguousarray(tray[:, where].T)) ** 2 / 2  # |a - b|^2 = 2 - 2 cos
    return found


def on(shape: tuple[int, int], values: Floats) -> Floats:
    """Of patches, on cells (rows, columns)."""
    return np.asarray(cv2.resize(values, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
