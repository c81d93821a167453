"""What every tray sensor promises."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import TraySensor
from tests.contracts.stand import Act, Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class TraySensorStand(Stand):
    """A sensor that is not open yet and is clear. `pass_trays` lets three trays begin to pass it; `block` returns
    when something stands before it."""

    sensor: TraySensor
    pass_trays: Act
    block: Act


Scenario = Callable[[TraySensorStand], Awaitable[None]]


class TraySensorContract(ABC):
    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its sensor afterwards."""

    def test_a_sensor_that_is_not_open_has_no_edges(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            with pytest.raises(NotOpen):
                await stand.sensor.edge()
            await stand.sensor.open()
            await stand.sensor.close()
            with pytest.raises(NotOpen):
                await stand.sensor.edge()

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            await stand.sensor.close()
            await stand.sensor.open()
            await stand.sensor.close()
            await stand.sensor.close()

        self.play(scenario)

    def test_open_says_whether_it_is_blocked(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            assert await stand.sensor.open() is False
            await stand.sensor.close()
            await stand.block()
            assert await stand.sensor.open() is True

        self.play(scenario)

    def test_the_first_edge_is_away_from_the_level_that_open_saw(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            await stand.block()
            assert await stand.sensor.open() is True
            assert (await stand.sensor.edge()).blocked is False

        self.play(scenario)

    def test_edges_alternate_and_are_ordered_in_time_and_never_from_the_future(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            opened_at, blocked = stand.clock.now(), await stand.sensor.open()
            await stand.pass_trays()
            edges = []
            for _ in range(6):
                edges.append(await stand.sensor.edge())
                assert edges[-1].at <= stand.clock.now()
            assert [edge.blocked for edge in edges] == [not blocked, blocked] * 3
            instants = [opened_at, *(edge.at for edge in edges)]
            assert instants == sorted(set(instants))
            assert all(edge.at_error >= 0 for edge in edges)

        self.play(scenario)

    def test_edges_wait_until_they_are_asked_for(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            await stand.sensor.open()
            await stand.pass_trays()
            await stand.block()
            first, told_at = await stand.sensor.edge(), stand.clock.now()
            assert first.blocked
            assert first.at <= told_at

        self.play(scenario)

    def test_a_lost_sensor_says_so_at_once_and_to_one_who_waits(self) -> None:
        async def scenario(stand: TraySensorStand) -> None:
            await stand.sensor.open()
            waiting = asyncio.ensure_future(stand.sensor.edge())
            await stand.lose_it()
            with pytest.raises(DeviceLost):
                await waiting
            with pytest.raises(DeviceLost):
                await stand.sensor.edge()
            await stand.sensor.close()

        self.play(scenario)
