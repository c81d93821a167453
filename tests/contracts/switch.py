"""What every tray stop and every belt permit promises: two verbs, and a state that stands when nobody holds it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import BeltPermit, TrayStop
from tests.contracts.stand import Act, Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchStand(Stand):
    """`engage` is hold() or give(), `disengage` release() or withdraw(); `engaged` sees what came of it."""

    device: TrayStop | BeltPermit
    engage: Act
    disengage: Act
    engaged: Callable[[], bool]


Scenario = Callable[[SwitchStand], Awaitable[None]]


class SwitchContract(ABC):
    """`engaged_by_open`: whether open() engages it."""

    engaged_by_open: bool

    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its device afterwards."""

    def test_every_verb_of_one_that_is_not_open_raises_not_open(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await refuses_every_verb(stand, NotOpen)
            await stand.device.open()
            await stand.device.close()
            await refuses_every_verb(stand, NotOpen)

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await stand.device.close()
            await stand.device.open()
            await stand.device.close()
            await stand.device.close()

        self.play(scenario)

    def test_open_leaves_it_as_the_contract_says(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await stand.device.open()
            assert stand.engaged() is self.engaged_by_open

        self.play(scenario)

    def test_each_verb_does_what_it_says_however_often(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await stand.device.open()
            for verb, engaged in ((stand.engage, True), (stand.engage, True), (stand.disengage, False)):
                await verb()
                assert stand.engaged() is engaged

        self.play(scenario)

    def test_close_and_loss_leave_it_disengaged(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await stand.device.open()
            await stand.engage()
            await stand.device.close()
            assert stand.engaged() is False
            await stand.device.open()
            await stand.engage()
            await stand.lose_it()
            assert stand.engaged() is False

        self.play(scenario)

    def test_a_lost_one_says_so_in_every_verb(self) -> None:
        async def scenario(stand: SwitchStand) -> None:
            await stand.device.open()
            await stand.lose_it()
            await refuses_every_verb(stand, DeviceLost)
            await stand.device.close()

        self.play(scenario)


async def refuses_every_verb(stand: SwitchStand, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await stand.engage()
    with pytest.raises(kind):
        await stand.disengage()
