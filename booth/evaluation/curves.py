"""Curves as inline SVG: no script, no font, nothing to fetch."""

import math
from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from booth.evaluation.ranking import Curve, Floats

WIDE, HIGH = 420, 320
LEFT, BELOW, ABOVE, RIGHT = 46, 40, 26, 14
RAREST = 1e-4
"""The least false positive rate that is shown: the axis is logarithmic, for what matters lies below 1 %."""
POINTS = 400

Scale = Callable[[float], float]
Ticks = Sequence[tuple[float, str]]

SHARES: Ticks = [(share / 4, f"{share / 4:g}") for share in range(5)]
RATES: Ticks = [(1e-4, "0.01 %"), (1e-3, "0.1 %"), (1e-2, "1 %"), (1e-1, "10 %"), (1.0, "100 %")]


def roc(curve: Curve) -> str:
    """Recall over the false positive rate."""
    return _plot("ROC", ("false positives", RATES, _rate), curve.false_positives, curve.recall)


def precision_recall(curve: Curve) -> str:
    """Precision over recall. Where nothing is diverted there is none, and none is drawn."""
    return _plot("Precision and recall", ("recall", SHARES, lambda at: at), curve.recall[1:], curve.precision[1:])


def _rate(rate: float) -> float:
    return 1 - math.log10(max(rate, RAREST)) / math.log10(RAREST)


def _plot(title: str, axis: tuple[str, Ticks, Scale], across: Floats, up: Floats) -> str:
    name, ticks, scale = axis
    parts = [
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(title)}">',
        f'<text class="title" x="{LEFT}" y="16">{escape(title)}</text>',
        *(_across(scale(at), told) for at, told in ticks),
        *(_up(at, told) for at, told in SHARES),
        f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 6}" text-anchor="middle">{escape(name)}</text>',
        f'<path class="curve" d="{_path([scale(float(at)) for at in across], list(map(float, up)))}"/>',
        "</svg>",
    ]
    return "".join(parts)


def _path(across: list[float], up: list[float]) -> str:
    """Of many points so many, evenly by their number: a curve of thousands looks the same."""
    places = (
        np.unique(np.linspace(0, len(across) - 1, POINTS).astype(int)) if len(across) > POINTS else range(len(across))
    )
    points = (f"{_x(across[place]):.1f},{_y(up[place]):.1f}" for place in places)
    return "M" + " L".join(points)


def _across(at: float, told: str) -> str:
    x = _x(at)
    line = f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}"/>'
    return line + f'<text x="{x:.1f}" y="{_y(0) + 14:.1f}" text-anchor="middle">{escape(told)}</text>'


def _up(at: float, told: str) -> str:
    y = _y(at)
    line = f'<line class="grid" x1="{_x(0):.1f}" x2="{_x(1):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(told)}</text>'


def _x(share: float) -> float:
    return LEFT + share * (WIDE - LEFT - RIGHT)


def _y(share: float) -> float:
    return HIGH - BELOW - share * (HIGH - BELOW - ABOVE)
