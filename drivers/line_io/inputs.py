"""Sensors and encoders that are wired to a Modbus board."""

from __future__ import annotations

import asyncio

from drivers.errors import DeviceLost, NotOpen
from drivers.line_io.board import Board
from drivers.line_io.pulses import COUNTS, RESTARTED
from drivers.line_io.sharing import Sharing
from drivers.protocols import Counted, Edge, EncoderInfo
from drivers.registry import Bench, Options
from drivers.units import ms

EDGES_KEPT = 4096
"""More that nobody asks for and the sensor is lost: its owner hangs, and the oldest must not be dropped in silence."""

READINGS = 3
"""A count that is less certain than `latency` is read again, so often in all; then the encoder is lost."""


class BoardSensor:
    """Implements drivers.protocols.TraySensor: an input that is polled. An edge lies between two polls, see
    drivers.line_io.pulses."""

    def __init__(self, name: str, sharing: Sharing[Board], channel: int) -> None:
        self._name, self._sharing, self._channel = name, sharing, channel
        self._board: Board | None = None
        self._edges: asyncio.Queue[Edge | None] = asyncio.Queue()

    async def open(self) -> bool:
        await self.close()
        board = await self._sharing.join()
        self._edges = asyncio.Queue()
        try:
            blocked = await board.watch(self._channel, self._keep)
        except BaseException:
            await self._sharing.leave(board)
            raise
        self._board = board
        return blocked

    async def edge(self) -> Edge:
        board = _opened(self._board, self._name)
        if self._edges.empty():
            board.check()
        if (edge := await self._edges.get()) is None:
            _opened(self._board, self._name).check()
            raise DeviceLost(f"{self._name}: was closed and opened while somebody waited for its next edge")
        return edge

    async def close(self) -> None:
        board, self._board = self._board, None
        if board is not None:
            board.unwatch(self._channel, self._keep)
            self._edges.put_nowait(None)
            await self._sharing.leave(board)

    def _keep(self, edge: Edge | None) -> None:
        if self._edges.qsize() >= EDGES_KEPT:
            raise DeviceLost(f"{self._name}: nobody takes its edges; close it and open it again")
        self._edges.put_nowait(edge)


class BoardEncoder:
    """Implements drivers.protocols.Encoder: a counter in the board, which counts whether it is read or not."""

    def __init__(self, name: str, sharing: Sharing[Board], channel: int, info: EncoderInfo) -> None:
        self._name, self._sharing, self._channel, self._info = name, sharing, channel, info
        self._board: Board | None = None
        self._last = self._total = 0

    async def open(self) -> EncoderInfo:
        await self.close()
        board = await self._sharing.join()
        try:
            first = await board.count(self._channel)
        except BaseException:
            await self._sharing.leave(board)
            raise
        self._board, self._last, self._total = board, first.count, first.count
        return self._info

    async def read(self) -> Counted:
        board = _opened(self._board, self._name)
        for _ in range(READINGS):
            counted = await board.count(self._channel)
            if counted.at_error <= self._info.latency:
                return self._unrolled(counted)
        raise DeviceLost(f"{self._name}: its board answers too slowly to follow the belt; look at the network's load")

    async def close(self) -> None:
        board, self._board = self._board, None
        if board is not None:
            await self._sharing.leave(board)

    def _unrolled(self, counted: Counted) -> Counted:
        on = (counted.count - self._last) % COUNTS
        if on >= RESTARTED:
            says = f"{self._name}: its counter went back from {self._last} to {counted.count}: the board was switched"
            raise DeviceLost(f"{says} off and on, or the counter was cleared; close it and open it again")
        self._last, self._total = counted.count, self._total + on
        return Counted(self._total, counted.at, counted.at_error)


def sensor(options: Options, bench: Bench) -> BoardSensor:
    """`module`, and `input`, which counts from 0."""
    return BoardSensor(bench.name, bench.modules[options["module"]], int(options["input"]))


def encoder(options: Options, bench: Bench) -> BoardEncoder:
    """`module`; `counter`, which counts from 0; `counts_per_mm`; `latency_ms`."""
    sharing, channel = bench.modules[options["module"]], int(options["counter"])
    info = EncoderInfo(float(options["counts_per_mm"]), ms(float(options["latency_ms"])))
    return BoardEncoder(bench.name, sharing, channel, info)


def _opened(board: Board | None, name: str) -> Board:
    if board is None:
        raise NotOpen(f"{name}: is not open; call open() first")
    return board
