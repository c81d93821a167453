"""Each I/O driver against the bare library on the same emulated module, and how long an edge takes to a coil."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import serial
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from drivers.clock import SystemClock
from drivers.exchange import Exchange
from drivers.lights.gardasoft import LightController
from drivers.line_io import inputs, wired
from drivers.line_io.lcus import BAUD, ON_TELL, Relays, found, frame
from drivers.line_io.modbus import ON, Modbus
from drivers.ports import Address, Serial, Tcp
from drivers.protocols import GatePosition
from drivers.registry import Bench, Modules
from tests.bench.rows import Row, p50, p99

ROUNDS, SLOW_ROUNDS, EDGES = 2000, 120, 60
CLOCK = SystemClock()
HOST = "127.0.0.1"
TARGET = "<= 1.2"
LIGHTS_BAUD = 115200
BOARDS = {"adam": "advantech-adam-6050", "waveshare": "waveshare-poe-eth-relay-b", "rtu": "waveshare-rtu-io-8ch"}
CALLED = {"adam": "ADAM-6050 on TCP", "waveshare": "Waveshare on TCP", "rtu": "Waveshare on RS-485 at 9600"}

Ours = Callable[[], Awaitable[Any]]
Theirs = Callable[[], Any]


def rows() -> list[Row]:
    with _emulated() as (where, said):
        found_rows = asyncio.run(_ratios(where))
        for board in BOARDS:
            took = asyncio.run(_edges(board, where[board], said))
            says = f"input to output 0 as the module sees both, polled every 5 ms where the line allows; {EDGES} edges"
            found_rows += [
                Row(f"edge to coil, {CALLED[board]}, p50", p50(took), "ms", None, says),
                Row(f"edge to coil, {CALLED[board]}, p99", p99(took), "ms", None, says),
            ]
    return found_rows


@contextmanager
def _emulated() -> Iterator[tuple[dict[str, Any], IO[str]]]:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.modules"], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()), process.stdout
        finally:
            process.kill()


async def _ratios(where: dict[str, Any]) -> list[Row]:
    return [
        *await _modbus_tcp(where["adam"]),
        *await _modbus_rtu(where["rtu"]),
        *await _relay(where["lcus"]),
        *await _lights_tcp(where["lights"]),
        *await _lights_serial(where["serial lights"]),
    ]


async def _modbus_tcp(port: int) -> list[Row]:
    ours = await _modbus(Tcp(HOST, port))
    theirs = ModbusTcpClient(HOST, port=port)
    theirs.connect()  # type: ignore[no-untyped-call]
    found_rows = [
        await _row("Modbus TCP, read 8 inputs", lambda: ours.read_bits("discrete", 0, 8),
                   lambda: theirs.read_discrete_inputs(0, count=8), ROUNDS),
        await _row("Modbus TCP, write a coil", lambda: ours.write_coil(20, ON),
                   lambda: theirs.write_coil(20, True), ROUNDS),
    ]  # fmt: skip
    ours.link.close()
    theirs.close()  # type: ignore[no-untyped-call]
    return found_rows


async def _modbus_rtu(path: str) -> list[Row]:
    """One owner of the line at a time: in blocks of ten."""
    mine, others = list[float](), list[float]()
    for _ in range(SLOW_ROUNDS // 10):
        ours = await _modbus(Serial(path, BAUD))
        mine += [await _taken(lambda ours=ours: ours.read_bits("discrete", 0, 8)) for _ in range(10)]  # type: ignore[misc]
        ours.link.close()
        theirs = ModbusSerialClient(path, baudrate=BAUD)
        theirs.connect()
        others += [_took(lambda theirs=theirs: theirs.read_discrete_inputs(0, count=8)) for _ in range(10)]  # type: ignore[misc]
        theirs.close()  # type: ignore[no-untyped-call]
    return [_ratio("Modbus RTU at 9600, read 8 inputs", mine, others)]


async def _relay(path: str) -> list[Row]:
    mine, others = list[float](), list[float]()
    for _ in range(SLOW_ROUNDS // 10):
        ours = Relays("bench", Exchange("bench", Serial(path, BAUD), CLOCK, found), 4)
        await ours.open()
        mine += [await _taken(lambda ours=ours: ours.put(0, True)) for _ in range(10)]  # type: ignore[misc]
        await ours.close()
        with serial.Serial(path, BAUD, timeout=1) as port:
            others += [_took(lambda port=port: _said(port, frame(1, ON_TELL), 4)) for _ in range(10)]  # type: ignore[misc]
    says = f"command to the board's answer, 8.3 ms of it on the wire; it has no inputs; {len(mine)} commands"
    return [
        _ratio("LCUS relay at 9600, switch and hear", mine, others),
        Row("command to coil, LCUS relay, p50", p50(mine) * 1000, "ms", None, says),
        Row(
            "edge to coil, GPIO, p50",
            None,
            "ms",
            None,
            "not measured: it takes two lines of a GPIO chip wired together",
        ),
    ]


async def _lights_tcp(port: int) -> list[Row]:
    ours = await LightController("bench", Tcp(HOST, port), CLOCK).open()
    theirs = socket.create_connection((HOST, port))
    theirs.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask() -> None:
        theirs.sendall(b"RS1,50\r")
        while not theirs.recv(64).endswith(b">"):
            pass

    row = await _row("Gardasoft on TCP, set a channel", lambda: ours.ask("RS1,50"), ask, ROUNDS)
    says = f"the bare library here is a blocking socket; {row.conditions}"
    row = replace(row, target=None, conditions=says)
    await ours.close()
    theirs.close()
    return [row]


async def _lights_serial(path: str) -> list[Row]:
    mine, others = list[float](), list[float]()
    for _ in range(SLOW_ROUNDS // 10):
        ours = await LightController("bench", Serial(path, LIGHTS_BAUD), CLOCK).open()
        mine += [await _taken(lambda ours=ours: ours.ask("RS1,50")) for _ in range(10)]  # type: ignore[misc]
        await ours.close()
        with serial.Serial(path, LIGHTS_BAUD, timeout=1) as port:
            others += [_took(lambda port=port: _said(port, b"RS1,50\r", 1)) for _ in range(10)]  # type: ignore[misc]
    return [_ratio("Gardasoft at 115200 baud, set a channel", mine, others)]


async def _modbus(address: Address) -> Modbus:
    made = Modbus("bench", address, 1, CLOCK)
    await made.open()
    return made


def _said(port: serial.Serial, text: bytes, size: int) -> None:
    port.write(text)
    assert len(port.read(size)) == size


async def _row(name: str, ours: Ours, theirs: Theirs, rounds: int) -> Row:
    await ours()
    theirs()
    pairs = [(await _taken(ours), _took(theirs)) for _ in range(rounds)]
    return _ratio(name, [a for a, _ in pairs], [b for _, b in pairs])


def _ratio(name: str, mine: list[float], others: list[float]) -> Row:
    says = f"p50 {p50(mine) * 1000:.2f} ms against {p50(others) * 1000:.2f}, p99 {p99(mine) * 1000:.1f} against "
    says += f"{p99(others) * 1000:.1f}; {len(mine)} each, in turn, module emulated in another process"
    return Row(f"{name}, over the bare library", p50(mine) / p50(others), "ratio", TARGET, says)


async def _taken(ours: Ours) -> float:
    begun = time.perf_counter()
    await ours()
    return time.perf_counter() - begun


def _took(theirs: Theirs) -> float:
    begun = time.perf_counter()
    theirs()
    return time.perf_counter() - begun


async def _edges(board: str, where: Any, said: IO[str]) -> list[float]:
    """A program that does nothing but move the gate at each edge."""
    reached: dict[str, Any] = {"driver": "modbus-tcp", "host": HOST, "port": where}
    if board == "rtu":
        reached = {"driver": "modbus-rtu", "serial": where, "baud": None}
    block = {**reached, "profile": BOARDS[board], "unit": None, "poll_ms": 5.0}
    bench = Bench("bench", CLOCK, None, Modules({"m": block}, CLOCK))
    sensor = inputs.sensor({"module": "m", "input": 0}, bench)
    gate = wired.gate({"module": "m", "output": 0, "wiring": "energise-to-pass"}, bench)
    blocked = await sensor.open()
    await gate.open()
    following = asyncio.create_task(_follow(sensor, gate, blocked))
    lines = [await asyncio.to_thread(said.readline) for _ in range(EDGES)]
    following.cancel()
    await asyncio.wait([following])
    await gate.close()
    await sensor.close()
    return [float(line.split()[1]) for line in lines if line.startswith(board)]


async def _follow(sensor: inputs.BoardSensor, gate: Any, blocked: bool) -> None:
    while True:
        await gate.move(GatePosition.DIVERT if blocked else GatePosition.PASS)
        blocked = (await sensor.edge()).blocked
