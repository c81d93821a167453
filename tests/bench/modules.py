"""Emulated modules in a process of their own, for tests/bench/line_io.py: `python -m tests.bench.modules`.

Prints where they are as one line of JSON. Then, for each module with an input: the input changes again and again, and
a line says how long it took until output 0 was energised for clear, de-energised for blocked.
"""

import asyncio
import json
import random

from drivers.clock import SystemClock, pause
from drivers.units import Instant, as_ms, between, ms
from fakes.emulators import lcus, light_controller, waveshare
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.lcus import LcusRelay
from fakes.emulators.light_controller import LightControllerUnit
from fakes.emulators.modbus import ON, Cell, Unit, over_rtu, over_tcp
from fakes.emulators.wires import serial_line, tcp_port
from tests.emulators.floors import PLAN, running

CLOCK = SystemClock()
FUNCTIONS = frozenset((1, 2, 3, 5))
FIRST_OUTPUT = {"adam": 16, "waveshare": 0, "rtu": 0}


class Bare:
    """A unit of memory cells: one input that changes, outputs that are only remembered."""

    def __init__(self, name: str) -> None:
        self.name, self.first = name, FIRST_OUTPUT[name]
        self.clear, self.changed_at = True, Instant(0)
        self.outputs = [False] * 24
        self.told = asyncio.Event()
        holding = {n: Cell(lambda: 0) for n in (*range(24), *range(0x1000, 0x1008))} | {210: Cell(lambda: 0x6050)}
        coils = {n: self._coil(n) for n in range(24)}
        discrete = {n: Cell(lambda: int(self.clear)) for n in range(12)}
        self.unit = Unit(FUNCTIONS, coils=coils, discrete=discrete, holding=holding, address=None)

    def _coil(self, number: int) -> Cell:
        def put(value: int) -> None:
            self.outputs[number] = value == ON
            if number == self.first:
                self.told.set()

        return Cell(lambda: int(self.outputs[number]), put)

    async def flip(self, chance: random.Random) -> None:
        """From when somebody first writes to output 0."""
        await self.told.wait()
        while True:
            await pause(CLOCK, ms(chance.uniform(40, 60)))
            self.told.clear()
            self.clear, changed_at = not self.clear, CLOCK.now()
            while self.outputs[self.first] is not self.clear:
                await self.told.wait()
                self.told.clear()
            print(self.name, as_ms(between(changed_at, CLOCK.now())), flush=True)


async def main() -> None:
    adam, board, bus = Bare("adam"), Bare("waveshare"), Bare("rtu")
    async with running(PLAN, CLOCK) as floor:
        cabinet = Cabinet(floor)
        lights, relays = LightControllerUnit(cabinet, ("ring",)), LcusRelay(cabinet, ("ring",))
        async with (
            tcp_port(over_tcp(adam.unit)) as adam_at,
            tcp_port(over_tcp(board.unit)) as board_at,
            serial_line(over_rtu([bus.unit], CLOCK), waveshare.BAUD, CLOCK) as bus_at,
            serial_line(relays.plug, lcus.BAUD, CLOCK) as relays_at,
            tcp_port(lights.plug) as lights_at,
            serial_line(lights.plug, light_controller.BAUD, CLOCK) as lights_on,
        ):
            where = {"adam": adam_at.port, "waveshare": board_at.port, "rtu": bus_at.path, "lcus": relays_at.path}
            print(json.dumps({**where, "lights": lights_at.port, "serial lights": lights_on.path}), flush=True)
            async with asyncio.TaskGroup() as tasks:
                for each in (adam, board, bus):
                    tasks.create_task(each.flip(random.Random(each.name)))


if __name__ == "__main__":
    asyncio.run(main())
