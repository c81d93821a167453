"""Rows onto the disk."""

import tempfile
from pathlib import Path

from booth.records.journal import Journal
from booth.records.writers import OnThread
from drivers.units import ms
from tests.bench.rows import Row, once
from tests.records.samples import judged

RECORDS = 2000


def rows() -> list[Row]:
    lost: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal.open(Path(folder) / "journal.sqlite", lost.append, OnThread("journal", 4096, ms(50)))
        kept = [judged(number) for number in range(RECORDS)]

        def write() -> None:
            for row in kept:
                journal.put(row)
            journal.flush()

        took = once(write)
        journal.close()
    assert not lost, "the benchmark lost rows"
    return [Row("journal", RECORDS / took, "rows/s", None, f"{RECORDS} trays, WAL, synchronous=FULL, group commits")]
