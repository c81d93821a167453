"""Sheets that are folded over: bent corners, covers and lids that stand open."""

import numpy as np
from numpy.typing import NDArray

from fakes.props.item import Item, Severity
from fakes.props.panel import Panel, Points, push


def dog_ear(rng: np.random.Generator, item: Item, severity: Severity, bit: int) -> None:
    """A corner of a flat item bent up along a crease."""
    length, width, _ = item.product.size_mm
    side = rng.choice((-1.0, 1.0), 2)
    corner = np.array([side[0] * length / 2, side[1] * width / 2, 0.0])
    reach = min(float(rng.uniform(*((14, 22) if severity == "minor" else (34, 55)))), min(length, width) * 0.4)
    lean = rng.uniform(0.25, 0.75) * np.pi / 2
    out = np.array([side[0] * np.cos(lean), side[1] * np.sin(lean), 0.0])
    crease = corner - out * reach
    angle = np.radians(float(rng.uniform(*((35, 60) if severity == "minor" else (110, 160)))))

    def field(points: Points) -> Points:
        return turned_up(points, crease, out, angle) - points

    push(item.panels, field, bit)


def turned_up(points: Points, hinge: NDArray[np.float64], out: NDArray[np.float64], angle: float) -> Points:
    """`points` beyond the line through `hinge` across the unit vector `out`, turned up about it; 3 mm of them bend."""
    beyond = (points - hinge) @ out
    height = points[..., 2] - hinge[2]
    turn = angle * np.clip(beyond / 3, 0, 1)
    flat = beyond * np.cos(turn) - height * np.sin(turn)
    up = beyond * np.sin(turn) + height * np.cos(turn)
    moved = points + (flat - beyond)[..., None] * out
    moved[..., 2] = hinge[2] + up
    return np.asarray(np.where((beyond > 0)[..., None], moved, points))


def opened(
    panels: list[Panel], hinge: tuple[float, float, float], out: tuple[float, float, float], angle_deg: float, bit: int
) -> None:
    """All of `panels` turned up about the line through `hinge` across `out`, and marked. In place."""
    for panel in panels:
        panel.vertices = turned_up(panel.vertices, np.array(hinge), np.array(out), np.radians(angle_deg))
        panel.skin.marks |= np.uint8(1 << bit)
