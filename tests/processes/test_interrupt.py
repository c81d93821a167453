"""Ctrl-C in the middle of a command that is not `run`."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.processes.line import ROOT, settings


def test_an_interrupted_calibration_stores_nothing_and_ends_with_130(tmp_path: Path) -> None:
    config = settings(tmp_path, calibration=str(tmp_path / "calibration"))
    command = [
        sys.executable,
        "-m",
        "booth.cli.app",
        "calibrate",
        "intrinsics",
        str(config),
        "--camera",
        "left",
        "--json",
    ]
    process = subprocess.Popen(
        [*command, "--views", "500"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["diagnostics"][0]["code"] == "interrupted"
    assert not (tmp_path / "calibration").exists()
