"""A simulated world in this process, with cables that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from drivers.clock import Clock, pause
from drivers.links import Channel, Message
from drivers.registry import Bench
from drivers.units import Duration
from fakes.plan import WorldPlan
from fakes.studios.flat import FlatStudio
from fakes.world import World


class Cables:
    """Links to a world, remembered as they are made. `noticed`: by then both ends of a cut one know it."""

    def __init__(self, world: World, clock: Clock, noticed: Duration) -> None:
        self.world = world
        self._clock, self._noticed = clock, noticed
        self._channels: list[Channel] = []

    def bench(self, name: str) -> Bench:
        return Bench(name, self._clock, self._dial)

    async def cut(self) -> None:
        """Cut every link, and wait until both ends have noticed."""
        for channel in self._channels:
            await channel.close()
        await pause(self._clock, self._noticed)

    async def tell(self, **words: Any) -> dict[str, Any]:
        """Say one thing in the role of truth; returns the answer."""
        channel = await self.world.dial()
        await channel.send(Message({"role": "truth"}))
        await channel.send(Message({**words, "ask": 1}))
        while (head := (await channel.receive()).head).get("re") != 1:
            pass
        await channel.close()
        return head

    async def _dial(self) -> Channel:
        self._channels.append(await self.world.dial())
        return self._channels[-1]


@asynccontextmanager
async def laid(plan: WorldPlan, clock: Clock, noticed: Duration) -> AsyncIterator[Cables]:
    """To a world that runs."""
    world = World(plan, clock, FlatStudio())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(world.run())
        yield Cables(world, clock, noticed)
        running.cancel()
