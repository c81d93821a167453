"""Trays are drawn before they come, and photographed as they move."""

import asyncio
from typing import Any

import pytest

from drivers.clock import pause
from drivers.units import Instant, after, seconds
from fakes.studios.exhibition import Exhibition
from fakes.studios.studio import Scene
from tests.drivers.virtual import CLOCK, PLAN, Cables
from tests.fakes.test_world import armed_camera, in_the_world, line, shot


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


def test_a_tray_that_is_carried_on_moves_during_the_exposure_and_one_that_stands_does_not() -> None:
    async def scenario(booth: Cables) -> None:
        studio = booth.world.floor.exhibition._studio
        photograph, travels = studio.photograph, list[float]()

        def noted(*arguments: Any) -> Any:
            travels.append(arguments[-1])
            return photograph(*arguments)

        studio.photograph = noted  # type: ignore[method-assign,assignment]
        async with armed_camera(booth, exposure_ms=4) as eye:
            async with line(booth, "entry") as [entry]:
                await entry.edge()
                await pause(CLOCK, seconds(0.45))
                await shot(eye)
            await shot(eye)
        assert travels == [pytest.approx(4 * PLAN.belt_mm_per_s / 1000, rel=0.01), 0.0]

    in_the_world(scenario)
