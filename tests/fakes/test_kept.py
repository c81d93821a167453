"""The studio of the shipped scenes: needs no GL, and shows what it says."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from drivers.units import Millimetres
from fakes.plan import CAMERAS, PlanInvalid, WorldPlan
from fakes.stage import shipped
from fakes.studios import kept
from fakes.studios.kept import EYES, KeptScenes
from fakes.studios.panels import PanelScene, PanelStudio
from fakes.studios.studio import studio as made
from tests.architecture.tree import ROOT

RING = {"ring": 1.0}


@pytest.fixture(scope="module")
def studio() -> PanelStudio:
    return PanelStudio(KeptScenes())


@pytest.fixture
def names_only(monkeypatch: pytest.MonkeyPatch) -> Callable[[PanelScene], str]:
    """Scenes without their pictures."""
    monkeypatch.setattr(kept, "_scene", lambda name: PanelScene({"name": name}, {}))
    return lambda scene: str(scene.truth["name"])


def test_the_settings_word_for_it_makes_it() -> None:
    assert made(WorldPlan(pictures="shipped")).info("left").model == "Shipped scenes"


def test_every_shipped_scene_with_an_item_comes_and_a_damaged_one_only_when_asked_for(
    names_only: Callable[[PanelScene], str],
) -> None:
    studio = PanelStudio(KeptScenes())
    whole, hurt = ({names_only(studio.draw(seed, bad)) for seed in range(200)} for bad in (False, True))
    assert whole | hurt == set(shipped.names()) - {"empty"}
    assert not any(shipped.told(shipped.named(name))["damages"] for name in whole)
    assert all(shipped.told(shipped.named(name))["damages"] for name in hurt)
    assert names_only(studio.draw(7, True)) == names_only(studio.draw(7, True))


def test_a_photograph_is_a_function_of_seed_and_index_and_shows_the_scene(studio: PanelStudio) -> None:
    tray = studio.draw(3, True)

    def photograph(scene: PanelScene | None, index: int) -> tuple[bytes, np.ndarray]:
        colour, depth = studio.photograph(scene, Millimetres(0), "right", RING, 4.0, 7, index)
        return colour.tobytes(), depth

    (first, depth), (again, _), (other, _) = photograph(tray, 1), photograph(tray, 1), photograph(tray, 2)
    assert first == again
    assert first != other
    item = tray.views["right"].seen.part >= 2
    _, bare = photograph(studio.empty(), 1)
    both = item & (depth > 0) & (bare > 0)
    assert np.median(bare[both].astype(int) - depth[both]) > 15
    assert np.median(depth[both] - tray.views["right"].seen.depth_mm[both]) == pytest.approx(0, abs=2)


def test_no_tray_shows_no_item_and_a_board_is_refused(studio: PanelStudio) -> None:
    away, _ = studio.photograph(None, Millimetres(0), "left", RING, 4.0, 7, 1)
    bare, _ = studio.photograph(studio.empty(), Millimetres(0), "left", RING, 4.0, 7, 1)
    assert np.abs(away[:, 100:540].astype(int) - bare[:, 100:540]).mean() > 5
    with pytest.raises(PlanInvalid, match="pictures: rendered"):
        studio.board(1, 2)


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_calibration_that_ships_with_it_is_of_its_cameras_and_of_its_tray(studio: PanelStudio, camera: str) -> None:
    found = geometry_of(camera, studio.info(camera), load_all(ROOT / "config/calibration/shipped-scenes"))
    assert found.colour == EYES[camera].colour.lens
    assert found.plane is not None
    tray = studio.empty().views[camera].seen.part == 1
    left, top, width, height = cv2.boundingRect(tray.astype(np.uint8))
    region = found.region
    assert (region.x_px, region.y_px) == pytest.approx((left, top), abs=4)
    assert (region.width_px, region.height_px) == pytest.approx((width, height), abs=8)
    corners = np.array([(x, y, 0.0, 1.0) for x in (-150, 150) for y in (-100, 100)])
    seen = (np.linalg.inv(EYES[camera].colour.pose) @ corners.T).T[:, :3]
    assert np.abs(found.plane.height_above(seen)).max() < 3.0
