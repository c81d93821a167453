"""A logistic head in numpy, and the figures it is judged by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """logit = features @ weights + bias, over the features as the network gives them."""

    weights: Array
    bias: float

    def logit(self, features: Array) -> Array:
        return features @ self.weights + self.bias

    def scaled(self, gain: float, offset: float) -> "Head":
        """The head whose logit is gain * logit + offset."""
        return Head(gain * self.weights, gain * self.bias + offset)


def fit(features: Array, damaged: NDArray[np.bool_], ridge: float, rounds: int = 12) -> Head:
    """Logistic regression by Newton steps on standardised features.

    `ridge` is the weight of |w|^2 / 2 per sample; both classes weigh the same.
    """
    centre, spread = features.mean(0), features.std(0) + 1e-6
    x = np.hstack(((features - centre) / spread, np.ones((len(features), 1))))
    share = np.where(damaged, 0.5 / damaged.mean(), 0.5 / (~damaged).mean()) / len(x)
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-9
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = sigmoid(x @ w)
        gradient = x.T @ (share * (p - damaged)) + penalty * w
        hessian = (x * (share * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    weights = w[:-1] / spread
    return Head(weights, float(w[-1] - weights @ centre))


def auroc(scores: Array, damaged: NDArray[np.bool_]) -> float:
    """The chance that a damaged tray scores higher than a pristine one; ties count half."""
    good, bad = scores[~damaged], np.sort(scores[damaged])
    above = len(bad) - np.searchsorted(bad, good, side="right")
    ties = np.searchsorted(bad, good, side="right") - np.searchsorted(bad, good, side="left")
    return float((above + ties / 2).sum() / (len(good) * len(bad)))


def recall_at_fpr(scores: Array, damaged: NDArray[np.bool_], rate: float) -> float:
    """The share of damaged trays above the threshold that this share of pristine ones reaches."""
    return float((scores[damaged] > np.quantile(scores[~damaged], 1 - rate)).mean())


def sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(x / 2))
