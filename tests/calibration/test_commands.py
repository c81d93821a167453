"""`booth calibrate` over the recorded tote and the simulated booth."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from typer.testing import CliRunner, Result

from booth.calibration.store import load_all, picture_hash
from booth.cli import calibrate_steps
from booth.cli.app import app
from booth.cli.manners import Exit, Failed
from booth.service.lock import Taken, held
from tests.replay import tote

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A config of the two recorded cameras, its calibrations in a folder of their own."""
    settings = yaml.safe_load((CONFIG / "sim.yaml").read_text(encoding="utf-8"))
    cameras = {name: {"driver": "recorded", "session": str(tote.FOLDER), "camera": name} for name in tote.CAMERAS}
    return written(tmp_path, settings | {"cameras": cameras})


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    return written(tmp_path, yaml.safe_load((CONFIG / "sim.yaml").read_text(encoding="utf-8")))


def written(folder: Path, settings: dict[str, Any]) -> Path:
    recipe = settings["recipe"] | {"pack": str(CONFIG.parent / "models" / "damage-lite0")}
    places = {"state_dir": "state", "runtime_dir": "run", "calibration": "calibration"}
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump(settings | {"recipe": recipe} | places), encoding="utf-8")
    return path


def booth(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


def files(config: Path) -> list[str]:
    folder = config.parent / "calibration"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_tray_is_calibrated_for_every_camera_from_a_recording(recorded: Path) -> None:
    result = booth("tray", recorded, "--capture", "background")
    assert result.exit_code == Exit.OK, result.output
    assert "tray of camera camera-0" in result.stdout
    assert files(recorded) == [f"tray-camera-{number}-0001.{ending}" for number in (0, 1) for ending in ("json", "png")]
    stored = json.loads((recorded.parent / "calibration" / "tray-camera-0-0001.json").read_text())
    depth = tote.frame("camera-0", "background").depth
    assert depth is not None
    assert {"name": "background depth", "sha256": picture_hash(depth)} in stored["inputs"]
    assert len(stored["inputs"]) == 2


def test_a_missed_limit_ends_with_6_stores_nothing_and_says_what_to_do(recorded: Path) -> None:
    walls = ("tray", recorded, "--capture", "background", "--camera", "camera-0", "--region", "0,0,640,480")
    result = booth(*walls)
    assert result.exit_code == Exit.CHECK_FAILED
    assert "FAIL  near the plane" in result.stdout
    assert "choose a --region" in result.stderr
    assert files(recorded) == []
    assert booth(*walls, "--keep").exit_code == Exit.CHECK_FAILED
    assert files(recorded) == ["tray-camera-0-0001.json", "tray-camera-0-0001.png"]


def test_one_camera_that_misses_a_limit_keeps_the_others_from_being_stored(recorded: Path) -> None:
    result = booth("tray", recorded, "--capture", "background", "--region", "430,90,200,300")
    assert result.exit_code == Exit.CHECK_FAILED
    assert files(recorded) == []


def test_a_dry_run_stores_nothing_and_answers_in_json(recorded: Path) -> None:
    result = booth("tray", recorded, "--capture", "background", "--camera", "camera-1", "--dry-run", "--json")
    assert result.exit_code == Exit.OK
    (found,) = json.loads(result.stdout)["data"]["calibrations"]
    assert (found["camera"], found["passed"], found["stored"]) == ("camera-1", True, None)
    assert {figure["name"] for figure in found["figures"]} >= {"depth filled", "flatness (RMS)", "tilt"}
    assert files(recorded) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--capture background | input"),
        (("--capture", "empty"), "--capture background | input"),
        (("--camera", "top", "--capture", "background"), "no camera is called top; there are: camera-0, camera-1"),
        (("--capture", "background", "--region", "1,2,3"), "is not four whole numbers"),
    ],
    ids=["no-capture", "unknown-capture", "unknown-camera", "half-a-region"],
)
def test_a_slip_on_the_command_line_is_told_and_ends_with_2(
    recorded: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = booth("tray", recorded, *arguments)
    assert result.exit_code == Exit.USAGE
    assert says in result.stderr


def test_pictures_without_a_board_end_with_6(recorded: Path) -> None:
    result = booth("intrinsics", recorded, "--camera", "camera-0")
    assert result.exit_code == Exit.CHECK_FAILED
    assert "was seen in 0 of 2 pictures" in result.stderr


def test_a_board_that_cannot_be_is_a_slip_on_the_command_line(recorded: Path) -> None:
    result = booth("intrinsics", recorded, "--camera", "camera-0", "--marker-mm", "40")
    assert result.exit_code == Exit.USAGE
    assert "markers are smaller than squares" in result.stderr


def test_the_simulated_booth_shows_its_empty_tray(simulated: Path) -> None:
    result = booth("tray", simulated, "--camera", "left", "--frames", "1")
    assert result.exit_code == Exit.OK, result.output
    stored = load_all(simulated.parent / "calibration").find("tray", "left")
    assert stored is not None
    assert stored.device.simulated


def test_the_simulated_booth_shows_its_board(simulated: Path) -> None:
    result = booth("intrinsics", simulated, "--camera", "left", "--views", "2")
    assert result.exit_code == Exit.CHECK_FAILED
    assert "was seen in 2 of 2 pictures" in result.stderr


@pytest.mark.parametrize(("verb", "camera"), [("tray", ()), ("intrinsics", ("--camera", "left"))])
def test_while_the_controller_runs_its_cameras_are_busy(simulated: Path, verb: str, camera: tuple[str, ...]) -> None:
    with running(simulated):
        result = booth(verb, simulated, *camera)
    assert result.exit_code == Exit.DEVICE_BUSY
    assert "systemctl stop boothd (every tray is diverted meanwhile)" in result.stderr
    assert f"process {os.getpid()}" in result.stderr
    assert files(simulated) == []


def test_recorded_cameras_are_calibrated_while_the_controller_runs(recorded: Path) -> None:
    with running(recorded):
        assert booth("tray", recorded, "--capture", "background", "--camera", "camera-0").exit_code == Exit.OK


def test_while_a_camera_is_calibrated_the_controller_does_not_start(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def look(*_: object) -> NoReturn:
        with pytest.raises(Taken) as refused, running(simulated):
            pass
        said.append(str(refused.value))
        raise Failed(Exit.DEVICE_MISSING, "camera-missing", "pulled out")

    monkeypatch.setattr(calibrate_steps, "look", look)
    assert booth("tray", simulated).exit_code == Exit.DEVICE_MISSING
    assert "booth calibrate tray runs for this booth" in said[0]


@contextmanager
def running(config: Path) -> Iterator[None]:
    """As far as anybody can tell, boothd: it holds this before anything else."""
    folder = config.parent / "run"
    folder.mkdir(exist_ok=True)
    with held(folder / "boothd.lock"):
        yield
