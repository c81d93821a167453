"""Whether a network of 8-bit numbers keeps what that of 32-bit numbers reached: figures of both on the same trays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.evaluation.figures import RATES
from booth.evaluation.ranking import Flags, ranking
from booth.evaluation.resampling import ROWS, Measured, draws, measured
from booth.evaluation.truth import Truth

MAY_FALL: Mapping[str, float] = {"auroc": 0.002, "recall_at_fpr_1pct": 0.01, "recall_at_fpr_01pct": 0.02}
"""By how much of a figure 8 bits are bought. Chosen on 2026-11-25, before anything was measured: a tenth of what is
left to gain in AUROC at 0.98; of a hundred damaged trays one more missed, at the strictest threshold two."""
TIME_AT_MOST = 0.8
"""Of the time of the other. For less than a fifth nobody looks after a second model."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of both, and int8 less fp32 with its interval of 95 % by a bootstrap over products: both are drawn on
    the same trays, so that what makes a tray hard for both falls out."""

    fp32: float
    int8: float
    difference: Measured

    def told(self) -> dict[str, Any]:
        return {"fp32": self.fp32, "int8": self.int8, "difference": self.difference.told()}


def changes(truths: Sequence[Truth], fp32: Floats, int8: Floats, rows: int = ROWS) -> dict[str, Change]:
    """By name of MAY_FALL. Raises NotRanked."""
    damaged = np.array([truth.damaged for truth in truths], np.bool_)
    drawn = draws([truth.product for truth in truths], rows)
    weights = np.concatenate((np.ones((1, len(truths))), drawn))
    before, after = (_figures(scores, damaged, weights) for scores in (fp32, int8))
    return {name: _change(before[name], after[name]) for name in MAY_FALL}


def _figures(scores: Floats, damaged: Flags, weights: Floats) -> dict[str, Floats]:
    """(rows,) each; the first row counts every tray once."""
    curve = ranking(scores, damaged).curve(weights)
    recalls = {f"recall_at_fpr_{name}": curve.recall_at_rate(rate) for name, rate in RATES.items()}
    return {"auroc": curve.auroc, **recalls}


def _change(before: Floats, after: Floats) -> Change:
    apart = after - before
    return Change(float(before[0]), float(after[0]), measured(float(apart[0]), apart[1:]))


def against(lanes: str, found: Mapping[str, Change]) -> list[str]:
    """What speaks against 8 bits: every figure that is not shown to fall by no more than it may. One that is known of
    too few products speaks against it, too: what is not shown is not shipped."""
    told = []
    for name, change in found.items():
        apart, least = change.difference, -MAY_FALL[name]
        if apart.value is None or apart.low is None or apart.high is None:
            told.append(f"{lanes}: {name} cannot be told")
        elif apart.low < least:
            fell = "falls" if apart.high < least else "may fall"
            told.append(
                f"{lanes}: {name} {fell} by more than {MAY_FALL[name]:g}: {change.fp32:.4f} to {change.int8:.4f}, "
                f"{apart.value:+.4f} ({apart.low:+.4f} to {apart.high:+.4f})"
            )
    return told


def too_slow(ratio: float) -> list[str]:
    """`ratio`: time of int8 over that of fp32, each its median."""
    return [] if ratio <= TIME_AT_MOST else [f"it takes {ratio:.2f} of the time, not {TIME_AT_MOST:g} at most"]
