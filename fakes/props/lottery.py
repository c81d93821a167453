"""What stands on a tray, by lot: families, products, damages, decoys and arrangements, from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from fakes.props.decoy import DECOYS, fits
from fakes.props.families import FAMILIES, product
from fakes.props.harm import SEVERITIES, Injury
from fakes.props.item import Size
from fakes.props.tray import LENGTH_MM, WIDTH_MM
from fakes.streams import stream

Arrangement = Literal["one", "two", "overhang", "empty"]
AROUND = ("dirty-tray", "shadow")
"""Decoys that are not on the item."""
SHARES: dict[Arrangement, float] = {"one": 0.84, "two": 0.08, "overhang": 0.05, "empty": 0.03}
DECOYED, DIRTY, SHADED = 0.25, 0.10, 0.10
TWICE = 0.25
"""Of the damaged items, those with two injuries."""
TRIES = 60
APART_MM = 8.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """One item."""

    family: str
    number: int
    injuries: tuple[Injury, ...] = ()
    decoys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that a scene is made from. `around` are decoys of AROUND."""

    seed: int
    arrangement: Arrangement = "one"
    items: tuple[Chosen, ...] = ()
    around: tuple[str, ...] = ()


def drawn(
    seed: int,
    families: Sequence[str] | None = None,
    damaged: bool | None = None,
    share: float = 0.5,
    products: int | None = None,
) -> Drawn:
    """What `seed` (>= 0) stands for. With `damaged` False or True it is the same scene without and with its damage;
    with None the lot decides that too, for a `share` of all, and whether the tray is empty. `products`: how many a
    family has; None: as many as the catalogue says. Raises KeyError for an unknown family."""
    lot = stream(seed, "lottery")
    arrangement = _arrangement(lot, may_be_empty=damaged is None)
    hurt = bool(stream(seed, "damaged").random() < share) if damaged is None else damaged
    around = tuple(
        name for name, share in zip(AROUND, (DIRTY, SHADED), strict=True) if stream(seed, name).random() < share
    )
    if arrangement == "empty":
        return Drawn(seed, arrangement, (), around)
    names = tuple(families or FAMILIES)
    first = _chosen(lot, names, products)
    items = [first]
    if arrangement == "two":
        items += _beside(lot, first, names, products)
    items[0] = replace(items[0], decoys=_decoys(seed))
    if hurt:
        which = int(stream(seed, "which").integers(len(items)))
        items[which] = replace(items[which], injuries=_injuries(seed, items[which].family))
    return Drawn(seed, arrangement if len(items) > 1 or arrangement != "two" else "one", tuple(items), around)


def side_by_side(first: Size, second: Size) -> tuple[float, float] | None:
    """How far the middles of two items have to be apart along x or along y, mm; None if a tray has no room for both."""
    for axis, room in ((0, LENGTH_MM - 24), (1, WIDTH_MM - 24)):
        other = (WIDTH_MM if axis == 0 else LENGTH_MM) - 24
        fits_across = max(first[1 - axis], second[1 - axis]) <= other
        if fits_across and first[axis] + second[axis] + APART_MM <= room:
            apart = (first[axis] + second[axis]) / 2 + APART_MM
            return (apart, 0.0) if axis == 0 else (0.0, apart)
    return None


def harms(family: str) -> tuple[str, ...]:
    """What can happen to the items of a family."""
    return _nature(family)[0]


def decoyed(family: str) -> bool:
    """Whether decoys can be seen on the items of a family."""
    return _nature(family)[1]


@cache
def _nature(family: str) -> tuple[tuple[str, ...], bool]:
    item = FAMILIES[family].builder.build(product(family, 0), 0)
    return item.harms, fits(item)


def _arrangement(lot: np.random.Generator, may_be_empty: bool) -> Arrangement:
    names = list(SHARES)
    shares = np.array([SHARES[name] for name in names])
    found = names[int(lot.choice(len(names), p=shares / shares.sum()))]
    return "one" if found == "empty" and not may_be_empty else found


def _chosen(lot: np.random.Generator, names: tuple[str, ...], products: int | None) -> Chosen:
    family = names[int(lot.integers(len(names)))]
    if family not in FAMILIES:
        raise KeyError(f"No family {family!r}: take some of {', '.join(FAMILIES)}.")
    return Chosen(family, int(lot.integers(products or FAMILIES[family].products)))


def _beside(lot: np.random.Generator, first: Chosen, names: tuple[str, ...], products: int | None) -> list[Chosen]:
    """A second item for which there is room; none if the lot finds none."""
    size = product(first.family, first.number).size_mm
    for _ in range(TRIES):
        second = _chosen(lot, names, products)
        if side_by_side(size, product(second.family, second.number).size_mm):
            return [second]
    return []


def _decoys(seed: int) -> tuple[str, ...]:
    lot = stream(seed, "decoys")
    names = tuple(DECOYS)
    return (names[int(lot.integers(len(names)))],) if lot.random() < DECOYED else ()


def _injuries(seed: int, family: str) -> tuple[Injury, ...]:
    lot = stream(seed, "injuries")
    possible = harms(family)
    count = min(len(possible), 2 if lot.random() < TWICE else 1)
    types = lot.choice(len(possible), count, replace=False)
    return tuple(Injury(possible[int(type_)], SEVERITIES[int(lot.integers(2))]) for type_ in types)
