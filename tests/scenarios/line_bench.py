"""A small scripted line for the keeper: trays that move at belt speed past scripted sensors, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from booth.line import wire
from booth.line.belt import Travel, pace, travel
from booth.line.devices import Devices
from booth.line.keeper import Keeper
from booth.line.layout import Layout
from booth.line.ledger import Ledger
from booth.tray import End, Judgement, Reason, TrayId, Verdict
from drivers.clock import LoopClock, pause
from drivers.errors import DeviceLost, LinkLost
from drivers.links import Channel, memory_pair
from drivers.protocols import Edge, GatePosition
from drivers.units import Duration, Instant, Millimetres, MillimetresPerSecond, after, ms, seconds
from fakes.loop import VirtualLoop

P = ParamSpec("P")


def mm(along: float) -> Travel:
    return travel(Millimetres(along))


LAYOUT = Layout(
    indexed=True,
    pace=pace(MillimetresPerSecond(300)),
    length=mm(400),
    pitch=mm(600),
    to_station=mm(150),
    to_pregate=mm(1050),
    to_gate=mm(1150),
    tolerance=mm(60),
    confirm_within=mm(450),
    actuation=ms(120),
    hold_at_most=ms(1000),
    verdict_due=ms(2000),
)
"""The reference line at 0.3 m/s."""

TO_CONFIRM = ms(400)
PASS = Judgement(Verdict.PASS, (Reason("scored", "The score is below the threshold."),), 0.1)
DIVERT = Judgement(Verdict.DIVERT, (Reason("scored", "The score is above the threshold."),), 0.9)
CLOCK = LoopClock()


class Sensor:
    """Edges as the script makes them; `lost` makes it a device that is gone."""

    def __init__(self) -> None:
        self.blocked = self.lost = False
        self._edges: asyncio.Queue[Edge | None] = asyncio.Queue()

    async def open(self) -> bool:
        if self.lost:
            raise DeviceLost("its cable is cut; mend it")
        return self.blocked

    async def edge(self) -> Edge:
        edge = await self._edges.get()
        if edge is None:
            raise DeviceLost("its cable is cut; mend it")
        return edge

    async def close(self) -> None:
        pass

    def turns(self, blocked: bool) -> None:
        self.blocked = blocked
        self._edges.put_nowait(Edge(blocked, CLOCK.now(), Duration(0)))

    def breaks(self) -> None:
        self.lost = True
        self._edges.put_nowait(None)


class Gate:
    """Remembers every move. The blade is there `actuation` after the command."""

    def __init__(self) -> None:
        self.moves: list[tuple[Instant, GatePosition]] = []
        self.closed_at: Instant | None = None

    async def open(self) -> None:
        self.moves.append((CLOCK.now(), GatePosition.DIVERT))

    async def move(self, to: GatePosition) -> None:
        self.moves.append((CLOCK.now(), to))

    async def close(self) -> None:
        self.moves.append((CLOCK.now(), GatePosition.DIVERT))
        self.closed_at = CLOCK.now()

    def blade(self, at: Instant) -> GatePosition:
        there = [to for when, to in self.moves if after(when, LAYOUT.actuation) <= at]
        return there[-1] if there else GatePosition.DIVERT


class Stop:
    def __init__(self) -> None:
        self.sunk = asyncio.Event()
        self.sunk.set()

    async def open(self) -> None:
        self.sunk.set()

    async def hold(self) -> None:
        self.sunk.clear()

    async def release(self) -> None:
        self.sunk.set()

    async def close(self) -> None:
        self.sunk.set()


class Permit:
    def __init__(self) -> None:
        self.given = False

    async def open(self) -> None:
        self.given = True

    async def give(self) -> None:
        self.given = True

    async def withdraw(self) -> None:
        self.given = False

    async def close(self) -> None:
        self.given = False


@dataclass
class Ear:
    """One client of the keeper and all that it has heard."""

    channel: Channel
    heard: list[wire.LineMessage] = field(default_factory=list)

    async def say(self, message: wire.LineMessage) -> None:
        await wire.send(self.channel, message)

    async def listen(self) -> None:
        with suppress(LinkLost):
            while True:
                self.heard.append(await wire.receive(self.channel))

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def ends(self) -> dict[TrayId, wire.TrayEnded]:
        return {ended.tray: ended for ended in self.of(wire.TrayEnded)}

    @property
    def status(self) -> wire.Status:
        told: wire.Status = self.of(wire.Status)[-1]
        return told


class Bench:
    """One keeper on one scripted line. `went`: where each tray really went, by the time it entered."""

    def __init__(self, folder: Path, layout: Layout = LAYOUT) -> None:
        self.folder, self.layout = folder, layout
        self.entry, self.pregate, self.confirm, self.bypass = Sensor(), Sensor(), Sensor(), Sensor()
        self.gate, self.stop, self.permit = Gate(), Stop(), Permit()
        self.jammed = False
        self.went: dict[Instant, GatePosition] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.notified: list[str] = []

    @property
    def devices(self) -> Devices:
        sensors = {"entry": self.entry, "pregate": self.pregate, "confirm": self.confirm, "bypass": self.bypass}
        return Devices(sensors, self.gate, self.stop, self.permit)  # type: ignore[arg-type]

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.append(task)
        return task

    @asynccontextmanager
    async def keeper(self) -> AsyncIterator[Keeper]:
        """A keeper that runs; killed at the end unless it has returned by then."""
        devices = self.devices
        for name in devices.named:
            await devices.open(name)
        ledger = Ledger(self.folder)
        keeper = Keeper(self.layout, devices, ledger, ledger.open(), CLOCK, self.notified.append)
        running = asyncio.ensure_future(keeper.run())
        self.running = running
        await pause(CLOCK, ms(1))
        try:
            yield keeper
        finally:
            for task in (*self.tasks, running):
                task.cancel()
            outcomes = await asyncio.gather(*self.tasks, running, return_exceptions=True)
            self.tasks.clear()
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    raise outcome

    @asynccontextmanager
    async def heard(self, role: wire.Role = wire.Role.OBSERVER) -> AsyncIterator[Ear]:
        """A keeper that runs, and a client that hears all it says."""
        async with self.keeper() as keeper:
            yield await self.client(keeper, role)

    async def client(self, keeper: Keeper, role: wire.Role = wire.Role.OBSERVER, reads: bool = True) -> Ear:
        near, far = memory_pair(8)
        self.start(keeper.welcome(far))
        ear = Ear(near)
        if reads:
            self.start(ear.listen())
        await ear.say(wire.Hello(role))
        await pause(CLOCK, ms(1))
        return ear

    async def tray(self, long: float = 1) -> None:
        """One tray, from the entry sensor to wherever the gate sends it; `long`: of a tray's length."""
        layout, entered = self.layout, CLOCK.now()
        self.entry.turns(True)
        self.start(self._clear_entry(Travel(round(layout.length * long)), entered))
        await CLOCK.sleep_until(after(entered, layout.lasts(layout.to_station)))
        await self.stop.sunk.wait()
        left = CLOCK.now()
        await self._run(left, layout.to_pregate)
        if not self.permit.given:
            return
        self.pregate.turns(True)
        self.start(self._clear_pregate(CLOCK.now()))
        await self._run(left, layout.to_gate)
        self.went[entered] = self.gate.blade(CLOCK.now())
        if self.went[entered] is GatePosition.DIVERT and not self.jammed:
            await pause(CLOCK, TO_CONFIRM)
            self.confirm.turns(True)
            await pause(CLOCK, ms(200))
            self.confirm.turns(False)

    async def _run(self, left: Instant, to: Travel) -> None:
        """From the station to `to`."""
        await CLOCK.sleep_until(after(left, self.layout.lasts(Travel(to - self.layout.to_station))))

    async def _clear_entry(self, length: Travel, since: Instant) -> None:
        """A tray that stands at the station stands in the entry sensor too."""
        await CLOCK.sleep_until(after(since, self.layout.lasts(self.layout.to_station)))
        await self.stop.sunk.wait()
        await pause(CLOCK, self.layout.lasts(Travel(length - self.layout.to_station)))
        self.entry.turns(False)

    async def _clear_pregate(self, since: Instant) -> None:
        await CLOCK.sleep_until(after(since, self.layout.lasts(self.layout.length)))
        self.pregate.turns(False)


async def decide(ear: Ear, judgement: Judgement = PASS, after_capture: Duration = seconds(1)) -> None:
    """A controller that says the same of every tray."""
    done: set[TrayId] = set()
    while True:
        for at in ear.of(wire.TrayAt):
            if at.place == "station" and at.tray not in done:
                done.add(at.tray)
                await ear.say(wire.CaptureDone(at.tray))
                await pause(CLOCK, after_capture)
                await ear.say(wire.Decision(at.tray, judgement))
        await pause(CLOCK, ms(10))


def held(*endings: wire.TrayEnded) -> bool:
    return all(ended.end is End.HELD for ended in endings)


def play(scenario: Coroutine[Any, Any, None]) -> None:
    """In virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scenario)


def in_virtual_time(scenario: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that is a scenario."""

    @wraps(scenario)
    def played(*args: P.args, **named: P.kwargs) -> None:
        play(scenario(*args, **named))

    return played
