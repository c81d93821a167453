"""How long it takes until somebody is there, and how much memory that takes."""

import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.rows import Row, once, p50
from tests.processes.line import ROOT, running, settings

STARTS = 5
READY = re.compile(r"ready in ([\d.]+) s, (\d+) MB")
CONTROLLER = """
import sys, time
begun = time.perf_counter()
import booth.assembly.controlling, booth.assembly.foundation
from pathlib import Path
from booth.settings import load
imported = time.perf_counter()
config = Path(sys.argv[1])
found = booth.assembly.foundation.lay(config, load(config))
laid = time.perf_counter()
print(imported - begun, laid - imported)
"""


def rows() -> list[Row]:
    return [*_help(), *_keeper_and_controller(), *_controller_split()]


def _help() -> list[Row]:
    command = [sys.executable, "-m", "booth.cli.app", "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours = p50([once(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True)) for _ in range(7)])
    python = p50([once(lambda: subprocess.run(bare, check=True)) for _ in range(7)])
    return [
        Row("help", ours, "s", "<= 0.5", "`booth --help`, fresh process, median of 7"),
        Row("help over bare python", ours / python, "x", None, "the same over `python -c pass`"),
    ]


def _keeper_and_controller() -> list[Row]:
    ready, memory, resident = [], [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder, running(settings(Path(folder))) as run:
            run.wait_for("a tray", run.entered(1))
            controller = run.child("booth.cli.boothd")
            resident.append(_resident_mb(controller))
            match = next(found for line in run.said if (found := READY.search(line)))
            ready.append(float(match[1]))
            memory.append(float(match[2]))
            run.process.send_signal(signal.SIGTERM)
    conditions = f"median of {STARTS} starts within `booth run`"
    return [
        Row("keeper ready", p50(ready), "s", "<= 0.5", conditions),
        Row("keeper memory", p50(memory), "MB", "<= 40", conditions),
        Row("controller memory", p50(resident), "MB", "<= 350", f"{conditions}; one pack, two cameras"),
    ]


def _controller_split() -> list[Row]:
    command = [sys.executable, "-c", CONTROLLER, str(ROOT / "config/sim.yaml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imports, laying = map(float, done.stdout.split())
    return [
        Row("controller imports", imports, "s", None, "numpy, cv2, onnxruntime, pydantic and our own"),
        Row(
            "controller foundation",
            laying,
            "s",
            None,
            "settings, calibration, pack with hashes and golden (the warm-up)",
        ),
    ]


def _resident_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
