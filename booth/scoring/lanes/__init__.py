"""A lane is one source of evidence about damage, with its own score."""

from dataclasses import dataclass
from typing import Protocol

from booth.geometry.views import View
from booth.tray import Reason


class ScoreInvalid(ValueError):
    """There is no score to be had: a fault, never a number."""


@dataclass(frozen=True, slots=True)
class LaneScore:
    """What one lane says of a tray: damage in [0, 1], higher is worse. The reasons are the case *for*
    damage, without the number; the first is the strongest."""

    lane: str
    score: float
    reasons: tuple[Reason, ...]


class Lane(Protocol):
    """Views of one tray to one score."""

    @property
    def name(self) -> str: ...

    def score(self, views: tuple[View, ...]) -> LaneScore:
        """Blocking; any thread. Raises ScoreInvalid."""
