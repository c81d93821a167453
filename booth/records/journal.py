"""The journal: one row per tray, per fault, per run, in one SQLite file.

A row is put only after the verdict has left for the keeper: the caller sees to that. What is put is durable
(WAL, synchronous=FULL) at the latest `group_commit_ms` later.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from booth.faults import Occurrence
from booth.records.record import FaultCleared, FaultRecord, KeptTray, Row, RunRecord, Source
from booth.records.rows import kept_tray, read_sources
from booth.records.store import StorageFailed, Store, read_only
from booth.records.writers import MakeWriter
from drivers.units import Instant

OnFault = Callable[[Occurrence], None]
"""Told of every loss, from any thread, that of put() included. Must return at once."""


class Journal:
    """The writing end. put() may be called from any thread.

    A disk that fails costs no row as long as the queue has room: the rows wait and are written once there
    is space again. `journal-failed` is raised once when the disk begins to fail, and for each row that is lost.
    """

    def __init__(self, store: Store, on_fault: OnFault, writer: MakeWriter) -> None:
        self.lost = 0
        self._store, self._on_fault = store, on_fault
        self._failing = False
        self._writer = writer(self._write)

    @classmethod
    def open(cls, path: Path, on_fault: OnFault, writer: MakeWriter) -> "Journal":
        """Raises StorageFailed with what to do; a damaged file is renamed, never deleted."""
        return cls(Store(path), on_fault, writer)

    def put(self, row: Row) -> bool:
        """Queue `row`, at once. False: it is lost, and counted. Never raises."""
        if self._writer.offer(row):
            return True
        self._lose(row, "too many rows wait for the disk")
        return False

    def flush(self) -> bool:
        """Wait until what was put is on the disk; False: the disk fails. For shutdown and tests: it blocks."""
        return self._writer.flush()

    def close(self) -> None:
        """Write what is queued and let go of the file."""
        for row in self._writer.close():
            self._lose(row, "the disk failed until the end")
        self._store.close()

    def _write(self, rows: Sequence[Row]) -> bool:
        try:
            refused = self._store.write(rows)
        except sqlite3.Error as error:
            if not self._failing:
                self._on_fault(Occurrence("journal-failed", _tray(rows[0]), detail=str(error)))
            self._failing = True
            return False
        self._failing = False
        for row, why in refused:
            self._lose(row, why)
        return True

    def _lose(self, row: Row, why: str) -> None:
        self.lost += 1
        if not _tells_of_the_journal(row):
            self._on_fault(Occurrence("journal-failed", _tray(row), detail=why))


def _tells_of_the_journal(row: Row) -> bool:
    """A row about a lost row must not beget another."""
    return isinstance(row, FaultRecord) and row.occurrence.code == "journal-failed"


def _tray(row: Row) -> str:
    match row:
        case FaultRecord():
            return row.occurrence.tray
        case FaultCleared() | RunRecord():
            return "-"
    return row.tray


def read_trays(path: Path) -> tuple[KeptTray, ...]:
    """Every tray that has been committed, oldest first. Raises StorageFailed."""
    with read_only(path) as connection:
        return tuple(map(kept_tray, connection.execute("SELECT * FROM trays ORDER BY tray_id")))


def read_faults(path: Path) -> tuple[tuple[FaultRecord, Instant | None], ...]:
    """Every fault in the order in which they came, each with the instant it was cleared. Raises StorageFailed."""
    with read_only(path) as connection:
        return tuple(map(_fault, connection.execute("SELECT * FROM faults ORDER BY rowid")))


def read_runs(path: Path) -> tuple[RunRecord, ...]:
    """Every start of the controller, oldest first. Raises StorageFailed."""
    with read_only(path) as connection:
        return tuple(map(_run, connection.execute("SELECT * FROM runs ORDER BY started_utc")))


def _fault(row: sqlite3.Row) -> tuple[FaultRecord, Instant | None]:
    occurrence = Occurrence(row["code"], row["tray"], row["device"], row["detail"])
    cleared = None if row["cleared_ns"] is None else Instant(row["cleared_ns"])
    return FaultRecord(occurrence, Instant(row["at_ns"]), datetime.fromisoformat(row["utc"])), cleared


def _run(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        run=row["run_id"],
        started=datetime.fromisoformat(row["started_utc"]),
        versions=json.loads(row["versions"]),
        settings=row["settings_sha256"],
        pack=Source(row["pack"], row["pack_sha256"]),
        calibrations=read_sources(row["calibrations"]),
        simulated=bool(row["simulated"]),
    )


__all__ = ["Journal", "OnFault", "StorageFailed", "read_faults", "read_runs", "read_trays"]
