"""What a calibration measured of itself, each figure with its limit and the next step if it is missed."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. With neither limit it is for information and always passes.

    `unit` is what people read behind the value. `hint` says what to do when the limit is missed.
    """

    name: str
    value: float
    unit: str
    hint: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def passed(self) -> bool:
        """NaN passes no limit."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def limit(self) -> str:
        """For people; empty without a limit."""
        bounds = (("at most", self.at_most), ("at least", self.at_least))
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)

    def as_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"name": self.name, "value": self.value, "unit": self.unit, "passed": self.passed}
        limits = {"at_most": self.at_most, "at_least": self.at_least}
        row |= {name: bound for name, bound in limits.items() if bound is not None}
        return row if math.isfinite(self.value) else row | {"value": None}  # JSON has no NaN


def table(figures: tuple[Figure, ...]) -> str:
    """One line a figure, missed limits marked."""
    width = max((len(figure.name) for figure in figures), default=0)
    return "\n".join(_line(figure, width) for figure in figures)


def _line(figure: Figure, width: int) -> str:
    mark = "ok  " if figure.passed else "FAIL"
    value = f"{figure.value:.4g} {figure.unit}".rstrip()
    limit = f"  ({figure.limit()})" if figure.limit() else ""
    return f"  {mark if figure.limit() else '    '}  {figure.name:<{width}}  {value}{limit}"
