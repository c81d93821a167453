"""How soon the line keeper keeps the line, and how much memory that takes."""

import re
import tempfile
from pathlib import Path

from booth.assembly.processes import Job
from tests.bench.processes import booth_jobs, shipped, started
from tests.bench.rows import Row, p50

STARTS = 5
READY = re.compile(r"ready in ([\d.]+) s, (\d+) MB")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        jobs = booth_jobs(shipped(Path(folder)))
        with started(jobs["world"], "READY"):
            found = [_start(jobs["keeper"]) for _ in range(STARTS)]
    ready, memory = zip(*found, strict=True)
    conditions = f"as its own ready line says; median of {STARTS} starts beside an idle world process"
    return [
        Row("keeper, process start to READY", p50(list(ready)), "s", "<= 0.5", conditions),
        Row("keeper, resident at READY", p50(list(memory)), "MB", "<= 40", conditions),
    ]


def _start(keeper: Job) -> tuple[float, float]:
    with started(keeper, "ready in") as said:
        match = READY.search(said)
        assert match, said
        return float(match[1]), float(match[2])
