"""A simulated line whose cameras run in processes of their own, and what the loss of those processes costs."""

import signal
from pathlib import Path
from typing import Any

from tests.processes.line import Run, broken_promises, kill, running, settings

CAMERAS = {view: {"driver": "simulated", "view": view, "process": "own"} for view in ("left", "right")}


def hosts(run: Run) -> dict[str, int]:
    """The controller's camera hosts, by camera."""
    controller = run.child("booth.cli.boothd")
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
            parent = int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == controller and "drivers.isolated.host" in words:
                found[camera_of(path.parent)] = int(path.parent.name)
        except OSError:
            continue
    return found


def camera_of(process: Path) -> str:
    """The name is that of its shared memory; a host that still starts has none."""
    named = (line for line in (process / "maps").read_text().splitlines() if "memfd:frames of" in line)
    return next(named, "?").removesuffix(" (deleted)").rsplit(" ", 1)[-1]


def lost_a_camera(tray: dict[str, Any]) -> bool:
    """Not: was too late, which on a busy machine a tray may be for its pictures' sake."""
    return any(reason["code"] == "camera-lost" for reason in tray["reasons"])


def test_a_camera_host_that_dies_and_one_that_hangs_cost_the_trays_in_view_and_never_a_pass(tmp_path: Path) -> None:
    with running(settings(tmp_path, cameras=CAMERAS), "--trays", "5") as run:
        run.wait_for("a tray", run.entered(1))
        first = hosts(run)
        assert set(first) == {"left", "right"}
        kill(first["left"])
        run.wait_for("the third tray", run.entered(3))
        kill(first["right"], signal.SIGSTOP)
        assert run.ended() == 0
    assert broken_promises(run) == []
    assert all(tray["verdict"] == "DIVERT" for tray in run.trays if lost_a_camera(tray))
    assert lost_a_camera(run.trays[0])
    assert lost_a_camera(run.trays[2])
    assert not lost_a_camera(run.trays[4])
    assert any("its process was ended by SIGKILL; starting it again" in line for line in run.said)
    assert any("hung in" in line and "was killed; starting it again" in line for line in run.said)
