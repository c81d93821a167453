"""How soon the controller can look at a tray, part by part."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.processes import booth_jobs, shipped, started
from tests.bench.rows import Row, p50
from tests.processes.line import ROOT

STARTS = 3


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        config = shipped(Path(folder))
        with started(booth_jobs(config)["world"], "READY"):
            starts = [_start(config) for _ in range(STARTS)]
    took = {part: p50([start[part] for start in starts]) for part in starts[0]}
    took["beyond"] = p50([start["ready"] - start["imports"] - start["warm-up"] for start in starts])
    took["calibration"] = took["foundation"] - took["pack"]
    return [
        Row(f"controller, {name}", took[part], "s", target, f"{says}; median of {STARTS} starts, two cameras")
        for name, part, target, says in PARTS
    ]


PARTS = (
    ("imports", "imports", None, "process start until numpy, cv2, onnxruntime, pydantic and our own are imported"),
    ("pack", "pack", None, "read, hashed, loaded, its golden input run: this warms the session"),
    ("calibration", "calibration", None, "read, hashed and checked"),
    ("devices", "devices", None, "cameras and lights of the simulated world opened"),
    ("warm-up", "warm-up", None, "one black capture through views and lanes"),
    ("process start to READY", "ready", None, "all of it, the poll of its state (0.1 s) included"),
    ("READY beyond imports and warm-up", "beyond", "<= 3", "the pack with its golden is left in"),
)


def _start(config: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.controller_start", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took: dict[str, float] = json.loads(done.stdout)
    return took
