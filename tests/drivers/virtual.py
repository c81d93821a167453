"""The simulated booth in virtual time, with cables that can be cut."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from drivers.clock import LoopClock
from drivers.units import ms
from fakes.loop import VirtualLoop
from fakes.plan import WorldPlan
from tests.drivers.worlds import Cables, laid

__all__ = ["CLOCK", "PLAN", "Cables", "cables", "virtually"]

PLAN = WorldPlan(seed=3, pictures="flat")
CLOCK = LoopClock()


def cables(plan: WorldPlan = PLAN) -> AbstractAsyncContextManager[Cables]:
    """To a running world."""
    return laid(plan, CLOCK, ms(1))


def virtually(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` in virtual time."""

    async def body() -> None:
        await main()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(body())
