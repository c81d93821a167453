"""The shop floor of the simulated booth: belt, trays, lamps and what goes wrong, kept up with a clock."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from drivers.clock import Clock
from drivers.units import Duration, Instant, after, ms
from fakes.faults.injection import Injection, Mended, Struck
from fakes.line.climate import climate
from fakes.line.conveyor import Conveyor, Entered, Happening, Left, Parted, SensorEdge, Spawned, UnderScanner, Went
from fakes.line.labels import plate
from fakes.line.lamps import Lamps
from fakes.plan import PLACES, PlannedFault, WorldPlan
from fakes.streams import stream
from fakes.studios.exhibition import Exhibition
from fakes.studios.studio import Studio

BOUNCE_MS = 1.0
REMEMBERS = 64  # trays that have left, for whoever looks for one
SAME_EDGE = ms(50)

T = TypeVar("T")
Watcher = Callable[[SensorEdge], None]
Overhearer = Watcher
"""Is told every edge that any sensor reports, whether anybody watches it or not."""

Follower = Callable[[dict[str, Any]], None]
"""Takes one message of truth, as fakes.world describes it."""

Reader = Callable[[str, Instant], None]
"""Is told what each label says that the scanner can read, and when it was under it."""

Befallen = Callable[[Struck | Mended], None]
"""Is told each fault as it strikes and as it is mended. A fault of the kind EVENT is the listener's to make happen."""


class Floor:
    """`run` must run while anything else is called."""

    def __init__(self, plan: WorldPlan, clock: Clock, studio: Studio[Any]) -> None:
        self.clock = clock
        self.line = Conveyor(plan, Instant(0))
        self.climate = climate(plan)
        self.lamps = Lamps(ms(plan.light_rise_ms), self.climate.lamp_share)
        self.exhibition = Exhibition(plan, studio)
        self.faults = Injection(plan.fault_seed)
        for fault in plan.faults:
            self.faults.arm(fault)
        self.entered = 0
        self.signals: frozenset[str] = frozenset()
        self._tasks = asyncio.TaskGroup()
        self._changed = asyncio.Event()
        self._watchers: dict[str, Watcher] = {}
        self._followers: list[Follower] = []
        self._truths: dict[int, dict[str, Any]] = {}
        self._listeners: list[Befallen] = []
        self._overhearers: list[Overhearer] = []
        self._went: dict[Instant, Went] = {}
        self._level = dict.fromkeys(PLACES, False)
        self._bounce, self._bounces = plan.bounce, stream(plan.seed, "bounce")
        self._unread, self._reads = plan.unread, stream(plan.seed, "read")
        self._reader: Reader | None = None
        self._unconfirmed = False
        self._entry_seen = False
        self._asked: list[int | None] = []

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """For ever; what takes time is done in `tasks`."""
        self._tasks = tasks
        self.climate.start = self.faults.start = self.clock.now()
        try:
            while True:
                self.catch_up()
                self._changed.clear()
                await self._until_due()
        finally:
            self.line.infeed.feed(0)
            self.exhibition.close()

    def catch_up(self) -> Instant:
        """Let the line run up to now, and tell what happened."""
        now = self.clock.now()
        while (due := self.faults.next_due_at(self.entered)) is not None and due <= now:
            moment = max(due, self.line.now)
            self._run_line(moment)
            self._befall(self.faults.advance(moment, self.entered))
        self._run_line(now)
        return now

    def _run_line(self, until: Instant) -> None:
        for happening in self.line.advance(until):
            self._tell(happening)

    def command(self, order: Callable[[], None]) -> Instant:
        """Do `order` to the line as it is now; returns that instant."""
        now = self.catch_up()
        order()
        self._changed.set()
        return now

    def feed(self, trays: int | None) -> None:
        """So many more trays (None: without end), held back until somebody watches the entry; 0: no more."""
        self._asked = [*self._asked, trays] if trays != 0 else [0]
        self._feed_if_seen()

    def watch(self, place: str, watcher: Watcher) -> bool:
        """Tell `watcher` every edge from now on; returns whether the sensor is blocked now."""
        self.catch_up()
        self._watchers[place] = watcher
        self._entry_seen |= place == "entry"
        self._feed_if_seen()
        return self._level[place]

    def unwatch(self, place: str) -> None:
        self._watchers.pop(place, None)

    def read_labels(self, reader: Reader | None) -> None:
        """Tell `reader`, and nobody else, from now on."""
        self.catch_up()
        self._reader = reader

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

    def unfollow(self, follower: Follower) -> None:
        self._followers.remove(follower)

    def inject(self, fault: PlannedFault) -> None:
        """Raises ValueError for a fault that cannot be."""
        if problems := fault.problems():
            raise ValueError("; ".join(problems))
        self.catch_up()
        self.faults.arm(fault)
        self.command(lambda: self._befall(self.faults.advance(self.line.now, self.entered)))

    def listen(self, listener: Befallen) -> None:
        self._listeners.append(listener)

    def unlisten(self, listener: Befallen) -> None:
        self._listeners.remove(listener)

    def overhear(self, overhearer: Overhearer) -> None:
        self._overhearers.append(overhearer)

    def turn_bypass(self, on: bool) -> None:
        self._handle(lambda: self.line.turn_bypass(on))

    def clear(self) -> None:
        """A person takes the trays off the belt, from the entry sensor to the gate."""
        self._handle(self.line.clear)

    def empty_bin(self) -> None:
        """A person makes room for diverted trays."""
        self._handle(self.line.empty_bin)

    def whereabouts(self, entered_at: Instant) -> Went | None:
        """Where the tray is that broke the entry sensor then, as a person at the line finds it; None if they cannot."""
        near = min(self._went, key=lambda at: abs(at - entered_at), default=None)
        return None if near is None or abs(near - entered_at) > SAME_EDGE else self._went[near]

    def _handle(self, act: Callable[[], list[Happening]]) -> None:
        def do() -> None:
            for happening in act():
                self._tell(happening)

        self.command(do)

    @property
    def at_rest(self) -> bool:
        """Nothing will move until somebody commands it: the line is empty, or stands."""
        return not (self.line.running and self.line.on_the_line)

    def look(self) -> dict[str, Any]:
        """What a person beside the line sees."""
        now = self.catch_up()
        return {
            "gate": self.line.blade().value,
            "stop": "up" if self.line.stop_is_up else "down",
            "belt": "running" if self.line.running else "standing",
            "lamps": self.lamps.levels(now),
            "signals": sorted(self.signals),
            "on_the_line": self.line.on_the_line,
            "entered": self.entered,
            "bin": "full" if self.line.blocked("bin") else "room",
            "celsius": self.climate.celsius(now),
        }

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do `work` beside everything else; what it raises ends the world."""
        return self._tasks.create_task(work)

    def later(self, span: Duration, act: Callable[[], None]) -> None:
        async def wait() -> None:
            await self.clock.sleep_until(after(self.clock.now(), span))
            act()

        self.start(wait())

    async def _until_due(self) -> None:
        both = (self.line.next_event_at(), self.faults.next_due_at(self.entered))
        due = min((at for at in both if at is not None), default=None)
        if due is None:
            await self._changed.wait()
            return
        with suppress(TimeoutError):
            async with self.clock.deadline(due):
                await self._changed.wait()

    def _feed_if_seen(self) -> None:
        def feed() -> None:
            for trays in self._asked:
                self.line.infeed.feed(trays)
            self._asked = []
            self._pack()

        if self._entry_seen:
            self.command(feed)

    def _pack(self) -> None:
        """Drawing takes its time, for a staged tray seconds: the next one begins now, and comes when it is done."""
        if (tray := self.line.infeed.next_up) is None:
            return
        drawing = self.exhibition.prepare(tray.number, tray.seed, tray.damaged)
        self.line.infeed.pack(drawing.done())
        if not drawing.done():
            drawing.add_done_callback(lambda _: self.command(lambda: self.line.infeed.pack(True)))

    def _tell(self, happening: Happening) -> None:
        match happening:
            case Spawned(tray):
                self.exhibition.prepare(tray.number, tray.seed, tray.damaged)
                self._truths[tray.number] = {"kind": "truth", "damaged": tray.damaged}
                self._pack()
            case Entered(number, at):
                self.entered += 1
                self._truths[number]["entered_at"] = at
                self._remember(at, Went.BELT)
                self.start(self._publish(number, Went.BELT))
                self._befall(self.faults.tray_entered(at, self.entered))
            case UnderScanner(number, at):
                self._scan(number, at)
            case Parted(number, went, at, free):
                self._remember(self._truths[number]["entered_at"], went)
                self.start(self._publish(number, went, at=at, free=free))
            case Left(number):
                self.start(self._forget(number))
            case SensorEdge():
                self._sense(happening)

    def _scan(self, number: int, at: Instant) -> None:
        readable = self._reads.random() >= self._unread
        if readable and self._reader is not None:
            self.start(self._read_label(number, at, self._reader))

    async def _read_label(self, number: int, at: Instant, reader: Reader) -> None:
        if (text := plate(await self.exhibition.truth(number))) is not None:
            reader(text, at)

    async def _publish(self, number: int, went: Went, **parted: Any) -> None:
        known = self._truths[number]
        drawn = await self.exhibition.truth(number)
        told = {**known, "product": drawn["product"], "damages": list(drawn["damages"]), "went": went.value, **parted}
        for follower in list(self._followers):
            follower(told)

    async def _forget(self, number: int) -> None:
        await self.exhibition.truth(number)
        del self._truths[number]
        self.exhibition.forget(number)

    def _sense(self, edge: SensorEdge) -> None:
        if edge.place == "confirm" and self._goes_unconfirmed(edge):
            return
        self._read(edge.place, edge.blocked, edge.at)

    def _read(self, place: str, blocked: bool, at: Instant) -> None:
        """What the sensor says, which is not always what is before it."""
        blocked |= self.faults.standing("sensor-cable-cut", place) is not None
        blocked |= place == "confirm" and self.faults.standing("confirm-spurious") is not None
        if blocked is self._level[place]:
            return
        self._level[place] = blocked
        edge = SensorEdge(place, blocked, at)
        self._push(edge)
        if fault := self.faults.take("sensor-bounce", place):
            self._chatter(edge, fault.much)
        elif self._bounce and self._bounces.random() < self._bounce:
            self._chatter(edge, BOUNCE_MS)

    def _chatter(self, edge: SensorEdge, within_ms: float) -> None:
        """The contact opens and closes again, once to three times, before it rests where it should."""
        times = 2 * int(self._bounces.integers(1, 4))
        for index, span in enumerate(sorted(self._bounces.uniform(0.05, within_ms, times))):
            bounced = SensorEdge(edge.place, edge.blocked is (index % 2 == 1), after(edge.at, ms(span)))
            self.later(ms(span), partial(self._push, bounced))

    def _goes_unconfirmed(self, edge: SensorEdge) -> bool:
        """The confirm sensor misses a tray: both of its edges."""
        if edge.blocked:
            self._unconfirmed = self.faults.take("confirm-missing") is not None
        return self._unconfirmed

    def _remember(self, entered_at: Instant, went: Went) -> None:
        self._went[entered_at] = went
        if len(self._went) > REMEMBERS:
            del self._went[next(iter(self._went))]

    def _befall(self, changes: list[Struck | Mended]) -> None:
        for change in changes:
            self._suffer(change)
            for listener in list(self._listeners):
                listener(change)

    def _suffer(self, change: Struck | Mended) -> None:
        fault, bad = change.fault, isinstance(change, Struck)
        match fault.name:
            case "gate-stuck":
                self.line.jam_gate(bad)
            case "light-dead" | "light-dim" | "light-slow":
                self._fail_lamp(fault.where)
            case "encoder-slip" | "encoder-dead":
                slip, dead = self.faults.standing("encoder-slip"), self.faults.standing("encoder-dead")
                self.line.blunt_encoder(0.0 if dead else 1 - slip.much if slip else 1.0)
            case "trays-merged" | "tray-removed" if bad:
                many = self.line.infeed.merge_next if fault.name == "trays-merged" else self.line.remove_next
                many(fault.times)
            case "belt-stopped":
                self.line.press_stop(bad)
            case "sensor-cable-cut":
                self._read(fault.where, self.line.blocked(fault.where), change.at)
            case "confirm-spurious":
                self._read("confirm", self.line.blocked("confirm"), change.at)

    def _fail_lamp(self, lamp: str) -> None:
        dead, dim, slow = (self.faults.standing(f"light-{how}", lamp) for how in ("dead", "dim", "slow"))
        share = 0.0 if dead else dim.much if dim else 1.0
        self.lamps.fail(lamp, share, ms(slow.much) if slow else None, self.line.now)

    def _push(self, edge: SensorEdge) -> None:
        for overhearer in self._overhearers:
            overhearer(edge)
        if watcher := self._watchers.get(edge.place):
            watcher(edge)
