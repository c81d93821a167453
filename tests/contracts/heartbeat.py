"""What every heartbeat relay promises."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import Heartbeat
from drivers.units import Duration
from tests.contracts.stand import Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatStand(Stand):
    """A relay that is not open yet. `closed` sees its contact; `slack`: how much later than it says it may let go;
    `lingers`: how long it stays closed after close(), 0 for one that can be told to let go."""

    heartbeat: Heartbeat
    closed: Callable[[], bool]
    slack: Duration
    lingers: Duration = Duration(0)


Scenario = Callable[[HeartbeatStand], Awaitable[None]]


class HeartbeatContract(ABC):
    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its relay afterwards."""

    def test_one_that_is_not_open_does_not_beat(self) -> None:
        async def scenario(stand: HeartbeatStand) -> None:
            with pytest.raises(NotOpen):
                await stand.heartbeat.beat()
            await stand.heartbeat.open()
            await stand.heartbeat.close()
            with pytest.raises(NotOpen):
                await stand.heartbeat.beat()

        self.play(scenario)

    def test_it_holds_for_as_long_as_it_is_beaten(self) -> None:
        async def scenario(stand: HeartbeatStand) -> None:
            holds = await stand.heartbeat.open()
            for _ in range(6):
                assert stand.closed()
                await pause(stand.clock, Duration(holds // 2))
                await stand.heartbeat.beat()
            assert stand.closed()

        self.play(scenario)

    def test_it_lets_go_by_itself_and_a_beat_brings_it_back(self) -> None:
        async def scenario(stand: HeartbeatStand) -> None:
            holds = await stand.heartbeat.open()
            await pause(stand.clock, Duration(holds + stand.slack))
            assert not stand.closed()
            await stand.heartbeat.beat()
            assert stand.closed()

        self.play(scenario)

    def test_close_twice_and_loss_leave_it_open(self) -> None:
        async def scenario(stand: HeartbeatStand) -> None:
            await stand.heartbeat.open()
            await stand.heartbeat.close()
            await stand.heartbeat.close()
            await pause(stand.clock, stand.lingers)
            assert not stand.closed()
            holds = await stand.heartbeat.open()
            assert stand.closed()
            await stand.lose_it()
            await pause(stand.clock, Duration(holds + stand.slack))
            assert not stand.closed()

        self.play(scenario)

    def test_a_lost_one_says_so(self) -> None:
        async def scenario(stand: HeartbeatStand) -> None:
            await stand.heartbeat.open()
            await stand.lose_it()
            with pytest.raises(DeviceLost):
                await stand.heartbeat.beat()
            await stand.heartbeat.close()

        self.play(scenario)
