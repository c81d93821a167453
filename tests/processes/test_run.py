"""Whole runs: what comes out, and what a kill, a signal or a second run does."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.links import Message, connect
from fakes.line.labels import plate
from tests.processes.line import ROOT, alive, broken_promises, kill, running, settings

KEYS = {"tray_id", "plate", "end", "verdict", "reasons", "score", "lanes", "truth", "latency_ms", "deciding_ms", "late"}


def test_a_run_of_counted_trays_ends_with_a_line_for_each_and_a_summary_that_adds_up(tmp_path: Path) -> None:
    with running(settings(tmp_path), "--trays", "4") as run:
        assert run.ended() == 0
    assert run.strange == []
    assert len(run.trays) == 4
    assert all(tray.keys() >= KEYS for tray in run.trays)
    assert all(tray["truth"]["product"] and tray["simulated"] for tray in run.trays)
    assert any(tray["plate"] == plate(tray["truth"]) for tray in run.trays)
    assert all(tray["plate"] in (None, plate(tray["truth"])) for tray in run.trays)
    assert run.summary["entered"] == 4
    assert run.summary["in_flight"] == 0
    assert broken_promises(run) == []


def test_a_controller_that_is_killed_costs_a_divert_and_is_started_again(tmp_path: Path) -> None:
    with running(settings(tmp_path), "--trays", "7") as run:
        run.wait_for("a tray", run.entered(2))
        kill(run.child("booth.cli.boothd"))
        assert run.ended() == 0
    assert broken_promises(run) == []
    assert run.summary["entered"] == 7
    unjudged = [tray for tray in run.trays if tray["verdict"] is None]
    assert unjudged
    assert {tray["end"] for tray in unjudged} == {"DIVERTED"}
    assert run.summary["late"] == len(unjudged)
    assert run.trays[-1]["verdict"] is not None


def test_a_fault_plan_kills_processes_and_leaves_the_clock_of_the_machine_alone(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    killed, stepped = "{name: controller-killed, after_trays: 2, lasts_ms: 1000}", "{name: clock-step, after_trays: 1}"
    plan.write_text(f"faults: [{killed}, {stepped}]")
    with running(
        settings(tmp_path, world={"seed": 7, "pitch_mm": [640, 1100], "damaged": 0.25, "faults": str(plan)}),
        "--trays",
        "7",
    ) as run:
        assert run.ended() == 0
    assert broken_promises(run) == []
    assert any("controller was killed, as the fault plan wants it" in line for line in run.said)
    assert any("clock-step is due, and happens only in a simulated day" in line for line in run.said)
    assert any(tray["verdict"] is None for tray in run.trays)
    assert run.trays[-1]["verdict"] is not None


def test_a_controller_that_hangs_lets_no_tray_pass(tmp_path: Path) -> None:
    with running(settings(tmp_path), "--trays", "4") as run:
        run.wait_for("a tray", run.entered(1))
        stopped = run.child("booth.cli.boothd")
        kill(stopped, signal.SIGSTOP)
        run.wait_for("the last tray", lambda: len(run.trays) == 4)
        kill(stopped, signal.SIGCONT)
        assert run.ended() == 0
    assert broken_promises(run) == []
    assert {tray["end"] for tray in run.trays if tray["verdict"] is None} == {"DIVERTED"}
    assert run.trays[-1]["verdict"] is None


def test_a_keeper_that_is_killed_holds_the_line_until_a_person_has_looked(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with running(config) as run:
        run.wait_for("a tray", run.entered(1))
        kill(run.child("booth.cli.booth_line"))
        run.wait_for("the held trays", lambda: bool(run.trays))
        assert run.trays[0]["end"] == "HELD"
        told = json.loads(booth("line", "status", str(config), "--json").stdout)
        assert told["data"]["state"] == "Aborted"  # as after every power-up, until a person has looked
        assert told["data"]["latched"] == ["keeper-restarted"]
        run.wait_for("the belt to be cleared", lambda: any("off the simulated belt" in line for line in run.said))
        reset = ("line", "reset", str(config), "--why", "looked")  # refused while the next tray stands in the entry
        run.wait_for("the reset", lambda: booth(*reset).returncode == 0)
        told = json.loads(booth("line", "status", str(config), "--json").stdout)
        assert told["data"]["latched"] == []
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 0
    assert broken_promises(run) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_the_line_empty_and_the_lights_off(how: signal.Signals, tmp_path: Path) -> None:
    config = settings(tmp_path)
    with running(config) as run:
        run.wait_for("a tray", run.entered(1))
        children = run.children()
        run.process.send_signal(how)
        assert run.ended() == 0
    assert run.summary["entered"] >= 1
    assert run.summary["in_flight"] == 0
    assert broken_promises(run) == []
    assert [child for child in children if alive(child)] == []


def test_a_controller_that_is_stopped_leaves_the_station_dark(tmp_path: Path) -> None:
    with running(settings(tmp_path)) as run:
        run.wait_for("a tray", run.entered(1))
        kill(run.child("booth.cli.boothd"), signal.SIGTERM)
        time.sleep(0.5)
        assert set(asyncio.run(seen(tmp_path / "run" / "world.sock"))["lamps"].values()) == {0.0}


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with running(settings(tmp_path)) as run:
        run.wait_for("a tray", run.entered(1))
        children = run.children()
        run.process.kill()
        give_up_at = time.monotonic() + 30
        while any(map(alive, children)):
            assert time.monotonic() < give_up_at, "children outlived their supervisor"
            time.sleep(0.1)


def test_of_a_booth_that_runs_a_second_run_and_a_calibration_are_busy(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with running(config) as run:
        run.wait_for("a tray", run.entered(1))
        run.wait_for("a second tray", run.entered(2))
        second = booth("run", str(config), "--trays", "1")
        assert second.returncode == 5
        assert "another" in second.stderr
        read = json.loads(booth("line", "status", str(config), "--json").stdout)["data"]["scanner"]["read"]
        assert 0 < read <= len(run.trays) + 3
        calibration = booth("calibrate", "tray", str(config))
        assert calibration.returncode == 5
        assert f"process {run.child('booth.cli.boothd')}" in calibration.stderr
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 0
    assert broken_promises(run) == []


def recording(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "config/recordings/real_rgbd_tote", folder / "session"))


def test_a_recording_is_played_to_its_last_pair_and_its_views_are_kept(tmp_path: Path) -> None:
    recording(tmp_path)
    with running(settings(tmp_path, "recorded.yaml")) as run:
        assert run.ended() == 0
    assert [tray["truth"] for tray in run.trays] == [None, None]
    assert all(tray["score"] is not None and tray["reasons"] for tray in run.trays)
    views = sorted(path.name for path in (tmp_path / "state/evidence").glob("*/*.view.png"))
    assert views == ["camera-0.view.png"] * 2 + ["camera-1.view.png"] * 2


@pytest.mark.parametrize("picture", ["background-0.color.png", "background-1.depth.png"])
def test_a_damaged_picture_costs_its_tray_and_the_next_is_judged(picture: str, tmp_path: Path) -> None:
    path = recording(tmp_path) / picture
    path.write_bytes(path.read_bytes()[:20_000])
    with running(settings(tmp_path, "recorded.yaml")) as run:
        assert run.ended() == 0
    damaged, sound = run.trays
    assert (damaged["end"], damaged["score"]) == ("DIVERTED", None)
    assert any(picture in reason["text"] for reason in damaged["reasons"])
    assert sound["score"] is not None


def test_a_full_disk_costs_records_and_no_decision(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", state], check=False).returncode:
        pytest.skip("cannot mount a small file system here")
    try:
        config = settings(tmp_path, records={"evidence": "all"})
        with running(config, "--trays", "4") as run:
            assert run.ended() == 0
    finally:
        subprocess.run(["umount", "-l", state], check=True)
    assert run.summary["entered"] == 4
    assert broken_promises(run) == []
    assert any(line.startswith("fault: evidence-failed") for line in run.said)


def booth(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "booth.cli.app", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)


async def seen(path: Path) -> dict[str, dict[str, float]]:
    """What a person beside the simulated line would see."""
    channel = await connect(path)
    await channel.send(Message({"role": "truth"}))
    await channel.send(Message({"kind": "look", "ask": 1}))
    while True:
        head = (await channel.receive()).head
        if head.get("re") == 1:
            await channel.close()
            return head
