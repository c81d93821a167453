"""The simulated booth in virtual time, with cables that can be cut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from drivers.clock import LoopClock, pause
from drivers.links import Channel, Message
from drivers.registry import Bench
from drivers.units import ms
from fakes.loop import VirtualLoop
from fakes.plan import WorldPlan
from fakes.studios.flat import FlatStudio
from fakes.world import World

PLAN = WorldPlan(seed=3, pictures="flat")
CLOCK = LoopClock()


class Cables:
    """Links to a world, remembered as they are made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._channels: list[Channel] = []

    def bench(self, name: str) -> Bench:
        return Bench(name, CLOCK, self._dial)

    async def cut(self) -> None:
        """Cut every link, and wait until both ends have noticed."""
        for channel in self._channels:
            await channel.close()
        await pause(CLOCK, ms(1))

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
async def cables(plan: WorldPlan = PLAN) -> AsyncIterator[Cables]:
    """A running world."""
    world = World(plan, CLOCK, FlatStudio())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(world.run())
        yield Cables(world)
        running.cancel()


def virtually(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` in virtual time."""

    async def body() -> None:
        await main()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(body())
