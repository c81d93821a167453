"""The emulated I/O modules, as a stranger with pymodbus or pyserial meets them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import serial

from drivers.clock import pause
from drivers.units import ms, seconds
from fakes.emulators import waveshare
from fakes.emulators.adam_6050 import Adam6050
from fakes.emulators.cabinet import ENCODER, Cabinet
from fakes.emulators.modbus import answer, over_rtu, over_tcp
from fakes.emulators.terminals import HostWatchdog
from fakes.emulators.waveshare import PoeEthRelayB, RtuIo8Ch
from fakes.emulators.wires import serial_line, tcp_port
from fakes.line.floor import Floor
from tests.emulators.floors import on_a_floor, on_a_virtual_floor

client = pytest.importorskip("pymodbus.client", reason="pymodbus is not installed (extra: modbus)")
exceptions = pytest.importorskip("pymodbus.exceptions")

SENSORS = ("entry", "pregate", "confirm", "bypass", "bin", ENCODER)
ACTUATORS = ("gate", "tray-stop", "belt-permit", "ring")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """pymodbus logs what its tests provoke."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("pymodbus").setLevel(logging.NOTSET)


@contextmanager
def connected(made: Any) -> Iterator[Any]:
    assert made.connect()
    try:
        yield made
    finally:
        made.close()


def by_tcp(port: int, timeout: float = 2) -> Any:
    return connected(client.ModbusTcpClient("127.0.0.1", port=port, timeout=timeout, retries=0))


def by_rtu(path: str, timeout: float = 2) -> Any:
    return connected(client.ModbusSerialClient(path, baudrate=waveshare.BAUD, timeout=timeout, retries=0))


def command(unit: Any, request: str) -> bytes:
    """Without a wire."""
    return answer(unit, bytes.fromhex(request))


def test_an_adam_reads_the_sensors_and_drives_the_line() -> None:
    def stranger(port: int) -> None:
        with by_tcp(port) as master:
            assert master.read_discrete_inputs(0, count=6).bits[:6] == [True] * 5 + [False]
            assert not master.write_coils(16, [True, True, True]).isError()
            assert master.read_coils(16, count=6).bits[:6] == [True, True, True, False, False, False]
            assert master.read_holding_registers(302).registers == [0b111]
            assert master.read_holding_registers(210, device_id=7).registers == [0x6050]

    async def scenario(floor: Floor) -> None:
        module = Adam6050(Cabinet(floor), SENSORS, ACTUATORS)
        async with tcp_port(over_tcp(module.unit)) as port:
            await asyncio.to_thread(stranger, port.port)
        await pause(floor.clock, ms(130))
        seen = floor.look()
        assert (seen["gate"], seen["stop"], seen["belt"]) == ("pass", "up", "running")

    on_a_floor(scenario)


def test_an_address_that_an_adam_has_not_is_refused() -> None:
    def stranger(port: int) -> None:
        with by_tcp(port) as master:
            assert master.write_coil(22, True).exception_code == 2
            assert master.write_coil(3, True).exception_code == 2
            assert master.write_register(302, 0x40).exception_code == 3
            assert master.readwrite_registers(read_address=0, read_count=1, address=0, values=[1]).exception_code == 1

    async def scenario(floor: Floor) -> None:
        async with tcp_port(over_tcp(Adam6050(Cabinet(floor), SENSORS, ACTUATORS).unit)) as port:
            await asyncio.to_thread(stranger, port.port)

    on_a_floor(scenario)


def test_a_tray_breaks_the_entry_input_and_its_edges_are_counted_and_latched() -> None:
    async def scenario(floor: Floor) -> None:
        module = Adam6050(Cabinet(floor), SENSORS, ACTUATORS)
        floor.feed(1)
        command(module.unit, "05 0012 FF00")  # belt permit
        await pause(floor.clock, seconds(2.5))  # 600 mm of infeed at 300 mm/s, and then a tray of 400 mm
        assert command(module.unit, "02 0000 0005") == bytes.fromhex("02 01 1E")
        assert command(module.unit, "01 0023 0001") == bytes.fromhex("01 01 00")
        await pause(floor.clock, seconds(2))
        assert command(module.unit, "02 0000 0005") == bytes.fromhex("02 01 1F")
        assert command(module.unit, "03 0000 0002") == bytes.fromhex("03 04 0001 0000")
        assert command(module.unit, "01 0023 0001") == bytes.fromhex("01 01 01")
        command(module.unit, "05 0023 0000")
        assert command(module.unit, "01 0023 0001") == bytes.fromhex("01 01 00")

    on_a_virtual_floor(scenario)


def test_a_counter_follows_the_belt_and_can_be_stopped_and_cleared() -> None:
    async def scenario(floor: Floor) -> None:
        unit = Adam6050(Cabinet(floor), SENSORS, ACTUATORS).unit
        command(unit, "05 0012 FF00")
        await pause(floor.clock, seconds(30))  # 9 m, 10 counts a millimetre
        assert command(unit, "03 000A 0002") == bytes.fromhex("03 04 5F90 0001")
        command(unit, "05 0034 0000")
        await pause(floor.clock, seconds(1))
        assert command(unit, "03 000A 0002") == bytes.fromhex("03 04 5F90 0001")
        command(unit, "05 0034 FF00")
        command(unit, "05 0035 FF00")
        await pause(floor.clock, seconds(1))
        assert command(unit, "03 000A 0002") == bytes.fromhex("03 04 0BB8 0000")

    on_a_virtual_floor(scenario)


def test_a_counter_overflows_at_32_bits_and_says_so() -> None:
    async def scenario(floor: Floor) -> None:
        module = Adam6050(Cabinet(floor), SENSORS, ACTUATORS)
        module.counters[5]._kept = (1 << 32) - 1000
        command(module.unit, "05 0012 FF00")
        await pause(floor.clock, seconds(1))
        assert command(module.unit, "03 000A 0002") == bytes.fromhex("03 04 07D0 0000")
        assert command(module.unit, "01 0036 0001") == bytes.fromhex("01 01 01")
        command(module.unit, "05 0036 0000")
        assert command(module.unit, "01 0036 0001") == bytes.fromhex("01 01 00")

    on_a_virtual_floor(scenario)


def test_a_pulse_between_two_polls_is_kept_until_it_is_cleared_with_0() -> None:
    async def scenario(floor: Floor) -> None:
        unit = Adam6050(Cabinet(floor), ("bypass",), ()).unit
        floor.turn_bypass(True)
        floor.turn_bypass(False)
        floor.turn_bypass(True)
        command(unit, "05 0023 FF00")
        assert command(unit, "01 0023 0001") == bytes.fromhex("01 01 01")
        command(unit, "05 0023 0000")
        assert command(unit, "01 0023 0001") == bytes.fromhex("01 01 00")
        command(unit, "05 0021 0000")
        assert command(unit, "03 0000 0001") == bytes.fromhex("03 02 0001")
        command(unit, "05 0021 FF00")
        assert command(unit, "03 0000 0001") == bytes.fromhex("03 02 0000")

    on_a_virtual_floor(scenario)


def test_an_adam_whose_host_is_silent_drops_its_outputs() -> None:
    async def scenario(floor: Floor) -> None:
        unit = Adam6050(Cabinet(floor), SENSORS, ACTUATORS, host_idle=ms(500)).unit
        command(unit, "0F 0010 0004 01 0F")
        for _ in range(4):
            await pause(floor.clock, ms(400))
            assert command(unit, "01 0010 0004") == bytes.fromhex("01 01 0F")
        await pause(floor.clock, ms(499))
        assert floor.look()["belt"] == "running"
        await pause(floor.clock, ms(121))
        seen = floor.look()
        assert (seen["gate"], seen["stop"], seen["belt"], seen["lamps"]["ring"]) == ("divert", "down", "standing", 0)
        assert command(unit, "01 0010 0004") == bytes.fromhex("01 01 00")

    on_a_virtual_floor(scenario)


def test_a_watchdog_bites_once_for_each_silence() -> None:
    async def scenario(floor: Floor) -> None:
        bites = list[int]()
        watchdog = HostWatchdog(Cabinet(floor), ms(500), lambda: bites.append(floor.clock.now()))
        start = floor.clock.now()
        for _ in range(2):
            for _ in range(3):
                watchdog.heard()
                await pause(floor.clock, ms(100))
            await pause(floor.clock, ms(900))
        assert [bite - start for bite in bites] == [ms(700), ms(1900)]

    on_a_virtual_floor(scenario)


def test_outputs_hold_for_ever_where_there_is_no_watchdog() -> None:
    async def scenario(floor: Floor) -> None:
        cabinet = Cabinet(floor)
        units = [Adam6050(cabinet, (), ("gate",)).unit, PoeEthRelayB(cabinet, (), ("tray-stop",)).unit]
        command(units[0], "05 0010 FF00")
        command(units[1], "05 0000 FF00")
        await pause(floor.clock, seconds(3600))
        assert (floor.look()["gate"], floor.look()["stop"]) == ("pass", "up")

    on_a_virtual_floor(scenario)


def test_a_cut_cable_reads_as_blocked_and_so_does_a_turned_key() -> None:
    async def scenario(floor: Floor) -> None:
        unit = Adam6050(Cabinet(floor), SENSORS, ()).unit
        floor.turn_bypass(True)
        assert command(unit, "02 0000 0005") == bytes.fromhex("02 01 17")
        floor.turn_bypass(False)
        assert command(unit, "02 0000 0005") == bytes.fromhex("02 01 1F")

    on_a_virtual_floor(scenario)


def test_a_relay_module_on_ethernet_switches_flips_and_reads() -> None:
    def stranger(port: int) -> None:
        with by_tcp(port) as master:
            assert not master.write_coil(0, True).isError()
            assert master.read_coils(0, count=8).bits == [True] + [False] * 7
            assert not master.write_coil(0x100, True).isError()
            assert master.read_coils(0, count=1).bits[0] is False
            assert not master.write_coil(waveshare.ALL, True).isError()
            assert master.read_coils(0, count=8).bits == [True] * 8
            assert master.read_holding_registers(waveshare.VERSION).registers == [0x64]
        with by_tcp(port, timeout=0.2) as master, pytest.raises(exceptions.ModbusIOException):
            master.read_coils(0, count=8, device_id=2)

    async def scenario(floor: Floor) -> None:
        module = PoeEthRelayB(Cabinet(floor), SENSORS[:5], ACTUATORS)
        async with tcp_port(over_tcp(module.unit)) as port:
            await asyncio.to_thread(stranger, port.port)
        assert floor.look()["stop"] == "up"

    on_a_floor(scenario)


def test_a_relay_lets_go_by_its_own_timer() -> None:
    async def scenario(floor: Floor) -> None:
        unit = PoeEthRelayB(Cabinet(floor), (), ("tray-stop",)).unit
        assert command(unit, "05 0200 0007") == bytes.fromhex("05 0200 0007")
        await pause(floor.clock, ms(699))
        assert floor.look()["stop"] == "up"
        await pause(floor.clock, ms(2))
        assert floor.look()["stop"] == "down"
        assert command(unit, "05 0200 8000") == bytes.fromhex("85 03")

    on_a_virtual_floor(scenario)


def test_an_output_linked_to_its_input_does_not_obey() -> None:
    async def scenario(floor: Floor) -> None:
        unit = PoeEthRelayB(Cabinet(floor), ("bypass",), ("tray-stop",)).unit
        command(unit, "06 1000 0001")
        assert command(unit, "05 0000 0000") == bytes.fromhex("05 0000 0000")
        assert floor.look()["stop"] == "up"
        floor.turn_bypass(True)
        assert floor.look()["stop"] == "down"

    on_a_virtual_floor(scenario)


@pytest.mark.parametrize("refused", ["05 0000 1234", "05 0100 5500", "06 1000 0004", "06 4000 0000", "06 4000 0100"])
def test_what_a_module_on_rs485_does_not_know_is_refused(refused: str) -> None:
    async def scenario(floor: Floor) -> None:
        unit = RtuIo8Ch(Cabinet(floor), ("bypass",), ("tray-stop",)).unit
        function, address = bytes.fromhex(refused)[0], bytes.fromhex(refused)[1:3]
        code = 2 if address == b"\x01\x00" else 3
        assert command(unit, refused) == bytes([function | 0x80, code])
        assert (unit.address, floor.look()["stop"]) == (1, "down")

    on_a_virtual_floor(scenario)


def test_the_flip_address_of_a_relay_flips_for_on_only() -> None:
    async def scenario(floor: Floor) -> None:
        unit = PoeEthRelayB(Cabinet(floor), (), ("tray-stop",)).unit
        command(unit, "05 0100 0000")
        assert floor.look()["stop"] == "down"
        command(unit, "05 0100 FF00")
        assert floor.look()["stop"] == "up"

    on_a_virtual_floor(scenario)


@pytest.mark.parametrize(("mode", "flips"), [("0002", 1), ("0003", 2)])
def test_an_output_can_be_flipped_by_the_pulses_or_by_the_edges_of_its_input(mode: str, flips: int) -> None:
    async def scenario(floor: Floor) -> None:
        unit = PoeEthRelayB(Cabinet(floor), ("bypass",), ("tray-stop",)).unit
        command(unit, f"06 1000 {mode}")
        floor.turn_bypass(True)
        floor.turn_bypass(False)
        assert (floor.look()["stop"] == "up") is (flips % 2 == 1)

    on_a_virtual_floor(scenario)


def test_a_module_on_rs485_is_polled_and_flipped_as_its_vendor_prints_it() -> None:
    def stranger(path: str) -> None:
        with by_rtu(path) as master:
            assert master.read_discrete_inputs(0, count=8).bits == [True] * 5 + [False] * 3
            assert not master.write_coil(1, True).isError()
            assert master.read_coils(0, count=8).bits == [False, True] + [False] * 6
        with serial.Serial(path, waveshare.BAUD, timeout=2) as line:
            line.write(bytes.fromhex("01 05 00 00 55 00 F2 9A"))
            assert line.read(8) == bytes.fromhex("01 05 00 00 55 00 F2 9A")

    async def scenario(floor: Floor) -> None:
        module = RtuIo8Ch(Cabinet(floor), SENSORS[:5], ACTUATORS)
        async with serial_line(over_rtu([module.unit], floor.clock), waveshare.BAUD, floor.clock) as line:
            await asyncio.to_thread(stranger, line.path)
        assert floor.look()["stop"] == "up"
        assert module.outputs.on(0)

    on_a_floor(scenario)


def test_a_module_that_was_given_another_address_is_silent_at_the_old_one() -> None:
    def stranger(path: str) -> None:
        with by_rtu(path, timeout=0.2) as master:
            assert not master.write_register(waveshare.ADDRESS, 7).isError()
            assert master.read_holding_registers(waveshare.ADDRESS, device_id=7).registers == [7]
            with pytest.raises(exceptions.ModbusIOException):
                master.read_coils(0, count=8, device_id=1)

    async def scenario(floor: Floor) -> None:
        unit = RtuIo8Ch(Cabinet(floor), (), ()).unit
        async with serial_line(over_rtu([unit], floor.clock), waveshare.BAUD, floor.clock) as line:
            await asyncio.to_thread(stranger, line.path)

    on_a_floor(scenario)


def test_a_module_that_resets_its_connections_fails_its_master_and_its_outputs_hold() -> None:
    async def scenario(floor: Floor) -> None:
        module = PoeEthRelayB(Cabinet(floor), (), ("tray-stop",))
        async with tcp_port(over_tcp(module.unit)) as port:
            with by_tcp(port.port) as master:
                await asyncio.to_thread(master.write_coil, 0, True)
                port.unplug()
                # pymodbus lets the socket's own error through, and its connect() then says that all is well.
                with pytest.raises((ConnectionResetError, exceptions.ModbusException)):
                    await asyncio.to_thread(master.write_coil, 0, False)
            assert not await asyncio.to_thread(client.ModbusTcpClient("127.0.0.1", port=port.port, timeout=1).connect)
        assert floor.look()["stop"] == "up"
        module.outputs.drop()
        assert floor.look()["stop"] == "down"

    on_a_floor(scenario)


def test_a_module_with_more_wires_than_terminals_cannot_be_built() -> None:
    async def scenario(floor: Floor) -> None:
        with pytest.raises(ValueError, match="9 signals for 8 channels"):
            PoeEthRelayB(Cabinet(floor), (), ("gate",) * 9)
        with pytest.raises(KeyError, match="no input signal 'exit'"):
            Adam6050(Cabinet(floor), ("exit",), ())

    on_a_virtual_floor(scenario)
