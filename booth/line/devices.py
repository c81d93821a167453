"""The line's devices: opened together, watched one by one, never waited for by the keeper's loop."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from booth.line.belt import Travel, travel
from booth.line.line import PLACES, Broken, EdgeSeen, Place, Turned
from booth.settings.model import Settings
from drivers import registry
from drivers.clock import Clock
from drivers.errors import DeviceError
from drivers.links import Dial
from drivers.protocols import (
    BeltPermit,
    Encoder,
    EncoderInfo,
    Gate,
    Heartbeat,
    Scanner,
    StackLight,
    TraySensor,
    TrayStop,
)
from drivers.registry import Bench
from drivers.units import Duration, Instant, Millimetres, after, ms, seconds

ANSWERS_WITHIN = ms(200)
"""An actuator that takes longer to acknowledge a command is lost, unless the settings say otherwise."""

LOST_AFTER = seconds(2)
"""A reading that takes longer never comes."""

ORDERS_AHEAD = 16
"""Commands that may wait for one actuator."""

TABLES = {
    "gate": registry.GATES,
    "tray_stop": registry.TRAY_STOPS,
    "belt_permit": registry.BELT_PERMITS,
    "encoder": registry.ENCODERS,
    "heartbeat": registry.HEARTBEATS,
    "stack_light": registry.STACK_LIGHTS,
    "scanner": registry.SCANNERS,
}
OWN = ("gate", "tray_stop", "belt_permit")
OPTIONAL = ("encoder", "heartbeat", "stack_light", "scanner")

Device = TraySensor | Gate | TrayStop | BeltPermit | Encoder | Heartbeat | StackLight | Scanner
Report = Callable[[EdgeSeen | Turned | Broken], Awaitable[None]]
Order = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Devices:
    """What the keeper owns. As they were opened last: `blocked`, the inputs that were; what the encoder said of itself;
    how long the heartbeat's relay holds. `wired`: the module that a device hangs on, for those that do. `within`: an
    output that takes longer to acknowledge a command is lost."""

    sensors: dict[Place, TraySensor]
    gate: Gate
    tray_stop: TrayStop
    belt_permit: BeltPermit
    encoder: Encoder | None = None
    heartbeat: Heartbeat | None = None
    stack_light: StackLight | None = None
    scanner: Scanner | None = None
    blocked: set[Place] = field(default_factory=set)
    counts: EncoderInfo | None = None
    holds: Duration | None = None
    wired: Mapping[str, str] = field(default_factory=dict)
    within: Duration = ANSWERS_WITHIN

    @property
    def named(self) -> dict[str, Device]:
        """In the order in which they are closed: what could let a tray pass comes first."""
        optional = {
            "heartbeat": self.heartbeat,
            "stack_light": self.stack_light,
            "scanner": self.scanner,
            "encoder": self.encoder,
        }
        there = {name: device for name, device in optional.items() if device is not None}
        sensors = {str(place): sensor for place, sensor in self.sensors.items()}
        return {"gate": self.gate, "tray_stop": self.tray_stop, "belt_permit": self.belt_permit, **there, **sensors}

    @property
    def opening(self) -> list[str]:
        """The belt runs as soon as it may: whatever watches and parts the trays has to be there before."""
        return [*(name for name in reversed(self.named) if name != "belt_permit"), "belt_permit"]

    def lost_with(self, lost: Collection[str]) -> list[str]:
        """The devices that were lost, and those at the same modules, which are gone too and may not know it: nobody has
        asked them for anything. In the order in which they are opened."""
        modules = {self.wired[name] for name in lost if name in self.wired}
        return [name for name in self.opening if name in lost or self.wired.get(name) in modules]

    async def open(self, name: str) -> None:
        """Raises DeviceMissing, DeviceBusy."""
        if name == "encoder" and self.encoder is not None:
            self.counts = await self.encoder.open()
        elif name == "heartbeat" and self.heartbeat is not None:
            self.holds = await self.heartbeat.open()
        else:
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

    modules = registry.Modules({name: block.model_dump() for name, block in settings.modules.items()}, clock)

    def made(name: str) -> Any:
        block = getattr(settings.conveyor, name)
        if block is None:
            return None
        factory = registry.load(TABLES.get(name, registry.TRAY_SENSORS), block.driver)
        return factory(block.model_dump(exclude={"driver"}), Bench(f"line.{name}", clock, world, modules))

    sensors = {place: sensor for place in PLACES if (sensor := made(place)) is not None}
    devices = Devices(sensors, *(made(name) for name in (*OWN, *OPTIONAL)))
    devices.wired, devices.within = _wired(settings), ms(settings.conveyor.answers_within_ms)
    try:
        for name in devices.opening:
            await devices.open(name)
    except BaseException:
        await devices.close()
        raise
    return devices


def _wired(settings: Settings) -> dict[str, str]:
    blocks = {name: getattr(settings.conveyor, name) for name in (*PLACES, *OWN, *OPTIONAL)}
    return {name: block.module for name, block in blocks.items() if hasattr(block, "module")}


class Actuator:
    """One output with its own queue of commands: a slow one does not keep the gate waiting."""

    def __init__(self, name: str, clock: Clock, report: Report, within: Duration = ANSWERS_WITHIN) -> None:
        self.name, self._clock, self._report, self._within = name, clock, report, within
        self._orders: asyncio.Queue[tuple[Order, Instant | None]] = asyncio.Queue(ORDERS_AHEAD)

    def order(self, command: Order, at: Instant | None = None) -> None:
        """In order, soon, or punctually `at` unless another command comes before that. A queue that is full belongs to
        an actuator whose loss is about to be reported."""
        with suppress(asyncio.QueueFull):
            self._orders.put_nowait((command, at))

    async def obey(self) -> None:
        while True:
            command, at = await self._orders.get()
            if at is not None:
                await self._clock.punctual(at)
            if at is None or self._orders.empty():
                await self._carry_out(command)
            self._orders.task_done()

    async def _carry_out(self, command: Order) -> None:
        try:
            async with self._clock.deadline(after(self._clock.now(), self._within)):
                await command()
        except (DeviceError, TimeoutError) as error:
            detail = str(error) or "no answer to a command"
            await self._report(Broken("line-io-lost", self.name, detail, self._clock.now()))

    async def settled(self) -> None:
        """Until every command so far has been carried out, or has failed."""
        await self._orders.join()


async def watch(place: Place, sensor: TraySensor, clock: Clock, report: Report) -> None:
    """Every edge of one input, until it is lost."""
    try:
        while True:
            edge = await sensor.edge()
            await report(EdgeSeen(place, edge.blocked, Instant(min(edge.at, clock.now())), edge.at_error))
    except DeviceError as error:
        await report(Broken("line-io-lost", place, str(error), clock.now()))


class Odometer:
    """The encoder's counts as travel of the belt. Across a reopening, where the count may begin anew, the belt is taken
    to have stood: the line was held then."""

    def __init__(self, encoder: Encoder, info: EncoderInfo) -> None:
        self._encoder, self._info = encoder, info
        self._travel = Travel(0)
        self._count: int | None = None

    def reopened(self, info: EncoderInfo) -> None:
        self._info, self._count = info, None

    async def read(self) -> Turned:
        """Raises DeviceError."""
        counted = await self._encoder.read()
        fresh = 0 if self._count is None else max(0, counted.count - self._count)
        self._count = counted.count
        self._travel = Travel(self._travel + travel(Millimetres(fresh / self._info.counts_per_mm)))
        return Turned(self._travel, counted.at)

    async def watch(self, every: Duration, clock: Clock, report: Report) -> None:
        """A reading each `every`, until it is lost. That one is slow is the tracker's to judge, by what it follows."""
        try:
            while True:
                due = after(clock.now(), every)
                async with clock.deadline(after(clock.now(), LOST_AFTER)):
                    turned = await self.read()
                await report(replace(turned, at=Instant(min(turned.at, clock.now()))))
                await clock.sleep_until(due)
        except (DeviceError, TimeoutError) as error:
            await report(Broken("line-io-lost", "encoder", str(error) or "no answer", clock.now()))
