"""The shop floor of the simulated booth: belt, trays, lamps and what goes wrong, kept up with a clock."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from drivers.clock import Clock
from drivers.units import Duration, Instant, after, ms
from fakes.conveyor import Conveyor, Entered, Happening, Left, Parted, SensorEdge, Spawned, Went
from fakes.exhibition import Exhibition
from fakes.injection import Injection
from fakes.lamps import Lamps
from fakes.plan import PlannedFault, WorldPlan
from fakes.studio import Studio

BOUNCE = ms(1)

T = TypeVar("T")
Watcher = Callable[[SensorEdge], None]
Follower = Callable[[dict[str, Any]], None]
"""Takes one message of truth, as fakes.world describes it."""


class Floor:
    """`run` must run while anything else is called."""

    def __init__(self, plan: WorldPlan, clock: Clock, studio: Studio[Any]) -> None:
        self.clock = clock
        self.line = Conveyor(plan, Instant(0))
        self.lamps = Lamps(ms(plan.light_rise_ms))
        self.exhibition = Exhibition(plan, studio)
        self.faults = Injection(plan)
        self.entered = 0
        self._tasks = asyncio.TaskGroup()
        self._changed = asyncio.Event()
        self._watchers: dict[str, Watcher] = {}
        self._followers: list[Follower] = []
        self._truths: dict[int, dict[str, Any]] = {}
        self._unconfirmed = False
        self._entry_seen = False
        self._asked: list[int | None] = []

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """For ever; what takes time is done in `tasks`."""
        self._tasks = tasks
        try:
            while True:
                self.catch_up()
                self._changed.clear()
                await self._until_due()
        finally:
            self.exhibition.close()

    def catch_up(self) -> Instant:
        """Let the line run up to now, and tell what happened."""
        now = self.clock.now()
        for happening in self.line.advance(now):
            self._tell(happening)
        return now

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
        return self.line.blocked(place)

    def unwatch(self, place: str) -> None:
        self._watchers.pop(place, None)

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

    def unfollow(self, follower: Follower) -> None:
        self._followers.remove(follower)

    def inject(self, fault: PlannedFault) -> None:
        """Raises ValueError for a fault that cannot be."""
        if problems := fault.problems():
            raise ValueError("; ".join(problems))
        if fault.name == "gate-stuck":
            self.command(lambda: self.line.jam_gate(fault.times > 0))
        else:
            self.faults.arm(fault)

    def turn_bypass(self, on: bool) -> None:
        def turn() -> None:
            for happening in self.line.turn_bypass(on):
                self._tell(happening)

        self.command(turn)

    def clear(self) -> None:
        """A person takes the trays off the belt, from the entry sensor to the gate."""

        def take() -> None:
            for happening in self.line.clear():
                self._tell(happening)

        self.command(take)

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
            "on_the_line": self.line.on_the_line,
            "entered": self.entered,
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
        due = self.line.next_event_at()
        if due is None:
            await self._changed.wait()
            return
        with suppress(TimeoutError):
            async with self.clock.deadline(due):
                await self._changed.wait()

    def _feed_if_seen(self) -> None:
        def feed() -> None:
            for trays in self._asked:
                self.line.feed(trays)
            self._asked = []

        if self._entry_seen:
            self.command(feed)

    def _tell(self, happening: Happening) -> None:
        match happening:
            case Spawned(number, seed, damaged):
                self.exhibition.prepare(number, seed, damaged)
                self._truths[number] = {"kind": "truth", "damaged": damaged}
            case Entered(number, at):
                self.entered += 1
                self._truths[number]["entered_at"] = at
                self.start(self._publish(number, Went.BELT))
            case Parted(number, went):
                self.start(self._publish(number, went))
            case Left(number):
                self.start(self._forget(number))
            case SensorEdge():
                self._sense(happening)

    async def _publish(self, number: int, went: Went) -> None:
        known = self._truths[number]
        drawn = await self.exhibition.truth(number)
        told = {**known, "product": drawn["product"], "damages": list(drawn["damages"]), "went": went.value}
        for follower in list(self._followers):
            follower(told)

    async def _forget(self, number: int) -> None:
        await self.exhibition.truth(number)
        del self._truths[number]
        self.exhibition.forget(number)

    def _sense(self, edge: SensorEdge) -> None:
        if edge.place == "confirm" and self._goes_unconfirmed(edge):
            return
        self._push(edge)
        if self.faults.take("sensor-bounce", edge.place, self.entered):
            back = SensorEdge(edge.place, not edge.blocked, after(edge.at, BOUNCE))
            again = SensorEdge(edge.place, edge.blocked, after(edge.at, Duration(2 * BOUNCE)))
            self.later(BOUNCE, lambda: self._push(back))
            self.later(Duration(2 * BOUNCE), lambda: self._push(again))

    def _goes_unconfirmed(self, edge: SensorEdge) -> bool:
        """The confirm sensor misses a tray: both of its edges."""
        if edge.blocked:
            self._unconfirmed = self.faults.take("confirm-missing", "", self.entered) is not None
        return self._unconfirmed

    def _push(self, edge: SensorEdge) -> None:
        if watcher := self._watchers.get(edge.place):
            watcher(edge)
