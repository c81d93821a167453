"""A PLC's program in a dozen lines, over a real Modbus TCP connection: what a site's integrator would write."""

from dataclasses import dataclass
from typing import Any

from pymodbus.client import AsyncModbusTcpClient

from booth.line.plc import registers
from booth.line.plc.registers import Command, Disposition, Status
from drivers.clock import SystemClock, pause
from drivers.units import after, ms, seconds

CLOCK = SystemClock()
POLLS_EVERY = ms(10)
GIVES_UP_AFTER = seconds(5)
NOTHING = Command(0)


@dataclass
class Plc:
    """Reads and writes the two blocks. Its heart beats whenever it writes."""

    client: AsyncModbusTcpClient
    beat: int = 0

    async def write(self, command: Command = NOTHING, tray: int = 0, acked: int = 0, disposition: int = 0) -> None:
        self.beat = (self.beat + 1) & 0xFFFF
        plate = [0x4C50, 0x4E31, *[0] * 6]
        words = [
            1,
            self.beat,
            int(command),
            tray >> 16,
            tray & 0xFFFF,
            *plate,
            acked >> 16,
            acked & 0xFFFF,
            disposition,
        ]
        answer = await self.client.write_registers(registers.COMMANDS_AT, words)
        assert not answer.isError(), answer

    async def read(self) -> dict[str, Any]:
        """The booth's block by name; numbers of two words as one."""
        answer = await self.client.read_holding_registers(registers.STATUS_AT, count=registers.size(registers.STATUS))
        found = {}
        for each in registers.STATUS:
            at = each.at - registers.STATUS_AT
            words = answer.registers[at : at + each.words]
            found[each.name] = words[0] if each.words == 1 else (words[0] << 16) | words[1]
        return {**found, "status": Status(found["status"])}

    async def until(self, bits: Status, there: bool = True) -> dict[str, Any]:
        give_up_at = after(CLOCK.now(), GIVES_UP_AFTER)
        while CLOCK.now() < give_up_at:
            found = await self.read()
            if (found["status"] & bits == bits) is there:
                return found
            await self.write()
            await pause(CLOCK, POLLS_EVERY)
        raise AssertionError(f"waited in vain for {bits!r}: {await self.read()}")

    async def one_tray(self, number: int) -> Disposition:
        """Trigger, wait for the result, do as it says, acknowledge."""
        await self.until(Status.READY)
        await self.write(Command.TRIGGER, tray=number)
        await self.until(Status.TRIGGER_ACK)
        await self.write()
        found = await self.until(Status.RESULT_VALID)
        assert found["result"] == number
        went = Disposition.PASSED if Status.PASS in found["status"] else Disposition.DIVERTED
        await self.write(Command.RESULT_ACK, acked=number, disposition=went)
        await self.until(Status.RESULT_VALID, there=False)
        await self.write()
        return went
