"""The whole booth in one process and in virtual time: world, keeper and controller as tasks over memory links.

A kill here cancels a task and discards its state, as SIGKILL does to a process. Nothing opens a socket or a thread.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from booth.assembly.account import Account
from booth.assembly.controlling import Surroundings, Threads, control
from booth.assembly.foundation import Foundation
from booth.assembly.onlooker import Onlooker, Show
from booth.line.devices import open_devices
from booth.line.keeper import Keeper, layout
from booth.line.ledger import Ledger
from booth.records.writers import InTurn
from booth.service.desk import Desk
from booth.service.logs import FaultLog, logger
from booth.service.notify import Notifier, Supervision
from drivers.clock import LoopClock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, memory_pair
from drivers.units import after, seconds
from fakes.plan import WorldPlan
from fakes.studio import Studio
from fakes.world import World


@dataclass(slots=True)
class VirtualBooth:
    """To be used within `virtual_booth`. `onlooker` knows what an observer of the sockets would know."""

    foundation: Foundation
    world: World
    clock: LoopClock
    onlooker: Onlooker
    log: TextIO
    tasks: asyncio.TaskGroup
    keeper: Keeper | None = None
    running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    desk: Desk = field(default_factory=Desk)

    @property
    def account(self) -> Account:
        return self.onlooker.account

    async def start_keeper(self) -> None:
        settings = self.foundation.settings
        ledger = Ledger(settings.state_dir)
        past = ledger.open()
        devices = await open_devices(settings, self.clock, self.world.dial)
        self.keeper = Keeper(layout(settings.line), devices, ledger, past, self.clock, _nobody_to_notify)
        self.run("keeper", self.keeper.run())

    async def start_controller(self) -> None:
        nobody = Supervision(Notifier(None), None)
        log = FaultLog(logger(self.log, "boothd", self.clock))
        writers = Threads(InTurn(), InTurn())
        around = Surroundings(self.clock, nobody, log, self.reach_keeper, self.world.dial, writers, self.desk)
        self.run("controller", control(self.foundation, around, self.stop))

    async def kill(self, name: str) -> None:
        """`keeper` or `controller`, at this instant, with nothing said or written."""
        task = self.running.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if name == "keeper":
            self.keeper = None

    async def reach_keeper(self) -> Channel:
        """A new link to the keeper. Raises LinkLost while it is dead, as a socket does that nobody serves."""
        if self.keeper is None:
            raise LinkLost("the keeper is dead")
        near, far = memory_pair()
        self.tasks.create_task(self._welcome(self.keeper, far))
        return near

    async def reach_desk(self) -> Channel:
        near, far = memory_pair()
        self.tasks.create_task(self.desk.serve(far))
        return near

    async def send_trays(self, trays: int, within: float = 600.0) -> None:
        """Feed `trays` and wait until each has ended or `within` seconds of virtual time have passed."""
        wanted = self.account.counts.entered + trays
        give_up_at = after(self.clock.now(), seconds(within))
        self.world.floor.feed(trays)
        while self.clock.now() < give_up_at and (self.account.open or self.account.counts.entered < wanted):
            await pause(self.clock, seconds(0.5))

    def run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self.running[name] = self.tasks.create_task(work)

    async def _welcome(self, keeper: Keeper, channel: Channel) -> None:
        with suppress(ConnectionError):
            await keeper.welcome(channel)


def _nobody_to_notify(state: str) -> None:
    """systemd is not part of virtual time."""


@asynccontextmanager
async def virtual_booth(
    foundation: Foundation, plan: WorldPlan, studio: Studio[Any], show: Show, log: TextIO
) -> AsyncIterator[VirtualBooth]:
    """A booth whose keeper and controller are ready, on a line that waits for trays."""
    clock = LoopClock()
    onlooker = Onlooker(clock, show)
    async with asyncio.TaskGroup() as tasks:
        world = World(plan, clock, studio)
        booth = VirtualBooth(foundation, world, clock, onlooker, log, tasks)
        booth.run("world", world.run())
        world.floor.follow(onlooker.account.truth)
        await booth.start_keeper()
        booth.run("line", onlooker.watch_line(booth.reach_keeper))
        booth.run("desk", onlooker.watch_desk(booth.reach_desk))
        await booth.start_controller()
        while not onlooker.controller_ready:
            await pause(clock, seconds(0.1))
        yield booth
        for task in booth.running.values():
            task.cancel()
