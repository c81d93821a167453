"""What a controller refuses before it serves a line."""

from pathlib import Path

import pytest

from booth.assembly.controlling import _refuse_simulated
from booth.settings import load
from drivers.errors import DeviceMissing
from drivers.frames import CameraInfo

SIMULATED = load(Path("config/sim.yaml"))
REAL = SIMULATED.model_copy(update={"world": None})
INFOS = {"left": CameraInfo("D435", "1", False), "right": CameraInfo("D435", "2", True)}


def test_a_camera_that_says_it_is_simulated_serves_no_real_line() -> None:
    with pytest.raises(DeviceMissing, match="right: a simulated camera"):
        _refuse_simulated(REAL, INFOS)


def test_a_simulated_line_takes_any_camera() -> None:
    _refuse_simulated(SIMULATED, INFOS)


def test_a_real_line_takes_a_real_camera() -> None:
    _refuse_simulated(REAL, {"left": INFOS["left"]})
