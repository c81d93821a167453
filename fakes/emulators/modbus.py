"""Modbus as a device speaks it: requests in, answers out, over TCP and as RTU.

After "MODBUS Application Protocol Specification V1.1b3", "MODBUS Messaging on TCP/IP Implementation Guide V1.0b" and
"MODBUS over Serial Line V1.02". Written without a Modbus library, so that a client's library is held against the
wire and not against itself; and boards do what libraries do not: 0x5500 to a coil, a silent unit, a broadcast.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from drivers.clock import Clock
from drivers.units import Instant, between, ms
from fakes.emulators.wires import Plug, Say, Session

READ_COILS, READ_DISCRETE, READ_HOLDING, READ_INPUT = 1, 2, 3, 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
ON, OFF = 0xFF00, 0x0000
BROADCAST = 0
MOST_BITS, MOST_WORDS, MOST_BITS_WRITTEN, MOST_WORDS_WRITTEN = 2000, 125, 1968, 123
MBAP = struct.Struct(">HHHB")  # transaction, protocol (0), bytes that follow including the unit, unit
MOST_FOLLOWING = 254
# 3.5 characters of silence end a frame, 4 ms at 9600 baud; but a pseudo-terminal hands bytes over in heaps. A frame of
# the greatest length takes 265 ms at 9600 baud.
FRAME_GAP = ms(300)


class Refused(Exception):
    """Answered with an exception code, and nothing has changed."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception code {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Cell:
    """One address. A bit reads as 0 or 1; `write` gets what is on the wire, for a coil ON or OFF, and may refuse it
    before it changes anything. A verb that is None is an illegal address."""

    read: Callable[[], int] | None = None
    write: Callable[[int], None] | None = None


Space = Mapping[int, Cell]
"""By the address on the wire, which counts from 0."""


@dataclass(slots=True)
class Unit:
    """One device. `address` None: it answers to any. `heard` is called at each request to it. A `silent` one hears
    nothing and says nothing, as one that hangs."""

    functions: frozenset[int]
    coils: Space = field(default_factory=dict)
    discrete: Space = field(default_factory=dict)
    holding: Space = field(default_factory=dict)
    inputs: Space = field(default_factory=dict)
    address: int | None = 1
    heard: Callable[[], None] = lambda: None
    silent: bool = False

    def is_meant(self, address: int) -> bool:
        return not self.silent and self.address in (None, address)


def coil(read: Callable[[], bool], put: Callable[[bool], None]) -> Cell:
    """A coil that takes ON and OFF, and nothing else."""

    def write(value: int) -> None:
        if value not in (ON, OFF):
            raise Refused(ILLEGAL_VALUE)
        put(value == ON)

    return Cell(read, write)


def answer(unit: Unit, request: bytes) -> bytes:
    """The response to a request, both without address and checksum; `request` has at least its function code."""
    function = request[0]
    unit.heard()
    try:
        if function not in unit.functions:
            raise Refused(ILLEGAL_FUNCTION)
        return bytes([function]) + _SERVED[function](unit, request[1:])
    except struct.error:
        return bytes([function | 0x80, ILLEGAL_VALUE])
    except Refused as refused:
        return bytes([function | 0x80, refused.code])


def _read_bits(space: Space, asked: bytes) -> bytes:
    bits = _read(space, asked, MOST_BITS)
    packed = sum(bit << place for place, bit in enumerate(bits)).to_bytes((len(bits) + 7) // 8, "little")
    return bytes([len(packed)]) + packed


def _read_words(space: Space, asked: bytes) -> bytes:
    words = _read(space, asked, MOST_WORDS)
    return struct.pack(f">B{len(words)}H", 2 * len(words), *words)


def _read(space: Space, asked: bytes, most: int) -> list[int]:
    start, count = struct.unpack(">HH", asked)
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    verbs = [cell.read for cell in _cells(space, start, count) if cell.read is not None]
    if len(verbs) < count:
        raise Refused(ILLEGAL_ADDRESS)
    return [int(read()) for read in verbs]


def _write_one(space: Space, asked: bytes) -> bytes:
    address, value = struct.unpack(">HH", asked)
    _write(space, address, [value])
    return asked


def _write_coils(space: Space, asked: bytes) -> bytes:
    start, count, size = struct.unpack(">HHB", asked[:5])
    if not 1 <= count <= MOST_BITS_WRITTEN or size != (count + 7) // 8 or len(asked) != 5 + size:
        raise Refused(ILLEGAL_VALUE)
    packed = int.from_bytes(asked[5:], "little")
    _write(space, start, [ON if packed >> place & 1 else OFF for place in range(count)])
    return asked[:4]


def _write_words(space: Space, asked: bytes) -> bytes:
    start, count, size = struct.unpack(">HHB", asked[:5])
    if not 1 <= count <= MOST_WORDS_WRITTEN or size != 2 * count:
        raise Refused(ILLEGAL_VALUE)
    _write(space, start, struct.unpack(f">{count}H", asked[5:]))
    return asked[:4]


def _write(space: Space, start: int, values: Sequence[int]) -> None:
    verbs = [cell.write for cell in _cells(space, start, len(values)) if cell.write is not None]
    if len(verbs) < len(values):
        raise Refused(ILLEGAL_ADDRESS)
    for write, value in zip(verbs, values, strict=True):
        write(value)


def _cells(space: Space, start: int, count: int) -> list[Cell]:
    """Those of the addresses that there are."""
    return [space[address] for address in range(start, start + count) if address in space]


_SERVED: dict[int, Callable[[Unit, bytes], bytes]] = {
    READ_COILS: lambda unit, asked: _read_bits(unit.coils, asked),
    READ_DISCRETE: lambda unit, asked: _read_bits(unit.discrete, asked),
    READ_HOLDING: lambda unit, asked: _read_words(unit.holding, asked),
    READ_INPUT: lambda unit, asked: _read_words(unit.inputs, asked),
    WRITE_COIL: lambda unit, asked: _write_one(unit.coils, asked),
    WRITE_REGISTER: lambda unit, asked: _write_one(unit.holding, asked),
    WRITE_COILS: lambda unit, asked: _write_coils(unit.coils, asked),
    WRITE_REGISTERS: lambda unit, asked: _write_words(unit.holding, asked),
}


class TcpSession:
    """One Modbus TCP connection to a unit. A request to another unit, or of another protocol, gets no answer."""

    def __init__(self, unit: Unit, say: Say) -> None:
        self._unit, self._say, self._heard = unit, say, b""

    def hear(self, received: bytes) -> None:
        self._heard += received
        while len(self._heard) >= MBAP.size:
            transaction, protocol, following, address = MBAP.unpack_from(self._heard)
            if not 2 <= following <= MOST_FOLLOWING:
                self._heard = b""  # whatever this is, there is no telling where the next request begins
                return
            end = MBAP.size - 1 + following
            if len(self._heard) < end:
                return
            request, self._heard = self._heard[MBAP.size : end], self._heard[end:]
            if protocol == 0 and self._unit.is_meant(address):
                response = answer(self._unit, request)
                self._say(MBAP.pack(transaction, 0, 1 + len(response), address) + response)

    def hung_up(self) -> None:
        """The unit stays as it is."""


class RtuSession:
    """The units on one serial line. A frame with a wrong checksum, or to nobody here, gets no answer; a broadcast is
    obeyed by all and answered by none."""

    def __init__(self, units: Sequence[Unit], clock: Clock, say: Say) -> None:
        self._units, self._clock, self._say = units, clock, say
        self._heard, self._heard_at = b"", Instant(0)

    def hear(self, received: bytes) -> None:
        now = self._clock.now()
        stale = between(self._heard_at, now) > FRAME_GAP
        self._heard, self._heard_at = (b"" if stale else self._heard) + received, now
        size = _frame_size(self._heard)
        if size is None or len(self._heard) < size:
            return
        frame, self._heard = self._heard[:size], b""
        if checksum(frame[:-2]) == frame[-2:]:
            self._obey(frame[0], frame[1:-2])

    def hung_up(self) -> None:
        """The units stay as they are."""

    def _obey(self, address: int, request: bytes) -> None:
        for unit in self._units:
            if address == BROADCAST and not unit.silent:
                answer(unit, request)
            elif address != BROADCAST and unit.is_meant(address):
                response = bytes([address]) + answer(unit, request)
                self._say(response + checksum(response))


def over_tcp(unit: Unit) -> Plug:
    def plug(say: Say) -> Session:
        return TcpSession(unit, say)

    return plug


def over_rtu(units: Sequence[Unit], clock: Clock) -> Plug:
    def plug(say: Say) -> Session:
        return RtuSession(units, clock, say)

    return plug


def checksum(frame: bytes) -> bytes:
    """CRC-16 with the polynomial 0xA001, reflected, from 0xFFFF; the low byte first."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def _frame_size(heard: bytes) -> int | None:
    """How long the frame is that begins here; None: too little has come to tell."""
    if len(heard) < 2:
        return None
    if heard[1] in (WRITE_COILS, WRITE_REGISTERS):
        return 9 + heard[6] if len(heard) > 6 else None
    return 8 if heard[1] in _SERVED else max(4, len(heard))
