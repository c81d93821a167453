"""What the appearance lane costs over the bare model."""

from dataclasses import replace

import numpy as np

from booth.geometry.views import View
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.pack import load
from tests.bench.rows import Row, interleaved, p50, p99
from tests.processes.line import ROOT

ROUNDS = 300


def rows() -> list[Row]:
    pack = load(ROOT / "models/damage-lite0")
    network = pack.network
    assert network is not None
    height, width = network.shape.size_px
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    view = View("left", picture, np.zeros((height, width), np.float32), np.ones((height, width), np.bool_))
    lane, feeds, outputs = AppearanceLane(pack), network.feeds(view), tuple(network.form.given.values())
    # A view of its own each round: the network remembers those that it has seen.
    ours, bare = interleaved(
        lambda: lane.score((replace(view),)), lambda: network.session.run(feeds, outputs), ROUNDS
    )  # fmt: skip
    conditions = f"view of the model's own size, {ROUNDS} rounds in turn"
    return [
        Row("appearance lane over raw run, p50", p50(ours) / p50(bare), "x", "<= 1.08", conditions),
        Row("appearance lane over raw run, p99", p99(ours) / p99(bare), "x", "<= 1.5", conditions),
        Row("appearance lane, p50", p50(ours) * 1000, "ms", None, conditions),
    ]
