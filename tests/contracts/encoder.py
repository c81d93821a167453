"""What every encoder promises."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import Encoder
from drivers.units import Millimetres
from tests.contracts.stand import Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderStand(Stand):
    """An encoder that is not open yet, on a belt that stands. `run` returns when the belt has run so far and stands
    again; `coarse` is how far off the world's own measure of that may be."""

    encoder: Encoder
    run: Callable[[Millimetres], Awaitable[None]]
    coarse: Millimetres


Scenario = Callable[[EncoderStand], Awaitable[None]]


class EncoderContract(ABC):
    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its encoder afterwards."""

    def test_an_encoder_that_is_not_open_counts_nothing(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            with pytest.raises(NotOpen):
                await stand.encoder.read()
            await stand.encoder.open()
            await stand.encoder.close()
            with pytest.raises(NotOpen):
                await stand.encoder.read()

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            await stand.encoder.close()
            await stand.encoder.open()
            await stand.encoder.close()
            await stand.encoder.close()

        self.play(scenario)

    def test_it_counts_what_it_says_for_a_millimetre(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            info = await stand.encoder.open()
            before = await stand.encoder.read()
            await stand.run(Millimetres(120.0))
            after = await stand.encoder.read()
            assert (after.count - before.count) / info.counts_per_mm == pytest.approx(120, abs=stand.coarse)

        self.play(scenario)

    def test_a_belt_that_stands_is_not_counted(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            await stand.encoder.open()
            first = await stand.encoder.read()
            await stand.run(Millimetres(0.0))
            assert (await stand.encoder.read()).count == first.count

        self.play(scenario)

    def test_readings_are_ordered_never_from_the_future_and_within_their_bound(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            info, asked_at = await stand.encoder.open(), stand.clock.now()
            instants, counts = [], []
            for _ in range(4):
                reading = await stand.encoder.read()
                assert asked_at - reading.at_error <= reading.at <= stand.clock.now()
                assert 0 <= reading.at_error <= info.latency
                instants.append(reading.at)
                counts.append(reading.count)
                await stand.run(Millimetres(20.0))
            assert instants == sorted(instants)
            assert counts == sorted(set(counts))

        self.play(scenario)

    def test_a_lost_encoder_says_so(self) -> None:
        async def scenario(stand: EncoderStand) -> None:
            await stand.encoder.open()
            await stand.lose_it()
            with pytest.raises(DeviceLost):
                await stand.encoder.read()
            await stand.encoder.close()

        self.play(scenario)
