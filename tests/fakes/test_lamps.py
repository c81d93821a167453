"""The lamps of the simulated booth, and its warmth."""

import pytest

from drivers.units import Instant, ms, seconds
from fakes.line.climate import climate
from fakes.line.lamps import Lamps
from fakes.plan import WorldPlan

WARM = climate(WorldPlan(start_c=18, warming_k=10, warming_ms=60_000, lamp_loss_per_k=0.01))


def test_the_booth_warms_up_by_its_time_constant() -> None:
    assert WARM.celsius(Instant(0)) == 18
    assert WARM.celsius(Instant(seconds(60))) == pytest.approx(18 + 10 * 0.632, abs=0.01)
    assert WARM.celsius(Instant(seconds(3600))) == pytest.approx(28)


def test_a_warm_lamp_gives_less_light() -> None:
    lamps = Lamps(ms(3), WARM.lamp_share)
    lamps.turn("ring", 1.0, Instant(0))
    assert lamps.levels(Instant(ms(3)))["ring"] == pytest.approx(1.0, abs=1e-4)
    assert lamps.levels(Instant(seconds(3600)))["ring"] == pytest.approx(0.9)


def test_a_lamp_that_is_mended_shines_again_as_it_was_asked() -> None:
    lamps = Lamps(ms(3))
    lamps.turn("left", 0.8, Instant(0))
    lamps.fail("left", 0.25, None, Instant(ms(10)))
    assert lamps.levels(Instant(ms(20)))["left"] == pytest.approx(0.2)
    lamps.fail("left", 1.0, None, Instant(ms(30)))
    assert lamps.levels(Instant(ms(40)))["left"] == pytest.approx(0.8)
