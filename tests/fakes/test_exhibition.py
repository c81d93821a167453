"""Trays are drawn before they come."""

import asyncio

from drivers.clock import pause
from drivers.units import Instant, after, seconds
from fakes.exhibition import Exhibition
from fakes.studio import Scene
from tests.drivers.virtual import CLOCK, PLAN, Cables
from tests.fakes.test_world import in_the_world, line


def test_a_tray_that_takes_long_to_draw_comes_later_and_the_next_is_drawn_meanwhile() -> None:
    async def scenario(booth: Cables) -> None:
        exhibition, begun = booth.world.floor.exhibition, list[Instant]()

        async def slowly(drawn: "asyncio.Future[Scene]") -> Scene:
            await pause(CLOCK, seconds(20))
            return await drawn

        def prepare(number: int, seed: int, damaged: bool) -> "asyncio.Future[Scene]":
            if number not in exhibition._scenes:
                begun.append(CLOCK.now())
                exhibition._scenes[number] = asyncio.ensure_future(slowly(at_once(number, seed, damaged)))
            return exhibition._scenes[number]

        def at_once(number: int, seed: int, damaged: bool) -> "asyncio.Future[Scene]":
            drawn = Exhibition.prepare(exhibition, number, seed, damaged)
            del exhibition._scenes[number]
            return drawn

        exhibition.prepare = prepare  # type: ignore[method-assign]
        async with line(booth, "entry", trays=3) as [entry]:
            came = [edge.at for edge in [await entry.edge() for _ in range(6)] if edge.blocked]
        way = seconds(PLAN.infeed_mm / PLAN.belt_mm_per_s)
        assert [after(at, seconds(20)) for at in begun] == [at - way for at in came]
        assert begun[1:] == [at - way for at in came[:2]]

    in_the_world(scenario)
