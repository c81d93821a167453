"""`booth model` without a booth that runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from booth.assembly.foundation import lay
from booth.cli.exits import Exit
from booth.settings import load
from tests.cli.test_manners import answered, booth, edited
from tests.processes.line import ROOT
from tests.scoring import tiny


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return edited(tmp_path, recipe__pack=str(tiny.write(tmp_path / "named", name="named")))


def installed(config: Path, folder: Path, **changes: Any) -> str:
    result = booth("model", "install", config, tiny.write(folder, **changes), "--json")
    assert result.exit_code == Exit.OK, result.stderr
    name: str = answered(result)["data"]["pack"]
    return name


def scores(config: Path) -> str:
    return lay(config, load(config)).grounds.pack.name


@pytest.mark.parametrize("command", ["list", "verify", "bench", "install", "activate", "rollback", "eval"])
def test_every_command_explains_itself(command: str) -> None:
    assert booth("model", command, "--help").exit_code == Exit.OK


def test_every_pack_that_comes_with_the_booth_holds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = booth("model", "verify", "--json")
    assert result.exit_code == Exit.OK
    there = {path.parent.name for path in (ROOT / "models").glob("*/manifest.json")}
    assert {pack["name"] for pack in answered(result)["data"]["packs"]} == there >= {"damage-lite0", "damage-sim1"}


def test_all_that_does_not_hold_is_told_and_what_does_hold_too(tmp_path: Path) -> None:
    sound, broken = tiny.write(tmp_path / "sound"), tiny.write(tmp_path / "broken")
    (broken / "card.md").write_text("another")
    (broken / "more.txt").write_text("")
    result = booth("model", "verify", sound, broken, tmp_path / "none")
    assert result.exit_code == Exit.MODEL_INVALID
    assert "sound: tiny 1" in result.stdout
    assert "broken: does not hold" in result.stdout
    assert [line.split(":")[1].split("/")[-1] for line in result.stderr.splitlines()] == ["card.md", "more.txt", "none"]


def test_verify_says_whether_a_pack_held_to_the_bit_and_what_would_have_to_stand_in_its_manifest(
    tmp_path: Path,
) -> None:
    first = booth("model", "verify", tiny.write(tmp_path / "first"), "--json")
    (told,) = answered(first)["data"]["packs"]
    assert told["golden"]["held"] == "tolerance"
    golden = tiny.manifest()["golden"] | {"exact": [told["golden"]["exact"]]}
    exact = tiny.write(tmp_path / "exact", golden=golden)
    (told,) = answered(booth("model", "verify", exact, "--json"))["data"]["packs"]
    assert told["golden"]["held"] == "exact"
    result = booth("model", "verify", exact, tmp_path / "first")
    assert f"{exact}: tiny 1 ({told['sha256'][:12]}) holds, to the bit" in result.stdout
    assert "holds, within its tolerances: it knows no machine of this class" in result.stdout
    assert f"this machine: {golden['exact'][0]['machine']['processor']}" in result.stdout


@pytest.mark.parametrize("command", ["verify", "bench"])
def test_where_there_is_no_pack_nothing_is_said_to_hold(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "models" / "not-a-pack").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    result = booth("model", command)
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert f"there is no pack in {tmp_path / 'models'}" in result.stderr


def test_a_pack_that_nobody_signed_does_not_hold_where_a_key_is_given(tmp_path: Path) -> None:
    result = booth("model", "verify", tiny.write(tmp_path / "pack"), "--signed-by", tmp_path / "packs.pub")
    assert result.exit_code == Exit.MODEL_INVALID
    assert "manifest.sig: there is no such file" in result.stderr


def test_a_pack_is_activated_and_given_back_while_the_booth_is_down(tmp_path: Path, config: Path) -> None:
    name = installed(config, tmp_path / "source", name="other")
    assert scores(config) == "named"
    activated = booth("model", "activate", config, "other")
    assert "other 1" in activated.stdout
    assert "the booth does not run: it scores when it is started" in activated.stdout
    assert scores(config) == "other"
    assert "activated instead of recipe.pack" in booth("check", config).stdout
    listed = answered(booth("model", "list", config, "--json"))["data"]["packs"]
    assert {pack["name"]: pack["active"] for pack in listed}["other"]
    assert [Path(pack["folder"]).name for pack in listed if pack["active"]] == [name]
    assert booth("model", "rollback", config).exit_code == Exit.OK
    assert scores(config) == "named"


def test_a_booth_that_was_down_tells_who_changed_its_pack_and_who_undid_that(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    name = installed(config, tmp_path / "source", name="other")
    booth("model", "activate", config, "other")
    booth("model", "rollback", config, "--who", "bob")
    changes = answered(booth("model", "list", config, "--json"))["data"]["changes"]
    there = [(row["did"], row["by"], Path(row["pack"]).name) for row in changes]
    assert there == [("activate", "alice", name), ("rollback", "bob", "named")]
    assert f"activate by alice, to {name}" in booth("model", "list", config).stdout


def test_there_is_nothing_to_go_back_to_before_an_activation(config: Path) -> None:
    result = booth("model", "rollback", config)
    assert result.exit_code == Exit.CHECK_FAILED
    assert "no other was activated since" in result.stderr


def test_a_pack_without_a_threshold_for_its_lanes_is_refused(tmp_path: Path, config: Path) -> None:
    tree = yaml.safe_load(config.read_text())
    tree["recipe"]["thresholds"] = [{"lanes": ["relief"], "divert_at": 0.5}]
    name = installed(config, tmp_path / "source", thresholds=[{"lanes": ["appearance"], "divert_at": 0.7}])
    config.write_text(yaml.safe_dump(tree))
    result = booth("model", "activate", config, name)
    assert result.exit_code == Exit.MODEL_INVALID
    assert "recipe.thresholds has none for its lanes (appearance)" in result.stderr
    assert "0.7, as the pack suggests" in result.stderr
    assert booth("model", "rollback", config).exit_code == Exit.CHECK_FAILED


def test_a_pack_that_was_damaged_since_is_not_activated_and_one_that_is_active_says_how_to_go_back(
    tmp_path: Path, config: Path
) -> None:
    name = installed(config, tmp_path / "source", name="other")
    assert booth("model", "activate", config, name).exit_code == Exit.OK
    (tmp_path / "state" / "packs" / name / "card.md").write_text("another")
    again, checked = booth("model", "activate", config, name), booth("check", config)
    assert again.exit_code == checked.exit_code == Exit.MODEL_INVALID
    assert "card.md: its sha256 is" in again.stderr
    assert "the active pack does not hold" in checked.stderr
    assert "booth model rollback" in checked.stderr
    assert booth("model", "rollback", config).exit_code == Exit.OK
    assert booth("check", config).exit_code == Exit.OK


def test_what_is_not_installed_is_not_activated(config: Path) -> None:
    result = booth("model", "activate", config, "other")
    assert result.exit_code == Exit.MODEL_INVALID
    assert "no such pack is installed" in result.stderr


def test_a_bench_of_a_pack_says_how_long_it_takes(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "pack")
    figures = answered(booth("model", "bench", folder, "--rounds", "5", "--json"))["data"]["packs"][str(folder)]
    assert figures.keys() == {"load_ms", "tray_p50_ms", "tray_p99_ms", "model_p50_ms"}
    assert 0 < figures["tray_p50_ms"] <= figures["tray_p99_ms"]


def test_a_lanes_own_keys_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import BaseModel, ConfigDict

    class Wanted(BaseModel):
        model_config = ConfigDict(extra="forbid")
        steepness: float

    monkeypatch.setattr("booth.scoring.scorer.LANES", {"appearance": lambda pack: Wanted.model_validate({"steep": 1})})
    result = booth("model", "verify", tiny.write(tmp_path / "pack"), "--json")
    assert result.exit_code == Exit.MODEL_INVALID
    (told,) = answered(result)["diagnostics"]
    assert "manifest.json: lanes.appearance.steepness: Field required, lanes.appearance.steep: Extra" in told["message"]
