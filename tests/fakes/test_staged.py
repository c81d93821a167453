"""The studio of staged pictures, and contact sheets: what needs GL, with as few scenes as will do."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.units import Millimetres
from fakes import props
from fakes.props import Drawn, Injury
from fakes.sheets import showing
from fakes.sheets.sheet import COLUMNS, caption, contact_sheet
from fakes.studios.panels import PanelScene, PanelStudio, past, shot
from fakes.studios.photography import shifted
from fakes.studios.staged import EYES, StagedScenes
from tests.fakes.graphics import needs_gl

RING = {"ring": 1.0}


@pytest.fixture(scope="module")
def studio() -> PanelStudio:
    return PanelStudio(StagedScenes(1))


@pytest.fixture(scope="module")
def twins(studio: PanelStudio) -> tuple[PanelScene, PanelScene]:
    seed = next(number for number in range(99) if props.drawn(number, damaged=True).arrangement == "one")
    return studio.draw(seed, False), studio.draw(seed, True)


@needs_gl
def test_a_damaged_tray_is_the_same_tray_but_for_its_damage(twins: tuple[PanelScene, PanelScene]) -> None:
    whole, hurt = twins
    assert whole.truth["damages"] == []
    assert hurt.truth["damages"]
    assert whole.truth["product"] == hurt.truth["product"]
    for name, view in hurt.views.items():
        other = whole.views[name]
        marked = cv2.dilate((view.seen.marks & 0x7F > 0).astype(np.uint8), np.ones((61, 61))) > 0
        assert (view.seen.marks & 0x7F > 0).sum() > 50
        changed = np.abs(view.seen.light["ring"] - other.seen.light["ring"]).max(axis=2) > 0.05
        assert changed[~marked].mean() < 0.002


@needs_gl
def test_a_photograph_is_a_function_of_seed_and_index(studio: PanelStudio, twins: tuple[PanelScene, ...]) -> None:
    def photograph(index: int) -> tuple[Any, Any]:
        return studio.photograph(twins[0], Millimetres(0), "left", RING, 4.0, 7, index)

    (first, depth), (again, same), (other, _) = photograph(1), photograph(1), photograph(2)
    assert np.array_equal(first, again)
    assert np.array_equal(depth, same)
    assert not np.array_equal(first, other)
    assert (first.shape, depth.shape) == ((480, 640, 3), (480, 640))


@needs_gl
def test_depth_and_colour_are_seen_from_their_own_places(studio: PanelStudio, twins: tuple[PanelScene, ...]) -> None:
    """What the info says of the two lenses fits what they see: a point that both see is where it should be."""
    info = studio.info("left")
    assert info.colour is not None
    assert info.depth is not None
    view = twins[0].views["left"]
    row, column = 240, 330
    z = float(view.depth_mm[row, column])
    point = np.array(
        [(column - info.depth.cx_px) * z / info.depth.fx_px, (row - info.depth.cy_px) * z / info.depth.fy_px, z]
    )
    x, y, far = info.depth_to_colour.matrix() @ point + info.depth_to_colour.translation_mm
    pixel = (
        round(info.colour.fy_px * y / far + info.colour.cy_px),
        round(info.colour.fx_px * x / far + info.colour.cx_px),
    )
    assert float(view.seen.depth_mm[pixel]) == pytest.approx(far, abs=2.0)
    assert abs(pixel[1] - column) > 5, "no parallax to speak of"


@needs_gl
def test_a_tray_past_the_station_is_further_right_and_no_tray_is_no_tray(
    studio: PanelStudio, twins: tuple[PanelScene, ...]
) -> None:
    def photograph(offset: float, scene: PanelScene | None) -> NDArray[np.float64]:
        colour, _ = studio.photograph(scene, Millimetres(offset), "left", RING, 4.0, 1, 1)
        return np.asarray(colour.mean(axis=2))

    def unlike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        return float(np.abs(one[100:380, 150:500] - other[100:380, 150:500]).mean())

    here, there = photograph(0, twins[0]), photograph(50, twins[0])
    best = min(range(100), key=lambda shift: unlike(there, np.roll(here, shift, axis=1)))
    assert best == pytest.approx(742 * 50 / 642, abs=3)
    assert unlike(here, photograph(0, None)) > 2 * unlike(here, there) / 3


@needs_gl
def test_a_tray_on_the_move_is_blurred_along_the_belt_and_not_across(
    studio: PanelStudio, twins: tuple[PanelScene, ...]
) -> None:
    def detail(travel: float) -> tuple[float, float]:
        """How much differs from one pixel to the next along x, along y."""
        taken = studio.photograph(twins[0], Millimetres(0), "left", RING, 4.0, 1, 1, Millimetres(travel))[0]
        grey = cv2.GaussianBlur(taken.astype(np.float32).mean(axis=2), (0, 0), 1.0)
        return float(np.abs(np.diff(grey, axis=1)).mean()), float(np.abs(np.diff(grey, axis=0)).mean())

    (along, across), (smeared, kept) = detail(0), detail(4)
    assert smeared < 0.75 * along
    assert kept > 0.85 * across


def test_a_picture_smears_by_how_far_its_tray_is_carried_however_long_that_takes() -> None:
    quick, slow = (
        shot(EYES["left"], Millimetres(0), Millimetres(3), RING, exposure_ms).motion.right_px_ms * exposure_ms
        for exposure_ms in (2.0, 8.0)
    )
    assert quick == pytest.approx(slow) == pytest.approx(past(EYES["left"], Millimetres(3)))


@needs_gl
def test_a_contact_sheet_has_a_row_a_scene_and_says_that_it_is_simulated() -> None:
    done = list[int]()
    rows = list(showing.by_lot(3, 1, "left", done.append, ("retail",)))
    sheet = contact_sheet(rows, width_px=64)
    assert sheet.shape[1] == 64 * len(COLUMNS)
    assert done == [1]


def test_shipped_scenes_are_shown_without_gl() -> None:
    rows = showing.shipped_ones()
    about, view, camera = next(iter(rows))
    sheet = contact_sheet([(about, view, camera)], width_px=64)
    assert sheet[:, :256].std() > 20


def test_a_caption_says_what_is_wrong_and_what_only_looks_so() -> None:
    scene = props.draw(3, "retail", 4, (Injury("dent", "minor"),), ("printed-splash",))
    assert caption(scene.truth) == "retail-04: minor dent; only looks so: printed-splash"


def test_a_shifted_picture_moves_right_and_keeps_its_edge() -> None:
    picture = np.arange(12, dtype=np.float32).reshape(2, 6)
    assert np.allclose(shifted(picture, 2.0)[:, 2:], picture[:, :-2])
    assert shifted(picture, 0.0) is picture


@pytest.fixture(scope="module")
def lots() -> list[Drawn]:
    return [props.drawn(seed) for seed in range(400)]


def test_the_lot_draws_everything_there_is(lots: list[Drawn]) -> None:
    assert {one.arrangement for one in lots} == {"one", "two", "overhang", "empty"}
    assert {item.family for one in lots for item in one.items} == set(props.FAMILIES)
    assert {injury.type for one in lots for item in one.items for injury in item.injuries} == set(props.TYPES)
    assert {name for one in lots for item in one.items for name in item.decoys} == set(props.DECOYS)
    assert {name for one in lots for name in one.around} == {"dirty-tray", "shadow"}


def test_with_and_without_damage_the_lot_is_the_same_otherwise() -> None:
    for seed in range(40):
        whole, hurt = props.drawn(seed, damaged=False), props.drawn(seed, damaged=True)
        assert sum(bool(item.injuries) for item in hurt.items) == 1
        assert [(item.family, item.number, item.decoys) for item in whole.items] == [
            (item.family, item.number, item.decoys) for item in hurt.items
        ]
        assert (whole.arrangement, whole.around) == (hurt.arrangement, hurt.around)
