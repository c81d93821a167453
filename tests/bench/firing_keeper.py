"""A line keeper in a process of its own, whose gate has to open at each instant of a schedule; says how late it was.

Everything is the keeper's own: its loop, tracker, ledger, actuator, claims on the kernel. Only the devices are
scripted: a line 35 mm short, so that a tray with its PASS comes to the gate every 50 ms.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from booth.line import wire
from booth.line.belt import Travel, pace, travel
from booth.line.devices import Devices
from booth.line.keeper import Keeper
from booth.line.layout import AHEAD, MARGIN, Layout
from booth.line.ledger import Ledger
from booth.service import realtime
from booth.tray import Judgement, Verdict
from drivers.clock import SystemClock
from drivers.links import Channel, memory_pair
from drivers.protocols import Edge, GatePosition
from drivers.units import Duration, Instant, Millimetres, MillimetresPerSecond, after, ms

CLOCK = SystemClock()
BEFORE = ms(30)
"""An edge is told so long before the gate fires for it."""


def mm(along: float) -> Travel:
    return travel(Millimetres(along))


LAYOUT = Layout(
    indexed=False, pace=pace(MillimetresPerSecond(300)), length=mm(1), pitch=mm(14), to_station=mm(1),
    to_pregate=mm(20), to_gate=mm(35.9), tolerance=mm(1), confirm_within=mm(3), actuation=ms(0), hold_at_most=ms(1),
    verdict_due=ms(50), debounces={"entry": ms(1), "pregate": ms(1)},
)  # fmt: skip
TO_GATE, PREGATE_TO_GATE = LAYOUT.lasts(LAYOUT.to_gate), LAYOUT.lasts(Travel(LAYOUT.to_gate - LAYOUT.to_pregate))


class Sensor:
    def __init__(self) -> None:
        self._edges: asyncio.Queue[Edge] = asyncio.Queue()

    async def open(self) -> bool:
        return False

    async def edge(self) -> Edge:
        return await self._edges.get()

    async def close(self) -> None: ...

    def tell(self, blocked: bool, at: Instant) -> None:
        self._edges.put_nowait(Edge(blocked, at, Duration(0)))


class Gate:
    """Remembers when it was told to open."""

    def __init__(self) -> None:
        self.opened: list[Instant] = []

    async def open(self) -> None: ...

    async def move(self, to: GatePosition) -> None:
        if to is GatePosition.PASS:
            self.opened.append(CLOCK.now())

    async def close(self) -> None: ...


class Switch:
    async def open(self) -> None: ...
    async def hold(self) -> None: ...
    async def release(self) -> None: ...
    async def give(self) -> None: ...
    async def withdraw(self) -> None: ...
    async def close(self) -> None: ...


async def trays(entry: Sensor, pregate: Sensor, fires: list[Instant]) -> None:
    """Edges with the times at which they must have been for the gate to fire at each of `fires`."""
    told = []
    for fire in fires:
        gate = fire + MARGIN - AHEAD
        for sensor, at in ((entry, gate - TO_GATE), (pregate, gate - PREGATE_TO_GATE)):
            told += [(at, sensor, True), (at + ms(3), sensor, False)]
    for at, sensor, blocked in sorted(told, key=lambda each: each[0]):
        await CLOCK.sleep_until(Instant(at))
        sensor.tell(blocked, Instant(at))


async def pass_all(channel: Channel) -> None:
    await wire.send(channel, wire.Hello(wire.Role.CONTROLLER))
    while True:
        match await wire.receive(channel):
            case wire.TrayEntered(tray=tray):
                await wire.send(channel, wire.Decision(tray, Judgement(Verdict.PASS, ())))


async def main(first: Instant, every: Duration, firings: int) -> None:
    runs = realtime.claim()
    fires = [Instant(first + number * every) for number in range(firings)]
    entry, pregate, gate = Sensor(), Sensor(), Gate()
    sensors = {"entry": entry, "pregate": pregate, "confirm": Sensor(), "bypass": Sensor()}
    devices = Devices(sensors, gate, Switch(), Switch())  # type: ignore[arg-type] # a dict's keys are not literals
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        keeper = Keeper(LAYOUT, devices, ledger, ledger.open(), CLOCK, lambda state: None)
        near, far = memory_pair(64)
        beside = [asyncio.ensure_future(work) for work in (keeper.run(), keeper.welcome(far), pass_all(near))]
        await trays(entry, pregate, fires)
        await CLOCK.sleep_until(after(fires[-1], ms(300)))
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    print(", ".join(runs), file=sys.stderr)
    for due in fires:
        late = min((at - due for at in gate.opened if abs(at - due) < every // 2), default=None)
        print("missed" if late is None else late)


if __name__ == "__main__":
    first, every, firings = map(int, sys.argv[1:])
    asyncio.run(main(Instant(first), Duration(every), firings))
