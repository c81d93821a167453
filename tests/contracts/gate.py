"""What every gate promises."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import Gate, GatePosition
from drivers.units import Duration, after
from tests.contracts.stand import Stand, skip

PASS, DIVERT = GatePosition.PASS, GatePosition.DIVERT


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStand(Stand):
    """A gate that is not open yet. `observe` sees the blade; `moves` counts how often it was sent somewhere, or is
    the reason why nobody can."""

    gate: Gate
    actuation: Duration
    observe: Callable[[], GatePosition]
    moves: Callable[[], int] | str

    async def settled(self) -> GatePosition:
        """Where the blade is one actuation time from now."""
        await self.clock.sleep_until(after(self.clock.now(), self.actuation))
        return self.observe()


Scenario = Callable[[GateStand], Awaitable[None]]


class GateContract(ABC):
    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its gate afterwards."""

    def test_a_gate_that_is_not_open_does_not_move(self) -> None:
        async def scenario(stand: GateStand) -> None:
            with pytest.raises(NotOpen):
                await stand.gate.move(PASS)
            await stand.gate.open()
            await stand.gate.close()
            with pytest.raises(NotOpen):
                await stand.gate.move(PASS)
            assert await stand.settled() is DIVERT

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.close()
            await stand.gate.open()
            await stand.gate.close()
            await stand.gate.close()

        self.play(scenario)

    def test_it_is_at_divert_once_it_is_open(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            assert await stand.settled() is DIVERT

        self.play(scenario)

    def test_the_blade_is_where_it_was_sent_after_its_actuation_time(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            for to in (PASS, DIVERT, PASS):
                await stand.gate.move(to)
                assert await stand.settled() is to

        self.play(scenario)

    def test_the_same_position_twice_is_one_move(self) -> None:
        async def scenario(stand: GateStand) -> None:
            if isinstance(stand.moves, str):
                skip(stand.moves)
            await stand.gate.open()
            await stand.gate.move(PASS)
            before = stand.moves()
            await stand.gate.move(PASS)
            assert stand.moves() == before
            assert await stand.settled() is PASS

        self.play(scenario)

    def test_close_parks_it_at_divert(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            await stand.gate.move(PASS)
            assert await stand.settled() is PASS
            await stand.gate.close()
            assert await stand.settled() is DIVERT

        self.play(scenario)

    def test_opening_it_again_puts_it_at_divert(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            await stand.gate.move(PASS)
            await stand.gate.open()
            assert await stand.settled() is DIVERT

        self.play(scenario)

    def test_a_gate_that_is_lost_falls_to_divert(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            await stand.gate.move(PASS)
            assert await stand.settled() is PASS
            await stand.lose_it()
            assert await stand.settled() is DIVERT

        self.play(scenario)

    def test_a_lost_gate_says_so(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            await stand.lose_it()
            with pytest.raises(DeviceLost):
                await stand.gate.move(PASS)
            await stand.gate.close()

        self.play(scenario)
