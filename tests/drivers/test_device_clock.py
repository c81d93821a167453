"""A camera's clock on the booth clock: whatever the arrivals do, the truth lies within what is said."""

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.cameras.device_clock import (
    COUNTER_US,
    LATE_AT_MOST,
    TRUSTED_AFTER,
    Between,
    DeviceClock,
    Ticks,
    Underway,
    unwrapped,
)
from drivers.units import Duration, Instant, after, ms, seconds

PERIOD = seconds(1 / 30)
UNDERWAY = Underway(ms(0), ms(66))
MEASURED = Underway(ms(34), ms(36))


@dataclass(frozen=True)
class Line:
    """Frames of a camera: where its clock stood, how its crystal runs, and who was held up. One of the first, and one
    in `quick_every`, is as quick as promised. `restart_at`: the frame before which it gets power again."""

    seed: int
    frames: int
    ppm: float
    underway: Underway
    held_up: float
    longest: Duration
    quick_every: int = TRUSTED_AFTER
    restart_at: int | None = None

    def heard(self) -> "list[tuple[Instant, Between | None]]":
        """Of each frame, as they arrive, the truth, and what the clock says then."""
        clock, last = DeviceClock(self.underway), None
        said = []
        for at, truth, count_us in self.arrivals():
            ticks = last = unwrapped(count_us, last)
            clock.hear(ticks, at)
            said.append((truth, clock.when(ticks)))
        return said

    def arrivals(self) -> list[tuple[Instant, Instant, int]]:
        """Arrival, truth and count of each, until the last one was exposed and could be there."""
        over = seconds(1000) + self.frames * PERIOD + self.underway.most
        return sorted(each for each in self._frames() if each[0] <= over)

    def late_in_a_row(self) -> int:
        late = "".join("x" if at - truth > LATE_AT_MOST else " " for at, truth, _ in self.arrivals())
        return max(map(len, late.split()), default=0)

    def _frames(self) -> list[tuple[Instant, Instant, int]]:
        """What a camera has not sent when it loses power never comes."""
        draw, frames = Random(self.seed), list[tuple[Instant, Instant, int]]()
        zero = draw.randrange(COUNTER_US * 1000)
        for number in range(self.frames):
            truth = Instant(seconds(1000) + number * PERIOD)
            if number == self.restart_at:
                zero += draw.choice((-1, 1)) * draw.randrange(seconds(3), seconds(2000))
                frames = [each for each in frames if each[0] < truth]
            count_us = round((zero + (truth - seconds(1000)) * (1 + self.ppm * 1e-6)) / 1000)
            frames.append((self._arrival(draw, truth, number), truth, count_us % COUNTER_US))
        return frames

    def _arrival(self, draw: Random, truth: Instant, number: int) -> Instant:
        delay = draw.randint(self.underway.least, self.underway.most)
        since = number - (self.restart_at if self.restart_at and number >= self.restart_at else 0)
        quick = number % self.quick_every == 0 or since == self.seed % TRUSTED_AFTER
        if not quick and draw.random() < self.held_up:
            delay += draw.randrange(1, self.longest)
        return after(truth, Duration(delay))


LATE_AND_OFTEN = {"longest": st.just(seconds(3)), "quick_every": st.sampled_from((1, 2, 3))}
BUSY_FOR_LONG = {"longest": st.sampled_from((ms(5), ms(200))), "quick_every": st.just(250)}


def lines(**how: Any) -> "st.SearchStrategy[Line]":
    return st.builds(
        Line,
        seed=st.integers(0, 1 << 30),
        frames=st.integers(1, 400),
        ppm=st.floats(-100, 100),
        underway=st.sampled_from((UNDERWAY, MEASURED)),
        held_up=st.floats(0, 1),
        restart_at=st.none() | st.integers(1, 300),
        **how,
    )


LINES = lines(**LATE_AND_OFTEN) | lines(**BUSY_FOR_LONG)


@given(LINES)
def test_the_truth_lies_between_what_is_said(line: Line) -> None:
    assume(line.late_in_a_row() < TRUSTED_AFTER)
    for truth, said in line.heard():
        if said is not None:
            assert said.earliest - 1_000 <= truth <= said.latest + 1_000  # the count has whole microseconds


@given(LINES)
def test_what_is_said_is_little_more_than_what_nobody_can_know(line: Line) -> None:
    widest = max((said.latest - said.earliest for _, said in line.heard() if said), default=0)
    assert widest <= line.underway.unknown + ms(2.5)


@given(st.integers(0, 1 << 30), st.floats(-100, 100))
def test_after_a_restart_it_says_nothing_until_it_knows_again(seed: int, ppm: float) -> None:
    heard = Line(seed, 200, ppm, UNDERWAY, 0.0, ms(5), restart_at=100).heard()
    said = [each for truth, each in heard if truth >= seconds(1000) + 100 * PERIOD]
    assert said[: TRUSTED_AFTER - 1] == [None] * (TRUSTED_AFTER - 1)
    assert None not in said[TRUSTED_AFTER:]


@pytest.mark.parametrize("ppm", [-80.0, -3.0, 0.0, 40.0])
def test_the_drift_is_found_within_minutes_once_the_way_has_been_measured(ppm: float) -> None:
    draw, clock = Random(7), DeviceClock(MEASURED)
    for number in range(30 * 600):
        truth = Instant(number * PERIOD)
        at = after(truth, Duration(draw.randint(MEASURED.least, MEASURED.most)))
        clock.hear(Ticks(round(truth * (1 + ppm * 1e-6))), at)
    drift, bound = clock.drift
    assert abs(drift + ppm * 1e-6) <= bound <= 17e-6
    assert clock.restarts == 0


def test_one_frame_that_is_very_late_is_not_believed_and_not_the_end_of_what_is_known() -> None:
    clock = DeviceClock(UNDERWAY)
    for number in range(60):
        clock.hear(Ticks(number * PERIOD), after(Instant(number * PERIOD), ms(30)))
    late = Ticks(10 * PERIOD)
    clock.hear(late, after(Instant(59 * PERIOD), ms(40)))
    assert clock.when(late) is None
    clock.hear(Ticks(60 * PERIOD), after(Instant(60 * PERIOD), ms(30)))
    said = clock.when(Ticks(60 * PERIOD))
    assert said is not None
    assert said.earliest <= 60 * PERIOD <= said.latest
    assert clock.restarts == 0


def test_a_clock_that_lags_from_now_on_is_learned_anew() -> None:
    clock = DeviceClock(UNDERWAY)
    for number in range(120):
        lag = ms(0) if number < 60 else ms(200)
        clock.hear(Ticks(number * PERIOD - lag), after(Instant(number * PERIOD), ms(30)))
    said = clock.when(Ticks(119 * PERIOD - ms(200)))
    assert clock.restarts == 1
    assert said is not None
    assert said.earliest <= 119 * PERIOD <= said.latest


@given(st.integers(0, 1 << 50), st.integers(-(COUNTER_US // 2) + 1, COUNTER_US // 2 - 1))
def test_a_counter_that_began_again_goes_on(now_us: int, step_us: int) -> None:
    later_us = max(0, now_us + step_us)
    assert unwrapped(later_us % COUNTER_US, Ticks(now_us * 1000)) == later_us * 1000
