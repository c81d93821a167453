"""The line's devices: opened together, watched one by one, never waited for by the keeper's loop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from booth.line.line import PLACES, Broken, EdgeSeen, Place
from booth.settings.model import Settings
from drivers import registry
from drivers.clock import Clock
from drivers.errors import DeviceError
from drivers.links import Dial
from drivers.protocols import BeltPermit, Gate, TraySensor, TrayStop
from drivers.registry import Bench
from drivers.units import Instant, after, ms

ANSWERS_WITHIN = ms(200)
"""An actuator that takes longer to acknowledge a command is lost."""

ORDERS_AHEAD = 16
"""Commands that may wait for one actuator."""

TABLES = {"gate": registry.GATES, "tray_stop": registry.TRAY_STOPS, "belt_permit": registry.BELT_PERMITS}

Report = Callable[[EdgeSeen | Broken], Awaitable[None]]
Order = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Devices:
    """What the keeper owns. `blocked`: the inputs that were when they were opened last."""

    sensors: dict[Place, TraySensor]
    gate: Gate
    tray_stop: TrayStop
    belt_permit: BeltPermit
    blocked: set[Place] = field(default_factory=set)

    @property
    def named(self) -> dict[str, TraySensor | Gate | TrayStop | BeltPermit]:
        """In the order in which they are closed: what could let a tray pass comes first."""
        sensors = {str(place): sensor for place, sensor in self.sensors.items()}
        return {"gate": self.gate, "tray_stop": self.tray_stop, "belt_permit": self.belt_permit, **sensors}

    async def open(self, name: str) -> None:
        """Raises DeviceMissing, DeviceBusy."""
        blocked = await self.named[name].open()
        for place in PLACES:
            if place == name:
                (self.blocked.add if blocked else self.blocked.discard)(place)

    async def close(self) -> None:
        for device in self.named.values():
            with suppress(DeviceError, TimeoutError):
                await device.close()


async def open_devices(settings: Settings, clock: Clock, world: Dial | None) -> Devices:
    """The devices that settings.line names, open: gate at divert, stop released, permit given. Raises DeviceMissing,
    DeviceBusy; whatever was open already is closed again."""

    def made(name: str) -> Any:
        options = getattr(settings.line, name).model_dump(exclude={"driver"})
        factory = registry.load(TABLES.get(name, registry.TRAY_SENSORS), getattr(settings.line, name).driver)
        return factory(options, Bench(f"line.{name}", clock, world))

    devices = Devices({place: made(place) for place in PLACES}, made("gate"), made("tray_stop"), made("belt_permit"))
    try:
        # The belt runs as soon as it may: whatever watches and parts the trays has to be there before.
        for name in reversed(devices.named):
            await devices.open(name)
    except BaseException:
        await devices.close()
        raise
    return devices


class Actuator:
    """One output with its own queue of commands: a slow one does not keep the gate waiting."""

    def __init__(self, name: str, clock: Clock, report: Report) -> None:
        self.name, self._clock, self._report = name, clock, report
        self._orders: asyncio.Queue[Order] = asyncio.Queue(ORDERS_AHEAD)

    def order(self, command: Order) -> None:
        """In order, soon. A queue that is full belongs to an actuator whose loss is about to be reported."""
        with suppress(asyncio.QueueFull):
            self._orders.put_nowait(command)

    async def obey(self) -> None:
        while True:
            command = await self._orders.get()
            try:
                async with self._clock.deadline(after(self._clock.now(), ANSWERS_WITHIN)):
                    await command()
            except (DeviceError, TimeoutError) as error:
                detail = str(error) or "no answer to a command"
                await self._report(Broken("line-io-lost", self.name, detail, self._clock.now()))
            self._orders.task_done()

    async def settled(self) -> None:
        """Until every command so far has been carried out, or has failed."""
        await self._orders.join()


async def watch(place: Place, sensor: TraySensor, clock: Clock, report: Report) -> None:
    """Every edge of one input, until it is lost."""
    try:
        while True:
            edge = await sensor.edge()
            await report(EdgeSeen(place, edge.blocked, Instant(min(edge.at, clock.now()))))
    except DeviceError as error:
        await report(Broken("line-io-lost", place, str(error), clock.now()))
