"""What the booth asks for: views in, one score out."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from pydantic import ValidationError

from booth.geometry.views import View
from booth.scoring.fitting import fitted
from booth.scoring.fusion import Scored, fuse
from booth.scoring.lanes import Comparing, Lane, ScoreInvalid
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.lanes.geometry import GeometryLane
from booth.scoring.lanes.reference import ReferenceLane
from booth.scoring.lanes.relief import ReliefLane
from booth.scoring.packs.manifest import LaneName, Measured
from booth.scoring.packs.pack import MANIFEST, RESTORE, Pack, PackInvalid, mistakes
from booth.scoring.products.identity import NOTHING_WRITTEN, Labels
from booth.scoring.products.known import NOTHING_KNOWN, Known

__all__ = ["LANES", "PackScorer", "ScoreInvalid", "Scored", "Scorer", "lanes_of"]

Factory = Callable[[Pack], Lane]
"""A lane of the pack: `pack.network` runs its model, `pack.manifest.lanes` has the lane's entry. May raise pydantic's
ValidationError for keys of its entry that it cannot use."""

LANES: Mapping[LaneName, Factory] = {
    "appearance": AppearanceLane,
    "reference": ReferenceLane,
    "relief": lambda pack: ReliefLane(_brought(pack.manifest.lanes.relief)),
    "geometry": lambda pack: GeometryLane(_brought(pack.manifest.lanes.geometry)),
}


class Scorer(Protocol):
    """Scores one tray at a time."""

    def score(self, views: tuple[View, ...], labels: Labels = NOTHING_WRITTEN) -> Scored:
        """Blocking work for a thread. `labels`: what is written on the tray and its items. Raises ScoreInvalid."""


class PackScorer:
    """Every lane that the pack brings, fused. The network looks at as many views at once as there are cores, each on
    one of them; codes are looked for beside that."""

    def __init__(self, pack: Pack, cores: int | None = None, known: Known = NOTHING_KNOWN) -> None:
        """`cores`: at most so many at once; None: those this process may use. `known`: the products that are told
        apart, and their references. Raises PackInvalid, GalleryInvalid."""
        self._pack, self._lanes = pack, lanes_of(pack)
        self._known, self._identifier = known, known.identifier(pack)
        self._cores = cores or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self._cores, "network")  # starts no thread before it has work

    def score(self, views: tuple[View, ...], labels: Labels = NOTHING_WRITTEN) -> Scored:
        """Raises ScoreInvalid."""
        reading = self._pool.submit(self._identifier.codes, labels) if labels.sights else None
        seen = self._seen(views)
        identity = self._identifier.identify(labels, () if reading is None else reading.result(), seen)
        references = self._known.references(identity)
        answers = (
            lane.compare(seen, references) if isinstance(lane, Comparing) else lane.score(seen) for lane in self._lanes
        )
        return replace(fuse(answers, self._pack.manifest.fusion), identity=identity)

    def _seen(self, views: tuple[View, ...]) -> tuple[View, ...]:
        """The views as the pack wants them, the network's answers to them known already."""
        if min(len(views), self._cores) < 2:
            return tuple(map(self._looked_at, views))
        return tuple(self._pool.map(self._looked_at, views))

    def _looked_at(self, view: View) -> View:
        seen = fitted(view, self._pack.manifest.view)
        if self._pack.network is not None:
            self._pack.network.of(seen)
        return seen


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


def _brought(entry: Measured | None) -> Measured:
    assert entry is not None, "a lane is made of the entry that the pack brings"
    return entry
