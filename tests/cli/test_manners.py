"""Every exit code is reached, every message says what to do, and `--json` is one object and nothing else."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from booth.assembly.foundation import lay
from booth.cli.app import app
from booth.cli.exits import MEANINGS, Exit
from booth.service.lock import held
from booth.settings import load
from drivers.errors import DeviceBusy
from tests.processes.line import ROOT, settings

SIM = "config/sim.yaml"
COMMANDS = [
    [],
    ["run"],
    ["check"],
    ["calibrate"],
    ["calibrate", "intrinsics"],
    ["calibrate", "tray"],
    ["line"],
    ["line", "status"],
    ["line", "reset"],
    ["io"],
    ["io", "read"],
    ["io", "watch"],
    ["io", "set"],
    ["io", "pulse"],
    ["io", "light"],
    ["io", "jog"],
    ["io", "jog", "gate"],
    ["model"],
    ["model", "verify"],
    ["config"],
    ["devices"],
    ["config", "schema"],
]
ENVELOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "status", "data", "diagnostics"],
    "properties": {
        "schema": {"const": "booth.result/1"},
        "status": {"enum": ["pass", "fail", "error"]},
        "data": {"type": "object"},
        "diagnostics": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "severity", "message"],
                "properties": {"severity": {"enum": ["info", "warning", "error"]}},
            },
        },
    },
}


def booth(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def answered(result: Result) -> dict[str, Any]:
    """The one object on stdout; fails if there is anything else."""
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(ENVELOPE).validate(found)
    return found


def edited(folder: Path, **changes: Any) -> Path:
    """A config in `folder` that differs from the shipped one in nested keys, written `line__belt_mm_per_s=...`."""
    path = settings(folder)
    tree = yaml.safe_load(path.read_text())
    for dotted, value in changes.items():
        *above, last = dotted.split("__")
        node = tree
        for key in above:
            node = node[key]
        node[last] = value
    path.write_text(yaml.safe_dump(tree))
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    result = booth(*command, "--help")
    assert result.exit_code == Exit.OK
    assert "Usage: " in result.stdout


EXAMPLE = ROOT / "config/site-example.yaml"
RUN_AS_THEY_ARE = sorted({*(ROOT / "config").glob("*.yaml")} - {EXAMPLE})


def test_the_example_of_a_site_lacks_nothing_but_its_calibration() -> None:
    result = booth("check", EXAMPLE)
    assert result.exit_code == Exit.CONFIG_INVALID
    assert "there is no tray calibration of camera" in result.stderr


@pytest.mark.parametrize("config", RUN_AS_THEY_ARE, ids=lambda path: path.name)
def test_every_shipped_config_passes_the_check(config: Path) -> None:
    result = booth("check", config)
    assert result.exit_code == Exit.OK, result.stderr
    assert "the model pack holds" in result.stdout


@pytest.mark.parametrize(
    "command", [["check", SIM], ["config", "schema"], ["model", "verify", "models/damage-lite0"]], ids=" ".join
)
def test_an_answer_is_one_object_on_stdout(command: list[str]) -> None:
    result = booth(*command, "--json")
    assert result.exit_code == Exit.OK
    assert answered(result)["status"] == "pass"


def test_three_mistakes_are_listed_with_their_lines_and_end_with_3(tmp_path: Path) -> None:
    config = edited(tmp_path, line__belt_mm_per_s=-1, world__sede=7, cameras__left={"driver": "webcam"})
    for result in (booth("check", config), booth("run", config, "--trays", "1")):
        assert result.exit_code == Exit.CONFIG_INVALID
        assert result.stdout == ""
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 3
        assert all(line.startswith(f"{config}:") and line.split(":")[1].isdecimal() for line in lines)
    told = answered(booth("check", config, "--json"))
    assert told["status"] == "error"
    assert [each["code"] for each in told["diagnostics"]] == ["config-invalid"] * 3


def test_a_fault_that_there_is_not_is_found_by_check_as_by_run(tmp_path: Path) -> None:
    wrong = tmp_path / "faults.yaml"
    wrong.write_text("faults:\n  - {name: camera-lost, where: middle}\n  - {name: gremlins}\n")
    config = edited(tmp_path, world__faults=str(wrong))
    for result in (booth("check", config), booth("run", config, "--trays", "1")):
        assert result.exit_code == Exit.CONFIG_INVALID
        assert f"{wrong}:2: camera-lost: where is one of left, right" in result.stderr
        assert f"{wrong}:3: no fault is called 'gremlins'; there are: frame-dropped" in result.stderr


def test_an_unknown_option_ends_with_2() -> None:
    assert booth("check", SIM, "--no-such-option").exit_code == Exit.USAGE
    assert booth("run").exit_code == Exit.USAGE


def test_a_missing_calibration_ends_with_3_and_names_the_command(tmp_path: Path) -> None:
    result = booth("check", edited(tmp_path, calibration=str(tmp_path / "none")))
    assert result.exit_code == Exit.CONFIG_INVALID
    assert "booth calibrate tray" in result.stderr


def test_a_tray_that_was_measured_through_another_lens_ends_with_3(tmp_path: Path) -> None:
    kept = tmp_path / "calibration"
    shutil.copytree(ROOT / "config/calibration/sim", kept)
    (kept / "intrinsics-left-0001.json").unlink()
    result = booth("check", edited(tmp_path, calibration=str(kept)))
    assert result.exit_code == Exit.CONFIG_INVALID
    assert "tray-left-0001.json: was measured with other intrinsics" in result.stderr


def test_the_oldest_calibration_in_use_says_until_when_the_booth_may_pass_trays(tmp_path: Path) -> None:
    config = edited(tmp_path, calibration_days=30)
    until = lay(config, load(config)).valid_until
    made = [json.loads(path.read_text())["made_at"] for path in (ROOT / "config/calibration/sim").glob("*.json")]
    assert until == datetime.fromisoformat(min(made)) + timedelta(days=30)


def test_a_keeper_that_does_not_answer_ends_with_4(tmp_path: Path) -> None:
    result = booth("line", "status", settings(tmp_path), "--json")
    assert result.exit_code == Exit.DEVICE_MISSING
    assert answered(result)["diagnostics"][0]["code"] == "keeper-missing"
    assert "is the line keeper running?" in result.stderr


def test_a_lock_that_is_held_is_busy(tmp_path: Path) -> None:
    lock = tmp_path / "boothd.lock"
    with held(lock), pytest.raises(DeviceBusy, match="another boothd runs"), held(lock):
        pytest.fail("two held one lock")
    with held(lock):
        assert lock.exists()


def test_a_check_that_misses_its_limit_ends_with_6() -> None:
    whole_picture_with_items = ["--camera", "camera-0", "--capture", "input", "--region", "0,0,640,480"]
    result = booth("calibrate", "tray", "config/recorded.yaml", *whole_picture_with_items, "--dry-run", "--json")
    assert result.exit_code == Exit.CHECK_FAILED
    found = answered(result)
    assert found["status"] == "fail"
    assert all("(at least" in each["message"] for each in found["diagnostics"])


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "models/damage-lite0", tmp_path / "pack"))


def test_a_missing_pack_ends_with_7(tmp_path: Path) -> None:
    result = booth("check", edited(tmp_path, recipe__pack=str(tmp_path / "none")))
    assert result.exit_code == Exit.MODEL_INVALID
    assert "there is no such folder" in result.stderr


def test_a_pack_with_a_wrong_hash_refuses_to_start_with_7(tmp_path: Path, pack: Path) -> None:
    model = bytearray((pack / "model.onnx").read_bytes())
    model[-1] ^= 1
    (pack / "model.onnx").write_bytes(model)
    for result in (booth("check", edited(tmp_path, recipe__pack=str(pack))), booth("model", "verify", pack)):
        assert result.exit_code == Exit.MODEL_INVALID
        assert "its sha256 is" in result.stderr


def test_a_pack_with_a_golden_that_does_not_hold_ends_with_7(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text())
    next(iter(manifest["golden"]["outputs"].values()))["starts_with"][0] += 0.5
    (pack / "manifest.json").write_text(json.dumps(manifest))
    result = booth("model", "verify", pack, "--json")
    assert result.exit_code == Exit.MODEL_INVALID
    assert answered(result)["diagnostics"][0]["code"] == "model-invalid"


def test_a_calibration_that_cannot_be_stored_ends_with_8(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    config = edited(tmp_path, calibration=str(tmp_path / "file" / "calibration"))
    result = booth("calibrate", "tray", config, "--camera", "left")
    assert result.exit_code == Exit.STORAGE
    assert "could not be written" in result.stderr


def test_every_exit_code_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(Exit)
