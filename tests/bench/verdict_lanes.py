"""From the last frame to the verdict with every lane that there is, in this process: no camera, no line."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle

from booth.geometry.views import View
from booth.inspection.examination import Examiner, views_of
from booth.inspection.quality import poor, unlit
from booth.inspection.station import Capture
from booth.scoring.arrangement import arrangement
from booth.scoring.fitting import fitted
from booth.scoring.gallery.index import Index
from booth.scoring.gallery.reference import About, Reference
from booth.scoring.gallery.store import Gallery
from booth.scoring.lanes import Comparing, Lane
from booth.scoring.packs.pack import Pack
from booth.scoring.packs.pack import load as load_pack
from booth.scoring.products.known import Known
from booth.scoring.scorer import PackScorer, lanes_of
from booth.scoring.verdict import judge
from booth.settings import load
from booth.settings.model import Settings
from tests.bench.rows import Row, p50, p99, repeated
from tests.bench.verdict_captures import DAMAGED, PRISTINE, PRODUCT, capture, geometries
from tests.processes.line import ROOT

TRAYS, COUNTED = 120, 20
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
REFERENCES_MM = (-9.0, 8.0)
"""Where they stand. Each is the pristine scene again, with noise of its own: what the lane says proves nothing, but it
has the work that it always has."""


def rows() -> list[Row]:
    bench = _bench()
    conditions = (
        f"{', '.join(bench.decide())} of {bench.pack.name}; {len(bench.settings.recipe.shots)} shots, 2 cameras with "
        f"depth and 1 with colour alone, {len(REFERENCES_MM)} references; {len(os.sched_getaffinity(0))} cores"
    )
    times = repeated(bench.decide, TRAYS)
    parts = {"all of it": bench.decide, **bench.parts()}
    return [
        Row("all lanes, last frame to verdict, p50", p50(times), "s", None, f"{TRAYS} trays; {conditions}"),
        Row("all lanes, last frame to verdict, p99", p99(times), "s", "<= 0.5", f"{TRAYS} trays; {conditions}"),
        *(
            Row(f"all lanes, {part}, computed", _computed(work) * 1000, "ms", None, f"on all cores; {conditions}")
            for part, work in parts.items()
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Bench:
    settings: Settings
    pack: Pack
    examiner: Examiner
    references: tuple[Reference, ...]
    trays: "cycle[Capture]"

    def decide(self) -> tuple[str, ...]:
        """The lanes that ran."""
        examined = self.examiner.examine(next(self.trays), NOON, PRODUCT)
        assert examined.scored is not None, examined.problem
        judge(examined.scored, self.settings.recipe.thresholds)
        return tuple(name for name, _ in examined.scored.lanes)

    def parts(self) -> dict[str, Callable[[], object]]:
        """One after the other, each with a pristine and a damaged tray in turn. The network knows the views that the
        lanes are given."""
        captures = (next(self.trays), next(self.trays))
        trays, seen, network = cycle(captures), cycle([self._seen(tray) for tray in captures]), self.pack.network
        assert network is not None
        return {
            "views": lambda: self._seen(next(trays)),
            "quality": lambda: self._quality(next(seen)),
            "network": lambda: [network.of(replace(view)) for view in next(seen)],
            **{f"lane {lane.name}": self._lane(lane, seen) for lane in lanes_of(self.pack)},
            "arrangement": lambda: arrangement(next(seen), self.settings.recipe.arrangements.tray_mm),
        }

    def _seen(self, tray: Capture) -> tuple[View, ...]:
        views = views_of(tray.shots, self.examiner.geometries, self.examiner.sides)
        return tuple(fitted(view, self.pack.manifest.view) for view in views)

    def _quality(self, views: tuple[View, ...]) -> None:
        limits = self.settings.recipe.quality
        for view in views:
            poor(view, limits, has_depth=bool(view.valid.any()))
            for picture in view.lit.values():
                unlit(view.camera, picture, limits)

    def _lane(self, lane: Lane, seen: "cycle[tuple[View, ...]]") -> Callable[[], object]:
        if isinstance(lane, Comparing):
            return lambda: lane.compare(next(seen), self.references)
        return lambda: lane.score(next(seen))


class _InMemory(Gallery):
    """Without its folder."""

    def __init__(self, references: tuple[Reference, ...]) -> None:
        about = Index(version=1, made_at=NOON, made_by="a bench", why="to be timed", follows=None, references={})
        super().__init__(ROOT, about, "", {})
        self._all = references

    @property
    def products(self) -> tuple[str, ...]:
        return (PRODUCT,)

    def references(self, product: str) -> tuple[Reference, ...]:
        return self._all if product == PRODUCT else ()


def _bench() -> _Bench:
    settings = load(ROOT / "config/shipped-scenes.yaml")
    pack, recipe = load_pack(settings.recipe.pack), settings.recipe
    bare = Examiner({}, recipe.quality, PackScorer(pack), sides=tuple(shot.side for shot in recipe.shots))
    assert pack.manifest.view.mm_per_px is not None
    framed = {
        name: each.framed(pack.manifest.view.size, pack.manifest.view.mm_per_px)
        for name, each in geometries(settings).items()
    }
    bare = replace(bare, geometries=framed, tray_mm=recipe.arrangements.tray_mm)
    trays = cycle([capture(settings, name, seed) for seed in range(2) for name in (PRISTINE, DAMAGED)])
    bench = _Bench(settings, pack, bare, (), trays)
    about = About.model_construct(product=PRODUCT, added_at=NOON, added_by="a bench", simulated=True)
    references = tuple(
        Reference(f"{number:016x}", PRODUCT, bench._seen(capture(settings, PRISTINE, 100 + number, at_mm)), about)
        for number, at_mm in enumerate(REFERENCES_MM)
    )
    scorer = PackScorer(pack, known=Known(_InMemory(references)))
    return replace(bench, examiner=replace(bare, scorer=scorer), references=references)


def _computed(work: Callable[[], object]) -> float:
    """Seconds that all cores spend on it, p50: what else the machine does counts little."""

    def once() -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    once()
    return p50([once() for _ in range(COUNTED)])
