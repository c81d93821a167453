"""Mailers, polybags and multipacks, in small specimens: what holds for these holds for large ones."""

from functools import cache
from itertools import combinations

import cv2
import numpy as np
import pytest

from fakes.props.families import FAMILIES, product
from fakes.props.harm import SEVERITIES, TYPES
from fakes.props.item import Item, Product, Severity
from fakes.props.panel import MOVED_MM, Panel, px
from fakes.streams import stream

SMALL = {"mailer": (142.0, 112.0, 20.0), "polybag": (142.0, 112.0, 30.0), "multipack": (132.0, 122.0, 90.0)}
HARMS = [
    ("mailer", "tear"), ("mailer", "hole"), ("mailer", "dent"), ("mailer", "spillage"), ("mailer", "superficial"),
    ("polybag", "tear"), ("polybag", "hole"), ("polybag", "spillage"), ("polybag", "superficial"),
    ("multipack", "crush"), ("multipack", "missing"), ("multipack", "spillage"),
]  # fmt: skip


@cache
def made(family: str, seed: int = 6, kind: str = "", severity: Severity = "minor", number: int = 5) -> Item:
    """A small product of `family` as it would stand on the tray, with damage `kind` if not ""; not to be changed."""
    builder = FAMILIES[family].builder
    item = builder.build(Product(family, number, product(family, number).code, SMALL[family]), seed)
    builder.handle(item, seed)
    if kind:
        item.ways.get(kind, TYPES[kind])(stream(seed, "damage", kind), item, severity, 0)
    builder.settle(item, seed)
    return item


def planes(panel: Panel) -> bytes:
    skin = panel.skin
    kept = (panel.vertices, skin.albedo, skin.roughness, skin.bump_mm, skin.solid, skin.marks)
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in kept)


def steepness(panel: Panel) -> float:
    """The median slope of a panel's wrinkles, mm/mm, without that of the shape they are on."""
    height = panel.texel_points()[..., 2] + panel.skin.bump_mm
    wrinkles = height - cv2.GaussianBlur(height, (0, 0), px(6))
    return float(np.median(np.hypot(*np.gradient(wrinkles, 0.4))))


def marked(item: Item) -> int:
    return sum(int((panel.skin.marks > 0).sum()) for panel in item.panels)


def look(item: Item) -> Panel:
    """What shows of which product it is."""
    return item.units[-1][-1] if item.product.family == "multipack" else item.panel("top")


@pytest.mark.parametrize("family", SMALL)
def test_no_two_products_have_the_same_size_and_none_the_same_code(family: str) -> None:
    products = [product(family, number) for number in range(FAMILIES[family].products)]
    assert len({one.size_mm for one in products}) == len({one.code for one in products}) == len(products) >= 20


@pytest.mark.parametrize("family", SMALL)
def test_products_look_different(family: str) -> None:
    tops = [look(made(family, number=number)).skin.albedo[:100, :100] for number in (5, 3, 7)]
    for one, other in combinations(tops, 2):
        assert (np.abs(one.astype(int) - other).max(axis=-1) > 12).mean() > 0.1


@pytest.mark.parametrize("family", SMALL)
def test_a_seed_is_one_specimen_and_another_seed_another_of_the_same_product(family: str) -> None:
    one, twin, other = made(family, 6), made.__wrapped__(family, 6), made(family, 7)
    assert [planes(panel) for panel in one.panels] == [planes(panel) for panel in twin.panels]
    assert planes(look(one)) != planes(look(other))


def test_every_damage_that_can_happen_is_tested_here() -> None:
    assert sorted(HARMS) == sorted((family, kind) for family in SMALL for kind in made(family).harms)


@pytest.mark.parametrize(("family", "kind"), HARMS)
def test_damage_is_marked_and_nothing_that_is_not_marked_has_changed(family: str, kind: str) -> None:
    whole, hurt = made(family), made(family, 6, kind, "major")
    assert marked(whole) == 0
    assert marked(hurt) > 100
    pairs = list(zip(whole.shell, hurt.shell, strict=False))
    if len(whole.units) == len(hurt.units):
        pairs = list(zip(whole.panels, [*hurt.shell[: len(whole.shell)], *hurt.panels[len(hurt.shell) :]], strict=True))
    for before, after in pairs:
        clean = after.skin.marks == 0
        for plane in ("albedo", "roughness", "bump_mm", "solid"):
            assert np.array_equal(getattr(before.skin, plane)[clean], getattr(after.skin, plane)[clean]), plane
        moved = np.linalg.norm(before.texel_points() - after.texel_points(), axis=-1)
        assert moved[clean].max(initial=0) < 2 * MOVED_MM


@pytest.mark.parametrize(("family", "kind"), [pair for pair in HARMS if pair[1] != "spillage"])
def test_major_damage_is_larger_than_minor(family: str, kind: str) -> None:
    minor, major = (marked(made(family, 6, kind, severity)) for severity in SEVERITIES)
    assert major > minor


@pytest.mark.parametrize("number", [5, 3, 10])
def test_a_missing_unit_is_gone_alone_and_its_place_is_marked(number: int) -> None:
    whole, less = made("multipack", number=number), made("multipack", 6, "missing", number=number)
    standing = {planes(unit[0]) for unit in less.units}
    gone = [unit for unit in whole.units if planes(unit[0]) not in standing]
    assert len(gone) == len(whole.units) - len(less.units) == 1
    floor = less.panel("bottom")
    corners = np.concatenate([panel.vertices.reshape(-1, 3)[:, :2] for panel in gone[0]])
    at = floor.texel_points()[floor.skin.marks > 0][:, :2]
    assert np.abs(at.mean(axis=0) - (corners.min(axis=0) + corners.max(axis=0)) / 2).max() < 3
    assert np.prod(np.ptp(at, axis=0)) == pytest.approx(np.prod(np.ptp(corners, axis=0)), rel=0.15)
    assert marked(less) == int((floor.skin.marks > 0).sum())


def test_a_bag_is_more_wrinkled_than_a_mailer_and_none_of_it_is_damage() -> None:
    bags, mailers = ([made(family, seed) for seed in (6, 7)] for family in ("polybag", "mailer"))
    assert min(steepness(bag.panel("top")) for bag in bags) > 1.3 * max(steepness(one.panel("top")) for one in mailers)
    assert sum(marked(bag) for bag in bags) == 0


@pytest.mark.parametrize("family", ["mailer", "polybag"])
@pytest.mark.parametrize("kind", ["", "tear", "hole"])
def test_what_is_inside_stays_under_the_sheet(family: str, kind: str) -> None:
    item = made(family, 6, kind, "major" if kind else "minor")
    top, inside = item.panel("top"), item.units[0][0]
    over = top.vertices[4:-4, 4:-4][::2, ::2, 2]
    assert (over > inside.vertices[..., 2]).all()


@pytest.mark.parametrize("family", ["mailer", "polybag"])
def test_the_sheets_meet_in_the_seam(family: str) -> None:
    item = made(family)
    top, front, back, bottom = (item.panel(name) for name in ("top", "front", "back", "bottom"))
    assert np.allclose(top.vertices[-1], front.vertices[0])
    assert np.allclose(top.vertices[0], back.vertices[0, ::-1])
    rim = np.linalg.norm(front.vertices[-1] - bottom.vertices[-1, ::-1], axis=-1)
    assert rim.max() < 2.0


@pytest.mark.parametrize("family", SMALL)
def test_a_decoder_reads_the_code(family: str) -> None:
    item = made(family)
    carrier = item.panel("band" if family == "multipack" else "top").skin.albedo
    room = cv2.copyMakeBorder(carrier, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    near = [np.asarray(cv2.resize(room, None, fx=scale, fy=scale)) for scale in (1.5, 2.0)]
    assert item.product.code in [cv2.barcode.BarcodeDetector().detectAndDecode(picture)[0] for picture in near]


def test_a_torn_sheet_gapes_from_its_edge() -> None:
    top = made("mailer", 6, "tear", "major").panel("top")
    open_rows = np.flatnonzero((~top.skin.solid).any(axis=1))
    assert min(open_rows[0], top.skin.shape[0] - 1 - open_rows[-1]) == 0
    assert px(25) < np.ptp(open_rows)
