"""The service's log: one JSON line per event on stderr, which systemd takes to its journal.

Vocabulary of the fields: `event`, `level`, `at`, `process`; `tray`, `device`, `fault`, `detail`, `severity`, `times`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from booth.faults import Occurrence, Severity
from drivers.clock import Clock

LEVELS = {Severity.COUNTED: logging.WARNING, Severity.DEGRADED: logging.ERROR, Severity.LATCHED: logging.CRITICAL}


def logger(stream: TextIO, process: str, clock: Clock) -> FilteringBoundLogger:
    """A log on `stream`: coloured for a person where it is a terminal, JSON lines where it is not."""
    render: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[_stamp(clock), structlog.processors.add_log_level, structlog.processors.format_exc_info, render],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        process=process,
    )
    return log


def _stamp(clock: Clock) -> Processor:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"at": clock.utc().isoformat(), **event}

    return stamp


@dataclass(slots=True)
class _Open:
    """A fault that has come and not gone."""

    last: Occurrence
    times: int = 1


def device_log(log: FilteringBoundLogger) -> Callable[[str, str], None]:
    """Takes a device's name and one line that its process wrote, or that is about it."""

    def say(device: str, line: str) -> None:
        log.warning(line, device=device)

    return say


class FaultLog:
    """Writes a fault down once when it comes and once when it is over, however often it repeats between.

    A fault is one row of the table on one device. COUNTED faults have nobody who clears them: they are over
    with the first tray that is done without them.
    """

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._open: dict[tuple[str, str], _Open] = {}

    def raised(self, fault: Occurrence) -> None:
        known = self._open.get((fault.code, fault.device))
        if known is not None:
            known.last = fault
            known.times += 1
            return
        self._open[fault.code, fault.device] = _Open(fault)
        self._log.log(LEVELS[fault.fault.severity], fault.text(), **_fields(fault))

    def warned(self, says: str) -> None:
        """What is no fault and is never over, but has to be read."""
        self._log.warning(says)

    def recovered(self, code: str, device: str | None = None) -> None:
        """`code` is over on `device`, or with None on every device."""
        for key in [key for key in self._open if key[0] == code and device in (None, key[1])]:
            gone = self._open.pop(key)
            self._log.info("recovered", fault=code, device=key[1], times=gone.times)

    def tray_done(self, tray: str) -> None:
        """`tray` has ended: a COUNTED fault that last hit another one is over."""
        for (code, device), known in list(self._open.items()):
            if known.last.fault.severity is Severity.COUNTED and known.last.tray != tray:
                self.recovered(code, device)


def _fields(fault: Occurrence) -> dict[str, str]:
    return {
        "fault": fault.code,
        "severity": fault.fault.severity.value,
        "tray": fault.tray,
        "device": fault.device,
        "detail": fault.detail,
    }
