"""The person at the simulated line."""

from dataclasses import replace

import pytest

from drivers.clock import pause
from drivers.units import Instant, as_ms, seconds
from fakes.line.operator import Call, Found, GivesUp, Habits, Operator
from tests.drivers.virtual import CLOCK, PLAN, Cables
from tests.fakes.test_world import in_the_world, line


class Door:
    """Where a person resets; refuses so often first."""

    def __init__(self, refuses: int = 0) -> None:
        self.refuses = refuses
        self.said: list[tuple[str | None, Found | None]] = []

    async def reset(self, tray: str | None, found: Found | None) -> str:
        self.said.append((tray, found))
        self.refuses -= 1
        return "the entry sensor is blocked" if self.refuses >= 0 else ""


def test_a_tray_on_the_belt_is_taken_off_and_said_to_be_removed_and_one_in_the_bin_diverted() -> None:
    async def scenario(booth: Cables) -> None:
        door = Door()
        operator = Operator(booth.world.floor, CLOCK, door.reset, seed=1)
        async with line(booth, "entry", trays=2) as [entry]:
            first = await entry.edge()
            await entry.edge()
            second = await entry.edge()
            await pause(CLOCK, seconds(2))
            assert operator.find(Call("b", second.at)) == "removed"
            await pause(CLOCK, seconds(20))
            assert await operator.attend(lambda: Call("a", first.at)) == "diverted"
        assert door.said == [("a", "diverted")]

    in_the_world(scenario)


def test_the_belt_is_clear_when_the_person_resets_and_they_try_again_when_refused() -> None:
    async def scenario(booth: Cables) -> None:
        door = Door(refuses=2)
        operator = Operator(booth.world.floor, CLOCK, door.reset, seed=1)
        async with line(booth, "entry", trays=1) as [entry]:
            await entry.edge()
            booth.world.floor.command(lambda: booth.world.floor.line.permit(False))
            began = CLOCK.now()
            assert await operator.attend(Call) is None
        assert booth.world.floor.look()["on_the_line"] == 0
        assert door.said == [(None, None)] * 3
        assert 35_000 <= as_ms(CLOCK.now() - began) <= 150_000  # type: ignore[arg-type]
        assert operator.resets == 1

    in_the_world(scenario)


def test_a_person_whom_nobody_listens_to_gives_up_aloud() -> None:
    async def scenario(booth: Cables) -> None:
        operator = Operator(booth.world.floor, CLOCK, Door(refuses=99).reset, seed=1, habits=Habits(tries=3))
        with pytest.raises(GivesUp, match=r"3 resets.*entry sensor"):
            await operator.attend(Call)

    in_the_world(scenario)


def test_a_tray_that_nobody_knows_was_taken_away() -> None:
    async def scenario(booth: Cables) -> None:
        operator = Operator(booth.world.floor, CLOCK, Door().reset, seed=1)
        assert operator.find(Call("x", Instant(12345))) == "removed"

    in_the_world(scenario)


def test_a_full_bin_is_seen_and_backs_up_until_the_person_has_emptied_it() -> None:
    async def scenario(booth: Cables) -> None:
        operator = Operator(booth.world.floor, CLOCK, Door().reset, seed=1)
        async with line(booth, "entry", trays=6):
            await pause(CLOCK, seconds(60))
            backed_up = await booth.tell(kind="look")
            assert backed_up["bin"] == "full"
            assert backed_up["on_the_line"] > 1
            assert booth.world.floor.line.blocked("confirm")
            for _ in range(4):
                await operator.attend(Call)
        left = await booth.tell(kind="look")
        assert left["on_the_line"] == 0

    in_the_world(scenario, replace(PLAN, bin_holds=2))
