"""Another pack for a booth that runs."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from booth.records.journal import read_runs, read_trays
from tests.processes.line import ROOT, Run, broken_promises, kill, running, settings
from tests.scoring import tiny

MODEL = (sys.executable, "-m", "booth.cli.app", "model")


def model(command: str, config: Path, *options: str | Path) -> "subprocess.CompletedProcess[str]":
    words = [*MODEL, command, str(config), *map(str, options), "--json"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def said(answer: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def booth(folder: Path, **world: Any) -> Path:
    """A booth that takes tiny packs: quick to load, and their score is the brightness of the view."""
    config = settings(folder)
    tree = yaml.safe_load(config.read_text())
    tree["recipe"]["pack"] = str(tiny.write(folder / "first", name="first"))
    tree["world"] |= world
    config.write_text(yaml.safe_dump(tree))
    return config


def packs(run: Run, config: Path) -> list[str]:
    """Which packs decided, in the order of the trays."""
    state = Path(yaml.safe_load(config.read_text())["state_dir"])
    return [tray.judged.pack.name for tray in read_trays(state / "journal.sqlite") if tray.judged]


def changes(names: list[str]) -> list[str]:
    return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]


def test_a_running_booth_takes_another_pack_between_two_trays_and_gives_it_back(tmp_path: Path) -> None:
    config = booth(tmp_path)
    second = tiny.write(tmp_path / "source", name="second")
    with running(config, "--trays", "8") as run:
        run.wait_for("a tray of the first pack", lambda: bool(run.trays and packs(run, config)))
        assert model("install", config, second).returncode == 0
        activated = model("activate", config, "second")
        run.wait_for("a tray of the second pack", lambda: "second" in packs(run, config))
        undone = model("rollback", config)
        assert run.ended() == 0
    assert activated.returncode == undone.returncode == 0, activated.stderr + undone.stderr
    assert said(activated)["data"]["running"]
    assert (said(activated)["data"]["name"], said(undone)["data"]["name"]) == ("second", "first")
    assert changes(packs(run, config)) == ["first", "second", "first"]
    runs = read_runs(tmp_path / "state" / "journal.sqlite")
    assert [each.pack.name for each in runs] == ["first", "second", "first"]
    assert len(run.trays) == 8
    assert all(tray["verdict"] for tray in run.trays)
    assert broken_promises(run) == []


def test_a_controller_that_is_killed_while_it_takes_a_pack_comes_back_with_what_was_kept(tmp_path: Path) -> None:
    config = booth(tmp_path, pitch_mm=[60000, 60000])  # one tray, so that nothing else can happen to the line
    active, journal = tmp_path / "state" / "packs" / "active.json", tmp_path / "state" / "journal.sqlite"
    with running(config, "--trays", "40") as run:
        run.wait_for("the first tray", run.entered(1))
        assert model("install", config, tiny.write(tmp_path / "source", name="second")).returncode == 0
        asking = subprocess.Popen([*MODEL, "activate", str(config), "second"], cwd=ROOT)
        run.wait_for("the pack to be kept", active.exists)
        kill(run.child("booth.cli.boothd"))
        asking.wait(120)
        run.wait_for("the controller to come back", lambda: read_runs(journal)[-1].pack.name == "second")
        kill(run.process.pid, signal.SIGTERM)
        assert run.ended() == 0
    assert changes(packs(run, config)) in (["first"], ["first", "second"], ["second"])
    assert broken_promises(run) == []
