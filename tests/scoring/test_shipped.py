"""The shipped packs on simulated trays: rankings, with a modest margin. They say nothing of real goods."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from booth.assembly.changing import examiner_of
from booth.assembly.foundation import lay
from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.geometry.views import View, view_of
from booth.inspection.examination import Examiner
from booth.inspection.station import Capture
from booth.scoring.fusion import Scored
from booth.scoring.packs.pack import load
from booth.scoring.scorer import PackScorer
from booth.settings import load as settings_of
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, ms
from fakes.render import CAMERAS, photograph
from fakes.scene import Injury, draw
from fakes.studios.kept import EYES, KeptScenes
from tests.records.samples import NOON
from tests.scoring.scenes import frame

ROOT = Path(__file__).parents[2]
SEEDS = range(500_000, 500_003)  # in no split of the training
CONFIG = ROOT / "config" / "shipped-scenes.yaml"
SCENES = settings_of(CONFIG)
TWINS = {"case": "case-crushed", "diecut": "diecut-spilt", "bottles": "bottles-missing"}


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


def captured(name: str) -> Capture:
    """A shipped scene under the shots of config/shipped-scenes.yaml."""
    shots = enumerate(SCENES.recipe.shots)
    return Capture(
        tuple(tuple(frame(*eye, name, one.lights, (1, index)) for eye in EYES.items()) for index, one in shots)
    )


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    kept = KeptScenes()
    return examiner_of(lay(CONFIG, SCENES), {camera: kept.info(camera) for camera in SCENES.cameras})


@pytest.fixture(scope="module")
def scored(examiner: Examiner) -> Callable[[str], Scored]:
    def one(name: str) -> Scored:
        found = examiner.examine(captured(name), NOON)
        assert found.scored is not None, found.problem
        return found.scored

    return one


@pytest.mark.parametrize("name", TWINS)
def test_a_shipped_scene_scores_higher_once_its_item_is_damaged(name: str, scored: Callable[[str], Scored]) -> None:
    pristine, damaged = scored(name), scored(TWINS[name])
    assert damaged.score - pristine.score > 0.1


def test_every_lane_but_the_reference_has_what_it_needs_of_the_shipped_scenes(scored: Callable[[str], Scored]) -> None:
    found = scored("diecut")
    assert {lane for lane, _ in found.lanes} == {"appearance", "relief", "geometry"}
    assert [lane.lane for lane in found.not_run] == ["reference"]


def test_the_thresholds_of_the_shipped_scenes_are_those_that_their_pack_suggests() -> None:
    suggested = load(SCENES.recipe.pack).manifest.thresholds
    ours = {frozenset(each.lanes): each.divert_at for each in SCENES.recipe.thresholds}
    assert ours == {frozenset(each.lanes): each.divert_at for each in suggested if "reference" not in each.lanes}
