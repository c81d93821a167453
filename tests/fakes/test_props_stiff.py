"""Cartons, bottles, books and blister packs, in small specimens: what holds for these holds for large ones."""

from copy import deepcopy
from functools import cache
from itertools import combinations

import cv2
import numpy as np
import pytest

from fakes.props.families import FAMILIES, product
from fakes.props.harm import SEVERITIES, TYPES
from fakes.props.item import Item, Product, Severity
from fakes.props.lottery import harms
from fakes.props.panel import MOVED_MM, Panel
from fakes.streams import stream

CARTONS = ("case", "lidded", "retail")
"""One for each way in which cartons are built and closed that matters to damage."""
SMALL = {
    **dict.fromkeys(CARTONS, (136.0, 102.0, 40.0)),
    "bottles": (142.0, 112.0, 90.0),
    "book": (136.0, 104.0, 22.0),
    "blister": (140.0, 120.0, 20.0),
}
HARMED = [(family, kind) for family in SMALL for kind in harms(family)]


@cache
def made(family: str, seed: int = 6, number: int = 5) -> Item:
    """A small specimen; not to be changed."""
    builder = FAMILIES[family].builder
    item = builder.build(Product(family, number, product(family, number).code, SMALL[family]), seed)
    builder.handle(item, seed)
    return item


@cache
def hurt(family: str, kind: str, severity: Severity) -> Item:
    """The same specimen with one damage, bit 0; what is closed was opened before something went missing, bit 1."""
    item = deepcopy(made(family))
    if kind == "missing" and item.sealed:
        TYPES["deconstruction"](stream(6, "opened"), item, "major", 1)
    item.ways.get(kind, TYPES[kind])(stream(6, "damage", kind), item, severity, 0)
    return item


def marked(panel: Panel) -> int:
    return int(np.count_nonzero(panel.skin.marks & 1))


def look(item: Item) -> Panel:
    return item.units[0][0] if item.product.family == "bottles" else item.panel("top")


def extent(item: Item, whole: Item, kind: str) -> float:
    """How bad it is: texels marked, or, where all of a lid or cover is, how far what is marked has moved, mm."""
    if kind != "deconstruction":
        return float(sum(marked(panel) for panel in item.panels))
    before = max(float(panel.vertices[..., 2].max()) for panel in whole.panels)
    loose = [panel for panel in item.panels if marked(panel)]
    return sum(float(np.clip(panel.vertices[..., 2] - before, 0, None).mean()) for panel in loose)


@pytest.mark.parametrize("family", ["bottles", "book", "blister"])
def test_no_two_products_have_the_same_size_and_none_the_same_code(family: str) -> None:
    products = [product(family, number) for number in range(FAMILIES[family].products)]
    assert len({one.size_mm for one in products}) == len({one.code for one in products}) == len(products) >= 20


@pytest.mark.parametrize("family", ["bottles", "book", "blister"])
def test_products_look_different(family: str) -> None:
    tops = [look(made(family, number=number)).skin.albedo[:90, :90] for number in (5, 3, 7)]
    for one, other in combinations(tops, 2):
        rows, columns = min(len(one), len(other)), min(one.shape[1], other.shape[1])
        assert (np.abs(one[:rows, :columns].astype(int) - other[:rows, :columns]).max(axis=-1) > 12).mean() > 0.1


@pytest.mark.parametrize(("family", "kind"), HARMED)
def test_damage_is_marked_and_nothing_that_is_not_marked_has_changed(family: str, kind: str) -> None:
    whole = made(family)
    for severity in SEVERITIES:
        item = hurt(family, kind, severity)
        assert sum(marked(panel) for panel in item.panels) > 30
        for before, after in zip(whole.shell, item.shell, strict=False):
            clean = after.skin.marks == 0
            for plane in ("albedo", "roughness", "bump_mm", "solid"):
                assert np.array_equal(getattr(before.skin, plane)[clean], getattr(after.skin, plane)[clean]), plane
            moved = np.linalg.norm(before.texel_points() - after.texel_points(), axis=-1)
            assert moved[clean].max(initial=0) < 2 * MOVED_MM


@pytest.mark.parametrize(("family", "kind"), HARMED)
def test_major_damage_is_larger_than_minor(family: str, kind: str) -> None:
    minor, major = (extent(hurt(family, kind, severity), made(family), kind) for severity in SEVERITIES)
    assert major > minor > 0


@pytest.mark.parametrize("family", ["bottles", "book", "blister"])
def test_a_decoder_reads_the_code(family: str) -> None:
    item = FAMILIES[family].builder.build(product(family, 2), 6)
    skin = item.panel("front" if family == "bottles" else "top").skin
    near = [np.asarray(cv2.resize(skin.albedo, None, fx=zoom, fy=zoom)) for zoom in (1.5, 2, 3)]
    read = {cv2.barcode.BarcodeDetector().detectAndDecode(picture)[0] for picture in near}
    assert read - {""} == {item.product.code}


@pytest.mark.parametrize("family", ["case", "retail", "bottles"])
def test_a_missing_unit_is_gone_alone_and_the_floor_is_marked_where_it_stood(family: str) -> None:
    whole, item = made(family), hurt(family, "missing", "minor")
    assert len(item.units) == len(whole.units) - 1
    floor = item.panel("bottom")
    at = floor.texel_points()[floor.skin.marks & 1 > 0]
    left = [np.concatenate([panel.vertices.reshape(-1, 3) for panel in unit])[:, :2].mean(axis=0)
            for unit in item.units]  # fmt: skip
    assert min(np.linalg.norm(at[:, :2].mean(axis=0) - middle) for middle in left) > 20


def test_an_emptied_dome_is_lower_and_no_other_dome_is() -> None:
    before, after = (item.panel("domes") for item in (made("blister"), hurt("blister", "missing", "minor")))
    sunk = before.vertices[..., 2] - after.vertices[..., 2]
    assert sunk.max() > 2
    assert (sunk > 0.1).mean() < 0.25


@pytest.mark.parametrize("family", ["case", "lidded", "bottles"])
def test_what_is_spilt_has_a_thickness_on_the_tray_and_on_the_item(family: str) -> None:
    item = hurt(family, "spillage", "major")
    puddle, film = item.panel("puddle"), item.panel("film")
    assert marked(puddle) > 0
    assert marked(film) > 0
    assert 1.0 < puddle.vertices[..., 2].max() < 12
    under = item.panel(item.face).vertices[..., 2].max()
    assert 0.5 < film.vertices[..., 2].max() - under < 9


def test_a_dog_ear_folds_one_corner_of_the_card_and_leaves_the_rest_flat() -> None:
    before, after = (item.panel("top") for item in (made("blister"), hurt("blister", "crush", "major")))
    lifted = after.vertices[..., 2] - before.vertices[..., 2]
    assert lifted.max() > 8
    assert 0.01 < (lifted > 0.5).mean() < 0.3
