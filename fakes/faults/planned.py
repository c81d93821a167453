"""A fault that is to happen, and when."""

from dataclasses import dataclass
from math import inf
from typing import Any

from fakes.faults.table import TABLE, FaultRow, Kind

ANYWHERE = "any"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault by the name of its row.

    When: `at_ms` after the world began, and no sooner than `after_trays` trays have entered; then once, or with a
    `rate` above 0 again and again, by that chance as each tray enters. `where` is one of the row's places, or "any",
    drawn anew each time. `times`: how many frames, trays or edges an occasion is for; 0 mends a spell instead.
    `lasts_ms` and `amount` are the row's if they are None. `problems` says what of this cannot be.
    """

    name: str
    where: str = ""
    times: int = 1
    after_trays: int = 0
    at_ms: float = 0.0
    rate: float = 0.0
    lasts_ms: float | None = None
    amount: float | None = None

    @property
    def row(self) -> FaultRow:
        """Raises KeyError for a fault that is not known."""
        return TABLE[self.name]

    @property
    def span_ms(self) -> float:
        return (self.row.lasts_ms or 0.0) if self.lasts_ms is None else self.lasts_ms

    @property
    def much(self) -> float:
        """The amount, in the unit of the row's key; 0 for a fault that has none."""
        default = self.row.amount.default if self.row.amount else 0.0
        return default if self.amount is None else self.amount

    def problems(self) -> list[str]:
        """What cannot be, each with what would do."""
        if self.name not in TABLE:
            return [f"no fault is called {self.name!r}; there are: {', '.join(TABLE)}"]
        return [f"{self.name}: {says}" for says in (*self._numbers(), *self._place(), *self._fitting())]

    def _numbers(self) -> list[str]:
        amount = self.row.amount.key if self.row.amount else "amount"
        wholes = {"times": self.times, "after_trays": self.after_trays}
        found = [f"{key} is a whole number, not {one!r}" for key, one in wholes.items() if type(one) is not int]
        numbers: dict[str, Any] = {"at_ms": self.at_ms, "rate": self.rate, "lasts_ms": self.lasts_ms}
        numbers[amount] = self.amount
        given = {key: one for key, one in numbers.items() if one is not None}
        found += [f"{key} is a number, not {one!r}" for key, one in given.items() if not _is_number(one)]
        if not found:
            below = {key: one for key, one in {**wholes, **given}.items() if key != amount and not one >= 0}
            found += [f"{key} is not negative, but {one!r} is" for key, one in below.items()]
            found += [] if self.rate <= 1 else [f"rate is a chance between 0 and 1, not {self.rate!r}"]
        return found

    def _place(self) -> list[str]:
        known = self.row.where
        if known:
            fits = self.where in (*known, ANYWHERE)
            return [] if fits else [f"where is one of {', '.join(known)}, or any; not {self.where!r}"]
        return [f"there is only one place for it; remove where: {self.where}"] if self.where else []

    def _fitting(self) -> list[str]:
        row, found = self.row, list[str]()
        if row.lasts_ms is None and self.lasts_ms is not None:
            found.append("it takes no time; remove lasts_ms")
        if row.amount is None and self.amount is not None:
            found.append("there is no more or less of it; remove its amount")
        if row.amount and _is_number(self.much):
            least = -row.amount.most if row.kind is Kind.EVENT else 0.0
            if not least <= self.much <= row.amount.most:
                found.append(f"{row.amount.key} is between {least:g} and {row.amount.most:g}, not {self.much:g}")
        return found


def _is_number(one: Any) -> bool:
    """YAML has `.inf` and `.nan`, too, and no clock can be set to them."""
    return type(one) in (int, float) and abs(one) < inf


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What goes wrong in one run. The same seed draws the same chances and places."""

    seed: int = 0
    faults: tuple[PlannedFault, ...] = ()
