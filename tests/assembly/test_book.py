"""What becomes of a verdict once it has left."""

import io
import json
from pathlib import Path

import pytest

from booth.assembly.recording import STUCK_AFTER, Book, Grounds
from booth.faults import Occurrence
from booth.inspection.controller import Finished
from booth.line import wire
from booth.records.evidence import Evidence
from booth.records.journal import Journal, read_trays
from booth.records.record import Source
from booth.records.sessions import Recorder
from booth.records.writers import InTurn
from booth.service.desk import Desk
from booth.service.logs import FaultLog, logger
from booth.service.notify import Heart, Notifier, Supervision
from booth.settings.model import Records
from booth.tray import Counts, End, Judgement, Reason, TrayId, Verdict
from drivers.clock import SystemClock
from drivers.units import Duration, Instant, after

TRAY, OTHER = TrayId("000001-000001"), TrayId("000001-000002")
DUE = Instant(2_000_000_000)
ENTERED = wire.TrayEntered(TRAY, Instant(0), DUE)
PASS = Judgement(Verdict.PASS, (Reason("no-damage", "no damage seen"),), 0.1, (("appearance", 0.1),))
FINISHED = Finished(TRAY, Instant(0), Instant(9), PASS, None, None, Duration(9), Duration(4), heard=True)


class Stand:
    def __init__(self, folder: Path) -> None:
        clock, source = SystemClock(), Source("pack", "0" * 64)
        self.path, self.log = folder / "journal.sqlite", io.StringIO()
        self.faults = FaultLog(logger(self.log, "test", clock))
        self.heart = Heart(Supervision(Notifier(None), None))
        self.journal = Journal.open(self.path, self.faults.raised, InTurn())
        self.book = Book(
            Grounds("recipe", source, (source,), "settings", True),
            Records(),
            self.journal,
            Evidence(folder, self.faults.raised, InTurn()),
            Recorder(folder, lambda head: None, InTurn()),
            Desk(),
            self.faults,
            self.heart,
            clock,
        )


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_the_watchdog_is_owed_a_verdict_until_it_has_left(stand: Stand) -> None:
    overdue = after(after(DUE, STUCK_AFTER), Duration(1))
    stand.book.entered(ENTERED)
    assert stand.heart.overdue(DUE) == ()
    assert stand.heart.overdue(overdue) == (TRAY,)
    stand.book.finished(FINISHED)
    assert stand.heart.overdue(overdue) == ()


def test_a_verdict_and_an_end_are_one_row(stand: Stand) -> None:
    stand.book.finished(FINISHED)
    stand.book.ended(wire.TrayEnded(TRAY, End.PASSED, (), False, Instant(0), Instant(20), Counts()))
    stand.journal.close()
    (kept,) = read_trays(stand.path)
    assert kept.judged is not None
    assert kept.ended is not None
    assert (kept.judged.judgement, kept.ended.end) == (PASS, End.PASSED)
    assert kept.judged.simulated


def test_a_counted_fault_is_over_with_the_first_tray_that_ends_without_it(stand: Stand) -> None:
    stand.faults.raised(Occurrence("camera-silent", TRAY, "left"))
    for tray in (TRAY, OTHER):
        stand.book.ended(wire.TrayEnded(tray, End.DIVERTED, (), False, Instant(0), Instant(20), Counts()))
    events = [json.loads(line) for line in stand.log.getvalue().splitlines()]
    assert [(event["fault"], event["event"] == "recovered") for event in events] == [
        ("camera-silent", False),
        ("camera-silent", True),
    ]
