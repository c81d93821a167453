"""Modbus as a master speaks it: pymodbus puts requests into frames and takes answers out of them, the rest is ours.

pymodbus' clients are left out: docs/decisions/0009-modbus-frames-not-clients.md says why.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence
from itertools import cycle

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.clock import Clock
from drivers.errors import DeviceLost, Refused
from drivers.exchange import Exchange
from drivers.line_io.profile import Space
from drivers.ports import Address, Serial, Tcp
from drivers.units import Duration, ms

READS = {"coils": 1, "discrete": 2, "holding": 3, "input": 4}
WRITE_COIL = 5
REFUSED = 0x80
ON, OFF = 0xFF00, 0x0000
ANSWERS_WITHIN = ms(150)
"""How long a module on a network may take. One lost packet costs the 200 ms after which TCP sends it again."""

THINKS = ms(60)
"""What a module on a serial line may take beyond the time that question and answer are on the wire."""

ASKED_AGAIN = 1
"""On a serial line, where noise may cost a frame: a question is asked once more before the module is lost."""

QUESTION = 8  # bytes of every question on a serial line
FRAME = 5  # bytes of an answer on a serial line beside its values
WRITTEN = 8  # bytes of the answer to a write
SAYS = {
    1: "it knows no such function; is this the profile of the board that is there?",
    2: "it has no such address; is this the profile of the board that is there?",
    3: "it does not take this value; is this the profile of the board that is there?",
    4: "it has failed inside; switch it off and on",
    6: "it is busy; is another master asking it?",
}
"""Exception codes, and what to do: MODBUS Application Protocol Specification V1.1b3, chapter 7."""


class Modbus:
    """One unit behind one port. Order: open, (read | write)*, close.

    Every verb raises DeviceLost once the link is lost, and Refused for what the unit will not do.
    """

    def __init__(self, name: str, address: Address, unit: int, clock: Clock) -> None:
        self._name, self._unit = name, unit
        self._rtu = isinstance(address, Serial)
        # It would write a line for each frame that noise has spoilt. What comes of them is told by whoever asks.
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
        self._frames = (FramerRTU if self._rtu else FramerSocket)(DecodePDU(False))
        self._address = address
        self._numbers = cycle(range(1, 0x10000))
        self.link: Exchange[bytes] = Exchange(name, address, clock, self._find)

    async def open(self) -> None:
        """Raises DeviceMissing, DeviceBusy."""
        await self.link.open()

    async def read_bits(self, space: Space, first: int, count: int) -> Sequence[bool]:
        size = -(-count // 8)
        packed = self._values(await self._ask(READS[space], first, count, FRAME + size), size)
        bits = int.from_bytes(packed, "little")
        return [bool(bits >> place & 1) for place in range(count)]

    async def read_words(self, space: Space, first: int, count: int) -> Sequence[int]:
        answer = await self._ask(READS[space], first, count, FRAME + 2 * count)
        return struct.unpack(f">{count}H", self._values(answer, 2 * count))

    async def write_coil(self, address: int, value: int) -> None:
        """`value` is ON, OFF, or what a board takes instead. Goes before every read that waits."""
        await self._ask(WRITE_COIL, address, value, WRITTEN)

    async def _ask(self, function: int, first: int, second: int, size: int) -> bytes:
        """The answer after its function code. `size`: bytes of its frame on a serial line."""
        request = struct.pack(">BHH", function, first, second)
        text = self._frames.encode(request, self._unit, next(self._numbers))
        again = ASKED_AGAIN if self._rtu else 0
        answer = await self.link.ask(text, self._within(size), function == WRITE_COIL, again)
        if answer[0] & REFUSED:
            code = answer[1]
            says = SAYS.get(code, "its manual says what that means")
            raise Refused(f"{self._name}: refuses function {function} at address {first} with code {code}: {says}")
        return answer[1:]

    def _find(self, question: bytes, heard: bytes) -> tuple[bytes | None, bytes]:
        """The answer to this very question: on a serial line one that came too late for the last is passed over."""
        while heard:
            try:
                used, unit, number, answer = self._frames.decode(heard)
            except (IndexError, struct.error):  # pymodbus looks at bytes that have not come
                used, unit, number, answer = 0, 0, 0, b""
            if used == 0:
                break
            heard = heard[used:]
            if len(answer) > 1 and self._is_for(question, unit, number, answer):
                return answer, b""
        return None, heard

    def _is_for(self, question: bytes, unit: int, number: int, answer: bytes) -> bool:
        if self._rtu:
            same = unit == question[0] and answer[0] & ~REFUSED == question[1]
            return same and (question[1] != WRITE_COIL or _echoes(question, answer))
        return number == int.from_bytes(question[:2], "big")

    def _within(self, size: int) -> Duration:
        if isinstance(self._address, Tcp):
            return ANSWERS_WITHIN
        return Duration(self._address.takes(QUESTION + size) + THINKS)

    def _values(self, answer: bytes, size: int) -> bytes:
        """Without the byte that says how many they are."""
        if answer[0] != size or len(answer) != 1 + size:
            says = f"{self._name}: gives {len(answer) - 1} bytes of values for {size}; is this the board's profile?"
            self.link.lose(DeviceLost(says))
            self.link.check()
        return answer[1:]


def _echoes(question: bytes, answer: bytes) -> bool:
    """A coil's answer names the coil; a refusal names nothing."""
    return bool(answer[0] & REFUSED) or answer[1:3] == question[2:4]
