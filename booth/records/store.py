"""The journal's SQLite file: opened, migrated, written in groups."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from booth.records.record import Row
from booth.records.rows import statement
from booth.records.schema import MIGRATIONS, VERSION

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
CHECKED_BELOW = 64 << 20  # bytes; quick_check reads the whole file, and a start must not wait for that
BUSY_WITHIN = 2.0  # s, for a reader that holds the file while the log is folded in

# What SQLite says of one row, not of the disk.
_ROW_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_VALUE_ERRORS = (TypeError, ValueError, OverflowError, AttributeError)


class StorageFailed(OSError):
    """What has to be kept cannot be kept, and the booth therefore cannot start."""


class Store:
    """One connection, used by one thread at a time.

    Raises StorageFailed if the file cannot be opened or belongs to a newer version. A damaged file is renamed,
    never deleted; the error names where it is, and the next start begins a new journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = _open(path)
        except OSError as error:
            if isinstance(error, StorageFailed):
                raise
            says = f"{path.parent}: cannot be made ({error.strerror}); correct state_dir or its owner"
            raise StorageFailed(says) from error
        except sqlite3.Error as error:
            raise _storage_failed(path, error) from error

    def write(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        """Keep `rows` in one commit. Returns those that were refused, each with why: a second judgement or a
        second end of a tray, or a value that no column takes. Raises sqlite3.Error if nothing was kept."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            return [(row, why) for row in rows if (why := self._keep(row))]

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        self.connection.close()

    def _keep(self, row: Row) -> str:
        """ "" or why the row was refused."""
        try:
            sql, columns = statement(row)
            changed = self.connection.execute(sql, columns).rowcount
        except (*_ROW_ERRORS, *_VALUE_ERRORS) as error:
            return str(error)
        if changed == 0 and "tray_id" in columns:
            return "the journal holds another word on this tray already, which stands"
        return ""


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_WITHIN, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StorageFailed(f"{path}: this file system has no shared memory for a log; use a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        _check(connection, path)
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size >= CHECKED_BELOW:
        return
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StorageFailed(
                f"{path}: was written by a newer version (schema {version}, this one knows {VERSION}); "
                "install that version again, or point state_dir to another folder"
            )
        for step in MIGRATIONS[version:]:
            for sql in step:
                connection.execute(sql)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _storage_failed(path: Path, error: sqlite3.Error) -> StorageFailed:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
        aside = _set_aside(path)
        return StorageFailed(
            f"{path}: is damaged ({error}); it is kept as {aside}. Start again to begin a new journal; "
            f"`sqlite3 {aside} .recover` reads what is left of the old one"
        )
    return StorageFailed(
        f"{path}: cannot be opened for writing ({error}); free disk space, see that the service's user owns the "
        "folder, and that no second controller runs"
    )


def _set_aside(path: Path) -> Path:
    """Rename the database and its log to the next free name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def read_only(path: Path) -> closing[sqlite3.Connection]:
    """A context with a connection that cannot write. Raises StorageFailed if there is no journal."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_WITHIN)
    except sqlite3.Error as error:
        raise StorageFailed(f"{path}: cannot be read ({error}); check the path") from error
    connection.row_factory = sqlite3.Row
    return closing(connection)
