"""What a device hangs on: a serial line (a pseudo-terminal) or a TCP port of this machine, on the running loop."""

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from drivers.clock import Clock
from drivers.units import Duration, Instant, after, seconds

AT_ONCE = 4096  # bytes that are read from a serial line at a time
BITS = 10  # of a byte on a serial line: a start bit, 8 of data, a stop bit
LINE_SPEED = 4  # index of the input speed in what tcgetattr returns

Say = Callable[[bytes], None]
"""Sends bytes to the client; those for a client that is gone are lost."""


class Session(Protocol):
    """A device's end of one connection: for a serial line the only one, until it is unplugged."""

    def hear(self, received: bytes) -> None:
        """Bytes have come: perhaps a part of a message, perhaps several."""

    def hung_up(self) -> None:
        """The connection is gone."""


Plug = Callable[[Say], Session]
"""Makes a device's end of a new connection."""


class PacedWay:
    """One direction of a serial line: bytes come out, in order, once their bits have gone through."""

    def __init__(self, baud: int, clock: Clock, deliver: Say) -> None:
        self._byte, self._clock, self._deliver = seconds(BITS / baud), clock, deliver
        self._free_at = clock.now()
        self._underway: set[asyncio.Task[None]] = set()
        self._is_cut = False

    def send(self, text: bytes) -> None:
        if self._is_cut:
            return
        start = max(self._free_at, self._clock.now())
        self._free_at = after(start, Duration(self._byte * len(text)))
        task = asyncio.create_task(self._carry(text, self._free_at))
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)

    def cut(self) -> None:
        """What is underway, or sent from now on, never arrives."""
        self._is_cut = True
        for task in self._underway:
            task.cancel()

    async def _carry(self, text: bytes, there_at: Instant) -> None:
        await self._clock.sleep_until(there_at)
        self._deliver(text)


class SerialLine:
    """A device on a serial line, whose client opens `path`; 8 data bits, no parity, 1 stop bit.

    A pseudo-terminal carries bytes at any speed, and at once. Here they take the time that they would take, and a
    device understands nothing at a speed that is not its own: what a client sends at another one is swallowed.
    """

    def __init__(self, plug: Plug, baud: int, clock: Clock) -> None:
        self._loop, self._speed = asyncio.get_running_loop(), getattr(termios, f"B{baud}")
        # The device keeps the client's end open too: else the line would be dead as soon as one client had left.
        self._device, self._client = os.openpty()
        tty.setraw(self._client)
        os.set_blocking(self._device, False)
        self.path = os.ttyname(self._client)
        self._back = PacedWay(baud, clock, self._write)
        self._session = plug(self._back.send)
        self._there = PacedWay(baud, clock, self._session.hear)
        self._loop.add_reader(self._device, self._receive)
        self._plugged = True

    def unplug(self) -> None:
        """Pull the cable: the client's next read or write fails. Twice is allowed."""
        if self._plugged:
            self._plugged = False
            self._loop.remove_reader(self._device)
            self._there.cut()
            self._back.cut()
            os.close(self._device)
            os.close(self._client)
            self._session.hung_up()

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            received = os.read(self._device, AT_ONCE)
            if termios.tcgetattr(self._client)[LINE_SPEED] == self._speed:
                self._there.send(received)

    def _write(self, answer: bytes) -> None:
        with suppress(BlockingIOError):  # nobody reads, and the line's buffer is full: a UART drops bytes
            os.write(self._device, answer)


@asynccontextmanager
async def serial_line(plug: Plug, baud: int, clock: Clock) -> AsyncIterator[SerialLine]:
    """A serial line that is there while the context lasts."""
    line = SerialLine(plug, baud, clock)
    try:
        yield line
    finally:
        line.unplug()


class _Connection(asyncio.Protocol):
    """One TCP client."""

    def __init__(self, plug: Plug, opened: set[asyncio.Transport]) -> None:
        self._plug, self._opened = plug, opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opened.add(transport)
        self._session = self._plug(self._say)

    def data_received(self, data: bytes) -> None:
        self._session.hear(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._opened.discard(self._transport)
        self._session.hung_up()

    def _say(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


class TcpPort:
    """A device on the network: 127.0.0.1, `port`."""

    def __init__(self, server: asyncio.Server, opened: set[asyncio.Transport]) -> None:
        self._server, self._opened = server, opened
        self.port: int = server.sockets[0].getsockname()[1]

    def unplug(self) -> None:
        """Reset every connection and refuse new ones, as a device that restarts; twice is allowed. (A pulled network
        cable is rather silence: see fakes.emulators.modbus.Unit.silent.)"""
        self._server.close()
        for transport in list(self._opened):
            transport.abort()


@asynccontextmanager
async def tcp_port(plug: Plug, port: int = 0) -> AsyncIterator[TcpPort]:
    """A TCP port that is served while the context lasts; 0: one that is free."""
    opened: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    served = TcpPort(await loop.create_server(lambda: _Connection(plug, opened), "127.0.0.1", port), opened)
    try:
        yield served
    finally:
        served.unplug()
