"""From lane scores on validation trays to curves, weights and suggested thresholds. No weight is ever negative."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDS = 60
RIDGE = 1e-3
"""Weight of |w|^2 / 2 per tray."""
KNOTS = 9
SURE = 1e-4
"""A curve never says that it is surer than this."""
NEVER_SURE = 1e-6
"""Scores are taken no nearer to 0 and 1: that of booth.scoring.fusion, as a test sees."""


@dataclass(frozen=True, slots=True)
class Line:
    """logit of damage = bias + inputs @ weights, every weight at least 0."""

    bias: float
    weights: Floats

    def of(self, inputs: Floats) -> Floats:
        return self.bias + inputs @ self.weights


def fit(inputs: Floats, damaged: Flags) -> Line:
    """Logistic regression of (N, lanes) inputs, weights held at 0 from below: projected Newton steps."""
    x = np.hstack((inputs, np.ones((len(inputs), 1))))
    penalty = np.full(x.shape[1], RIDGE)
    penalty[-1] = 0
    w = np.zeros(x.shape[1])
    w[-1] = np.log(damaged.mean() / (1 - damaged.mean()))
    for _ in range(ROUNDS):
        p = sigmoid(x @ w)
        gradient = x.T @ (p - damaged) / len(x) + penalty * w
        free = (w > 0) | (gradient < 0)
        free[-1] = True
        curved = (x * (p * (1 - p))[:, None]).T @ x / len(x) + np.diag(penalty)
        step = np.zeros_like(w)
        step[free] = np.linalg.solve(curved[np.ix_(free, free)] + 1e-9 * np.eye(free.sum()), gradient[free])
        w = _downhill(x, damaged, penalty, w, step)
    return Line(float(w[-1]), w[:-1])


def _downhill(x: Floats, damaged: Flags, penalty: Floats, w: Floats, step: Floats) -> Floats:
    """As far along the step as the loss falls, and never below 0 but for the bias."""
    before = _loss(x, damaged, penalty, w)
    for share in 0.5 ** np.arange(12):
        new = w - share * step
        new[:-1] = np.maximum(new[:-1], 0)
        if _loss(x, damaged, penalty, new) < before:
            return np.asarray(new)
    return w


def _loss(x: Floats, damaged: Flags, penalty: Floats, w: Floats) -> float:
    z = x @ w
    return float((np.logaddexp(0, z) - damaged * z).mean() + (penalty * w * w).sum() / 2)


def sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def logit(score: Floats) -> Floats:
    kept = np.clip(score, NEVER_SURE, 1 - NEVER_SURE)
    return np.asarray(np.log(kept / (1 - kept)))


def curve(statistics: Floats, damaged: Flags) -> list[list[float]]:
    """Statistic to score, piecewise linear and rising: a logistic line at KNOTS places between the extremes."""
    line = fit(statistics[:, None], damaged)
    if not line.weights[0] > 0:
        raise ValueError("the statistic does not rise with damage: the lane has nothing to say")
    knots = np.linspace(statistics.min(), statistics.max(), KNOTS)
    scores = np.clip(sigmoid(line.of(knots[:, None])), SURE, 1 - SURE)
    return [[round(float(at), 6), round(float(score), 6)] for at, score in zip(knots, scores, strict=True)]


def fusion_row(scores: Mapping[str, Floats], damaged: Flags) -> dict[str, object]:
    """The manifest's row for exactly these lanes; `scores` as the lanes gave them."""
    line = fit(np.stack([logit(score) for score in scores.values()], 1), damaged)
    weights = {name: round(float(weight), 5) for name, weight in zip(scores, line.weights, strict=True)}
    return {"lanes": list(scores), "bias": round(line.bias, 5), "weights": weights}


def confidences(row: Mapping[str, object], scores: Mapping[str, Floats]) -> Floats:
    """As booth.scoring.fusion has it."""
    weights: Mapping[str, float] = row["weights"]  # type: ignore[assignment]
    total = sum((weights[name] * logit(score) for name, score in scores.items()), np.float64(row["bias"]))  # type: ignore[arg-type]
    return sigmoid(np.asarray(total))


def threshold(lanes: Sequence[str], pristine: Floats, rate: float) -> dict[str, object]:
    """Suggested: between the pristine tray that is diverted by that rate and the next; what it then diverted."""
    falling = np.sort(pristine)[::-1]
    allowed = int(rate * len(falling))
    above = falling[allowed - 1] if allowed else 1.0
    divert_at = round(float((above + falling[allowed]) / 2), 6)
    return {"lanes": list(lanes), "divert_at": divert_at, "fpr": round(float((pristine >= divert_at).mean()), 6)}
