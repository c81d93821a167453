"""The height field: what a seed decides, and what damage does to it."""

from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.scene import Injury, Label, Scene, bare_belt, board, draw, empty, products
from fakes.scene.damage import SEVERITIES, TYPES, Severity
from fakes.streams import stream

FAMILIES = ("carton-03", "book-07", "mailer-11", "multipack-05")
SKIN = 6
"""Cells by which the colour of a damaged edge runs down its wall, beyond the outline that is labelled."""
LABELS = {
    "crush": Label.CRUSH,
    "dent": Label.DENT,
    "tear": Label.TEAR,
    "hole": Label.HOLE,
    "spillage": Label.SPILLAGE,
}


@lru_cache(maxsize=64)
def _pristine(seed: int, product: str | None = None) -> Scene:
    return draw(seed, False, product)


def _bytes(scene: Scene) -> tuple[bytes, ...]:
    return tuple(plane.tobytes() for plane in (scene.height_mm, scene.albedo, scene.gloss, scene.label))


def _around(scene: Scene, cells: int) -> np.ndarray:
    kernel = np.ones((2 * cells + 1, 2 * cells + 1), np.uint8)
    return np.asarray(cv2.dilate((scene.label != Label.OK).astype(np.uint8), kernel), dtype=np.bool_)


def _differs(one: Scene, other: Scene) -> np.ndarray:
    planes = (one.height_mm != other.height_mm) | (one.gloss != other.gloss)
    return np.asarray(planes | (one.albedo != other.albedo).any(axis=2), dtype=np.bool_)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**31))
def test_a_scene_is_the_same_bytes_for_the_same_seed(seed: int) -> None:
    assert _bytes(draw(seed, True)) == _bytes(draw(seed, True))


def test_two_seeds_draw_two_scenes() -> None:
    assert _bytes(draw(1, False)) != _bytes(draw(2, False))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**31))
def test_a_damaged_item_differs_from_its_pristine_twin_only_at_the_damage(seed: int) -> None:
    pristine, damaged = draw(seed, False), draw(seed, True)
    outside = _differs(pristine, damaged) & ~_around(damaged, SKIN)
    assert not outside.any()
    assert _differs(pristine, damaged).any()
    same = ("product", "family", "printed", "seed")
    assert [pristine.truth[key] for key in same] == [damaged.truth[key] for key in same]


def test_a_pristine_scene_has_no_label_and_says_so() -> None:
    scene = draw(5, False)
    assert not scene.label.any()
    assert scene.truth["damaged"] is False
    assert scene.truth["damages"] == []


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("product", FAMILIES)
def test_each_damage_is_labelled_and_named_in_the_truth(product: str, kind: str, severity: Severity) -> None:
    scene = draw(21, True, product, (Injury(kind, severity),))
    assert set(np.unique(scene.label)) == {Label.OK, LABELS[kind]}
    assert scene.truth["damages"] == [{"type": kind, "severity": severity}]
    assert 60 <= np.count_nonzero(scene.label) <= 40_000


DEPTH_MM = {"crush": (4.0, 6.0), "dent": (2.0, 5.5), "tear": (2.0, 4.5), "hole": (7.0, 11.0)}
"""Least height that minor and major damage must take or add somewhere; a mailer is too thin at its corners for more."""


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("kind", sorted(DEPTH_MM))
@pytest.mark.parametrize("product", FAMILIES)
def test_damage_to_the_shape_changes_the_height(product: str, kind: str, severity: Severity) -> None:
    pristine = _pristine(33, product)
    damaged = draw(33, True, product, (Injury(kind, severity),))
    change = np.abs(damaged.height_mm - pristine.height_mm)[damaged.label > 0]
    assert np.percentile(change, 98) >= DEPTH_MM[kind][SEVERITIES.index(severity)]


@pytest.mark.parametrize("product", FAMILIES)
def test_a_spillage_raises_a_wet_and_coloured_patch(product: str) -> None:
    pristine = _pristine(33, product)
    damaged = draw(33, True, product, (Injury("spillage", "minor"),))
    wet = damaged.gloss > 0.9
    assert np.count_nonzero(wet) > 300
    rise = (damaged.height_mm - pristine.height_mm)[wet]
    assert 0.6 <= np.median(rise) <= 2.0
    assert np.abs(damaged.albedo.astype(int) - pristine.albedo)[wet].mean() > 12


def test_print_that_looks_like_damage_is_on_some_pristine_items_and_is_flat() -> None:
    seeds = [seed for seed in range(40) if _pristine(seed).truth["printed"] is not None]
    assert 2 <= len(seeds) <= 14
    scene = draw(seeds[0], False)
    assert not scene.label.any()
    plain = products.make(scene.truth["product"], None, 0)
    printed = products.make(scene.truth["product"], scene.truth["printed"], seeds[0])
    assert (plain.albedo != printed.albedo).any()
    assert (plain.height_mm == printed.height_mm).all()


def test_every_family_is_drawn_and_its_products_differ() -> None:
    assert {_pristine(seed).truth["family"] for seed in range(30)} == set(products.FAMILIES)
    for family in products.FAMILIES:
        looks = {products.make(f"{family}-{number:02d}", None, 0).albedo.tobytes() for number in range(6)}
        assert len(looks) == 6


def test_a_product_is_the_same_print_in_every_scene() -> None:
    assert (products.make("book-02", None, 1).albedo == products.make("book-02", None, 99).albedo).all()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**31))
def test_an_item_lies_within_its_tray(seed: int) -> None:
    item = draw(seed, False).height_mm > 14.0
    rows, columns = np.nonzero(item)
    assert rows.min() > 60
    assert rows.max() < 360
    assert columns.min() > 60
    assert columns.max() < 460


def test_an_empty_tray_has_a_flat_floor_and_the_belt_none_at_all() -> None:
    tray = empty(4)
    assert (tray.height_mm[80:-80, 80:-80] == 0).all()
    assert tray.truth["product"] is None
    assert (bare_belt().height_mm < 0).all()


def test_a_board_is_held_above_the_tray_facing_up() -> None:
    pose = board(6).board
    assert pose is not None
    corners = np.array([[0, 0, 0, 1], [330, 0, 0, 1], [0, 240, 0, 1], [330, 240, 0, 1]]) @ pose.matrix().T
    assert (corners[:, 2] > 0).all()
    assert pose.matrix()[2, 2] < -0.8
    assert np.linalg.det(pose.matrix()[:3, :3]) == pytest.approx(1.0)


def test_an_unknown_product_or_damage_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="No product 'sofa-01'"):
        draw(1, False, "sofa-01")
    with pytest.raises(KeyError, match="No damage 'rust'"):
        draw(1, True, None, (Injury("rust", "minor"),))


def test_a_scene_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        draw(1, False).height_mm[0, 0] = 1


def test_streams_of_one_seed_are_independent_of_each_other() -> None:
    first = stream(7, "pose").random(4).tolist()
    stream(7, "tray").random(1000)
    assert stream(7, "pose").random(4).tolist() == first
    assert stream(7, "tray").random(4).tolist() != first
    assert stream(8, "pose").random(4).tolist() != first
