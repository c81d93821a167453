"""A shop floor in real time for the emulators to stand on, and strangers who talk to them from a thread."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from drivers.clock import Clock, LoopClock, SystemClock
from fakes.line.floor import Floor
from fakes.loop import VirtualLoop
from fakes.plan import WorldPlan
from fakes.studios.flat import FlatStudio

PLAN = WorldPlan(seed=3, pictures="flat", damaged=0.0)


@asynccontextmanager
async def running(plan: WorldPlan, clock: Clock) -> AsyncIterator[Floor]:
    floor, started = Floor(plan, clock, FlatStudio()), asyncio.Event()

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            started.set()
            await floor.run(tasks)

    task = asyncio.create_task(run())
    await started.wait()
    await asyncio.wait([task], timeout=0)
    yield floor
    task.cancel()
    await asyncio.wait([task])


def on_a_floor(scenario: Callable[[Floor], Awaitable[None]], plan: WorldPlan = PLAN) -> None:
    """In real time: there are sockets and pseudo-terminals."""

    async def main() -> None:
        async with running(plan, SystemClock()) as floor:
            await scenario(floor)

    asyncio.run(main())


def on_a_virtual_floor(scenario: Callable[[Floor], Awaitable[None]], plan: WorldPlan = PLAN) -> None:
    """In virtual time: the device alone, without a wire."""

    async def main() -> None:
        async with running(plan, LoopClock()) as floor:
            await scenario(floor)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
