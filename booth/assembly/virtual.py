"""The whole booth in one process and in virtual time: world, keeper and controller as tasks over memory links.

A kill here cuts a process's links, as the kernel does, and then cancels its task and discards its state. Nothing
opens a socket or a thread.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from errno import ENOSPC
from typing import Any, TextIO
from weakref import WeakSet

from booth.assembly.account import Account
from booth.assembly.controlling import Surroundings, Threads, control
from booth.assembly.foundation import Foundation
from booth.assembly.onlooker import Onlooker, Show
from booth.line.devices import Devices, open_devices
from booth.line.keeper import Keeper, layout
from booth.line.ledger import Ledger
from booth.records.writers import InTurn, T, Work, Writer
from booth.service.desk import Desk
from booth.service.logs import FaultLog, logger
from booth.service.notify import Notifier, Supervision
from drivers.clock import LoopClock, pause
from drivers.errors import DeviceError, LinkLost
from drivers.links import Channel, Dial, memory_pair
from drivers.units import after, ms, seconds
from fakes.plan import WorldPlan
from fakes.studios.studio import Studio
from fakes.world import World

STARTS_AGAIN_AFTER = seconds(1)
"""As systemd does with a process that did not start."""


class Links:
    """The ends of links that one process holds."""

    def __init__(self) -> None:
        self._held: WeakSet[Channel] = WeakSet()

    def hold(self, channel: Channel) -> Channel:
        self._held.add(channel)
        return channel

    def dialling(self, dial: Dial) -> Dial:
        """Opens channels that are held."""

        async def dialled() -> Channel:
            return self.hold(await dial())

        return dialled

    async def cut(self) -> None:
        for channel in list(self._held):
            await channel.close()


@dataclass(slots=True)
class Disk:
    """The disk under ledger and journal. `rows`: how many rows of the journal are committed together."""

    rows: int = 1
    full: bool = False

    def write(self, handle: int, content: bytes) -> int:
        """As os.write."""
        if self.full:
            raise OSError(ENOSPC, "No space left on device")
        return os.write(handle, content)

    def writer(self, work: Work[T]) -> Writer[T]:
        """A booth.records.writers.MakeWriter; rows wait for room."""

        def done(batch: Sequence[T]) -> bool:
            return not self.full and work(batch)

        return InTurn(self.rows)(done)


@dataclass(slots=True)
class VirtualBooth:
    """To be used within `virtual_booth`. `onlooker` knows what an observer of the sockets would know."""

    foundation: Foundation
    world: World
    clock: LoopClock
    onlooker: Onlooker
    log: TextIO
    tasks: asyncio.TaskGroup
    disk: Disk = field(default_factory=Disk)
    keeper: Keeper | None = None
    running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    desk: Desk = field(default_factory=Desk)
    _links: dict[str, Links] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        return self.onlooker.account

    async def start_keeper(self) -> None:
        """Returns when it has the line."""
        settings, links = self.foundation.settings, Links()
        ledger = Ledger(settings.state_dir, self.disk.write)
        past = ledger.open()
        devices = await self._opened(links.dialling(self.world.dial))
        self._links["keeper"] = links
        sample = ms(settings.conveyor.encoder_sample_ms)
        self.keeper = Keeper(
            layout(settings.conveyor), devices, ledger, past, self.clock, _nobody_to_notify, sample=sample
        )
        self.run("keeper", self.keeper.run())

    async def start_controller(self) -> None:
        """Returns at once."""
        links = self._links["controller"] = Links()
        nobody = Supervision(Notifier(None), None)
        log = FaultLog(logger(self.log, "boothd", self.clock))
        line, world = links.dialling(self.reach_keeper), links.dialling(self.world.dial)
        writers = Threads(self.disk.writer, self.disk.writer, self.disk.writer)
        self.run("controller", self._control(Surroundings(self.clock, nobody, log, line, world, writers, self.desk)))

    async def kill(self, name: str) -> None:
        """`keeper` or `controller`, at this instant, with nothing said or written."""
        task = self.running.pop(name)
        if name == "keeper":
            self.keeper = None
        await self._links.pop(name).cut()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def reach_keeper(self) -> Channel:
        """A new link to the keeper. Raises LinkLost while it is dead, as a socket does that nobody serves."""
        if self.keeper is None:
            raise LinkLost("the keeper is dead")
        near, far = memory_pair()
        self.tasks.create_task(self._welcome(self.keeper, self._links["keeper"].hold(far)))
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

    async def _opened(self, world: Dial) -> Devices:
        while True:
            try:
                return await open_devices(self.foundation.settings, self.clock, world)
            except DeviceError:
                await pause(self.clock, STARTS_AGAIN_AFTER)

    async def _control(self, around: Surroundings) -> None:
        while True:
            try:
                return await control(self.foundation, around, self.stop)
            except DeviceError:
                await pause(self.clock, STARTS_AGAIN_AFTER)

    async def _welcome(self, keeper: Keeper, channel: Channel) -> None:
        with suppress(ConnectionError):
            await keeper.welcome(channel)


def _nobody_to_notify(state: str) -> None:
    """systemd is not part of virtual time."""


@asynccontextmanager
async def virtual_booth(
    foundation: Foundation, plan: WorldPlan, studio: Studio[Any], show: Show, log: TextIO, disk: Disk | None = None
) -> AsyncIterator[VirtualBooth]:
    """A booth whose keeper and controller are ready, on a line that waits for trays."""
    clock = LoopClock()
    onlooker = Onlooker(clock, show)
    async with asyncio.TaskGroup() as tasks:
        world = World(plan, clock, studio)
        booth = VirtualBooth(foundation, world, clock, onlooker, log, tasks, disk or Disk())
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
