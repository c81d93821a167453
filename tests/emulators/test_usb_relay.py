"""The emulated LCUS relays, as a stranger with pyserial meets them."""

import asyncio

import pytest
import serial

from fakes.emulators import lcus
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.lcus import LcusRelay
from fakes.emulators.wires import serial_line
from fakes.line.floor import Floor
from tests.emulators.floors import on_a_floor, on_a_virtual_floor


def test_a_usb_relay_switches_without_a_word_and_tells_when_asked() -> None:
    def stranger(path: str) -> None:
        with serial.Serial(path, lcus.BAUD, timeout=2) as port:
            port.write(bytes.fromhex("A0 01 01 A2"))
            port.write(bytes.fromhex("A0 02 04 A6"))
            assert port.read(4) == bytes.fromhex("A0 02 01 A3")
            port.write(bytes.fromhex("A0 01 05 A6"))
            assert port.read(4) == bytes.fromhex("A0 01 01 A2")
            port.write(b"\xff")
            assert port.read(40 - 2) == b"CH1: ON\r\nCH2: ON\r\nCH3: OFF\r\nCH4: OFF\r\n"

    async def scenario(floor: Floor) -> None:
        board = LcusRelay(Cabinet(floor), ("tray-stop", "belt-permit"))
        async with serial_line(board.plug, lcus.BAUD, floor.clock) as line:
            await asyncio.to_thread(stranger, line.path)
            assert (floor.look()["stop"], floor.look()["belt"]) == ("up", "running")
            line.unplug()
        assert (floor.look()["stop"], floor.look()["belt"]) == ("down", "standing")

    on_a_floor(scenario)


@pytest.mark.parametrize("noise", ["A0 01 01 A3", "A0 09 01 AA", "A0 01 07 A8", "A0 01", "00 13 37"])
def test_a_usb_relay_ignores_what_it_does_not_understand(noise: str) -> None:
    async def scenario(floor: Floor) -> None:
        said = list[bytes]()
        session = LcusRelay(Cabinet(floor), ("tray-stop",)).plug(said.append)
        session.hear(bytes.fromhex(noise))
        assert (floor.look()["stop"], said) == ("down", [])

    on_a_virtual_floor(scenario)


def test_a_usb_relay_finds_a_frame_behind_noise_and_in_pieces() -> None:
    async def scenario(floor: Floor) -> None:
        session = LcusRelay(Cabinet(floor), ("tray-stop",)).plug(lambda _: None)
        session.hear(bytes.fromhex("00 A0 01 A0 01"))
        session.hear(bytes.fromhex("01 A2"))
        assert floor.look()["stop"] == "up"

    on_a_virtual_floor(scenario)
