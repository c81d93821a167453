"""A lane is one source of evidence about damage, with its own score."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.gallery.reference import Reference
from booth.tray import Reason


class ScoreInvalid(ValueError):
    """There is no score to be had: a fault, never a number."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where in one camera's view a lane sees damage, and of what kind: `values` (h, w) float32 in [0, 1], spread evenly
    over the view, as coarse as the lane is. `kind`: one of the pack's damage types, or what the lane calls it."""

    camera: str
    kind: str
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LaneScore:
    """What one lane says of a tray: damage in [0, 1], higher is worse. The reasons are the case *for*
    damage, without the number; the first is the strongest. `cameras`: whose views it looked at; of the others it says
    nothing, not even that they are sound."""

    lane: str
    score: float
    reasons: tuple[Reason, ...]
    heat: tuple[HeatMap, ...] = ()
    cameras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotRun:
    """A lane that lacked what it needs. That is no score of zero: the lanes that ran need a threshold of their own."""

    lane: str
    why: str


@runtime_checkable
class Comparing(Protocol):
    """A lane that looks at a tray beside pristine items of its product."""

    def compare(self, views: tuple[View, ...], references: tuple[Reference, ...]) -> "LaneScore | NotRun":
        """Asked instead of `score`. `references`: of the product that the tray is taken for, () if there is none or it
        is unknown. Blocking; any thread. Raises ScoreInvalid."""


class Lane(Protocol):
    """Views of one tray to one score. A pure function of the views: the same views, the same answer."""

    @property
    def name(self) -> str: ...

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        """Blocking; any thread. Raises ScoreInvalid."""
