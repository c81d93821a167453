"""A person's hands on the devices of a booth whose services stand still: reach one, hold it, put it back.

Only what is named is opened: everything else stays as it is. The belt's permit in particular is not given, and not
withdrawn, unless it is what was asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from booth.assembly import simulation
from booth.assembly.devices import lights
from booth.line.line import PLACES
from booth.settings import Settings
from drivers import registry
from drivers.clock import Clock, pause
from drivers.errors import DeviceError, DeviceLost
from drivers.links import Dial
from drivers.protocols import Encoder, Gate, GatePosition, Heartbeat, Lamp, StackLight, TraySensor, TrayStop
from drivers.registry import Bench
from drivers.units import Duration, Instant, after, as_seconds, ms, seconds

OPENS_WITHIN, ANSWERS_WITHIN, PUT_BACK_WITHIN = seconds(3), seconds(1), seconds(5)
AGAIN_AFTER, LOOKS_EVERY = ms(250), ms(100)

INPUTS = (*PLACES, "encoder")
TABLES = {
    "gate": registry.GATES,
    "tray_stop": registry.TRAY_STOPS,
    "encoder": registry.ENCODERS,
    "heartbeat": registry.HEARTBEATS,
    "stack_light": registry.STACK_LIGHTS,
    "belt_permit": registry.CONTACTS,
}
LAMPS = tuple(lamp.value for lamp in Lamp)

T = TypeVar("T")


class NotPutBack(DeviceError):
    """An output may still be as it was told, and nobody can say it otherwise; the message says what to do."""


class Opened(Protocol):
    """What every device can: after open() it is at rest, and after close() too."""

    async def open(self) -> object: ...

    async def close(self) -> None: ...


async def within(span: Duration, name: str, work: Awaitable[T], clock: Clock) -> T:
    """Raises DeviceLost for a device that hangs, after `span`."""
    try:
        async with clock.deadline(after(clock.now(), span)):
            return await work
    except TimeoutError as error:
        says = f"{name}: no answer within {as_seconds(span):g} s; check its module's power and its cable"
        raise DeviceLost(says) from error


@dataclass(slots=True)
class Handle:
    """One output. `on` and `off` are its driver's verbs for "energise it" and "at rest"."""

    name: str
    device: Opened
    on: Callable[[], Awaitable[object]]
    off: Callable[[], Awaitable[object]]
    clock: Clock

    @asynccontextmanager
    async def claimed(self) -> AsyncIterator[None]:
        """At rest at first, and at rest and released at the end, whatever happened between. Raises DeviceError, and
        NotPutBack if the end was not reached."""
        await within(OPENS_WITHIN, self.name, self.device.open(), self.clock)
        try:
            yield
        finally:
            await self._put_back()

    async def put(self, on: bool) -> object:
        """What the driver answers. Raises DeviceError."""
        return await within(ANSWERS_WITHIN, self.name, (self.on if on else self.off)(), self.clock)

    async def hold(self, on: bool, until: Instant | None, stop: asyncio.Event) -> None:
        """Until then or until `stop`, whichever comes first; None: until `stop`. Says it again now and then, so that a
        module that is lost is noticed. Raises DeviceError."""
        while not stop.is_set() and (until is None or self.clock.now() < until):
            await self.put(on)
            await wait(stop, until, self.clock)

    async def _put_back(self) -> None:
        try:
            await self.put(False)
        except DeviceError as error:
            await self._put_back_anew(error)
        with suppress(DeviceError):
            await within(ANSWERS_WITHIN, self.name, self.device.close(), self.clock)

    async def _put_back_anew(self, why: DeviceError) -> None:
        """Over a new connection: a module that had lost its link for a moment still has the output on."""
        give_up_at = after(self.clock.now(), PUT_BACK_WITHIN)
        while self.clock.now() < give_up_at:
            try:
                await within(ANSWERS_WITHIN, self.name, self.device.close(), self.clock)
                return await self._reopened()
            except DeviceError as error:
                why = error
            await pause(self.clock, AGAIN_AFTER)
        raise NotPutBack(
            f"{why}\n{self.name} could not be put back and may still be on: take its power away, or mend the link and "
            "do this once more"
        ) from why

    async def _reopened(self) -> None:
        await within(OPENS_WITHIN, self.name, self.device.open(), self.clock)


async def wait(stop: asyncio.Event, until: Instant | None, clock: Clock) -> None:
    """Until one of both, but no longer than LOOKS_EVERY."""
    look = after(clock.now(), LOOKS_EVERY)
    with suppress(TimeoutError):
        async with clock.deadline(look if until is None else min(until, look)):
            await stop.wait()


class Reach:
    """The devices of the settings, made one by one as they are asked for, not open. Each raises DeviceMissing for a
    driver whose package is not installed."""

    def __init__(self, settings: Settings, clock: Clock, world: Dial | None) -> None:
        self.settings, self.clock, self._world = settings, clock, world
        blocks = {name: block.model_dump() for name, block in settings.modules.items()}
        self._modules = registry.Modules(blocks, clock)

    def sensor(self, name: str) -> TraySensor:
        made: TraySensor = self._made(name)
        return made

    def encoder(self) -> Encoder:
        made: Encoder = self._made("encoder")
        return made

    def heartbeat(self) -> Heartbeat:
        made: Heartbeat = self._made("heartbeat")
        return made

    def gate(self) -> Handle:
        """On is pass."""
        gate: Gate = self._made("gate")
        move = gate.move
        return self._handle("gate", gate, partial(move, GatePosition.PASS), partial(move, GatePosition.DIVERT))

    def light(self, name: str, intensity: float) -> Handle:
        """Its `on` answers with the instant at which it is settled."""
        lamp = lights(self.settings, self.clock, self._world)[name]
        return self._handle(name, lamp, partial(lamp.on, intensity), lamp.off)

    def output(self, name: str) -> Handle:
        """`name` is one of outputs()."""
        if name in LAMPS:
            column: StackLight = self._made("stack_light")
            shine = partial(column.show, frozenset({Lamp(name)}))
            return self._handle(name, column, shine, partial(column.show, frozenset()))
        if name == "tray_stop":
            stop: TrayStop = self._made("tray_stop")
            return self._handle(name, stop, stop.hold, stop.release)
        # Not as a belt permit: opening one gives it.
        contact = self._made(name)
        return self._handle(name, contact, partial(contact.put, True), partial(contact.put, False))

    def _handle(
        self, name: str, device: Opened, on: Callable[[], Awaitable[object]], off: Callable[[], Awaitable[object]]
    ) -> Handle:
        return Handle(name, device, on, off, self.clock)

    def _made(self, name: str) -> Any:
        block = getattr(self.settings.conveyor, name)
        factory = registry.load(TABLES.get(name, registry.TRAY_SENSORS), block.driver)
        bench = Bench(f"line.{name}", self.clock, self._world, self._modules)
        return factory(block.model_dump(exclude={"driver"}), bench)


@asynccontextmanager
async def reach(settings: Settings, clock: Clock) -> AsyncIterator[Reach]:
    """Of a simulated booth in a world of its own, whose belt stands and is empty."""
    async with simulation.world_apart(settings, clock, pictures="flat") as world:
        yield Reach(settings, clock, world)


def inputs(settings: Settings) -> tuple[str, ...]:
    """Those that this booth has; of one whose line belongs to a PLC none."""
    return tuple(name for name in INPUTS if getattr(settings.line, name, None) is not None)


def outputs(settings: Settings) -> tuple[str, ...]:
    """Those that a person may hold: not the gate, which is jogged, and not the heartbeat, which lets go by itself."""
    if settings.line is None:
        return ()
    column = settings.line.stack_light
    all_of_them = column is not None and column.driver == "simulated"
    lamps = tuple(lamp for lamp in LAMPS if all_of_them or getattr(column, lamp, None) is not None)
    # The simulated belt runs as soon as it may, and nothing here starts a belt.
    permit = () if settings.line.belt_permit.driver == "simulated" else ("belt_permit",)
    return ("tray_stop", *permit, *lamps)


def wired(settings: Settings, name: str) -> str:
    """In words: where an input of the line is wired to."""
    block = getattr(settings.conveyor, name).model_dump()
    where = block.get("module") or block.get("chip") or ""
    terminal = next((f"{kind} {block[kind]}" for kind in ("input", "counter", "line") if kind in block), "")
    return f"{where} {terminal}".strip() or str(block["driver"])
