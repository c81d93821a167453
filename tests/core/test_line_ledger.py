"""The keeper's ledger: what survives a kill, a power cut and a full disk."""

import json
import os
from errno import ENOSPC
from pathlib import Path

import pytest

from booth.line import ledger as ledgers
from booth.line.ledger import Ledger, LedgerInvalid, Past, Written
from booth.line.messages import FaultCleared, FaultRaised, Reset, TrayEnded, TrayEntered
from booth.tray import Counts, End, TrayId, tray_id
from drivers.errors import DeviceBusy
from drivers.units import Instant

FIRST, SECOND = tray_id(1, 1), tray_id(1, 2)
NOW = Instant(5)


def entered(tray: TrayId) -> TrayEntered:
    return TrayEntered(tray, NOW, NOW)


def ended(tray: TrayId, end: End = End.DIVERTED) -> TrayEnded:
    return TrayEnded(tray, end, (), False, NOW, NOW, Counts())


def boots(folder: Path) -> int:
    ledger = Ledger(folder)
    boot = ledger.open().boot
    ledger.close()
    return boot


def test_a_boot_ordinal_is_never_given_twice(tmp_path: Path) -> None:
    assert [boots(tmp_path) for _ in range(4)] == [1, 2, 3, 4]


def test_a_ledger_without_its_boot_ordinal_is_refused(tmp_path: Path) -> None:
    boots(tmp_path)
    (tmp_path / "ledger.jsonl").write_bytes(b"")
    with pytest.raises(LedgerInvalid, match=r"ledger\.jsonl:1: no boot ordinal"):
        Ledger(tmp_path).open()


def test_a_power_cut_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.open()
    ledger.append(entered(FIRST))
    ledger.close()
    (tmp_path / "ledger.jsonl").replace(tmp_path / "ledger.1.jsonl")
    past = Ledger(tmp_path).open()
    assert (past.boot, past.open) == (2, {FIRST: NOW})


def test_trays_without_an_end_are_open_after_a_kill(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.open()
    for line in (entered(FIRST), entered(SECOND), ended(FIRST)):
        ledger.append(line)
    ledger.close()
    past = Ledger(tmp_path).open()
    assert past.open == {SECOND: NOW}
    assert past.unresolved


def test_only_a_reset_resolves_what_was_held_or_latched(tmp_path: Path) -> None:
    for line in (ended(FIRST, End.HELD), FaultRaised("confirm-spurious", "-", "-", "-", NOW)):
        ledger = Ledger(tmp_path)
        ledger.open()
        ledger.append(line)
        ledger.close()
        for _ in range(2):
            ledger = Ledger(tmp_path)
            assert ledger.open().unresolved
            ledger.close()
        ledger.open()
        ledger.append(Reset("ann", "looked"))
        ledger.close()
        ledger = Ledger(tmp_path)
        assert not ledger.open().unresolved
        ledger.close()


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_last_line_cut_off_by_a_power_cut_is_passed_over(tmp_path: Path, cut: int) -> None:
    ledger = Ledger(tmp_path)
    ledger.open()
    ledger.append(entered(FIRST))
    ledger.append(entered(SECOND))
    ledger.close()
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert Ledger(tmp_path).open().open == {FIRST: NOW}


@pytest.mark.parametrize("rubbish", [b"\0\0\0\n", b"{}\n", b'{"end":"x","as":"LOST"}\n', b"[]\n", b'{"boot":"2"}\n'])
def test_a_damaged_line_in_the_middle_is_named_with_its_file_and_line(tmp_path: Path, rubbish: bytes) -> None:
    boots(tmp_path)
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(path.read_bytes() + rubbish + b'{"boot":2}\n')
    with pytest.raises(LedgerInvalid, match=r"ledger\.jsonl:2: not a line of the ledger"):
        Ledger(tmp_path).open()


def test_a_second_keeper_on_the_same_ledger_is_refused(tmp_path: Path) -> None:
    first = Ledger(tmp_path)
    first.open()
    with pytest.raises(DeviceBusy, match="another line keeper"):
        Ledger(tmp_path).open()
    first.close()
    assert boots(tmp_path) == 2


def test_the_ledger_stays_small_and_keeps_what_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "ROTATE_AT", 1000)
    ledger = Ledger(tmp_path)
    ledger.open()
    ledger.append(entered(FIRST))
    for sequence in range(2, 300):
        ledger.append(entered(tray_id(1, sequence)))
        ledger.append(ended(tray_id(1, sequence)))
        ledger.sync()
    ledger.close()
    assert all(path.stat().st_size < 1500 for path in tmp_path.iterdir())
    past = Ledger(tmp_path).open()
    assert (past.boot, past.open) == (2, {FIRST: NOW})


def test_lines_that_come_while_the_file_is_changed_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.open()
    fresh = ledger._fresh

    def meanwhile(content: bytes) -> int:
        ledger.append(entered(FIRST))
        return fresh(content)

    monkeypatch.setattr(ledger, "_fresh", meanwhile)
    ledger._rotate()
    ledger.close()
    assert Ledger(tmp_path).open().open == {FIRST: NOW}


def test_part_of_a_line_on_a_full_disk_does_not_spoil_the_next(tmp_path: Path) -> None:
    room = 4096
    ledger = Ledger(tmp_path, lambda handle, text: os.write(handle, text[:room]))
    ledger.open()
    room = 4
    with pytest.raises(OSError, match="only part of a line"):
        ledger.append(entered(FIRST))
    room = 4096
    ledger.append(entered(SECOND))
    ledger.close()
    lines = (tmp_path / "ledger.jsonl").read_text(encoding="ascii").splitlines()
    assert [json.loads(line).get("in") for line in lines] == [None, FIRST, SECOND]


def test_an_end_that_a_full_disk_did_not_take_is_no_second_end_after_a_restart(tmp_path: Path) -> None:
    full = False

    def write(handle: int, text: bytes) -> int:
        if full:
            raise OSError(ENOSPC, "No space left on device")
        return os.write(handle, text)

    ledger = Ledger(tmp_path, write)
    ledger.open()
    ledger.append(entered(FIRST))
    full = True
    for line in (ended(FIRST, End.PASSED), entered(SECOND)):
        with pytest.raises(OSError, match="No space left"):
            ledger.append(line)
    full = False
    ledger.append(Reset("ann", "made room"))
    ledger.close()
    assert Ledger(tmp_path).open().open == {SECOND: NOW}


def test_what_is_owed_is_not_written_twice_when_the_file_is_changed(tmp_path: Path) -> None:
    room = 0
    ledger = Ledger(tmp_path, lambda handle, text: os.write(handle, text[:room]))
    ledger.open()
    with pytest.raises(OSError, match="only part of a line"):
        ledger.append(entered(FIRST))
    room = 4096
    ledger._rotate()
    ledger.append(entered(SECOND))
    ledger.close()
    lines = (tmp_path / "ledger.jsonl").read_text(encoding="ascii").splitlines()
    assert [json.loads(line).get("in") for line in lines] == [None, FIRST, SECOND]


def left(folder: Path, *lines: Written, powered: str = "monday") -> Past:
    """What the ledger says when it is opened after these lines."""
    ledger = Ledger(folder, powered=powered)
    past = ledger.open()
    for line in lines:
        ledger.append(line)
    ledger.close()
    return past


def test_the_belt_may_bring_away_what_a_restart_left_open_and_not_what_a_power_cut_did(tmp_path: Path) -> None:
    left(tmp_path, entered(FIRST))
    assert left(tmp_path, ended(FIRST, End.HELD)).sweepable
    left(tmp_path, Reset("ann", "looked"), entered(SECOND))
    assert not left(tmp_path, powered="tuesday").sweepable


def test_on_a_machine_that_does_not_name_its_power_ups_every_one_may_have_been_a_power_cut(tmp_path: Path) -> None:
    left(tmp_path, entered(FIRST), powered="")
    assert not left(tmp_path, powered="").sweepable


@pytest.mark.parametrize("line", [ended(FIRST, End.HELD), FaultRaised("confirm-spurious", "-", "-", "-", NOW)])
def test_the_belt_does_not_clear_what_a_person_had_been_asked_for_before_the_restart(
    tmp_path: Path, line: Written
) -> None:
    left(tmp_path, line, entered(SECOND))
    past = left(tmp_path)
    assert (past.unresolved, past.sweepable) == (True, False)


def test_a_keeper_killed_before_the_belt_has_brought_all_away_leaves_them_to_a_person(tmp_path: Path) -> None:
    left(tmp_path, entered(FIRST))
    assert left(tmp_path, ended(FIRST, End.HELD)).sweepable
    past = left(tmp_path, FaultCleared("keeper-restarted", NOW))
    assert (past.unresolved, past.sweepable) == (True, False)
    assert not left(tmp_path).unresolved
