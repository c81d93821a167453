"""A whole line through one module's terminals: a stranger's program of a dozen lines decides where trays go."""

import asyncio
from dataclasses import replace

import pytest

from fakes.emulators.adam_6050 import Adam6050
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.modbus import over_tcp
from fakes.emulators.wires import tcp_port
from fakes.line.floor import Floor
from tests.emulators.floors import PLAN, on_a_floor

client = pytest.importorskip("pymodbus.client", reason="pymodbus is not installed (extra: modbus)")

GATE, PERMIT = 16, 17
QUICK = replace(PLAN, belt_mm_per_s=2000.0, gate_actuation_ms=10.0, pitch_mm=(2000.0, 2000.0))


def stranger(port: int) -> int:
    """Lets the odd trays pass; returns how many trays had entered when the confirm input saw one diverted."""
    entered = 0
    with client.ModbusTcpClient("127.0.0.1", port=port, timeout=2) as master:
        master.write_coil(PERMIT, True)
        for _ in range(100_000):
            entries, _, _, _, confirms, _ = master.read_holding_registers(0, count=6).registers
            if confirms:
                return entered
            if entries > entered:
                entered = entries
                master.write_coil(GATE, entered % 2 == 1)
    raise AssertionError(f"{entered} trays entered, and none was seen diverted")


def test_trays_go_where_a_program_on_modbus_sends_them() -> None:
    async def scenario(floor: Floor) -> None:
        went: list[str] = []
        floor.follow(lambda told: went.append(told["went"]))
        module = Adam6050(Cabinet(floor), ("entry", None, "confirm"), ("gate", "belt-permit"))
        floor.feed(2)
        async with tcp_port(over_tcp(module.unit)) as port:
            assert await asyncio.to_thread(stranger, port.port) == 2
        assert went == ["belt", "passed", "belt", "diverted"]

    on_a_floor(scenario, QUICK)
