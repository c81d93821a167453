"""The appearance lane beside the bare model, and a tray's verdict."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from booth.geometry.views import View
from booth.scoring.lanes.appearance import AppearanceLane
from booth.scoring.pack import load
from tests.bench.rows import Row, interleaved, p50, p99
from tests.processes.line import ROOT, settings

ROUNDS = 150
TRAYS = 15


def rows() -> list[Row]:
    return [*_lane(), *_verdict()]


def _lane() -> list[Row]:
    pack = load(ROOT / "models/damage-lite0")
    height, width = pack.manifest.input.size_px
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    view = View("left", picture, np.zeros((height, width), np.float32), np.ones((height, width), np.bool_))
    lane, name, output = AppearanceLane(pack), pack.manifest.input.name, (pack.manifest.outputs.score.name,)
    ours, bare = interleaved(
        lambda: lane.score((view,)), lambda: pack.session.run(name, picture[None], output), ROUNDS
    )  # fmt: skip
    conditions = f"view of the model's own size, {ROUNDS} rounds in turn"
    return [
        Row("appearance lane over raw run, p50", p50(ours) / p50(bare), "x", "<= 1.08", conditions),
        Row("appearance lane over raw run, p99", p99(ours) / p99(bare), "x", "<= 1.5", conditions),
        Row("appearance lane, p50", p50(ours) * 1000, "ms", None, conditions),
    ]


def _verdict() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        config = settings(Path(folder))
        command = [sys.executable, "-m", "booth.cli.app", "run", str(config), "--trays", str(TRAYS), "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    trays = [
        line for line in map(json.loads, done.stdout.splitlines()) if line["kind"] == "tray" and line["deciding_ms"]
    ]
    latency, deciding = ([tray[key] / 1000 for tray in trays] for key in ("latency_ms", "deciding_ms"))
    conditions = f"`booth run`, {len(trays)} trays, one shot, two cameras; the simulated world draws on the same cores"
    return [
        Row("last frame in to verdict out, p99", p99(deciding), "s", "<= 0.5", conditions),
        Row("last frame in to verdict out, p50", p50(deciding), "s", None, conditions),
        Row("entry edge to verdict, p99", p99(latency), "s", "<= 1.5", f"{conditions}; 0.375 s of it is travel"),
    ]
