"""`booth record` beside a booth that runs."""

import json
import subprocess
import sys
from pathlib import Path

from drivers.cameras.session import read_session
from tests.processes.line import ROOT, broken_promises, running, settings


def record(config: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "booth.cli.app", "record", str(config), *options, "--json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_running_booth_is_recorded_and_decides_as_before(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with running(config, "--trays", "6") as run:
        run.wait_for("the first tray", run.entered(1))
        recorded = record(config, "monday", "--captures", "2")
        again = record(config, "monday", "--captures", "2")
        assert run.ended() == 0
    assert recorded.returncode == 0, recorded.stderr
    data = json.loads(recorded.stdout)["data"]
    session = read_session(Path(data["folder"]))
    assert (data["captures"], data["lost"], len(session.captures)) == (2, 0, 2)
    assert all(camera.info.simulated for camera in session.cameras.values())
    assert list(session.cameras) == ["left", "right"]
    assert (again.returncode, json.loads(again.stdout)["diagnostics"][0]["code"]) == (6, "refused")
    assert len(run.trays) == 6
    assert broken_promises(run) == []


def test_nobody_can_be_recorded_who_does_not_run(tmp_path: Path) -> None:
    recorded = record(settings(tmp_path), "monday")
    assert recorded.returncode == 4
    assert "is the booth running?" in recorded.stderr
