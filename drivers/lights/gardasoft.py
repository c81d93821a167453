"""Gardasoft's RT series of light controllers, on a serial line or on TCP.

After the RT-20 series user manual: chapter 7 (modes, limits of pulses), 12 (commands), 13.3 to 13.5 (codes). A command
is two letters and numbers, ended by a carriage return; the answer ends with `>`. The controller has no watchdog: while
it has power, its outputs stay as they were told, whatever becomes of this process; opening a channel darkens it.
"""

from __future__ import annotations

import asyncio
import re

from drivers.clock import Clock
from drivers.errors import DeviceLost, DeviceMissing, OutOfRange, Refused
from drivers.exchange import Exchange
from drivers.line_io.sharing import Sharing
from drivers.ports import Address, Serial, Tcp
from drivers.registry import Bench, Options
from drivers.units import ms

TCP_PORT = 30313
BAUD = 115200
CHANNELS = 8
ANSWERS_WITHIN = ms(250)

EVENT = re.compile(rb"Evt(\d+),(\d+);")  # without the semicolon it is the answer to GR
ERROR = re.compile(r"Err (\d+)")
TRIPPED = re.compile(r"Evt(\d+),(\d+)")

OUT_OF_RANGE = 5
SAYS = {
    1: "a value that it cannot take; compare the light's settings with the controller's manual",
    2: "it does not know the command; is this an RT controller with current firmware?",
    3: "a number in a format that it does not read; this is a mistake of the driver",
    4: "the wrong number of values; this is a mistake of the driver",
    5: "a value outside its range, and it took the nearest one; compare the light's settings with its manual",
}
"""The codes of the manual's 13.3."""

TRIPS = {
    44: "its thermal cut-out has tripped: let it cool, then check its ventilation and the load of its channels",
    130: "its thermal cut-out has tripped: let it cool, then check its ventilation and the load of its channels",
}
"""Errors (13.4) and events (13.5) whose meaning is known here."""


class LightController:
    """One connection. Order: open, ask*, close. Every verb raises DeviceLost once it is lost."""

    def __init__(self, name: str, address: Address, clock: Clock) -> None:
        self._name = name
        self._link: Exchange[str] = Exchange(name, address, clock, self._find, self._unasked)
        self._heard = b""

    @property
    def lost(self) -> DeviceLost | None:
        return self._link.lost

    def check(self) -> None:
        self._link.check()

    async def open(self) -> LightController:
        """Dark, its last error cleared, and told to report the next. Raises DeviceMissing, with the error that it
        reports, once: the next open() then finds it cleared."""
        await self._link.open()
        try:
            await self._greet()
        except (DeviceLost, Refused) as error:
            self._link.close()
            raise DeviceMissing(str(error)) from error
        except BaseException:
            self._link.close()
            raise
        return self

    async def ask(self, command: str, urgent: bool = False) -> str:
        """What it answers, without the `>`. Raises Refused, and OutOfRange where it took another value than it was
        told."""
        answer = await self._link.ask(f"{command}\r".encode("ascii"), ANSWERS_WITHIN, urgent)
        if refused := ERROR.search(answer):
            code = int(refused[1])
            kind = OutOfRange if code == OUT_OF_RANGE else Refused
            meant = SAYS.get(code, "its manual, chapter 13, says what that means")
            raise kind(f"{self._name}: answers {command} with Err {code}: {meant}")
        return answer

    async def close(self) -> None:
        """Each light has darkened its own channel."""
        self._link.close()

    async def _greet(self) -> None:
        version = await self.ask("VR")
        if not version.startswith("RT"):
            raise DeviceMissing(f"{self._name}: says it is {version!r}, and no RT controller; correct the module")
        for number in range(1, _channels(version) + 1):
            await self.ask(f"RS{number},0")
        error = await self.ask("GR")
        await self.ask("GT1")
        if tripped := TRIPPED.search(error):
            raise DeviceMissing(f"{self._name}: had stopped with error {tripped[2]}: {_trip(int(tripped[2]))}")

    def _find(self, _question: bytes, heard: bytes) -> tuple[str | None, bytes]:
        heard = self._without_events(heard)
        answer, ends, rest = heard.partition(b">")
        if not ends:
            return None, heard
        return answer.decode("ascii", errors="replace").strip(), rest

    def _unasked(self, heard: bytes) -> None:
        self._heard = (self._heard + heard)[-64:]
        rest = self._without_events(self._heard)
        self._heard = b"" if len(rest) < len(self._heard) else self._heard

    def _without_events(self, heard: bytes) -> bytes:
        """An event is a fault: the controller has darkened its channels and goes on answering as if nothing were."""
        for event in EVENT.finditer(heard):
            code = int(event[2])
            asyncio.get_running_loop().call_soon(
                self._link.lose, DeviceLost(f"{self._name}: reports event {code}: {_trip(code)}")
            )
        return EVENT.sub(b"", heard)


def on_network(options: Options, bench: Bench) -> Sharing[LightController]:
    """`host`, `port`."""
    return _sharing(Tcp(options["host"], int(options["port"])), bench)


def on_serial_line(options: Options, bench: Bench) -> Sharing[LightController]:
    """`serial`: the line's path; `baud`."""
    return _sharing(Serial(str(options["serial"]), int(options["baud"])), bench)


def _sharing(address: Address, bench: Bench) -> Sharing[LightController]:
    return Sharing(lambda: LightController(bench.name, address, bench.clock).open())


def _channels(version: str) -> int:
    """RT820F-20 has 8: the first figure of its name."""
    found = re.match(r"RT(\d)", version)
    return min(int(found[1]), CHANNELS) if found else CHANNELS


def _trip(code: int) -> str:
    return TRIPS.get(code, "the controller's manual, chapter 13, says what that means; its channels are dark")
