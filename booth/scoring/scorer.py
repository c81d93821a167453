"""What the booth asks for: views in, one score out."""

from typing import Protocol

from booth.geometry.views import View
from booth.scoring.fusion import Scored, fuse
from booth.scoring.lanes import Lane, ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.pack import Pack

__all__ = ["PackScorer", "ScoreInvalid", "Scored", "Scorer"]


class Scorer(Protocol):
    """Scores one tray at a time."""

    def score(self, views: tuple[View, ...]) -> Scored:
        """Blocking work for a thread. Raises ScoreInvalid."""


class PackScorer:
    """Every lane that the pack brings, fused."""

    def __init__(self, pack: Pack) -> None:
        self._lanes: tuple[Lane, ...] = (AppearanceLane(pack),)

    def score(self, views: tuple[View, ...]) -> Scored:
        return fuse(lane.score(views) for lane in self._lanes)
