"""The line keeper's shell: sensors, clients and deadlines in, the tracker's commands out."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from booth.faults import FAULTS
from booth.line import wire
from booth.line.account import Account
from booth.line.answers import lamps, status
from booth.line.clients import Client
from booth.line.devices import Actuator, Devices, Odometer, open_devices, watch
from booth.line.front import Front, Said
from booth.line.layout import Layout
from booth.line.ledger import Ledger, Past
from booth.line.line import (
    Broken,
    Command,
    ControllerThere,
    EdgeSeen,
    Heard,
    Line,
    LineEvent,
    MoveGate,
    MoveStop,
    Permit,
    Ready,
    Stop,
    Tick,
    Turned,
)
from booth.line.measured import layout
from booth.line.scanning import listen
from booth.line.tracker import next_wake, track
from booth.tray import Counts, End, Reason, TrayId
from drivers.clock import Clock, pause
from drivers.errors import DeviceError
from drivers.links import Channel
from drivers.protocols import Lamp
from drivers.units import Duration, Instant, after, ms, seconds

INBOX = 1024
OUTPUTS = ("gate", "tray_stop", "belt_permit", "heartbeat", "stack_light")
SAMPLE = ms(20)
BEATS = 3
"""So many beats in the time that the heartbeat's relay holds."""
FAREWELL_WITHIN = ms(500)
REOPENS_WITHIN = seconds(3)

Notify = Callable[[str], None]
"""Takes what sd_notify takes: READY=1, STATUS=..., WATCHDOG=1, STOPPING=1."""


class Keeper:
    """Owns the line from READY until it was told to stop.

    `devices` are open, `past` is what the open ledger found. `pulse`: the longest that the loop stays silent, for a
    watchdog; None where nobody watches. `sample`: how often the encoder is read. `runs`: as Status.runs.
    """

    def __init__(
        self,
        line: Layout,
        devices: Devices,
        ledger: Ledger,
        past: Past,
        clock: Clock,
        notify: Notify,
        pulse: Duration | None = None,
        sample: Duration = SAMPLE,
        runs: tuple[str, ...] = (),
    ) -> None:
        self._devices, self._past, self._clock = devices, past, clock
        self._account = Account(ledger, self._ledger_failed)
        self._notify, self._pulse = notify, pulse
        self._line = Line(line, past.boot)
        self._inbox: asyncio.Queue[tuple[LineEvent, Client | None]] = asyncio.Queue(INBOX)
        self._front = Front(clock, self._greeting, self._heed, self._presence)
        outputs = [name for name in OUTPUTS if name in devices.named]
        self._actuators = {name: Actuator(name, clock, self._report, devices.within) for name in outputs}
        self._odometer: Odometer | None = None
        self._sample, self._runs = sample, runs
        self._beats_at: Instant | None = None
        self._shown: frozenset[Lamp] | None = None
        self._lost: set[str] = set()
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._stop_asked = asyncio.Event()
        self._left_over: tuple[wire.TrayEnded, ...] = ()

    @property
    def line(self) -> Line:
        return self._line

    @property
    def dropped(self) -> int:
        """How many clients were dropped because they did not read."""
        return self._front.dropped

    # --- life

    async def run(self) -> None:
        """Keep the line until `stop`, then wait for the trays on it for as long as one can take. Whatever ends this,
        the gate is parked; only `stop` settles the account: else the next boot finds the trays open."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(actuator.obey()) for actuator in self._actuators.values()]
            tasks.append(group.create_task(self._account.keep()))
            try:
                self._begin(group, await self._first_reading())
                await self._keep()
                await self._say_goodbye()
            finally:
                for task in (*tasks, *self._watchers.values()):
                    task.cancel()
                await self._devices.close()
                self._front.drop_all()
                self._account.close()

    def stop(self) -> None:
        """Finish the trays on the line, then let `run` return. May be called twice."""
        self._stop_asked.set()
        with suppress(asyncio.QueueFull):
            self._inbox.put_nowait((Tick(self._clock.now()), None))

    async def _first_reading(self) -> Turned | None:
        """Raises DeviceError."""
        devices = self._devices
        if devices.encoder is None or devices.counts is None:
            return None
        self._odometer = Odometer(devices.encoder, devices.counts)
        return await self._odometer.read()

    def _begin(self, group: asyncio.TaskGroup, turned: Turned | None) -> None:
        now = self._clock.now()
        self._group = group
        blocked = frozenset(self._devices.blocked)
        past = self._past
        self._feed(Ready(now, blocked, len(past.open), not past.unresolved, turned, past.sweepable))
        self._beat(now)
        self._left_over = tuple(_left_open(self._past, self._line.counts, now))
        for ended in self._left_over:
            self._account.note(ended)
            self._front.tell(ended)  # whoever came before this was greeted without them
        for name in (*self._devices.sensors, "encoder", "scanner"):
            self._watch(name)
        self._notify("READY=1")

    def _watch(self, name: str) -> None:
        for place, sensor in self._devices.sensors.items():
            if place == name:
                self._watchers[name] = self._group.create_task(watch(place, sensor, self._clock, self._report))
        if name == "encoder" and self._odometer is not None:
            reading = self._odometer.watch(self._sample, self._clock, self._report)
            self._watchers[name] = self._group.create_task(reading)
        if name == "scanner" and self._devices.scanner is not None:
            listening = listen(self._devices.scanner, self._clock, self._report)
            self._watchers[name] = self._group.create_task(listening)

    async def _keep(self) -> None:
        wanted: frozenset[TrayId] | None = None
        give_up: Instant | None = None
        while True:
            if self._stop_asked.is_set() and give_up is None:
                self._notify("STOPPING=1")
                wanted = frozenset(tray.id for tray in self._line.trays)
                give_up = after(self._clock.now(), self._line.layout.journey)
            if give_up is not None and wanted is not None:
                still_there = wanted & {tray.id for tray in self._line.trays}
                if not still_there or self._clock.now() >= give_up:
                    return
            await self._turn(give_up)

    async def _turn(self, give_up: Instant | None) -> None:
        """Wait for whatever comes first, and deal with it."""
        wakes = [at for at in (next_wake(self._line), give_up, self._beats_at) if at is not None]
        if self._pulse is not None:
            wakes.append(after(self._clock.now(), self._pulse))
        event, client = await self._next(min(wakes, default=None))
        if not isinstance(event, Turned):  # so frequent that what is due a moment later may wait for the next turn
            self._feed(Tick(self._clock.now()), None)
        if not isinstance(event, Tick):
            self._feed(event, client)
        self._notify("WATCHDOG=1")
        if self._beats_at is not None and self._clock.now() >= self._beats_at:
            self._beat(self._clock.now())

    def _beat(self, now: Instant) -> None:
        """From the loop's own progress: a keeper that hangs does not beat."""
        if (heartbeat := self._devices.heartbeat) is not None and self._devices.holds is not None:
            self._actuators["heartbeat"].order(heartbeat.beat)
            self._beats_at = after(now, Duration(self._devices.holds // BEATS))

    async def _next(self, wake: Instant | None) -> tuple[LineEvent, Client | None]:
        if wake is None:
            return await self._inbox.get()
        try:
            async with self._clock.deadline(wake):
                return await self._inbox.get()
        except TimeoutError:
            return Tick(self._clock.now()), None

    async def _say_goodbye(self) -> None:
        """What is still open ends HELD."""
        self._feed(Stop(self._clock.now()))
        with suppress(TimeoutError):
            async with self._clock.deadline(after(self._clock.now(), FAREWELL_WITHIN)):
                await self._actuators["gate"].settled()
                await self._front.told()
        self._account.settle()

    # --- commands

    def _feed(self, event: LineEvent, client: Client | None = None) -> None:
        self._line, commands = track(self._line, event)
        if isinstance(event, Broken) and event.code == "line-io-lost":
            self._lost.add(event.device)
        refused = any(isinstance(command, wire.Refused) for command in commands)
        if isinstance(event, Heard) and isinstance(event.message, wire.Reset) and not refused:
            self._left_over = ()
            self._account.note(event.message)
        for command in commands:
            self._perform(command, client)
        if self._devices.stack_light is not None:
            self._show(lamps(self._line))

    def _show(self, shown: frozenset[Lamp]) -> None:
        column = self._devices.stack_light
        if column is not None and shown != self._shown:
            self._shown = shown
            self._actuators["stack_light"].order(lambda: column.show(shown))

    def _perform(self, command: Command, client: Client | None) -> None:
        devices = self._devices
        match command:
            case MoveGate(to=position, at=at):
                self._actuators["gate"].order(lambda: devices.gate.move(position), at)
            case MoveStop(up=up):
                self._actuators["tray_stop"].order(devices.tray_stop.hold if up else devices.tray_stop.release)
            case Permit(given=given):
                belt = devices.belt_permit
                self._actuators["belt_permit"].order(belt.give if given else belt.withdraw)
            case wire.Refused():
                if client is not None:
                    client.tell(command)
            case _:
                self._announce(command)

    def _announce(self, said: wire.LineMessage) -> None:
        self._account.note(said)
        if isinstance(said, wire.Status):
            self._notify(f"STATUS={said.state.value}{', '.join(('', *said.latched))}")
            said = self._told_whole(said)
        self._front.tell(said)

    def _ledger_failed(self, why: str) -> None:
        broken = Broken("ledger-failed", "-", why, self._clock.now())
        with suppress(asyncio.QueueFull):
            self._inbox.put_nowait((broken, None))

    async def _report(self, event: LineEvent) -> None:
        await self._inbox.put((event, None))

    # --- clients

    async def welcome(self, channel: Channel) -> None:
        """As Front.welcome."""
        await self._front.welcome(channel)

    def _greeting(self) -> tuple[wire.LineMessage, ...]:
        return (self._told_whole(status(self._line)), *self._left_over)

    def _told_whole(self, said: wire.Status) -> wire.Status:
        """With what only the shell knows."""
        scanner = self._devices.scanner
        return replace(said, runs=self._runs, scans=None if scanner is None else scanner.scans)

    def quiet(self, span: Duration) -> bool:
        """Nothing is due for so long, as far as anybody knows."""
        wake = next_wake(self._line)
        return self._inbox.empty() and (wake is None or wake > self._clock.now() + span)

    def _presence(self, there: bool) -> None:
        with suppress(asyncio.QueueFull):
            self._inbox.put_nowait((ControllerThere(there, self._clock.now()), None))

    async def _heed(self, said: Said, client: Client) -> None:
        if isinstance(said, wire.Reset):
            await self._reset(said, client)
        else:
            await self._inbox.put((Heard(said, self._clock.now()), client))

    async def _reset(self, wish: wire.Reset, client: Client) -> None:
        """Devices that were lost must answer again first."""
        for name in self._devices.lost_with(self._lost):
            if why := await self._reopened(name):
                client.tell(wire.Refused(f"The line's {name} does not answer: {why}. Mend it, then reset again."))
                return
        self._lost.clear()
        await self._inbox.put((Heard(wish, self._clock.now()), client))

    async def _reopened(self, name: str) -> str:
        """Why it cannot be opened again; empty if it was."""
        device = self._devices.named[name]
        try:
            async with self._clock.deadline(after(self._clock.now(), REOPENS_WITHIN)):
                await device.close()
                await self._devices.open(name)
        except (DeviceError, TimeoutError) as error:
            return str(error) or "no answer"
        if (old := self._watchers.get(name)) is not None:
            old.cancel()
        if name == "encoder" and self._odometer is not None and self._devices.counts is not None:
            self._odometer.reopened(self._devices.counts)
        if name == "stack_light":
            self._shown = None
        await self._tell_level(name)
        self._watch(name)
        return ""

    async def _tell_level(self, name: str) -> None:
        """Of a sensor that is back: what it did meanwhile nobody saw. Returns when the level counts."""
        for place in self._devices.sensors:
            if place == name:
                await self._report(EdgeSeen(place, place in self._devices.blocked, self._clock.now()))
                await pause(self._clock, self._line.layout.debounce(place))


def _left_open(past: Past, counts: Counts, now: Instant) -> Iterable[wire.TrayEnded]:
    """The trays of the last boot that nobody saw end."""
    why = Reason("keeper-restarted", FAULTS["keeper-restarted"].says)
    for tray, entered_at in past.open.items():
        yield wire.TrayEnded(tray, End.HELD, (why,), False, entered_at, now, counts)


__all__ = ["Keeper", "Notify", "layout", "open_devices"]
