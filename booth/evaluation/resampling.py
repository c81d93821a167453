"""How far a figure can be off for the products that happened to be drawn: a bootstrap over products. Pure.

Pictures of one product resemble each other. To draw pictures, and not products, would call a figure far surer than it
is for the next product that comes along the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.evaluation.ranking import Floats

ROWS = 1000
SEED = 20260501
"""Fixed: the same scores always give the same intervals."""
LOW, HIGH = 2.5, 97.5
"""Percentiles of an interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its interval of 95 %: None where there are not two products to draw from. `value` None: there was
    nothing to measure it on."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def told(self) -> dict[str, float | None]:
        """As it stands in JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def draws(products: Sequence[str | None], rows: int = ROWS, seed: int = SEED) -> Floats:
    """(rows, trays): how often each tray counts, with as many products drawn as there are, with replacement. A tray
    whose product nobody said is one of its own. No rows where there are fewer than two products."""
    clusters, place = _clusters(products)
    if clusters < 2:
        return np.empty((0, len(products)))
    lots = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=rows)
    return lots[:, place].astype(np.float64)


def measured(value: float, resampled: Floats) -> Measured:
    """`resampled`: the figure for every row; rows that could not tell are NaN, and left out."""
    told = resampled[np.isfinite(resampled)]
    if not np.isfinite(value):
        return Measured(None)
    if not len(told):
        return Measured(float(value))
    low, high = np.percentile(told, (LOW, HIGH))
    return Measured(float(value), float(low), float(high))


def of_trays(share: Measured, trays: int) -> Measured:
    """A share of so many trays. Where all of them are of one kind every draw agrees, and would call it sure: the
    interval is then at least that of so many trays (Clopper and Pearson 1934; of 95 %: 3.7 / trays)."""
    if share.value not in (0.0, 1.0) or share.low is None or share.high is None or not trays:
        return share
    least = 1 - (LOW / 100) ** (1 / trays)
    return Measured(
        share.value, min(share.low, 1 - least if share.value else 0.0), max(share.high, share.value or least)
    )


def _clusters(products: Sequence[str | None]) -> tuple[int, NDArray[np.intp]]:
    names: dict[object, int] = {}
    place = [
        names.setdefault(tray if product is None else product, len(names)) for tray, product in enumerate(products)
    ]
    return len(names), np.array(place, np.intp)
