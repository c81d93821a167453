"""When a Basler's exposure began, and which of its frames is which: arithmetic without a camera."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pypylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

from drivers.cameras.basler.counting import UNCOUNTED, BlockCounter
from drivers.cameras.basler.stamps import Called, Latch, LatchedClock, Taken, began, believed, middle
from drivers.cameras.device_clock import Between, Ticks
from drivers.units import Duration, Instant, ms, seconds

NONE = Duration(0)
CALLED = Called(Instant(ms(1_000)), Instant(ms(1_002)))
TAKEN = Taken(ms(4), starts_within=ms(0.1))


def span(earliest_ms: float, latest_ms: float) -> Between:
    return Between(Instant(ms(earliest_ms)), Instant(ms(latest_ms)))


def test_a_software_triggered_exposure_begins_during_the_call_or_soon_after() -> None:
    assert began(CALLED, True, NONE, TAKEN, Instant(ms(1_050))) == span(1_000, 1_002.1)


def test_the_delay_of_the_trigger_moves_it() -> None:
    assert began(CALLED, True, ms(3), TAKEN, Instant(ms(1_050))) == span(1_003, 1_005.1)


def test_an_exposure_is_over_before_its_frame_arrives() -> None:
    assert began(CALLED, True, NONE, TAKEN, Instant(ms(1_005))) == span(1_000, 1_001)


def test_the_last_row_of_a_rolling_shutter_is_exposed_before_its_frame_arrives() -> None:
    rolling = Taken(ms(4), rolls_for=ms(20), starts_within=ms(0.1))
    assert began(CALLED, False, NONE, rolling, Instant(ms(1_050))) == span(1_000, 1_026)


def test_a_frame_that_arrives_too_soon_after_the_call_is_of_an_earlier_trigger() -> None:
    found = began(CALLED, False, NONE, TAKEN, Instant(ms(1_003)))
    assert found.latest < found.earliest


def test_the_middle_is_as_far_from_both_ends_as_its_error() -> None:
    assert middle(span(1_000, 1_003)) == (Instant(ms(1_001.5)), ms(1.5))


def test_what_the_camera_tells_narrows_what_is_known() -> None:
    assert believed(span(1_000, 1_050), span(1_010, 1_011), by_software=False) == span(1_010, 1_011)


def test_a_frame_that_the_camera_dates_before_a_line_was_waited_for_is_of_an_earlier_pull() -> None:
    found = believed(span(1_000, 1_050), span(990, 995), by_software=False)
    assert found.latest < found.earliest


@pytest.mark.parametrize(("told", "by_software"), [(span(990, 995), True), (span(1_060, 1_061), False)])
def test_a_clock_that_tells_what_cannot_be_is_not_believed(told: Between, by_software: bool) -> None:
    assert believed(span(1_000, 1_050), told, by_software) == span(1_000, 1_050)


def read_at(host_ms: float, device_ms: float, took_ms: float = 1.0) -> Latch:
    return Latch(Ticks(ms(device_ms)), Called(Instant(ms(host_ms)), Instant(ms(host_ms + took_ms))))


def test_a_clock_that_was_never_read_tells_nothing() -> None:
    assert LatchedClock().when(Ticks(0)) is None


def test_a_clock_is_known_as_well_as_the_quickest_reading_of_it() -> None:
    clock = LatchedClock()
    for latch in (read_at(1_000, 0, 5), read_at(1_010, 10, 0.5), read_at(1_020, 20, 5)):
        clock.hear(latch)
    found = clock.when(Ticks(ms(10)))
    assert found == span(1_010, 1_010.5)


def test_a_clock_that_was_reset_is_learned_anew() -> None:
    clock = LatchedClock()
    clock.hear(read_at(1_000, 500_000))
    clock.hear(read_at(2_000, 3))
    assert clock.when(Ticks(ms(3))) == span(2_000, 2_001)


@given(
    drift_ppm=st.floats(-50, 50),
    readings=st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 20_000_000)), min_size=1, max_size=20),
    asked_ms=st.integers(0, 60_000),
)
def test_the_true_instant_always_lies_in_the_bound(
    drift_ppm: float, readings: list[tuple[int, int]], asked_ms: int
) -> None:
    def ticks(at: int) -> Ticks:
        return Ticks(round((at - seconds(7)) * (1 + drift_ppm * 1e-6)))

    clock, now = LatchedClock(), seconds(10)
    for wait_ms, took in readings:
        now = Duration(now + ms(wait_ms))
        clock.hear(Latch(ticks(now + took // 3), Called(Instant(now), Instant(now + took))))
        now = Duration(now + took)
    asked = now + ms(asked_ms)
    found = clock.when(ticks(asked))
    assert found is not None
    assert found.earliest - 1 <= asked <= found.latest + 1


def advances(*blocks: int) -> list[int]:
    counter = BlockCounter()
    return [counter.advance(block) for block in blocks]


def test_the_first_frame_is_the_next_one_whatever_its_number() -> None:
    assert advances(1, 2, 3) == advances(0, 1, 2) == advances(17, 18, 19) == [1, 1, 1]


def test_a_gap_is_as_wide_as_the_counter_says() -> None:
    assert advances(1, 5, 6) == [1, 4, 1]


def test_a_frame_that_comes_again_does_not_advance() -> None:
    assert advances(4, 5, 5, 3, 6) == [1, 1, 0, -2, 1]


def test_a_gige_counter_wraps_past_zero() -> None:
    assert advances(65_534, 65_535, 1, 2) == [1, 1, 1, 1]
    assert advances(65_533, 2) == [1, 4]


def test_a_wide_counter_does_not_wrap() -> None:
    assert advances(65_535, 65_536, 65_537) == [1, 1, 1]


def test_a_camera_that_does_not_count_always_gives_the_next_one() -> None:
    assert advances(UNCOUNTED, UNCOUNTED) == [1, 1]
