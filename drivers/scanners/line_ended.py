"""A barcode scanner that sends each label as a line of ASCII by itself, over a serial line, USB or TCP.

A USB scanner has to be set to a virtual serial port: as a keyboard it types into whatever has the focus. The line
keeper imports this module.
"""

from __future__ import annotations

import asyncio

from drivers.clock import Clock
from drivers.errors import DeviceLost, NotOpen
from drivers.ports import Address, Port, Serial, Tcp, open_port
from drivers.protocols import Read, Scans
from drivers.registry import Bench, Options
from drivers.scanners.framing import Format, Framing, Heard
from drivers.units import Duration, Instant, ms

READS_KEPT = 256
"""More that nobody asks for and the scanner is lost: its owner hangs."""

PACKETS = ms(16)
"""A USB serial converter keeps bytes for so long before it hands them on (FTDI AN232B-04, the latency timer)."""


class LineEndedScanner:
    """Implements drivers.protocols.Scanner. A scanner whose network cable was pulled is silent, and silence is what one
    says that has nothing to read: that it is gone shows by its trays, which have no plate."""

    def __init__(self, name: str, address: Address, clock: Clock, form: Format, latency: Duration) -> None:
        self._name, self._address, self._clock = name, address, clock
        self._format, self._latency = form, latency
        self._dropped, self._told = Heard(), 0
        self._framing = Framing(form, self._dropped)
        self._port: Port | None = None
        self._reads: asyncio.Queue[Read | None] = asyncio.Queue()
        self._lost: DeviceLost | None = None

    @property
    def dropped(self) -> Heard:
        """What was heard since it was made and was no read."""
        return self._dropped

    @property
    def scans(self) -> Scans:
        dropped = self._dropped
        return Scans(self._told, dropped.nothing, dropped.too_long + dropped.garbled + dropped.cut_off)

    async def open(self) -> None:
        await self.close()
        self._reads, self._framing, self._lost = asyncio.Queue(), Framing(self._format, self._dropped), None
        self._port = await open_port(self._name, self._address, self._clock, self._hear, self._lose)

    async def read(self) -> Read:
        if self._port is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        if self._reads.empty():
            self._check()
        if (read := await self._reads.get()) is None:
            self._check()
            raise DeviceLost(f"{self._name}: was closed while somebody waited for a label")
        return read

    async def close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()
            self._reads.put_nowait(None)

    def _check(self) -> None:
        if self._lost is not None:
            raise DeviceLost(*self._lost.args)

    def _lose(self, why: DeviceLost) -> None:
        self._lost = why
        self._reads.put_nowait(None)

    def _hear(self, received: bytes) -> None:
        for line in self._framing.take(received, self._clock.now()):
            if self._reads.qsize() >= READS_KEPT:
                assert self._port is not None
                self._port.close()
                self._lose(DeviceLost(f"{self._name}: nobody takes its reads; close it and open it again"))
                return
            self._told += 1
            bound = self._doubt(line.together)
            self._reads.put_nowait(Read(line.text, Instant(line.begun - bound // 2), Duration(-(-bound // 2))))

    def _doubt(self, together: int) -> Duration:
        """How long before its first bytes were heard the label was read, at the most."""
        on_the_wire = self._address.takes(together) + PACKETS if isinstance(self._address, Serial) else 0
        return Duration(self._latency + on_the_wire)


def on_serial_line(options: Options, bench: Bench) -> LineEndedScanner:
    """`serial`: the line's path; `baud`, `parity`, `stop_bits`; and what `on_network` has beside its address."""
    line = Serial(str(options["serial"]), int(options["baud"]), options["parity"], options["stop_bits"])
    return _made(line, options, bench)


def on_network(options: Options, bench: Bench) -> LineEndedScanner:
    """`host`, `port`; `prefix`, `suffix`, `no_read`, `longest`, `again_ms`; `latency_ms`: from label to first byte."""
    return _made(Tcp(str(options["host"]), int(options["port"])), options, bench)


def _made(address: Address, options: Options, bench: Bench) -> LineEndedScanner:
    form = Format(
        str(options["prefix"]),
        str(options["suffix"]),
        frozenset(options["no_read"]),
        int(options["longest"]),
        ms(float(options["again_ms"])),
    )
    return LineEndedScanner(bench.name, address, bench.clock, form, ms(float(options["latency_ms"])))
