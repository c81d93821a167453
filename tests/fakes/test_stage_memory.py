from pathlib import Path

import numpy as np

from fakes import props
from fakes.props.panel import bare_skin, sheet
from fakes.stage import CAMERAS, Stage, Studio
from tests.fakes.test_stage import needs_gl, small

SCENES = 25
WARM_UP = 5


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def plate(grey: int) -> props.Scene:
    """Something cheap to build, as large as an item."""
    skin = bare_skin(200, 150, (grey, grey, grey), 0.5)
    skin.albedo[::2] = 90
    skin.bump_mm[:] = np.random.default_rng(grey).normal(0, 0.1, skin.shape)
    return props.Scene((sheet("plate", (-100, 75, 60), (200, 0, 0), (0, -150, 0), skin),))


@needs_gl
def test_memory_does_not_grow_from_scene_to_scene() -> None:
    """What one scene holds (its shadow maps alone are 50 MB) would be seen if a single one were kept."""
    sizes = []
    with Studio() as studio:
        for number in range(SCENES):
            with Stage(plate(number), studio) as stage:
                stage.see(small(CAMERAS["left"]), oversample=1)
            sizes.append(resident_mb())
    assert sizes[-1] - sizes[WARM_UP] < 8


@needs_gl
def test_memory_does_not_grow_from_studio_to_studio() -> None:
    sizes = []
    for number in range(5):
        with Stage(plate(number)) as stage:
            stage.see(small(CAMERAS["left"]), oversample=1, lights=())
        sizes.append(resident_mb())
    assert sizes[-1] - sizes[2] < 12


@needs_gl
def test_a_stage_that_is_left_holds_nothing() -> None:
    with Studio() as studio:
        stage = Stage(plate(1), studio)
        with stage:
            assert stage._held
        assert stage._held == []
        assert not any(drawn._held for drawn in stage._drawn)


@needs_gl
def test_what_is_released_twice_is_released_once() -> None:
    with Studio() as studio, Stage(plate(1), studio) as stage:
        stage.release()
        assert len(studio._idle) == 1
        stage.release()
        assert len(studio._idle) == 1
        studio.release()
