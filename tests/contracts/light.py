"""What every light promises."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotOpen, OutOfRange
from drivers.protocols import Light
from drivers.units import after, ms
from tests.contracts.stand import Stand, skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LightStand(Stand):
    """A light that is not open yet. `level` sees how bright it is, 0 to 1, or is the reason why nobody can."""

    light: Light
    level: Callable[[], float] | str

    def seen(self) -> float:
        if isinstance(self.level, str):
            skip(self.level)
        return self.level()


Scenario = Callable[[LightStand], Awaitable[None]]


class LightContract(ABC):
    """`dimmed`: an intensity between dark and full; 1 for a light that has nothing between."""

    dimmed = 0.6

    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its light afterwards."""

    def test_every_verb_before_open_raises_not_open(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await refuses_every_verb(stand, NotOpen)

        self.play(scenario)

    def test_every_verb_after_close_raises_not_open(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            await stand.light.close()
            await refuses_every_verb(stand, NotOpen)

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.close()
            await stand.light.open()
            await stand.light.close()
            await stand.light.close()

        self.play(scenario)

    def test_it_is_dark_until_told(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            assert stand.seen() == 0

        self.play(scenario)

    def test_it_is_settled_no_sooner_than_it_was_told_and_then_as_bright_as_asked(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            told_at = stand.clock.now()
            settled_at = await stand.light.on(self.dimmed)
            assert settled_at >= told_at
            await stand.clock.sleep_until(settled_at)
            assert stand.seen() == pytest.approx(self.dimmed)

        self.play(scenario)

    def test_going_dark_begins_when_it_is_told_to(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            await stand.clock.sleep_until(await stand.light.on(1.0))
            told_at = stand.clock.now()
            changed_at = await stand.light.off()
            assert told_at <= changed_at <= stand.clock.now()
            await stand.clock.sleep_until(after(changed_at, ms(50)))
            assert stand.seen() == 0

        self.play(scenario)

    @pytest.mark.parametrize("intensity", [0.0, -0.1, 1.01, float("nan")])
    def test_an_intensity_outside_the_range_is_refused_with_the_range(self, intensity: float) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            with pytest.raises(OutOfRange, match=r"\(0, 1\]"):
                await stand.light.on(intensity)

        self.play(scenario)

    def test_it_is_dark_after_close(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            await stand.clock.sleep_until(await stand.light.on(1.0))
            await stand.light.close()
            await stand.clock.sleep_until(after(stand.clock.now(), ms(50)))
            assert stand.seen() == 0

        self.play(scenario)

    def test_it_is_dark_after_its_link_was_lost(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            await stand.clock.sleep_until(await stand.light.on(1.0))
            await stand.lose_it()
            await stand.clock.sleep_until(after(stand.clock.now(), ms(50)))
            assert stand.seen() == 0

        self.play(scenario)

    def test_a_lost_light_says_so_in_every_verb(self) -> None:
        async def scenario(stand: LightStand) -> None:
            await stand.light.open()
            await stand.lose_it()
            await refuses_every_verb(stand, DeviceLost)
            await stand.light.close()

        self.play(scenario)


async def refuses_every_verb(stand: LightStand, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await stand.light.on(1.0)
    with pytest.raises(kind):
        await stand.light.off()
