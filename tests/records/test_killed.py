"""A real process, killed with SIGKILL in the middle of its writing."""

import subprocess
import sys
from pathlib import Path

from booth.records.journal import read_trays
from booth.records.store import Store


def test_a_row_whose_commit_was_told_survives_the_death_of_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.records.writing", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(5)]
        writer.kill()
        told += writer.stdout.read().split()
    store = Store(path)
    assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()
    kept = [str(tray.tray) for tray in read_trays(path)]
    assert told[-1] in kept
    assert kept[: kept.index(told[-1]) + 1] == [f"000001-{number:06d}" for number in range(int(told[-1][7:]) + 1)]
