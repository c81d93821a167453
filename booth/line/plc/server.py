"""The registers on Modbus TCP: pymodbus' frames over asyncio's own server, which keeps the keeper light.

Holding registers alone: read with function 3, written with 6 or 16 (MODBUS Application Protocol Specification V1.1b3).
The booth's block cannot be written, and between the two lies nothing.
"""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersResponse,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterResponse,
)

from booth.line.plc import registers
from booth.line.plc.keeper import PlcKeeper

READ, WRITE_ONE, WRITE = 3, 6, 16
AT_ONCE = 1024
"""Bytes of a connection: more than the longest request, and a bound on what a stranger can make us keep."""


class Blocks:
    """Both blocks as a client sees them."""

    def __init__(self, keeper: PlcKeeper) -> None:
        self._keeper = keeper
        self._commands = [0] * registers.size(registers.COMMANDS)

    def answer(self, request: ModbusPDU) -> ModbusPDU:
        """An exception response for whatever is not served."""
        match request.function_code:
            case 3:
                return self._read(request.address, request.count)
            case 6:
                refused = self._write(WRITE_ONE, request.address, request.registers)
                return refused or WriteSingleRegisterResponse(address=request.address, registers=request.registers)
            case 16:
                refused = self._write(WRITE, request.address, request.registers)
                written = len(request.registers)
                return refused or WriteMultipleRegistersResponse(address=request.address, count=written)
        return ExceptionResponse(request.function_code, ExcCodes.ILLEGAL_FUNCTION)

    def _read(self, address: int, count: int) -> ModbusPDU:
        for start, words in ((registers.COMMANDS_AT, self._commands), (registers.STATUS_AT, self._keeper.words())):
            if start <= address and address + count <= start + len(words):
                found = list(words[address - start : address - start + count])
                return ReadHoldingRegistersResponse(registers=found)
        return ExceptionResponse(READ, ExcCodes.ILLEGAL_ADDRESS)

    def _write(self, function: int, address: int, values: Sequence[int]) -> ModbusPDU | None:
        if address + len(values) > len(self._commands):
            return ExceptionResponse(function, ExcCodes.ILLEGAL_ADDRESS)
        self._commands[address : address + len(values)] = values
        self._keeper.wrote(tuple(self._commands))
        return None


@asynccontextmanager
async def serving(keeper: PlcKeeper, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the context is left; yields the port (which the system chooses if `port` is 0). Raises OSError."""
    # It would write a line for each frame that a stranger sends.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    blocks, connections = Blocks(keeper), set[asyncio.StreamWriter]()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        with suppress(OSError, ModbusException, struct.error, asyncio.CancelledError):
            await _converse(reader, writer, blocks)
        connections.discard(writer)
        writer.close()

    try:
        server = await asyncio.start_server(attend, host, port)
    except OSError as error:
        raise OSError(f"{host}:{port}: cannot be listened on; does another program use the port?") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in tuple(connections):
            writer.close()


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, blocks: Blocks) -> None:
    """Until the other end is gone. Raises ModbusException, struct.error for what is not Modbus."""
    frames, heard = FramerSocket(DecodePDU(True)), b""
    while len(heard) < AT_ONCE and (more := await reader.read(AT_ONCE)):
        heard += more
        while heard:
            used, request = frames.handleFrame(heard, 0, 0)
            if used == 0:
                break
            heard = heard[used:]
            if request is not None:
                writer.write(_framed(frames, request, blocks.answer(request)))
        await writer.drain()


def _framed(frames: FramerSocket, request: ModbusPDU, response: ModbusPDU) -> bytes:
    response.dev_id, response.transaction_id = request.dev_id, request.transaction_id
    framed: bytes = frames.buildFrame(response)
    return framed
