"""A USB relay board of the LCUS type: four bytes a command, on a serial line at 9600 baud.

Commands that are answered are used, so that a board that hangs is noticed. It has no watchdog: its relays stay as
they are while USB gives it power, whatever becomes of this process.
"""

from __future__ import annotations

from drivers.errors import DeviceLost, DeviceMissing
from drivers.exchange import Exchange
from drivers.line_io.sharing import Sharing
from drivers.ports import Serial
from drivers.registry import Bench, Options
from drivers.units import ms

BAUD = 9600
START, FRAME = 0xA0, 4
OFF_TELL, ON_TELL, TELL = 2, 3, 5
ANSWERS_WITHIN = ms(100)  # 8 bytes take 8.3 ms


class Relays:
    """One connection. Order: open, put*, close. Channels count from 0, as everywhere here; the board's from 1."""

    def __init__(self, name: str, link: Exchange[bytes], relays: int) -> None:
        self._name, self._link, self._relays = name, link, relays

    @property
    def lost(self) -> DeviceLost | None:
        return self._link.lost

    def check(self) -> None:
        self._link.check()

    async def open(self) -> Relays:
        """Raises DeviceMissing, DeviceBusy."""
        await self._link.open()
        try:
            await self._link.ask(frame(1, TELL), ANSWERS_WITHIN)
        except DeviceLost as lost:
            raise DeviceMissing(str(lost)) from lost
        except BaseException:
            self._link.close()
            raise
        return self

    async def put(self, channel: int, on: bool) -> None:
        """Raises DeviceLost, also if the relay is not as it was told; DeviceMissing for a relay that is not there."""
        if not 0 <= channel < self._relays:
            raise DeviceMissing(f"{self._name}: has relays 0 to {self._relays - 1}, and no {channel}; correct `output`")
        answer = await self._link.ask(frame(channel + 1, ON_TELL if on else OFF_TELL), ANSWERS_WITHIN, urgent=True)
        if answer[2] != on:
            self._link.lose(DeviceLost(f"{self._name}: relay {channel} does not do as it is told; replace the board"))
            self._link.check()

    async def close(self) -> None:
        self._link.close()


def frame(channel: int, operation: int) -> bytes:
    return bytes([START, channel, operation, START + channel + operation & 0xFF])


def found(question: bytes, heard: bytes) -> tuple[bytes | None, bytes]:
    """The first sound frame of the channel that was asked; noise before it is passed over."""
    for start in range(len(heard) - FRAME + 1):
        each = heard[start : start + FRAME]
        if each[0] == START and each[1] == question[1] and each == frame(each[1], each[2]):
            return each, b""
    return None, heard[-(FRAME - 1) :]


def make(options: Options, bench: Bench) -> Sharing[Relays]:
    """`serial`: the line's path; `relays`: how many the board has."""
    name, line = bench.name, Serial(str(options["serial"]), BAUD)
    return Sharing(lambda: Relays(name, Exchange(name, line, bench.clock, found), int(options["relays"])).open())
