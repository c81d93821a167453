"""Serial lines and TCP ports, with a device that says back what it hears."""

import asyncio

import pytest
import serial

from drivers.clock import SystemClock, pause
from drivers.units import Instant, ms
from fakes.emulators.wires import PacedWay, Say, serial_line, tcp_port
from fakes.line.floor import Floor
from tests.emulators.floors import on_a_virtual_floor


class Echo:
    def __init__(self, say: Say) -> None:
        self._say, self.gone = say, False

    def hear(self, received: bytes) -> None:
        self._say(received)

    def hung_up(self) -> None:
        self.gone = True


def test_bytes_take_the_time_of_their_bits_one_after_the_other() -> None:
    async def scenario(floor: Floor) -> None:
        came: list[tuple[bytes, Instant]] = []
        start = floor.clock.now()
        way = PacedWay(9600, floor.clock, lambda text: came.append((text, floor.clock.now())))
        way.send(b"\xa0\x01\x01\xa2")
        way.send(b"\xff")
        await pause(floor.clock, ms(10))
        assert [text for text, _ in came] == [b"\xa0\x01\x01\xa2", b"\xff"]
        assert [at - start for _, at in came] == pytest.approx([40e9 / 9600, 50e9 / 9600], abs=10)

    on_a_virtual_floor(scenario)


def test_nothing_arrives_once_the_cable_is_pulled() -> None:
    async def scenario(floor: Floor) -> None:
        came: list[bytes] = []
        way = PacedWay(9600, floor.clock, came.append)
        way.send(b"\xa0\x01\x01\xa2")
        await pause(floor.clock, ms(3))
        way.cut()
        way.send(b"\xff")
        await pause(floor.clock, ms(10))
        assert came == []

    on_a_virtual_floor(scenario)


def test_a_serial_line_outlives_its_clients() -> None:
    def stranger(path: str) -> bytes:
        with serial.Serial(path, 115200, timeout=2) as port:
            port.write(b"hello")
            return port.read(5)

    async def main() -> None:
        async with serial_line(Echo, 115200, SystemClock()) as line:
            assert [await asyncio.to_thread(stranger, line.path) for _ in range(2)] == [b"hello", b"hello"]

    asyncio.run(main())


def test_a_device_hears_when_its_client_hangs_up() -> None:
    sessions: list[Echo] = []

    def plug(say: Say) -> Echo:
        sessions.append(Echo(say))
        return sessions[-1]

    async def main() -> None:
        async with tcp_port(plug) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            assert not sessions[0].gone
            writer.close()
            await writer.wait_closed()
            while not sessions[0].gone:
                await pause(SystemClock(), ms(1))

    asyncio.run(main())
