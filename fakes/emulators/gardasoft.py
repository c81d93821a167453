"""The protocol of Gardasoft's RT series of light controllers, without a wire: bytes of text in, text and light out.

Follows the RT-20 series user manual: chapter 7 (modes, limits of pulses), 12 (commands), 13.3 to 13.5 (codes of
errors and events). docs/explanation/emulators.md says what that manual leaves open.

A command line is two letters and numbers, several commands parted by semicolons, ended by a carriage return; the
answer to a line ends with `>`. Numbers of time are milliseconds unless they end in s, ms or us. Outputs keep what
they were told when the link is lost: this hardware has no watchdog.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from drivers.units import Duration, Instant, ms

CHANNELS = 8
VERSION = "RT820F-20 (HW02) V031"

CONTINUOUS_PERCENT = (0.0, 100.0)
PULSED_PERCENT = (0.0, 999.0)
WIDTH_MS = (0.001, 999.0)
DELAY_MS = (0.003, 999.0)
PERIOD_MS = (1.0, 999_000.0)
RETRIGGER_STEP_MS = 0.1
LIMITS = ((100.0, 999.0, 1.0), (200.0, 30.0, 0.3), (300.0, 10.0, 0.2), (500.0, 2.0, 0.1), (1000.0, 1.0, 0.05))
"""Up to this brightness (percent): the longest pulse (ms) and the largest duty cycle. Manual, 7.2."""

OVERHEATED = 44
OVERHEATED_EVENT = 130

Mode = Literal["continuous", "switched", "pulsed"]
MODE_NUMBER: dict[Mode, int] = {"continuous": 0, "switched": 1, "pulsed": 2}


class Err(IntEnum):
    """Codes of the manual's 13.3. OUT_OF_RANGE is a warning: the nearest value that can be had was taken."""

    INVALID = 1
    UNKNOWN = 2
    NOT_A_NUMBER = 3
    PARAMETERS = 4
    OUT_OF_RANGE = 5


class Refused(Exception):
    """The command does nothing; `code` is answered."""

    def __init__(self, code: Err) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(frozen=True, slots=True)
class Turn:
    """From now on the channel gives this share of the light's rating."""

    channel: int
    level: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """One pulse, `delay` from now."""

    channel: int
    delay: Duration
    width: Duration
    level: float


Effect = Turn | Pulse


@dataclass(slots=True)
class Channel:
    """One output. Switched and pulsed ones wait for their trigger input."""

    mode: Mode = "continuous"
    percent: float = 0.0
    width_ms: float = 1.0
    delay_ms: float = DELAY_MS[0]
    retrigger_ms: float = RETRIGGER_STEP_MS
    pulsed_at: Instant | None = None


class LightController:
    """Lines in, answers out, and what the lamps shall do. Channels count from 1."""

    def __init__(self) -> None:
        self.channels = {number: Channel() for number in range(1, CHANNELS + 1)}
        self.internal_ms: float | None = None
        self.events_wanted = False
        self._period_ms = 20.0
        self._error: str | None = None
        self._commands: dict[str, Callable[[list[str], Instant], tuple[str, list[Effect]]]] = {
            "VR": self._version, "RS": self._continuous, "RW": self._switched, "RT": self._pulsed, "TR": self._simulate,
            "TT": self._internal, "ST": self._status, "GT": self._events, "GR": self._clear, "AW": self._save,
        }  # fmt: skip

    def line(self, text: str, now: Instant) -> tuple[str, list[Effect]]:
        """One command line without its carriage return: the whole answer, and the effects in order."""
        answers, effects = [], []
        for command in filter(None, re.sub(r"\s", "", text).split(";")):
            answer, done = self._obey(command.upper(), now)
            answers += [answer] if answer else []
            effects += done
        return "".join(f"{answer}\r\n" for answer in answers) + ">", effects

    def trigger(self, number: int, on: bool, now: Instant) -> list[Effect]:
        """The voltage at a trigger input has risen, or fallen."""
        channel = self.channels[number]
        if self._error:
            return []
        if channel.mode == "switched":
            return [Turn(number, channel.percent / 100 * on)]
        if channel.mode == "continuous" or not on:
            return []
        if channel.pulsed_at is not None and now - channel.pulsed_at < ms(channel.retrigger_ms):
            return []
        channel.pulsed_at = now
        return [Pulse(number, ms(channel.delay_ms), ms(channel.width_ms), channel.percent / 100)]

    def overheat(self) -> tuple[str, list[Effect]]:
        """The thermal cut-out trips: the event's text, and every channel dark until `GR`."""
        self._error = f"Evt0,{OVERHEATED}"
        return f"Evt0,{OVERHEATED_EVENT};", [Turn(number, 0.0) for number in self.channels]

    def _obey(self, command: str, now: Instant) -> tuple[str, list[Effect]]:
        word, rest = command[:2], command[2:]
        try:
            if word not in self._commands:
                raise Refused(Err.UNKNOWN)
            return self._commands[word](rest.split(",") if rest else [], now)
        except Refused as refused:
            return f"Err {refused.code.value}", []

    def _version(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 0)
        return VERSION, []

    def _continuous(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 2)
        number = self._number(given[0])
        percent, near = _clamped(_value(given[1]), CONTINUOUS_PERCENT)
        self.channels[number] = Channel("continuous", percent)
        return near, [] if self._error else [Turn(number, percent / 100)]

    def _switched(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 2, 3, 4)
        number = self._number(given[0])
        percent, near = _clamped(_value(given[1]), CONTINUOUS_PERCENT)
        for optional in given[2:]:
            _milliseconds(optional)
        self.channels[number] = Channel("switched", percent)
        return near, [Turn(number, 0.0)]

    def _pulsed(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 4, 5)
        number = self._number(given[0])
        width, narrow = _clamped(_milliseconds(given[1]), WIDTH_MS)
        delay, late = _clamped(_milliseconds(given[2]), DELAY_MS)
        percent, dim = _clamped(_value(given[3]), PULSED_PERCENT)
        longest, duty = _limits(percent)
        if width > longest:
            raise Refused(Err.INVALID)
        least = _stepped(width / duty)
        asked = _milliseconds(given[4]) if len(given) > 4 else least
        retrigger, soon = _clamped(asked, (least, max(least, WIDTH_MS[1])))
        self.channels[number] = Channel("pulsed", percent, width, delay, _stepped(retrigger))
        return narrow or late or dim or soon, [Turn(number, 0.0)]

    def _simulate(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 1)
        number = self._number(given[0])
        return "", self.trigger(number, True, now)

    def _internal(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 1, 2)
        near = ""
        if len(given) > 1:
            self._period_ms, near = _clamped(_milliseconds(given[1]), PERIOD_MS)
        self.internal_ms = self._period_ms if _flag(given[0]) else None
        return near, []

    def _status(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 1)
        if given == ["0"]:
            return f"TM {int(self.internal_ms is not None)}, TP {self._period_ms:.2f}ms", []
        number = self._number(given[0])
        channel = self.channels[number]
        words = f"CH {number}, MD {MODE_NUMBER[channel.mode]}, S {channel.percent:.2f}%"
        times = f"DL {channel.delay_ms:.3f}ms, PU {channel.width_ms:.3f}ms, RT {channel.retrigger_ms:.1f}ms"
        return f"{words}, {times}, IP {number}, FL 0", []

    def _events(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 1)
        self.events_wanted = _flag(given[0])
        return "", []

    def _clear(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 0)
        error, self._error = self._error, None
        shining = (
            (number, channel.percent) for number, channel in self.channels.items() if channel.mode == "continuous"
        )
        return error or "", [Turn(number, percent / 100) for number, percent in shining] if error else []

    def _save(self, given: list[str], now: Instant) -> tuple[str, list[Effect]]:
        _counted(given, 0)
        return "", []

    def _number(self, text: str) -> int:
        number = _value(text)
        if number not in self.channels:
            raise Refused(Err.INVALID)
        return int(number)


def _counted(given: list[str], *allowed: int) -> None:
    if len(given) not in allowed:
        raise Refused(Err.PARAMETERS)


def _value(text: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d*)?", text):
        raise Refused(Err.NOT_A_NUMBER)
    return float(text)


def _flag(text: str) -> bool:
    if _value(text) not in (0, 1):
        raise Refused(Err.INVALID)
    return _value(text) == 1


def _milliseconds(text: str) -> float:
    for unit, scale in (("MS", 1.0), ("US", 0.001), ("S", 1000.0)):
        if text.endswith(unit):
            return _value(text.removesuffix(unit)) * scale
    return _value(text)


def _clamped(value: float, allowed: tuple[float, float]) -> tuple[float, str]:
    """The nearest value that can be had, and the warning if that is another one."""
    near = min(max(value, allowed[0]), allowed[1])
    return near, "" if near == value else f"Err {Err.OUT_OF_RANGE.value}"


def _limits(percent: float) -> tuple[float, float]:
    return next((longest, duty) for most, longest, duty in LIMITS if percent <= most)


def _stepped(span_ms: float) -> float:
    """The retrigger delay is counted in steps of 100 us."""
    return max(1, -(-round(span_ms * 1000) // 100)) * RETRIGGER_STEP_MS
