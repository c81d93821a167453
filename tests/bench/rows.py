"""One measured figure, and how figures are measured."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Row:
    """`target` as text, such as "<= 0.35"; None: only reported. `conditions`: what the figure holds for.
    `value` None: it could not be measured here, and `conditions` say why."""

    name: str
    value: float | None
    unit: str
    target: str | None
    conditions: str

    @property
    def ok(self) -> bool | None:
        if self.target is None or self.value is None:
            return None
        sign, limit = self.target.split()
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)


def once(work: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def repeated(work: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of each round, after one that does not count."""
    work()
    return [once(work) for _ in range(rounds)]


def interleaved(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of each, taken in turn, so that a machine that slows down slows both."""
    for work in (first, second):
        work()
    pairs = [(once(first), once(second)) for _ in range(rounds)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def p50(values: list[float]) -> float:
    return median(values)


def p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]
