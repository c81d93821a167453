"""`booth simulate day`: what it prints, and how it ends."""

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from booth.cli.app import app
from booth.line import keeper
from booth.line.table import TABLE, Do, Step, TrayEvent, TrayState
from booth.line.tracker import track
from fakes.faults import TABLE as FAULTS

KEYS = ("violations", "entered", "passed", "diverted", "held", "bypassed", "faults")


def day(*arguments: str) -> tuple[int, str, str]:
    answered = CliRunner().invoke(app, ["simulate", "day", *arguments])
    return answered.exit_code, answered.stdout, answered.stderr


def test_the_last_line_is_the_whole_day_as_one_object() -> None:
    code, out, _ = day("--trays", "30", "--json")
    told = json.loads(out.splitlines()[-1])
    assert code == 0
    assert set(KEYS) <= set(told)
    assert told["violations"] == []
    assert told["trays"] == 30
    assert told["entered"] == sum(told[end] for end in ("passed", "diverted", "held", "bypassed"))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (day("--trays", "40", "--seed", seed, "--json")[1] for seed in ("3", "3", "4"))
    assert first == again
    assert first != other


def test_a_person_reads_that_it_was_simulated_and_what_became_of_the_trays() -> None:
    code, out, _ = day("--trays", "12", "--damaged", "1", "--scores-damaged", "99,1")
    assert code == 0
    assert out.startswith("SIMULATED: 12 trays")
    assert " 0 passed" in out
    assert "no violation" in out


def test_a_broken_promise_is_named_with_its_tray_and_ends_with_6(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**TABLE, (TrayState.NEARING, TrayEvent.MUST_DIVERT): Step(TrayState.PASSING, (Do.OPEN_GATE,))}
    monkeypatch.setattr(keeper, "track", partial(track, table=broken))
    code, out, _ = day("--trays", "12", "--damaged", "1", "--scores-damaged", "99,1")
    assert code == 6
    assert "VIOLATION in shift 1: 000001-00000" in out
    assert "own pass" in out


def test_an_unknown_fault_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("faults: [{name: gremlin, rate: 0.1}]\n")
    code, _, err = day("--faults", str(plan))
    assert code == 3
    assert f"{plan}:1: no fault is called 'gremlin'" in err
    assert all(name in err for name in FAULTS)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("config/recorded.yaml", "--trays", "1", "--shift", "2"), 2, "has 1 shifts, and no shift 2"),
        (("--scores-good", "0.4"), 2, "give its two numbers"),
        (("--scores-damaged", "0,1"), 2, "both above 0"),
        (("nowhere.yaml",), 3, "nowhere.yaml"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_next_step(arguments: tuple[str, ...], code: int, says: str) -> None:
    ended, out, err = day(*arguments)
    assert (ended, out) == (code, "")
    assert says in err
