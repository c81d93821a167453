"""The keeper and its scanner, which may be unplugged while trays go by."""

import asyncio
from dataclasses import replace
from pathlib import Path

from booth.line import wire
from booth.line.devices import Devices
from booth.line.scanning import AGAIN_AFTER
from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing
from drivers.protocols import Read, Scans
from drivers.units import Duration, after, ms, seconds
from tests.scenarios.line_bench import CLOCK, LAYOUT, Bench, decide, in_virtual_time, mm

SCANNED = replace(LAYOUT, label=(mm(60), mm(180)))


class Scanner:
    """Reads what the script shows it; unplugged, it is lost and cannot be opened."""

    def __init__(self) -> None:
        self.unplugged, self.shown = False, 0
        self._reads: asyncio.Queue[Read | None] = asyncio.Queue()

    @property
    def scans(self) -> Scans:
        return Scans(self.shown, none=2, unreadable=1)

    async def open(self) -> None:
        if self.unplugged:
            raise DeviceMissing("no serial line there")

    async def read(self) -> Read:
        if (read := await self._reads.get()) is None:
            raise DeviceLost("its cable is pulled")
        return read

    async def close(self) -> None:
        pass

    def shows(self, text: str) -> None:
        self.shown += 1
        self._reads.put_nowait(Read(text, CLOCK.now(), Duration(0)))

    def unplug(self) -> None:
        self.unplugged = True
        self._reads.put_nowait(None)


class ScannedBench(Bench):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SCANNED)
        self.scanner = Scanner()

    @property
    def devices(self) -> Devices:
        return replace(super().devices, scanner=self.scanner)

    async def labelled(self, text: str) -> None:
        """One tray to its end, its label read 400 ms after it has entered."""
        self.start(self.tray())
        await pause(CLOCK, ms(400))
        self.scanner.shows(text)
        await pause(CLOCK, seconds(8))


@in_virtual_time
async def test_a_scanner_that_is_unplugged_costs_plates_and_no_tray_and_comes_back_by_itself(tmp_path: Path) -> None:
    bench = ScannedBench(tmp_path)
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper, wire.Role.CONTROLLER)
        bench.start(decide(ear))
        await bench.labelled("LPN1")
        bench.scanner.unplug()
        await bench.start(bench.tray())
        await pause(CLOCK, seconds(3))
        bench.scanner.unplugged = False
        back_by = after(CLOCK.now(), AGAIN_AFTER)
        await pause(CLOCK, seconds(3))
        await bench.labelled("LPN3")
        ends = list(ear.ends.values())
        assert [ended.end.name for ended in ends] == ["PASSED"] * 3
        plates = {each.tray: each.plate for each in ear.of(wire.TrayIdentified)}
        assert [plates.get(ended.tray) for ended in ends] == ["LPN1", None, "LPN3"]
        assert [fault.code for fault in ear.of(wire.FaultRaised)] == ["scanner-lost"]
        (cleared,) = ear.of(wire.FaultCleared)
        assert (cleared.code, cleared.at <= back_by) == ("scanner-lost", True)
        assert ear.status.latched == ()
        assert (await bench.client(keeper)).status.scans == Scans(read=2, none=2, unreadable=1)
