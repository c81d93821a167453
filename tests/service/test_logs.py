"""A fault is written down once when it comes and once when it is over."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from booth.faults import Occurrence
from booth.service.logs import FaultLog, logger
from drivers.clock import SystemClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Noon(SystemClock):
    def utc(self) -> datetime:
        return NOON


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Log:
    """A fault log and the lines it wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.faults = FaultLog(logger(self.stream, "boothd", Noon()))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_fault_is_logged_with_what_the_operator_reads(log: Log) -> None:
    fault = Occurrence("camera-lost", device="left", detail="no such device")
    log.faults.raised(fault)
    assert log.lines() == [
        {
            "at": NOON.isoformat(),
            "process": "boothd",
            "level": "error",
            "event": fault.text(),
            "fault": "camera-lost",
            "severity": "degraded",
            "tray": "-",
            "device": "left",
            "detail": "no such device",
        }
    ]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("camera-silent", "warning"),
        ("camera-lost", "error"),
        ("confirm-missing", "critical"),
    ],
)
def test_the_level_is_that_of_the_severity(log: Log, code: str, level: str) -> None:
    log.faults.raised(Occurrence(code))
    assert log.lines()[0]["level"] == level


def test_a_fault_that_repeats_is_logged_once_and_its_recovery_says_how_often(log: Log) -> None:
    for _ in range(100):
        log.faults.raised(Occurrence("camera-lost", device="left"))
    log.faults.recovered("camera-lost", "left")
    assert [(line["event"] == "recovered", line.get("times")) for line in log.lines()] == [(False, None), (True, 100)]


def test_a_recovery_is_logged_once(log: Log) -> None:
    log.faults.raised(Occurrence("camera-lost", device="left"))
    for _ in range(3):
        log.faults.recovered("camera-lost", "left")
    assert len(log.lines()) == 2


def test_a_fault_that_comes_back_is_logged_again(log: Log) -> None:
    for _ in range(2):
        log.faults.raised(Occurrence("camera-lost", device="left"))
        log.faults.recovered("camera-lost", "left")
    assert len(log.lines()) == 4


def test_two_cameras_that_are_lost_are_two_faults(log: Log) -> None:
    for device in ("left", "right"):
        log.faults.raised(Occurrence("camera-lost", device=device))
    log.faults.recovered("camera-lost", "left")
    assert [(line["fault"], line["device"]) for line in log.lines()] == [
        ("camera-lost", "left"),
        ("camera-lost", "right"),
        ("camera-lost", "left"),
    ]


def test_a_recovery_without_a_device_is_one_of_every_device(log: Log) -> None:
    for device in ("left", "right"):
        log.faults.raised(Occurrence("camera-lost", device=device))
    log.faults.recovered("camera-lost")
    assert [line["device"] for line in log.lines()[2:]] == ["left", "right"]


def test_a_counted_fault_is_over_with_the_first_tray_without_it(log: Log) -> None:
    for tray in ("1", "2"):
        log.faults.raised(Occurrence("camera-silent", tray, "left"))
        log.faults.tray_done(tray)
    assert len(log.lines()) == 1
    log.faults.tray_done("3")
    assert log.lines()[1]["event"] == "recovered"


def test_a_tray_that_is_done_clears_no_fault_that_lasts(log: Log) -> None:
    log.faults.raised(Occurrence("camera-lost", device="left"))
    log.faults.tray_done("3")
    assert len(log.lines()) == 1


def test_a_terminal_gets_lines_for_people() -> None:
    stream = Terminal()
    logger(stream, "boothd", Noon()).info("ready", tray="000001-000001")
    assert "000001-000001" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
