"""The registers on Modbus TCP, served by pymodbus. Holding registers alone; the booth's block cannot be written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from pymodbus.simulator.simdevice import SimAction

from booth.line.plc import registers
from booth.line.plc.keeper import PlcKeeper

ANY_UNIT = 0
REGISTERS = (3, 6, 16, 22, 23)
"""The functions of holding registers; those that write are also asked what stands there now."""


@asynccontextmanager
async def serving(keeper: PlcKeeper, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the context is left; yields the port (which the system chooses if `port` is 0). Raises OSError."""
    commands = [0] * registers.size(registers.COMMANDS)

    async def access(
        function: int, start: int, address: int, count: int, image: list[int], values: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        if function not in REGISTERS:
            return ExcCodes.ILLEGAL_FUNCTION
        if values is None:
            words = keeper.words()
            first = registers.STATUS_AT - start
            image[first : first + len(words)] = words
        else:
            commands[address : address + count] = map(int, values)
            keeper.wrote(tuple(commands))
        return None

    server = ModbusTcpServer(_device(access), address=(host, port))
    if not await server.listen():
        raise OSError(f"{host}:{port}: cannot be listened on; does another program use the port?")
    try:
        yield _port(server)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


def _device(access: SimAction) -> SimDevice:
    """Both blocks; what lies between them is refused as an illegal address, and so is writing the booth's own."""
    commands, status = registers.size(registers.COMMANDS), registers.size(registers.STATUS)
    gap = registers.STATUS_AT - commands
    blocks = [
        SimData(registers.COMMANDS_AT, values=[0] * commands, datatype=DataType.REGISTERS),
        SimData(commands, count=gap, datatype=DataType.INVALID),
        SimData(registers.STATUS_AT, values=[0] * status, datatype=DataType.REGISTERS, readonly=True),
    ]
    return SimDevice(ANY_UNIT, blocks, action=access)


def _port(server: ModbusTcpServer) -> int:
    listening = server.transport
    assert isinstance(listening, asyncio.Server)
    port: int = listening.sockets[0].getsockname()[1]
    return port
