"""A belt turns instants into travel and back; it knows what it has counted from what it guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.line.belt import Belt, Pace, Travel, by_encoder, by_time, pace, travel
from drivers.units import Instant, Millimetres, MillimetresPerSecond, ms, seconds

STEPS = st.lists(st.tuples(st.integers(1_000_000, 200_000_000), st.integers(0, 400_000)), min_size=1, max_size=30)


def mm(along: float) -> Travel:
    return travel(Millimetres(along))


def at(when: float) -> Instant:
    return Instant(ms(when))


def counted(*samples: tuple[float, float]) -> Belt:
    """Samples as ms and mm."""
    (first, begun), *rest = samples
    belt = by_encoder(mm(begun), at(first))
    for when, so_far in rest:
        belt = belt.turned(mm(so_far), at(when))
    return belt


@given(st.integers(0, 10**15), st.integers(1, 10**6))
def test_by_time_every_instant_comes_back_to_the_nanosecond(when: int, speed: int) -> None:
    belt = by_time(Pace(speed))
    assert belt.reaches(belt.at(Instant(when))) == when


@given(STEPS, st.integers(0, 10**9))
def test_a_belt_that_has_reached_a_mark_is_there_and_not_before(steps: list[tuple[int, int]], ahead: int) -> None:
    belt, now, so_far = by_encoder(Travel(0), Instant(0)), 0, 0
    for span, speed in steps:
        now, so_far = now + span, so_far + span * speed
        belt = belt.turned(Travel(so_far), Instant(now))
    mark = Travel(belt.knots[0].travel + ahead * 1000)
    reached = belt.reaches(mark)
    if reached is None:
        assert belt.pace == 0
        assert mark > belt.last.travel
    else:
        assert belt.at(reached) >= mark
        assert reached == belt.knots[0].at or belt.at(Instant(reached - 1)) < mark


def test_between_two_samples_it_ran_evenly_and_after_the_last_as_it_did() -> None:
    belt = counted((0, 0), (100, 30), (200, 30))
    assert belt.at(at(50)) == mm(15)
    assert belt.at(at(900)) == mm(30)
    assert counted((0, 0), (100, 30)).at(at(200)) == mm(60)


def test_a_belt_that_stands_reaches_nothing_further() -> None:
    belt = counted((0, 0), (100, 30), (200, 30))
    assert belt.reaches(mm(31)) is None
    assert belt.reaches(mm(30)) == at(100)


def test_what_is_only_expected_has_not_been_reached() -> None:
    belt = counted((0, 0), (100, 30))
    assert belt.reaches(mm(45)) == at(150)
    assert belt.reached(mm(45)) is None
    assert belt.reached(mm(15)) == at(50)
    assert belt.guessed(at(150)) == mm(15)
    timed = by_time(pace(MillimetresPerSecond(300)))
    assert timed.reached(mm(45)) == at(150)
    assert timed.guessed(at(150)) == 0


def test_an_old_sample_and_a_belt_that_was_pushed_back_change_nothing() -> None:
    belt = counted((0, 0), (100, 30))
    assert belt.turned(mm(90), at(90)) is belt
    assert belt.turned(mm(20), at(200)).last.travel == mm(30)


def test_what_is_older_than_its_memory_is_forgotten() -> None:
    belt = by_encoder(Travel(0), Instant(0))
    for number in range(1, 200):
        belt = belt.turned(mm(6 * number), at(20 * number))
    assert belt.last.at - belt.knots[0].at == pytest.approx(seconds(2), abs=ms(20))
