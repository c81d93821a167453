"""From scores and truths to the figures of a report. Pure.

Every group of damaged trays (a type, a severity) is held against all pristine trays, so that its recall is at the very
thresholds that the whole has. A tray with damages of two types counts in both. A family or a product is ranked within
itself; its recall and its false positives are at the thresholds of the whole, which is what a line has.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from booth.evaluation.ranking import Flags, Floats, NotRanked, ranking
from booth.evaluation.resampling import ROWS, Measured, draws, measured, of_trays
from booth.evaluation.truth import Truth

RATES = {"1pct": 0.01, "01pct": 0.001}
HALF = 0.5
MAJOR = "major"
RECALLS = tuple(f"recall_at_fpr_{name}" for name in RATES)
ALARMS = tuple(f"fpr_at_{name}" for name in RATES)
OVERALL = ("auroc", "ap", *RECALLS, "recall_at_p50")

Row = Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the trays and their figures, by name: of OVERALL, and of ALARMS where pristine trays are among them."""

    damaged: int
    pristine: int
    figures: Row


@dataclass(frozen=True, slots=True)
class Figures:
    """`thresholds`: the score that a false positive rate allows; None where it allows none of the scores. `kaputt`: by
    the names of that benchmark's protocol; AP_major leaves out trays whose damage is minor alone, and has no
    value where no damage is major."""

    overall: Group
    kaputt: Row
    thresholds: Mapping[str, float | None]
    types: Mapping[str, Group] = field(default_factory=dict)
    severities: Mapping[str, Group] = field(default_factory=dict)
    families: Mapping[str, Group] = field(default_factory=dict)
    products: Mapping[str, Group] = field(default_factory=dict)
    decoys: Mapping[str, Group] = field(default_factory=dict)
    arrangements: Mapping[str, Group] = field(default_factory=dict)


class _Trays:
    """All trays of an evaluation, ranked once, with one set of draws for every figure. `rows`: 0 for no intervals."""

    def __init__(self, truths: Sequence[Truth], scores: Sequence[float], rows: int) -> None:
        self.truths = truths
        self.scores = np.array(scores, np.float64)
        self.damaged = np.array([truth.damaged for truth in truths], np.bool_)
        ranked = ranking(self.scores, self.damaged)
        once, drawn = np.ones((1, len(truths))), draws([truth.product for truth in truths], rows)
        self.weights: Floats = np.concatenate((once, drawn))
        """The first row counts every tray once."""
        curve = ranked.curve(self.weights)
        self.told = curve.pristine[:, -1] > 0
        self.groups, self.levels = ranked.groups, ranked.scores
        self.at = {name: curve.at_rate(rate) for name, rate in RATES.items()}

    def where(self, holds: Callable[[Truth], bool]) -> Flags:
        return np.array([holds(truth) for truth in self.truths], np.bool_)

    def ranked_alone(self, among: Flags, rows: Floats) -> dict[str, Measured]:
        """OVERALL of some of the trays, by themselves; those that one class alone cannot give have no value."""
        try:
            some = ranking(self.scores[among], self.damaged[among])
        except NotRanked:
            return dict.fromkeys(OVERALL, Measured(None))
        curve = some.thinned.curve(rows[:, among])
        found = (
            curve.auroc,
            curve.average_precision,
            *(curve.recall_at_rate(rate) for rate in RATES.values()),
            curve.recall_at_precision(HALF),
        )
        figures = {name: _measured(values) for name, values in zip(OVERALL, found, strict=True)}
        hurt = int(self.damaged[among].sum())
        return {name: of_trays(one, hurt) if name.startswith("recall") else one for name, one in figures.items()}

    def diverted(self, among: Flags, rows: Floats) -> tuple[Measured, ...]:
        """The share of some trays above each threshold of the whole."""
        return tuple(self._diverted(among, rows, at[: len(rows)]) for at in self.at.values())

    def _diverted(self, among: Flags, rows: Floats, at: NDArray[np.intp]) -> Measured:
        some = rows[:, among]
        reached = (some * (self.groups[among] < at[:, None])).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(self.told[: len(rows)], reached / some.sum(axis=1), np.nan)
        return of_trays(_measured(share), int(among.sum()))

    def against_all(self, hurt: Flags) -> Group:
        """Damaged trays against every pristine one."""
        alone = self.ranked_alone(hurt | ~self.damaged, self.weights)
        return Group(int(hurt.sum()), int((~self.damaged).sum()), alone)

    def within(self, among: Flags) -> Group:
        """Trays among themselves, but at the thresholds of the whole."""
        return self._within(among, self.weights)

    def of_product(self, among: Flags) -> Group:
        """As `within`, without intervals: one product alone does not tell what another would do."""
        return self._within(among, self.weights[:1])

    def _within(self, among: Flags, rows: Floats) -> Group:
        hurt, whole = among & self.damaged, among & ~self.damaged
        recalls = dict(zip(RECALLS, self.diverted(hurt, rows), strict=True))
        alarms = dict(zip(ALARMS, self.diverted(whole, rows), strict=True))
        return Group(int(hurt.sum()), int(whole.sum()), {**self.ranked_alone(among, rows), **recalls, **alarms})

    def alarms(self, among: Flags) -> Group:
        """What a kind of pristine tray costs."""
        return Group(0, int(among.sum()), dict(zip(ALARMS, self.diverted(among, self.weights), strict=True)))


def figures(truths: Sequence[Truth], scores: Sequence[float], rows: int = ROWS) -> Figures:
    """All of them. `rows` draws of products make the intervals; 0: none. Raises NotRanked."""
    trays = _Trays(truths, scores, rows)
    whole = trays.against_all(trays.damaged)
    severe = trays.against_all(trays.where(lambda truth: MAJOR in truth.severities))
    return Figures(
        Group(whole.damaged, whole.pristine, whole.figures),
        _kaputt(whole.figures, severe),
        {name: _threshold(trays, name) for name in RATES},
        types=_each(truths, lambda truth: truth.types, trays.against_all),
        severities=_each(truths, lambda truth: truth.severities, trays.against_all),
        families=_each(truths, lambda truth: _told(truth.family), trays.within),
        products=_each(truths, lambda truth: _told(truth.product), trays.of_product),
        decoys=_decoys(truths, trays),
        arrangements=_each(truths, lambda truth: _told(truth.arrangement), trays.within),
    )


def overall(truths: Sequence[Truth], scores: Sequence[float], rows: int = ROWS) -> Group:
    """OVERALL alone. Raises NotRanked."""
    trays = _Trays(truths, scores, rows)
    return trays.against_all(trays.damaged)


def _each(
    truths: Sequence[Truth],
    keys: Callable[[Truth], Iterable[str]],
    judged: Callable[[Flags], Group],
) -> dict[str, Group]:
    names = sorted({key for truth in truths for key in keys(truth)})
    told = [frozenset(keys(truth)) for truth in truths]
    return {name: judged(np.array([name in some for some in told], np.bool_)) for name in names}


def _decoys(truths: Sequence[Truth], trays: _Trays) -> dict[str, Group]:
    """Pristine trays that have something which only looks like damage, by kind, and all of them as "any"."""
    kinds = _each(truths, lambda truth: () if truth.damaged else truth.decoys, trays.alarms)
    if not kinds:
        return {}
    return {"any": trays.alarms(trays.where(lambda truth: bool(truth.decoys) and not truth.damaged)), **kinds}


def _kaputt(whole: Row, severe: Group) -> dict[str, Measured]:
    named = {"AP_any": whole["ap"], "AUROC": whole["auroc"], "R@50%P": whole["recall_at_p50"]}
    named["R@1%FPR"] = whole["recall_at_fpr_1pct"]
    return {**named, "AP_major": severe.figures["ap"] if severe.damaged else Measured(None)}


def _threshold(trays: _Trays, rate: str) -> float | None:
    place = int(trays.at[rate][0])
    return float(trays.levels[place - 1]) if place > 0 else None


def _measured(values: Floats) -> Measured:
    return measured(float(values[0]), values[1:])


def _told(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)
