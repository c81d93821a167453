"""How many times what is allowed the worst of what a measuring lane found is."""

import math
from collections.abc import Sequence
from typing import Protocol

from booth.scoring.lanes import ScoreInvalid


class Rated(Protocol):
    """Something found in a camera's view; `ratio`: how many times what is allowed."""

    @property
    def camera(self) -> str: ...

    @property
    def ratio(self) -> float: ...


def worst(lane: str, found: Sequence[Rated]) -> float:
    """The largest ratio, 0 where nothing was found. Raises ScoreInvalid: beside what is not a number nothing is the
    worst."""
    if odd := next((each for each in found if not math.isfinite(each.ratio)), None):
        raise ScoreInvalid(f"the {lane} lane found {odd.ratio} in {odd.camera}")
    return max((each.ratio for each in found), default=0.0)
