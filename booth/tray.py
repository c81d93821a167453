"""Nouns of one tray: its name, its verdict, its end."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType

TrayId = NewType("TrayId", str)
"""Boot ordinal and sequence, zero-padded: sorts by time without a wall clock."""


def tray_id(boot: int, sequence: int) -> TrayId:
    return TrayId(f"{boot:06d}-{sequence:06d}")


class Verdict(Enum):
    PASS = "PASS"
    DIVERT = "DIVERT"


class End(Enum):
    """Where a tray went. HELD: the line stopped, a person must decide."""

    PASSED = "PASSED"
    DIVERTED = "DIVERTED"
    HELD = "HELD"
    BYPASSED = "BYPASSED"


class Found(Enum):
    """What a person says became of a held tray."""

    DIVERTED = "diverted"
    PASSED = "passed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: `code` for machines, `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one tray. `score` is None, and `lanes` empty, when nothing could be scored."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    score: float | None = None
    lanes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """The account of the line: entered = passed + diverted + held + bypassed + in_flight.

    `late` counts trays that came to the gate without a verdict; they are among the others.
    """

    entered: int = 0
    passed: int = 0
    diverted: int = 0
    held: int = 0
    bypassed: int = 0
    late: int = 0

    @property
    def in_flight(self) -> int:
        return self.entered - self.passed - self.diverted - self.held - self.bypassed
