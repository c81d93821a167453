"""A serial line, or a TCP connection, as bytes on the running loop. Losing either is one error: DeviceLost.

The line keeper imports this module; pyserial comes only with a serial line.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
        return _SerialPort(name, address, hear, lose)
    return await _connect(name, address, clock, hear, lose)


@contextmanager
def lost_if_it_fails(name: str, what: str) -> Iterator[None]:
    """A serial line that is gone raises whatever its call meets: pyserial its SerialException, the kernel a plain
    OSError (errno 5), the terminal layer termios.error, which is no OSError. A TCP connection raises OSError. Raises
    DeviceLost for each of them."""
    try:
        yield
    except (OSError, termios.error) as error:  # SerialException is an OSError
        raise _lost(name, what, error) from error


def _lost(name: str, what: str, why: object) -> DeviceLost:
    return DeviceLost(f"{name}: {what} is gone ({why}); check its cable and its power")


class _SerialPort:
    """A terminal that is read when the loop says so, and written without waiting."""

    def __init__(self, name: str, address: Serial, hear: Hear, lose: Lose) -> None:
        self._name, self._address, self._hear, self._lose = name, address, hear, lose
        self._device = _opened(name, address)
        self._loop = asyncio.get_running_loop()
        self._reads: int | None = self._device.fileno()
        self._loop.add_reader(self._reads, self._receive)

    def send(self, text: bytes) -> None:
        if self._reads is None:
            raise _lost(self._name, str(self._address), "it was lost before")
        with lost_if_it_fails(self._name, str(self._address)):
            if (self._device.write(text) or 0) < len(text):
                raise OSError("nobody takes what is sent: its buffer is full")

    def close(self) -> None:
        if self._reads is not None:
            self._loop.remove_reader(self._reads)
            self._reads = None
            with suppress(OSError, termios.error):
                self._device.close()

    def _receive(self) -> None:
        try:
            with lost_if_it_fails(self._name, str(self._address)):
                received = self._device.read(AT_ONCE)
        except DeviceLost as lost:
            self.close()
            self._lose(lost)
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
    except (OSError, termios.error) as error:
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


class _TcpPort(asyncio.Protocol):
    def __init__(self, name: str, address: Tcp, hear: Hear, lose: Lose) -> None:
        self._name, self._address, self._hear, self._lose = name, address, hear, lose
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._hear(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._transport = None
            self._lose(_lost(self._name, f"the connection to {self._address}", error or "the other end closed it"))

    def send(self, text: bytes) -> None:
        if self._transport is None:
            raise _lost(self._name, f"the connection to {self._address}", "it was lost before")
        self._transport.write(text)

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()


async def _connect(name: str, address: Tcp, clock: Clock, hear: Hear, lose: Lose) -> _TcpPort:
    try:
        async with clock.deadline(after(clock.now(), CONNECTS_WITHIN)):
            _, port = await asyncio.get_running_loop().create_connection(
                lambda: _TcpPort(name, address, hear, lose), address.host, address.port
            )
    except TimeoutError as error:
        says = f"{name}: nobody answers at {address} for {as_seconds(CONNECTS_WITHIN):g} s; check cable, power, address"
        raise DeviceMissing(says) from error
    except socket.gaierror as error:
        raise DeviceMissing(f"{name}: no machine is called {address.host}; correct `host`") from error
    except OSError as error:
        why = error.strerror or error
        raise DeviceMissing(f"{name}: {address} takes no connection ({why}); check power, address, `port`") from error
    return port
