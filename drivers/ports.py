"""A serial line, or a TCP connection, as bytes on the running loop. Losing either is one error: DeviceLost.

The line keeper imports this module; pyserial comes only with a serial line.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from drivers.clock import Clock
from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing
from drivers.units import Duration, after, as_seconds, seconds

if TYPE_CHECKING:
    import serial

AT_ONCE = 4096
CONNECTS_WITHIN = seconds(2)
BITS = (
    10  # of a byte on a serial line with 8 data bits, no parity and 1 stop bit; parity or a second stop bit: one more
)


@dataclass(frozen=True, slots=True)
class Tcp:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Serial:
    """8 data bits. `path`: better one of /dev/serial/by-id, which stays the same after a restart."""

    path: str
    baud: int
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1

    def __str__(self) -> str:
        return self.path

    def takes(self, count: int) -> Duration:
        """How long so many bytes are on the wire."""
        bits = BITS + (self.parity != "none") + (self.stop_bits == 2)
        return seconds(count * bits / self.baud)


Address = Tcp | Serial

Hear = Callable[[bytes], None]
Lose = Callable[[DeviceLost], None]


class Port(Protocol):
    """An open one. Until it is closed, what comes is told to `hear`, and its loss once to `lose`."""

    def send(self, text: bytes) -> None:
        """At once, or never. Raises DeviceLost."""

    def close(self) -> None:
        """Always allowed, twice too. Nothing is told any more."""


async def open_port(name: str, address: Address, clock: Clock, hear: Hear, lose: Lose) -> Port:
    """Raises DeviceMissing, DeviceBusy. `name` begins every message."""
    if isinstance(address, Serial):
        device = _opened(name, address)
        return _Descriptor(_Ends(name, str(address), device.read, device.write, device.close), device, hear, lose)
    sock = await _connected(name, address, clock)
    ends = _Ends(name, f"the connection to {address}", partial(_received, sock), sock.send, sock.close)
    return _Descriptor(ends, sock, hear, lose)


GONE = (OSError, termios.error)
"""What a line that is gone raises, by what it meets: pyserial SerialException, which is an OSError; the kernel a plain
OSError (errno 5); the terminal layer termios.error, which is none. A TCP connection raises OSError."""


def _lost(name: str, what: str, why: object) -> DeviceLost:
    return DeviceLost(f"{name}: {what} is gone ({why}); check its cable and its power")


@dataclass(frozen=True, slots=True)
class _Ends:
    """What a serial line and a socket have in common. Neither waits."""

    name: str
    what: str
    read: Callable[[int], bytes]
    write: Callable[[bytes], int | None]
    close: Callable[[], None]


class _Descriptor:
    """Read when the loop says so, and written at once. Not by asyncio's transports: they cost half as much again as
    reading it does, and know nothing of serial lines."""

    def __init__(self, ends: _Ends, device: serial.Serial | socket.socket, hear: Hear, lose: Lose) -> None:
        self._ends, self._hear, self._lose = ends, hear, lose
        self._loop = asyncio.get_running_loop()
        self._number: int | None = device.fileno()
        self._loop.add_reader(self._number, self._receive)

    def send(self, text: bytes) -> None:
        if self._number is None:
            raise _lost(self._ends.name, self._ends.what, "it was lost before")
        try:
            if (self._ends.write(text) or 0) < len(text):
                raise OSError("nobody takes what is sent: its buffer is full")
        except GONE as error:
            raise _lost(self._ends.name, self._ends.what, error) from error

    def close(self) -> None:
        if self._number is not None:
            self._loop.remove_reader(self._number)
            self._number = None
            with suppress(*GONE):
                self._ends.close()

    def _receive(self) -> None:
        try:
            received = self._ends.read(AT_ONCE)
        except GONE as error:
            self.close()
            self._lose(_lost(self._ends.name, self._ends.what, error))
        else:
            if received:
                self._hear(received)


def _opened(name: str, address: Serial) -> serial.Serial:
    import serial

    parity = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}[address.parity]
    try:
        # Not waiting, in either direction. exclusive: else a second process that opens it gets half of the answers.
        return serial.Serial(
            address.path, address.baud, parity=parity, stopbits=address.stop_bits, timeout=0, write_timeout=0,
            exclusive=True,
        )  # fmt: skip
    except GONE as error:
        raise _not_opened(name, address, error) from error


def _not_opened(name: str, address: Serial, error: Exception) -> DeviceMissing | DeviceBusy:
    number = getattr(error, "errno", None)
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return DeviceBusy(f"{name}: another process has {address} open; stop that one (fuser {address} names it)")
    if number == errno.EACCES:
        return DeviceMissing(f"{name}: {address} may not be opened; add this user to the group that owns it (dialout)")
    return DeviceMissing(
        f"{name}: no serial line at {address} ({error}); look into /dev/serial/by-id and correct `serial`"
    )


def _received(sock: socket.socket, most: int) -> bytes:
    if received := sock.recv(most):
        return received
    raise OSError("the other end closed it")


async def _connected(name: str, address: Tcp, clock: Clock) -> socket.socket:
    """Raises DeviceMissing."""
    loop = asyncio.get_running_loop()
    try:
        async with clock.deadline(after(clock.now(), CONNECTS_WITHIN)):
            found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            return await _dialled(loop, found[0][0], found[0][4])
    except TimeoutError as error:
        says = f"{name}: nobody answers at {address} for {as_seconds(CONNECTS_WITHIN):g} s; check cable, power, address"
        raise DeviceMissing(says) from error
    except socket.gaierror as error:
        raise DeviceMissing(f"{name}: no machine is called {address.host}; correct `host`") from error
    except OSError as error:
        why = error.strerror or error
        raise DeviceMissing(f"{name}: {address} takes no connection ({why}); check power, address, `port`") from error


async def _dialled(loop: asyncio.AbstractEventLoop, family: int, where: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # A gate's command must not wait for the acknowledgement of the poll before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock
