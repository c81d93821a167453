"""Where in a view something is, for those who compare maps of different sizes and for people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "middle", "right")


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of a view: from its left and upper edge, as shares of the view's width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def __str__(self) -> str:
        """As "upper left": of nine fields, the one that its middle is in."""
        column, row = (min(int(3 * (a + b) / 2), 2) for a, b in ((self.left, self.right), (self.top, self.bottom)))
        words = [ROWS[row]] * (row != 1) + [COLUMNS[column]] * (column != 1)
        return " ".join(words) or "middle"


def hottest(values: NDArray[np.float32]) -> Place:
    """The cell of (h, w) `values` that is the highest."""
    rows, columns = values.shape
    row, column = divmod(int(values.argmax()), columns)
    return Place(column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)


def highest(values: NDArray[np.float32], at: Place) -> float:
    """The highest of (h, w) `values` in the cells that `at` touches."""
    rows, columns = values.shape
    first, beyond = int(at.top * rows + _SLACK), int(np.ceil(at.bottom * rows - _SLACK))
    left, right = int(at.left * columns + _SLACK), int(np.ceil(at.right * columns - _SLACK))
    return float(values[first : max(beyond, first + 1), left : max(right, left + 1)].max())


_SLACK = 1e-9
"""A place that ends where a cell begins does not touch it, whatever the rounding."""
