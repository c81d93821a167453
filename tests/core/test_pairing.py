"""A frame belongs to a shot only if its whole exposure lies in the light."""

from hypothesis import given
from hypothesis import strategies as st

from booth.inspection.pairing import Lit, apart, outside_light
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, ms


def frame(
    at_ms: float = 10, error_ms: float = 0, exposure_ms: float = 4, readout_ms: float = 0, camera: str = "left"
) -> Frame:
    return Frame(
        camera, 1, Instant(ms(at_ms)), ms(error_ms), ms(exposure_ms), ms(readout_ms), None, None, Millimetres(1.0)
    )  # fmt: skip


LIT = Lit(Instant(ms(10)), Instant(ms(20)))


def test_an_exposure_within_the_light_belongs() -> None:
    assert outside_light(frame(at_ms=10, exposure_ms=10), LIT) is None


def test_an_exposure_before_the_light_has_settled_does_not_belong() -> None:
    problem = outside_light(frame(at_ms=9.5), LIT)
    assert problem is not None
    assert problem.detail == "0.5 ms before the light had settled"


def test_the_last_row_of_a_rolling_shutter_counts() -> None:
    assert outside_light(frame(at_ms=12, exposure_ms=4, readout_ms=4), LIT) is None
    problem = outside_light(frame(at_ms=12, exposure_ms=4, readout_ms=5), LIT)
    assert problem is not None
    assert problem.code == "frame-outside-light"


@given(at=st.floats(0, 40), error=st.floats(0, 5), exposure=st.floats(0.1, 10), readout=st.floats(0, 10))
def test_a_frame_that_belongs_belongs_wherever_in_its_error_it_was_exposed(
    at: float, error: float, exposure: float, readout: float
) -> None:
    if outside_light(frame(at, error, exposure, readout), LIT) is None:
        for shift in (-error, error):
            assert outside_light(frame(at + shift * 0.999, 0, exposure, readout), LIT) is None


def test_cameras_that_expose_too_far_apart_are_not_a_pair() -> None:
    pair = (frame(10, camera="left"), frame(13, error_ms=1, camera="right"))
    assert apart(pair, ms(4)) is None
    problem = apart(pair, Duration(ms(4) - 1))
    assert problem is not None
    assert problem.device == "left and right"
