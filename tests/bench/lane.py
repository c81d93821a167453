"""What the appearance lane costs over the bare model, and two views at once over one after the other."""

import os
from dataclasses import replace

import numpy as np

from booth.geometry.views import View
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.packs.pack import Pack, load
from booth.scoring.scorer import PackScorer
from tests.bench.rows import Row, interleaved, p50, p99
from tests.processes.line import ROOT

ROUNDS = 300
TRAYS = 60


def rows() -> list[Row]:
    pack = load(ROOT / "models/damage-sim1")
    return [*_over_the_model(pack), *_at_once(pack)]


def _over_the_model(pack: Pack) -> list[Row]:
    network, view = pack.network, _view(pack, "left")
    assert network is not None
    lane, feeds, outputs = AppearanceLane(pack), network.feeds(view), tuple(network.form.given.values())
    # A view of its own each round: the network remembers those that it has seen.
    ours, bare = interleaved(
        lambda: lane.score((replace(view),)), lambda: network.session.run(feeds, outputs), ROUNDS
    )  # fmt: skip
    conditions = f"{pack.name}, view of the model's own size, {ROUNDS} rounds in turn"
    return [
        Row("appearance lane over raw run, p50", p50(ours) / p50(bare), "x", "<= 1.08", conditions),
        Row("appearance lane over raw run, p99", p99(ours) / p99(bare), "x", "<= 1.5", conditions),
        Row("appearance lane, p50", p50(ours) * 1000, "ms", None, conditions),
    ]


def _at_once(pack: Pack) -> list[Row]:
    views = _view(pack, "left"), _view(pack, "right")
    beside, alone = PackScorer(pack), PackScorer(pack, cores=1)
    together, in_turn = interleaved(
        lambda: beside.score(tuple(map(replace, views))), lambda: alone.score(tuple(map(replace, views))), TRAYS
    )  # fmt: skip
    conditions = f"all lanes of {pack.name}, {TRAYS} trays in turn, {len(os.sched_getaffinity(0))} cores"
    return [
        Row("two views at once over one after the other, p50", p50(together) / p50(in_turn), "x", None, conditions),
        Row("two views at once, p50", p50(together) * 1000, "ms", None, conditions),
    ]


def _view(pack: Pack, camera: str) -> View:
    height, width = pack.manifest.view.size_px
    lot = np.random.default_rng(len(camera))
    picture, *lit = (lot.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(3))
    level, valid = np.zeros((height, width), np.float32), np.ones((height, width), np.bool_)
    return View(camera, picture, level, valid, {"left": lit[0], "right": lit[1]})
