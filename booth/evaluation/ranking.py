"""Figures of a ranking: how well scores keep damaged trays above pristine ones. Pure.

A threshold is a score: what reaches it is diverted. Trays of one score are diverted together or not at all, so every
figure is over groups of equal scores. All of them take weights, many rows of them at once: a row of a bootstrap weighs
each tray by how often it was drawn.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDING = 1e-12
"""A rate that is reached but for the last bits of a division is reached."""


class NotRanked(ValueError):
    """There is nothing to rank: no damaged tray, no pristine one, or a score that is no number."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Trays by falling score: `order` are their places, `ends` the last of each group of equal scores, `scores` those
    of the groups; `damaged` in the order that they were given."""

    order: NDArray[np.intp]
    ends: NDArray[np.intp]
    scores: Floats
    damaged: Flags

    @property
    def thinned(self) -> "Ranking":
        """Less the thresholds within a run of pristine trays: no figure of a curve changes, and it is the shorter the
        rarer damage is."""
        starts = np.concatenate(([0], self.ends[:-1] + 1))
        some = np.add.reduceat(self.damaged[self.order].astype(np.intp), starts) > 0
        some[:-1] |= some[1:]  # where its level run of pristine trays ends
        some[-1] = True
        return replace(self, ends=self.ends[some], scores=self.scores[some])

    @property
    def groups(self) -> NDArray[np.intp]:
        """(trays,) The group of each tray, in the order that they were given: those below Curve.at_rate reach it."""
        found = np.empty(len(self.order), np.intp)
        found[self.order] = np.searchsorted(self.ends, np.arange(len(self.order)))
        return found

    def curve(self, weights: Floats | None = None) -> "Curve":
        """`weights`: (trays,) or (rows, trays); None: each counts once."""
        given = np.ones(len(self.damaged)) if weights is None else weights
        return Curve(self._reaching(self.damaged, given), self._reaching(~self.damaged, given))

    def _reaching(self, of: Flags, weights: Floats) -> Floats:
        """(..., groups + 1): the weight of the trays `of` that reach each threshold, from above all scores down."""
        falling = self.order[of[self.order]]
        total = np.zeros((*weights.shape[:-1], len(falling) + 1))
        np.cumsum(weights[..., falling], axis=-1, out=total[..., 1:])
        counts = np.concatenate(([0], np.cumsum(of[self.order])[self.ends]))
        return np.asarray(total[..., counts])


@dataclass(frozen=True)
class Curve:
    """Weights of the damaged and of the pristine trays that reach each threshold: (..., thresholds), rising; the first
    threshold is above all scores. Figures of a row without damaged or without pristine trays are NaN."""

    damaged: Floats
    pristine: Floats

    @cached_property
    def recall(self) -> Floats:
        return _share(self.damaged, self.damaged[..., -1:])

    @cached_property
    def false_positives(self) -> Floats:
        """Their rate: the share of the pristine trays."""
        return _share(self.pristine, self.pristine[..., -1:])

    @cached_property
    def precision(self) -> Floats:
        """1 where nothing is diverted."""
        both = self.damaged + self.pristine
        return np.where(both > 0, _share(self.damaged, np.maximum(both, ROUNDING)), 1.0)

    @property
    def auroc(self) -> Floats:
        """The chance that a damaged tray scores above a pristine one; a tie counts half. Trapezoids under the curve."""
        recall, rate = self.recall, self.false_positives
        return np.asarray((np.diff(rate) * (recall[..., 1:] + recall[..., :-1]) / 2).sum(axis=-1))

    @property
    def average_precision(self) -> Floats:
        """Precision, weighed by the recall that each threshold adds: no interpolation, which flatters."""
        area = np.asarray((np.diff(self.recall) * self.precision[..., 1:]).sum(axis=-1))
        return np.where(self.pristine[..., -1] > 0, area, np.nan)

    def at_rate(self, rate: float) -> NDArray[np.intp]:
        """(...,) The lowest threshold that no more than `rate` of the pristine trays reach."""
        return np.asarray((self.false_positives <= rate + ROUNDING).sum(axis=-1) - 1)

    def recall_at_rate(self, rate: float) -> Floats:
        """The largest recall at a false positive rate of at most `rate`."""
        return picked(self.recall, self.at_rate(rate), self.pristine)

    def recall_at_precision(self, precision: float) -> Floats:
        """The largest recall where at least `precision` of the diverted trays are damaged; 0 where no threshold is."""
        fit = self.precision >= precision - ROUNDING
        best = np.where(fit, self.recall, 0.0).max(axis=-1)
        return np.where(self.pristine[..., -1] * self.damaged[..., -1] > 0, best, np.nan)


def ranking(scores: Floats, damaged: Flags) -> Ranking:
    """Raises NotRanked."""
    if not np.isfinite(scores).all():
        raise NotRanked(f"{int((~np.isfinite(scores)).sum())} scores are no number")
    if not damaged.any():
        raise NotRanked("no tray is damaged: nothing can be found; add damaged trays")
    if damaged.all():
        raise NotRanked("no tray is pristine: nothing can be a false alarm; add pristine trays")
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    return Ranking(order, ends, falling[ends], damaged)


def picked(values: Floats, places: NDArray[np.intp], pristine: Floats) -> Floats:
    """(...,) What of (..., thresholds) stands at `places`; NaN for a row without pristine trays, which has no rate."""
    found = np.take_along_axis(values, np.maximum(places, 0)[..., None], axis=-1)[..., 0]
    return np.where(pristine[..., -1] > 0, found, np.nan)


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole)
