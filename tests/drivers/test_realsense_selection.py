"""Which frames answer a trigger, and what their counters say. Pure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from booth.inspection.pairing import Lit, apart, outside_light
from booth.settings.cameras import CLOCKS_MS, RealSenseCamera
from drivers.cameras.device_clock import Between, Ticks, Underway
from drivers.cameras.realsense.selection import ANEW_AFTER, Choice, Chosen, Counter, News, Picture, Stream, Told
from drivers.cameras.realsense.timing import LiveTiming, Trigger, exposure_of, in_force
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, after, ms, seconds

PERIOD = seconds(1 / 30)
BOTH = frozenset(Stream)
EXPOSURE = ms(4)


def told(counter: int, stream: Stream = Stream.DEPTH, off: Duration = Duration(0), at: int | None = None) -> Told:
    mid = Ticks((counter if at is None else at) * PERIOD + off)
    return Told(stream, counter, mid, 4000, Instant(mid + ms(32)))


def judged(*frames: Told) -> list[tuple[News, int]]:
    counter = Counter()
    return [counter.judge(each) for each in frames]


def test_frames_that_count_on_are_fresh_and_gaps_are_counted() -> None:
    assert judged(told(3), told(4), told(7)) == [(News.FRESH, 0), (News.FRESH, 0), (News.FRESH, 2)]


def test_the_same_frame_and_one_that_was_overtaken_are_old() -> None:
    assert judged(told(3), told(3), told(5), told(4))[1::2] == [(News.OLD, 0), (News.OLD, 0)]


def test_an_old_picture_under_a_new_count_is_old() -> None:
    assert judged(told(3), told(4, at=3))[1] == (News.OLD, 0)


def test_a_new_picture_under_an_old_count_is_stuck() -> None:
    assert judged(told(3), told(3, at=4))[1] == (News.STUCK, 0)


def test_a_camera_that_begins_to_count_again_is_believed_after_some_frames() -> None:
    news = [each for each, _ in judged(told(900), *(told(n) for n in range(1, 12)))]
    assert News.FRESH not in news[1:ANEW_AFTER]
    assert set(news[ANEW_AFTER + 2 :]) == {News.FRESH}


def picture(frame: Told) -> Picture:
    start = Instant(frame.mid - EXPOSURE // 2)
    return Picture(frame, np.zeros((1, 1)), Between(start, after(start, EXPOSURE)))


def offered(choice: Choice, *frames: Told) -> list[list[int] | None]:
    def counters(chosen: Chosen | None) -> list[int] | None:
        return None if chosen is None else [chosen.pictures[stream].told.counter for stream in Stream]

    return [counters(choice.offer(picture(each))) for each in frames]


def test_depth_and_colour_of_one_turn_are_paired_whichever_comes_first() -> None:
    for first, second in ((Stream.DEPTH, Stream.COLOUR), (Stream.COLOUR, Stream.DEPTH)):
        assert offered(Choice(BOTH, PERIOD, 1), told(3, first), told(3, second)) == [None, [3, 3]]


def test_pictures_of_two_turns_are_not_paired() -> None:
    frames = told(3), told(4, Stream.COLOUR), told(5, Stream.COLOUR), told(5)
    assert offered(Choice(BOTH, PERIOD, 1), *frames) == [None, None, None, [5, 5]]


def test_streams_that_are_out_of_step_by_less_than_half_a_period_are_paired() -> None:
    early = told(3, Stream.COLOUR, Duration(-PERIOD * 4 // 10))
    assert offered(Choice(BOTH, PERIOD, 1), early, told(3)) == [None, [3, 3]]


def test_a_camera_without_depth_gives_its_first_picture() -> None:
    assert Choice(frozenset({Stream.COLOUR}), PERIOD, 1).offer(picture(told(3, Stream.COLOUR))) is not None


def test_of_several_pairs_the_last_is_given_and_the_first_says_when_it_began() -> None:
    choice = Choice(BOTH, PERIOD, 3)
    frames = [told(n, stream) for n in (3, 4, 5) for stream in Stream]
    chosen = [choice.offer(picture(each)) for each in frames][-1]
    assert chosen is not None
    assert chosen.pictures[Stream.DEPTH].told.counter == 5
    assert chosen.begun == 3 * PERIOD - EXPOSURE // 2


def heard(readout: Duration, frames: int = 30) -> tuple[LiveTiming, Told]:
    timing = LiveTiming(Underway(ms(20), ms(40)), dict.fromkeys(Stream, readout))
    for number in range(1, frames):
        timing.hear(told(number), EXPOSURE)
    last = told(frames)
    timing.hear(last, EXPOSURE)
    return timing, last


@pytest.mark.parametrize("readout", [ms(0), ms(25)])
def test_a_stamp_covers_every_row_and_ends_before_the_arrival(readout: Duration) -> None:
    """The camera's clock is the booth's here, and a frame is underway for 30 ms."""
    timing, last = heard(readout)
    exposed = timing.exposed(last, EXPOSURE)
    assert exposed is not None
    start = last.mid - EXPOSURE // 2
    assert exposed.earliest <= start - readout
    assert start + EXPOSURE <= exposed.latest <= last.arrived_at
    chosen = Chosen({Stream.DEPTH: Picture(last, np.zeros((1, 1)), exposed)}, exposed.earliest)
    stamp = timing.stamp(chosen, Trigger(Instant(0), EXPOSURE, {Stream.DEPTH: EXPOSURE}))
    assert stamp.exposed_at - stamp.error == exposed.earliest
    ended = stamp.exposed_at + EXPOSURE + stamp.readout + stamp.error
    assert exposed.latest - 1 <= ended <= exposed.latest


def test_only_a_frame_that_certainly_begins_after_the_trigger_answers_it() -> None:
    timing, last = heard(ms(0))
    exposed = timing.exposed(last, EXPOSURE)
    assert exposed is not None
    exposures = {Stream.DEPTH: EXPOSURE}
    assert timing.answers(exposed, Trigger(exposed.earliest, EXPOSURE, exposures))
    assert not timing.answers(exposed, Trigger(after(exposed.earliest, Duration(1)), EXPOSURE, exposures))


@pytest.mark.parametrize(
    ("stream", "states_us", "exposure"),
    [
        (Stream.COLOUR, 40, ms(4)),
        (Stream.COLOUR, 4000, ms(4)),
        (Stream.DEPTH, 4000, ms(4)),
        (Stream.COLOUR, 156, ms(15.6)),
        (Stream.DEPTH, None, ms(4)),
    ],
)
def test_an_exposure_is_read_in_the_unit_that_its_stream_states(
    stream: Stream, states_us: int | None, exposure: Duration
) -> None:
    assert exposure_of(Told(stream, 1, Ticks(0), states_us, Instant(0)), armed=ms(4)) == exposure


def test_an_exposure_that_has_not_come_into_force_is_seen() -> None:
    assert in_force(ms(4.05), armed=ms(4))
    assert not in_force(ms(8), armed=ms(4))
    assert not in_force(ms(4.2), armed=ms(4))


class Passing:
    """A camera that runs free under a trigger at 0.5 s: its frames begin at `phase`, and are underway for `way`."""

    def __init__(self, name: str, phase: Duration, way: Duration, wanted: RealSenseCamera) -> None:
        readout = ms(wanted.colour_readout_ms or 0)
        least, most = wanted.underway_ms or (0.0, 2000 / wanted.fps)
        self.timing = LiveTiming(Underway(ms(least), ms(most)), {Stream.DEPTH: readout})
        self._name, self._phase, self._period = name, phase, seconds(1 / wanted.fps)
        self._arrives = Duration(EXPOSURE // 2 + way + readout)

    def frame(self, trigger: Trigger) -> Frame:
        for number in range(200):
            mid = Ticks(number * self._period + self._phase)
            frame = Told(Stream.DEPTH, number, mid, None, after(Instant(mid), self._arrives))
            self.timing.hear(frame, EXPOSURE)
            exposed = self.timing.exposed(frame, EXPOSURE)
            if exposed is not None and self.timing.answers(exposed, trigger):
                chosen = Chosen({Stream.DEPTH: Picture(frame, np.zeros((1, 1)), exposed)}, exposed.earliest)
                stamp, unit = self.timing.stamp(chosen, trigger), Millimetres(1.0)
                return Frame(
                    self._name, number, stamp.exposed_at, stamp.error, EXPOSURE, stamp.readout, None, None, unit
                )
        raise AssertionError("no frame answers")


@given(
    st.lists(st.floats(0, 0.99), min_size=2, max_size=2),
    st.lists(st.floats(0, 1), min_size=2, max_size=2),
    st.sampled_from((None, (30.0, 32.0))),
    st.sampled_from((0.0, 20.0)),
    st.sampled_from((15, 30, 90)),
)
def test_frames_of_two_cameras_are_as_near_as_the_settings_reckon(
    phases: list[float], ways: list[float], underway_ms: tuple[float, float] | None, readout_ms: float, fps: int
) -> None:
    wanted = RealSenseCamera(
        driver="realsense", serial="1", fps=fps, underway_ms=underway_ms,
        depth_readout_ms=readout_ms, colour_readout_ms=readout_ms,
    )  # fmt: skip
    least, most = underway_ms or (0.0, 2000 / fps - readout_ms)
    trigger = Trigger(Instant(seconds(0.5)), EXPOSURE, {Stream.DEPTH: EXPOSURE})
    eyes = [
        Passing(name, ms(phase * 1000 / fps), ms(least + way * max(0.0, most - least)), wanted)
        for name, phase, way in zip(("left", "right"), phases, ways, strict=True)
    ]
    frames = tuple(eye.frame(trigger) for eye in eyes)
    assert apart(frames, ms(wanted.doubt_ms + wanted.wait_ms + CLOCKS_MS)) is None
    for frame in frames:
        assert outside_light(frame, Lit(trigger.at, Instant(seconds(10)))) is None
