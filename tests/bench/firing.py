"""How late the gate fires while every core scores, in blocks taken in turn with a C program that does nothing else.

`.venv/bin/python -m tests.bench.firing 10000` for the full count; `make bench` measures a tenth of it.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import sched_getaffinity
from pathlib import Path

from tests.bench.rows import Row, p50, p99
from tests.processes.line import ROOT

EVERY_NS, BLOCK = 50_000_000, 100
FIRINGS = 1000
STARTS_WITHIN_NS = 4_000_000_000

LOAD = """
import numpy as np
from pathlib import Path
from booth.scoring.packs.pack import load
from booth.geometry.views import View
network = load(Path("models/damage-lite0")).network
height, width = network.shape.size_px
picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
view = View("left", picture, np.full((height, width), np.nan, np.float32), np.zeros((height, width), np.bool_))
while True:
    network.session.run(network.feeds(view), (network.form.outputs.score,))
"""


def rows(firings: int = FIRINGS) -> list[Row]:
    if (compiler := shutil.which("cc")) is None:
        return [Row("gate firing", None, "us", None, "no C compiler here to measure against")]
    with tempfile.TemporaryDirectory() as folder, scoring():
        program = Path(folder) / "firing"
        source = ROOT / "tests/bench/firing.c"
        subprocess.run([compiler, "-O2", "-o", str(program), str(source)], check=True)
        ours, bare, missed, runs = _blocks(program, firings)
    conditions = (
        f"{len(ours)} firings, one every 50 ms, in blocks of {BLOCK} in turn, every core scoring; keeper: {runs}"
    )
    return [
        Row("gate firing over a C program, p50", p50(ours) / p50(bare), "x", "<= 2", conditions),
        Row("gate firing, p99", p99(ours) / 1e6, "ms", "<= 2", f"C: {p99(bare) / 1e6:.2f}; {conditions}"),
        Row("gate firing, p50", p50(ours) / 1e3, "us", None, f"C: {p50(bare) / 1e3:.0f}; {conditions}"),
        Row("gate firing, latest", max(ours) / 1e6, "ms", None, f"C: {max(bare) / 1e6:.1f}; {conditions}"),
        Row(
            "gate firings missed",
            float(missed),
            "",
            "<= 0",
            "diverted, not passed; a stall of 50 ms holds this line, and costs the rest of its block",
        ),
    ]


def _blocks(program: Path, firings: int) -> tuple[list[float], list[float], int, str]:
    """Lateness in ns of the keeper and of C, how many of the keeper's never came, and how the keeper ran."""
    ours: list[float] = []
    bare: list[float] = []
    missed, runs = 0, ""
    for _ in range(firings // BLOCK):
        said, _ = _answer([str(program)])
        bare += map(float, said)
        said, runs = _answer([sys.executable, "-m", "tests.bench.firing_keeper"])
        missed += said.count("missed")
        ours += [float(late) for late in said if late != "missed"]
    return ours, bare, missed, runs


def _answer(command: list[str]) -> tuple[list[str], str]:
    first = time.monotonic_ns() + STARTS_WITHIN_NS
    arguments = [str(first), str(EVERY_NS), str(BLOCK)]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split(), done.stderr.strip()


@contextmanager
def scoring() -> Iterator[None]:
    """Every core scores without a pause."""
    cores = len(sched_getaffinity(0))
    busy = [subprocess.Popen([sys.executable, "-c", LOAD], cwd=ROOT) for _ in range(cores)]
    try:
        time.sleep(5)
        assert all(process.poll() is None for process in busy), "nothing scores"
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else FIRINGS):
        print(row.name, row.value, row.unit, row.target, row.ok, row.conditions)
