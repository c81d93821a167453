"""What the booth asks for: views in, one score out."""

from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import ValidationError

from booth.geometry.views import View
from booth.scoring.fitting import fitted
from booth.scoring.fusion import Scored, fuse
from booth.scoring.lanes import Lane, ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.manifest import LaneName
from booth.scoring.pack import MANIFEST, RESTORE, Pack, PackInvalid, mistakes

__all__ = ["LANES", "PackScorer", "ScoreInvalid", "Scored", "Scorer", "lanes_of"]

Factory = Callable[[Pack], Lane]
"""A lane of the pack: `pack.network` runs its model, `pack.manifest.lanes` has the lane's entry. May raise pydantic's
ValidationError for keys of its entry that it cannot use."""

LANES: Mapping[LaneName, Factory] = {
    "appearance": AppearanceLane,
}


class Scorer(Protocol):
    """Scores one tray at a time."""

    def score(self, views: tuple[View, ...]) -> Scored:
        """Blocking work for a thread. Raises ScoreInvalid."""


class PackScorer:
    """Every lane that the pack brings, fused."""

    def __init__(self, pack: Pack) -> None:
        """Raises PackInvalid."""
        self._shape = pack.manifest.view
        self._lanes = lanes_of(pack)

    def score(self, views: tuple[View, ...]) -> Scored:
        seen = tuple(fitted(view, self._shape) for view in views)
        return fuse(lane.score(seen) for lane in self._lanes)


def lanes_of(pack: Pack) -> tuple[Lane, ...]:
    """Every lane that the pack brings. Raises PackInvalid."""
    return tuple(_lane(name, pack) for name in pack.manifest.lanes.brought)


def _lane(name: LaneName, pack: Pack) -> Lane:
    path = pack.folder / MANIFEST
    if name not in LANES:
        raise PackInvalid(path, f"lanes.{name}: this booth has no such lane", "install the booth that the pack is for")
    try:
        return LANES[name](pack)
    except ValidationError as error:
        raise PackInvalid(path, mistakes(error, "lanes", name), RESTORE) from error
