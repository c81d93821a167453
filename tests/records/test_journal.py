"""The journal keeps every row it took, or says which one it lost."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from booth.faults import Occurrence
from booth.records.journal import Journal, read_faults, read_runs, read_trays
from booth.records.record import FaultCleared, Row
from booth.records.rows import tray_columns
from booth.records.schema import MIGRATIONS, VERSION
from booth.records.store import StorageFailed, Store
from booth.records.writers import InTurn, OnThread
from booth.tray import End, Verdict
from drivers.units import Instant, ms
from tests.records.samples import ended, fault, judged, numbered, run

QUICK = OnThread("journal", depth=256, gather=ms(1))


class Booth:
    """A journal and what it complained of."""

    def __init__(self, path: Path, writer: InTurn | OnThread) -> None:
        self.path, self.faults = path, list[Occurrence]()
        self.store = Store(path)
        self.journal = Journal(self.store, self.faults.append, writer)

    def fill_the_disk(self) -> None:
        pages = self.store.connection.execute("PRAGMA page_count").fetchone()[0]
        self.store.connection.execute(f"PRAGMA max_page_count = {pages}")

    def free_the_disk(self) -> None:
        self.store.connection.execute("PRAGMA max_page_count = 100000")


@pytest.fixture(params=[InTurn(), QUICK], ids=["in turn", "on a thread"])
def booth(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Booth]:
    booth = Booth(tmp_path / "state" / "journal.db", request.param)
    yield booth
    booth.journal.close()


def put(booth: Booth, *rows: Row) -> None:
    for row in rows:
        assert booth.journal.put(row)
    assert booth.journal.flush()


def test_what_was_decided_is_read_back_whole(booth: Booth) -> None:
    put(booth, judged(), ended())
    (tray,) = read_trays(booth.path)
    assert (tray.judged, tray.ended) == (judged(), ended())


def test_an_end_may_come_before_the_verdict_is_written(booth: Booth) -> None:
    put(booth, ended(), judged())
    (tray,) = read_trays(booth.path)
    assert (tray.judged, tray.ended) == (judged(), ended())


def test_a_tray_that_nobody_judged_has_a_row_too(booth: Booth) -> None:
    put(booth, ended(2, End.HELD))
    (tray,) = read_trays(booth.path)
    assert tray.judged is None
    assert tray.ended == ended(2, End.HELD)


def test_a_second_end_of_a_tray_is_refused_and_counted(booth: Booth) -> None:
    put(booth, ended(), ended(end=End.PASSED))
    assert read_trays(booth.path)[0].ended == ended()
    assert [(fault.code, fault.tray) for fault in booth.faults] == [("journal-failed", numbered(1))]
    assert booth.journal.lost == 1


def test_the_same_end_told_twice_is_one_end(booth: Booth) -> None:
    put(booth, ended(), ended())
    assert read_trays(booth.path)[0].ended == ended()
    assert booth.faults == []


def test_a_second_judgement_of_a_tray_is_refused_and_counted(booth: Booth) -> None:
    put(booth, judged(), judged(verdict=Verdict.PASS))
    assert read_trays(booth.path)[0].judged == judged()
    assert [fault.tray for fault in booth.faults] == [numbered(1)]


def test_a_tray_id_that_comes_again_overwrites_nothing(booth: Booth) -> None:
    put(booth, judged(), ended(), judged(entered_ns=99), ended(entered_ns=99))
    (tray,) = read_trays(booth.path)
    assert (tray.judged, tray.ended) == (judged(), ended())
    assert booth.journal.lost == 2


@pytest.mark.parametrize("order", [1, -1], ids=["end first", "verdict first"])
@pytest.mark.parametrize("marked", ["verdict", "end"])
def test_a_simulated_mark_is_not_lost_to_the_other_half_of_the_row(booth: Booth, order: int, marked: str) -> None:
    halves: list[Row] = [replace(ended(), simulated=marked == "end"), replace(judged(), simulated=marked == "verdict")]
    put(booth, *halves[::order])
    kept = read_trays(booth.path)[0].ended
    assert kept is not None
    assert kept.simulated


def test_trays_are_read_in_the_order_in_which_they_came(booth: Booth) -> None:
    put(booth, *(judged(number) for number in (3, 11, 2)))
    assert [tray.tray for tray in read_trays(booth.path)] == [numbered(2), numbered(3), numbered(11)]


def test_a_fault_is_cleared_for_its_device_alone(booth: Booth) -> None:
    put(booth, fault(device="left"), fault(device="right"), FaultCleared("camera-silent", Instant(9), "left"))
    assert [cleared for _, cleared in read_faults(booth.path)] == [9, None]


def test_a_fault_cleared_without_a_device_is_cleared_for_all(booth: Booth) -> None:
    put(booth, fault(device="left"), fault(device="right"), FaultCleared("camera-silent", Instant(9)))
    assert [cleared for _, cleared in read_faults(booth.path)] == [9, 9]


def test_a_cleared_fault_keeps_the_instant_of_its_first_clearing(booth: Booth) -> None:
    put(booth, fault(), FaultCleared("camera-silent", Instant(9)), FaultCleared("camera-silent", Instant(12)))
    assert [cleared for _, cleared in read_faults(booth.path)] == [9]


def test_a_run_names_its_versions_and_its_calibrations(booth: Booth) -> None:
    put(booth, run())
    assert read_runs(booth.path) == (run(),)


def test_a_row_that_no_column_takes_costs_no_other_row(booth: Booth) -> None:
    bad = replace(judged(2), entered_at=Instant(1 << 70))
    put(booth, judged(1), bad, judged(3))
    assert [tray.tray for tray in read_trays(booth.path)] == [numbered(1), numbered(3)]
    assert [fault.tray for fault in booth.faults] == [numbered(2)]


def test_a_full_disk_loses_no_row_that_found_room_in_the_queue(booth: Booth) -> None:
    put(booth, *map(judged, range(20)))
    booth.fill_the_disk()
    for number in range(20, 120):
        assert booth.journal.put(judged(number))
    assert not booth.journal.flush()
    assert [tray.tray for tray in read_trays(booth.path)][:20] == [numbered(number) for number in range(20)]
    assert booth.store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    booth.free_the_disk()
    assert any(booth.journal.flush() for _ in range(100))
    assert len(read_trays(booth.path)) == 120
    assert booth.journal.lost == 0


def test_a_disk_that_fails_is_one_fault_until_it_recovers(booth: Booth) -> None:
    booth.fill_the_disk()
    for number in range(100):
        booth.journal.put(judged(number))
    assert not booth.journal.flush()
    assert not booth.journal.flush()
    assert [fault.code for fault in booth.faults] == ["journal-failed"]
    assert "full" in booth.faults[0].detail
    booth.free_the_disk()


def test_a_disk_that_fails_again_is_a_second_fault(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", InTurn(rows=1000, depth=1000))
    for first in (0, 100):
        booth.fill_the_disk()
        for number in range(first, first + 100):
            booth.journal.put(judged(number))
        assert not booth.journal.flush()
        booth.free_the_disk()
        assert booth.journal.flush()
    assert [fault.code for fault in booth.faults] == ["journal-failed"] * 2
    booth.journal.close()


def test_rows_beyond_the_queue_are_lost_one_by_one_and_named(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", InTurn(depth=50))
    booth.fill_the_disk()
    taken = [booth.journal.put(judged(number)) for number in range(80)]
    lost = [numbered(number) for number, kept in enumerate(taken) if not kept]
    assert lost
    assert [fault.tray for fault in booth.faults][1:] == lost
    assert booth.journal.lost == len(lost)
    booth.free_the_disk()
    booth.journal.close()
    assert len(read_trays(booth.path)) == 80 - len(lost)


def test_a_lost_row_about_a_lost_row_begets_no_further_fault(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", InTurn(depth=1))
    booth.fill_the_disk()
    while booth.journal.put(fault("journal-failed")):
        pass
    assert len(booth.faults) == 1
    assert booth.journal.lost == 1
    booth.journal.close()


def test_rows_the_disk_refused_until_the_end_are_counted_at_the_end(booth: Booth) -> None:
    booth.fill_the_disk()
    for number in range(100):
        booth.journal.put(judged(number))
    booth.journal.close()
    kept = len(read_trays(booth.path))
    assert kept < 100
    assert booth.journal.lost == 100 - kept


def test_closing_writes_what_was_still_queued(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", OnThread("journal", depth=1000, gather=ms(3_600_000)))
    booth.journal.put(judged())
    booth.journal.close()
    assert len(read_trays(booth.path)) == 1


def test_a_half_full_queue_is_written_without_waiting(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", OnThread("journal", depth=20, gather=ms(3_600_000)))
    for number in range(10):
        booth.journal.put(judged(number))
    # closing would write them too: what counts is that the writer was not asked
    with booth.journal._writer._turn:  # type: ignore[attr-defined]
        assert booth.journal._writer._turn.wait_for(  # type: ignore[attr-defined]
            lambda: len(read_trays(booth.path)) == 10, timeout=10
        )
    booth.journal.close()


def test_rows_put_after_the_close_are_counted_as_lost(booth: Booth) -> None:
    booth.journal.close()
    assert not booth.journal.put(judged())
    assert booth.journal.lost == 1


def test_rows_gathered_in_turn_share_a_commit(tmp_path: Path) -> None:
    booth = Booth(tmp_path / "journal.db", InTurn(rows=3))
    for number in (1, 2):
        booth.journal.put(judged(number))
    assert read_trays(booth.path) == ()
    booth.journal.put(judged(3))
    assert len(read_trays(booth.path)) == 3
    booth.journal.close()


def test_the_journal_is_durable_by_its_settings(booth: Booth) -> None:
    pragma = {
        name: booth.store.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "user_version")
    }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "user_version": VERSION}


def test_a_journal_is_opened_again_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for number in (1, 2):
        booth = Booth(path, InTurn())
        put(booth, judged(number))
        booth.journal.close()
    assert len(read_trays(path)) == 2


LATER = (
    {"plate", "product", "identified_by", "gallery", "gallery_sha256"},
    {"product", "identified_by", "gallery", "gallery_sha256"},
)
"""The columns that a journal of version 1, and of version 2, has not."""


@pytest.mark.parametrize("version", [1, 2])
def test_a_journal_of_an_older_version_keeps_its_rows_and_takes_what_is_new_from_then_on(
    tmp_path: Path, version: int
) -> None:
    path, lacks = tmp_path / "journal.db", LATER[version - 1]
    with sqlite3.connect(path) as older:
        for sql in chain(*MIGRATIONS[:version]):
            older.execute(sql)
        columns = {name: value for name, value in tray_columns(judged(1)).items() if name not in lacks}
        places = ", ".join(f":{name}" for name in columns)
        older.execute(f"INSERT INTO trays ({', '.join(columns)}) VALUES ({places})", columns)  # noqa: S608 - our own names
        older.execute(f"PRAGMA user_version = {version}")
    older.close()
    booth = Booth(path, InTurn())
    put(booth, judged(2))
    unknown: dict[str, Any] = dict.fromkeys(lacks - {"gallery_sha256"})
    assert [tray.judged for tray in read_trays(path)] == [replace(judged(1), **unknown), judged(2)]
    booth.journal.close()


def test_a_file_that_is_no_database_is_set_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database, and long enough to be taken for one" * 40)
    with pytest.raises(StorageFailed, match=r"is damaged.*kept as .*damaged-1.*Start again"):
        Store(path)
    assert (tmp_path / "journal.db.damaged-1").read_bytes().startswith(b"not a database")
    Store(path).close()


def test_a_page_that_rotted_is_found_at_the_start_and_nothing_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    booth = Booth(path, InTurn(rows=200))
    put(booth, *map(judged, range(200)))
    booth.journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    rotten = path.read_bytes()
    with pytest.raises(StorageFailed, match="is damaged"):
        Store(path)
    assert (tmp_path / "journal.db.damaged-1").read_bytes() == rotten


def test_a_second_damaged_journal_does_not_replace_the_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for number in (1, 2):
        path.write_bytes(f"damage {number} ".encode() * 200)
        with pytest.raises(StorageFailed):
            Store(path)
    assert (tmp_path / "journal.db.damaged-1").read_bytes().startswith(b"damage 1")
    assert (tmp_path / "journal.db.damaged-2").read_bytes().startswith(b"damage 2")


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Store(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    with pytest.raises(StorageFailed, match="newer version"):
        Store(path)
    assert path.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands where the folder should")
    with pytest.raises(StorageFailed, match=r"state: cannot be made .*state_dir"):
        Store(tmp_path / "state" / "journal.db")


def test_reading_a_journal_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="check the path"):
        read_trays(tmp_path / "journal.db")
