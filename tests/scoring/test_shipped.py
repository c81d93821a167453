"""The shipped pack on simulated trays: a ranking, on average, with a modest margin. It says nothing of real goods."""

from pathlib import Path

import numpy as np
import pytest

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.geometry.views import View, view_of
from booth.scoring.packs.pack import load
from booth.scoring.scorer import PackScorer
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, ms
from fakes.render import CAMERAS, photograph
from fakes.scene import Injury, draw

ROOT = Path(__file__).parents[2]
SEEDS = range(500_000, 500_003)  # in no split of the training


def views(seed: int, damaged: bool) -> tuple[View, ...]:
    """One simulated tray through the shipped calibration, as the booth sees it."""
    scene = draw(seed, damaged, injuries=(Injury("tear", "major"), Injury("hole", "major")))
    calibrations = load_all(ROOT / "config" / "calibration" / "sim")
    taken = []
    for camera in sorted(CAMERAS):
        info = CAMERAS[camera].info
        colour, depth = photograph(scene, Millimetres(0), camera, {"ring": 1.0}, 4.0, seed, int(damaged))
        exact = Duration(0)
        frame = Frame(camera, 1, Instant(0), exact, ms(4), exact, colour, depth, info.depth_unit)
        taken.append(view_of(frame, geometry_of(camera, info, calibrations)))
    return tuple(taken)


@pytest.fixture(scope="module")
def scorer() -> PackScorer:
    return PackScorer(load(ROOT / "models" / "damage-lite0"))


def test_simulated_damaged_trays_score_higher_than_their_pristine_twins_on_average(scorer: PackScorer) -> None:
    pristine, damaged = (
        np.mean([scorer.score(views(seed, harmed)).score for seed in SEEDS]) for harmed in (False, True)
    )
    assert damaged - pristine > 0.2


def test_the_same_views_score_the_same_to_the_bit(scorer: PackScorer) -> None:
    taken = views(SEEDS[0], True)
    assert scorer.score(taken) == scorer.score(taken)
