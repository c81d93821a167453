"""Heights above a real tote, from two real depth cameras. The regions were drawn before anything was computed."""

import numpy as np
import pytest

from tests.replay.published_poses import disagreement
from tests.replay.tote import CAMERAS, heights_in

NEAR_MM = 10.0


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_floor_of_an_empty_tote_is_at_height_zero(camera: str) -> None:
    heights = heights_in("floor", camera, "background")
    near = heights[np.abs(heights) <= NEAR_MM]
    share, rms = len(near) / len(heights), float(np.sqrt(np.mean(near**2)))
    print(f"{camera}: {share:.2%} within {NEAR_MM:g} mm, RMS {rms:.2f} mm")  # noqa: T201 - the figures, for pytest -s
    assert len(heights) > 30_000
    assert share >= 0.95
    assert rms <= 4.5


def test_both_cameras_see_the_torch_equally_high() -> None:
    first, second = (float(np.median(heights_in("torch", camera, "input"))) for camera in CAMERAS)
    print(f"torch: {first:.1f} mm and {second:.1f} mm")  # noqa: T201 - the figures, for pytest -s
    assert abs(first - second) <= 13.0
    assert min(first, second) > NEAR_MM


def test_the_published_poses_disagree_as_documented() -> None:
    found = disagreement()
    assert found.apart_mm == pytest.approx(81, abs=2)
    assert found.angle_deg == pytest.approx(5.1, abs=0.3)
