"""What `booth line` shows of held trays and of who decided on them, by a ledger that the keeper's own code wrote."""

from dataclasses import replace
from pathlib import Path

from booth.cli.line import _told
from booth.faults import Occurrence
from booth.line.ledger import Ledger
from booth.line.messages import FaultRaised, LineState, Reset, Status, TrayEnded, TrayEntered
from booth.line.waiting import Decided, waiting
from booth.tray import Counts, End, Found, Reason, TrayId, tray_id
from drivers.units import Instant

NOW = Instant(0)
SOUGHT, BEHIND, PASSED = tray_id(1, 1), tray_id(1, 2), tray_id(1, 3)
HELD = Status(LineState.HELD, Counts(entered=3, held=2, passed=1), ("confirm-missing",))
RESET = Reset("anna", "a jam at the gate", SOUGHT, Found.REMOVED)


def ended(tray: TrayId, end: End = End.HELD) -> TrayEnded:
    return TrayEnded(tray, end, (Reason("confirm-missing", "nobody saw it"),), False, NOW, NOW, Counts())


def held_line(folder: Path) -> Ledger:
    """One tray that nobody saw arrive, one behind it, and one that had passed."""
    ledger = Ledger(folder)
    ledger.open()
    for tray in (PASSED, SOUGHT, BEHIND):
        ledger.append(TrayEntered(tray, NOW, NOW))
    ledger.append(ended(PASSED, End.PASSED))
    ledger.append(FaultRaised("confirm-missing", SOUGHT, "confirm", "-", NOW))
    ledger.append(ended(SOUGHT))
    ledger.append(ended(BEHIND))
    return ledger


def test_every_held_tray_waits_and_the_fault_names_the_one_that_is_looked_for(tmp_path: Path) -> None:
    held_line(tmp_path).close()
    found = waiting(tmp_path)
    assert found.held == [SOUGHT, BEHIND]
    assert found.latched == [Occurrence("confirm-missing", SOUGHT, "confirm")]
    told = _told(HELD, found)
    assert f"booth line reset --tray {SOUGHT} --found" in told.text
    assert f"held, waiting for a person: {SOUGHT}, {BEHIND}" in told.text
    assert told.data["held"] == [SOUGHT, BEHIND]


def test_who_has_reset_why_and_what_became_of_the_trays_is_told_afterwards(tmp_path: Path) -> None:
    ledger = held_line(tmp_path)
    ledger.append(RESET)
    ledger.close()
    found = waiting(tmp_path)
    assert (found.latched, found.held) == ([], [])
    assert found.decided == Decided("anna", "a jam at the gate", SOUGHT, "removed", (SOUGHT, BEHIND))
    told = _told(replace(HELD, state=LineState.IDLE, latched=()), found)
    assert "the last reset: by anna, because: a jam at the gate;" in told.text
    assert f"tray {SOUGHT} was found removed; held until then: {BEHIND}" in told.text
    assert told.data["last_reset"]["who"] == "anna"


def test_what_waits_outlives_the_keeper(tmp_path: Path) -> None:
    held_line(tmp_path).close()
    again = Ledger(tmp_path)
    again.open()
    again.close()
    assert waiting(tmp_path).held == [SOUGHT, BEHIND]


def test_a_fault_whose_tray_the_ledger_does_not_know_is_told_all_the_same(tmp_path: Path) -> None:
    assert "--tray ID --found" in _told(HELD, waiting(tmp_path)).text


def test_a_line_that_is_being_written_is_passed_over(tmp_path: Path) -> None:
    held_line(tmp_path).close()
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"reset":"an')
    assert waiting(tmp_path).held == [SOUGHT, BEHIND]
