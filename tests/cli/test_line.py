"""What `booth line status` says of a keeper's answer."""

from booth.cli import line
from booth.line import wire
from booth.line.waiting import Waiting
from booth.tray import Counts
from drivers.protocols import Scans

IDLE = wire.Status(wire.LineState.IDLE, Counts(entered=3, passed=3), ())


def test_the_status_says_what_the_scanner_has_read_and_what_it_could_not() -> None:
    told = line._told(wire.Status(IDLE.state, IDLE.counts, (), scans=Scans(12, 3, 1)), Waiting())
    assert "the scanner, since then: 12 labels read, 3 times none, 1 lines unreadable" in told.text.splitlines()
    assert told.data["scanner"] == {"read": 12, "none": 3, "unreadable": 1}


def test_of_a_line_without_a_scanner_the_status_says_nothing_about_one() -> None:
    told = line._told(IDLE, Waiting())
    assert "scanner" not in told.text
    assert told.data["scanner"] is None
