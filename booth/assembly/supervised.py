"""`booth run`: world, keeper and controller as processes, watched until the trays are through or a person stops it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from booth.assembly import simulation
from booth.assembly.onlooker import Onlooker
from booth.assembly.processes import (
    Child,
    answering,
    desk_socket,
    jobs,
    line_socket,
    world_socket,
)
from booth.line import wire
from booth.settings import Settings
from drivers.clock import Clock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Message, connect
from drivers.units import after, ms, seconds

DRAINS_WITHIN = seconds(20)
LOOKS_EVERY = ms(50)
CLEARED_AFTER = seconds(2)
KILLED = {"controller-killed": "controller", "keeper-killed": "keeper"}
ONLY_IN_A_DAY = ("disk-full", "clock-step")
SOCKETS = {"world": world_socket, "keeper": line_socket, "controller": desk_socket}


@dataclass(slots=True)
class Supervised:
    """One run. `trays` None: until `stop` is set, by SIGINT or SIGTERM."""

    config: Path
    settings: Settings
    trays: int | None
    clock: Clock
    onlooker: Onlooker
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    children: dict[str, Child] = field(default_factory=dict)

    async def run(self) -> None:
        """Returns when the trays are through or the stop has drained the line.

        Raises, alone or in a group: ChildFailed if the booth cannot go on, DeviceMissing if it did not start.
        """
        self.settings.runtime_dir.mkdir(parents=True, exist_ok=True)
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, self.stop.set)
        async with self._processes(), self._onlooking():
            if self.settings.simulated and self.settings.plc is None:
                await self._feed()
            await self._until_done()

    @asynccontextmanager
    async def _processes(self) -> AsyncIterator[None]:
        """Started in order, each when the one before it answers; stopped in the opposite order, so that the keeper
        outlives the controller and the line outlives both."""
        told = f"{simulation.plan(self.settings, self.trays).to_json()}\n" if self.settings.simulated else ""
        wanted = jobs(self.config, self.settings, told.encode())
        children = [Child(job, self._said, self.clock) for job in wanted]
        self.children = {child.job.name: child for child in children}
        async with asyncio.TaskGroup() as group:
            try:
                for child in children:
                    await child.start()
                    watcher = group.create_task(child.run())
                    await (await answering(SOCKETS[child.job.name](self.settings), self.clock, [watcher])).close()
                yield
            finally:
                for child in reversed(children):
                    await child.stop()

    def _said(self, who: str, line: str) -> None:
        """What a process writes to its log, less the faults: those are heard at the sockets, and shown once."""
        if not (line.startswith("{") and '"fault":' in line):
            self.onlooker.show.say(who, line)

    @asynccontextmanager
    async def _onlooking(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            readers = [
                group.create_task(self.onlooker.watch_line(partial(connect, line_socket(self.settings)))),
                group.create_task(self.onlooker.watch_desk(partial(connect, desk_socket(self.settings)))),
            ]
            if self.settings.simulated:
                readers.append(group.create_task(self._listen_to_truth()))
                readers.append(group.create_task(self._clear_a_held_line()))
                readers.append(group.create_task(self._act_on_faults()))
            yield
            for reader in readers:
                reader.cancel()

    async def _feed(self) -> None:
        """Ask the world for trays once somebody is there to see them."""
        while not (self.onlooker.keeper_seen and self.onlooker.controller_ready):
            await pause(self.clock, LOOKS_EVERY)
        if "keeper-restarted" in self.onlooker.latched:
            await self._say_that_the_line_is_empty()
        await self._ask_for(self.trays)

    async def _say_that_the_line_is_empty(self) -> None:
        """An earlier run ended with trays on the line. Those are gone with their world: this one begins empty."""
        channel = await connect(line_socket(self.settings))
        await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
        await wire.send(channel, wire.Reset("booth run", "a new simulated world begins with an empty line"))
        while "keeper-restarted" in self.onlooker.latched:
            await pause(self.clock, LOOKS_EVERY)
        await channel.close()

    async def _until_done(self) -> None:
        """All trays through, a latched fault that nobody will reset, or a stop; then until the line is empty."""
        while not self.stop.is_set() and not self._through():
            await pause(self.clock, LOOKS_EVERY)
        if self.settings.simulated and self.stop.is_set():
            self.onlooker.show.say("supervisor", "stopping: no more trays; waiting for those on the line")
            await self._ask_for(0)
        give_up_at = after(self.clock.now(), DRAINS_WITHIN)
        while self.onlooker.account.open and self.clock.now() < give_up_at:
            await pause(self.clock, LOOKS_EVERY)

    def _through(self) -> bool:
        account = self.onlooker.account
        if self.trays is None or account.open:
            return False
        return account.counts.entered >= self.trays or bool(self.onlooker.latched)

    async def _ask_for(self, trays: int | None) -> None:
        await self._tell_world({"kind": "feed", "trays": trays})

    async def _clear_a_held_line(self) -> None:
        """Where a person would: take the trays off the belt, and again if that was no good, for it may have run on.
        Whoever watches still has to say what they found."""
        while True:
            while not self.onlooker.latched:
                await pause(self.clock, LOOKS_EVERY)
            await pause(self.clock, CLEARED_AFTER)
            if latched := self.onlooker.latched:
                await self._tell_world({"kind": "clear"})
                told = f"somebody has taken the trays off the simulated belt; now: booth line reset {self.config}"
                self.onlooker.show.say("world", told)
            while self.onlooker.latched and self.onlooker.latched == latched:
                await pause(self.clock, LOOKS_EVERY)

    async def _act_on_faults(self) -> None:
        """What the simulated world can only announce, for it has no hold on processes, disk and clock."""
        channel = await self._world()
        await channel.send(Message({"kind": "faults"}))
        with suppress(LinkLost):
            while True:
                told = (await channel.receive()).head
                name = told.get("name")
                if told["kind"] == "struck" and name in KILLED:
                    self.children[KILLED[name]].kill(ms(told["lasts_ms"]))
                elif told["kind"] == "struck" and name in ONLY_IN_A_DAY:
                    says = f"{name} is due, and happens only in a simulated day: booth simulate day {self.config}"
                    self.onlooker.show.say("world", says)

    async def _tell_world(self, head: dict[str, Any]) -> None:
        channel = await self._world()
        await channel.send(Message(head))
        await channel.close()

    async def _listen_to_truth(self) -> None:
        """The world's truth goes to what is shown, and nowhere else; recorded pictures have none."""
        channel = await self._world()
        try:
            while simulation.pictures_are_simulated(self.settings):
                message = await channel.receive()
                if message.head.get("kind") == "truth":
                    self.onlooker.account.truth(message.head)
        except LinkLost:
            self.onlooker.show.say("supervisor", "the simulated world is gone")

    async def _world(self) -> Channel:
        channel = await answering(world_socket(self.settings), self.clock, [])
        await channel.send(Message({"role": "truth"}))
        return channel
