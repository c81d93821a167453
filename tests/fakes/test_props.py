import cv2
import numpy as np
import pytest

from fakes import props
from fakes.line.labels import ean13
from fakes.props.families import FAMILIES, product
from fakes.props.harm import SEVERITIES, TYPES
from fakes.props.panel import MOVED_MM
from fakes.props.tray import ground_mm


def bytes_of(panel: props.Panel) -> bytes:
    skin = panel.skin
    planes = (panel.vertices, panel.uv, skin.albedo, skin.roughness, skin.bump_mm, skin.solid, skin.marks)
    return b"".join(plane.tobytes() for plane in planes)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_stands_there_byte_for_byte(family: str) -> None:
    one, other = props.draw(7, family, 3), props.draw(7, family, 3)
    assert [bytes_of(panel) for panel in one.panels] == [bytes_of(panel) for panel in other.panels]


def test_another_seed_wears_and_places_the_same_product_differently() -> None:
    one, other = props.draw(7, "case", 3), props.draw(8, "case", 3)
    assert one.truth["product"] == other.truth["product"]
    assert not np.array_equal(one.panels[-1].vertices, other.panels[-1].vertices)


def test_there_are_a_dozen_families_and_twenty_products_in_each_no_two_of_one_size() -> None:
    assert len(FAMILIES) >= 12
    for name, kind in FAMILIES.items():
        sizes = {product(name, number).size_mm for number in range(kind.products)}
        assert len(sizes) == kind.products >= 20, name


def test_no_two_products_share_their_code() -> None:
    codes = [product(name, number).code for name, kind in FAMILIES.items() for number in range(kind.products)]
    assert len(set(codes)) == len(codes) >= 20 * len(FAMILIES)


def test_a_family_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(KeyError, match="case-white"):
        props.draw(1, "sack")


@pytest.mark.parametrize(
    ("family", "number"),
    [("case", 0), ("case", 1), ("case-white", 2), ("case-grey", 3), ("diecut", 4), ("lidded", 5), ("retail", 6)],
)
def test_a_decoder_reads_the_code_on_the_item(family: str, number: int) -> None:
    scene = props.draw(11, family, number)
    top = next(panel for panel in scene.panels if panel.name == "top")
    near = np.asarray(cv2.resize(top.skin.albedo, None, fx=1.5, fy=1.5))
    read, _, _ = cv2.barcode.BarcodeDetector().detectAndDecode(near)
    assert read == scene.truth["code"]


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert ean13("400638133393") == "4006381333931"


@pytest.mark.parametrize("family", FAMILIES)
def test_an_item_stands_on_the_tray_and_not_in_it(family: str) -> None:
    scene = props.draw(3, family)
    low = min(float(panel.vertices[..., 2].min()) for panel in scene.panels if panel.part >= props.Part.ITEM)
    assert 0 <= low < 1
    assert scene.truth["damages"] == []
    assert not any(panel.skin.marks.any() for panel in scene.panels)


@pytest.mark.parametrize("kind", TYPES)
def test_a_damaged_twin_differs_only_where_it_is_marked(kind: str) -> None:
    whole, hurt = props.draw(31, "retail", 5), props.draw(31, "retail", 5, (props.Injury(kind, "major"),))
    opened = kind in ("deconstruction", "missing")
    assert any((panel.skin.marks > 0).any() for panel in hurt.panels)
    names = [panel.name for panel in hurt.panels]
    for panel in whole.panels:
        if panel.part != props.Part.ITEM or panel.name not in ("top", "front", "back", "left", "right"):
            continue
        twin = next(p for p in hurt.panels if p.name == panel.name and p.skin.shape == panel.skin.shape)
        clean = twin.skin.marks == 0
        assert np.array_equal(panel.skin.albedo[clean], twin.skin.albedo[clean])
        moved = np.linalg.norm(panel.texel_points() - twin.texel_points(), axis=-1)
        assert moved[clean].max(initial=0) < 2 * MOVED_MM
    assert ("flap" in names) == opened


def test_a_major_injury_is_larger_than_a_minor_one() -> None:
    for kind in ("crush", "dent", "tear", "hole", "superficial"):
        minor, major = (
            sum(int((p.skin.marks > 0).sum()) for p in props.draw(8, "retail", 2, (props.Injury(kind, how),)).panels)
            for how in SEVERITIES
        )
        assert major > minor, kind


def test_a_missing_unit_is_marked_where_it_stood_and_the_carton_was_opened_for_it() -> None:
    scene = props.draw(8, "retail", 2, (props.Injury("missing", "minor"),))
    assert [damage["type"] for damage in scene.truth["damages"]] == ["deconstruction", "missing"]
    bottom = next(panel for panel in scene.panels if panel.name == "bottom")
    share = (bottom.skin.marks == 2).mean()
    assert 0.05 < share < 0.3
    assert len(scene.panels) < len(props.draw(8, "retail", 2, (props.Injury("deconstruction", "major"),)).panels)


def test_a_second_injury_keeps_the_mask_of_the_first() -> None:
    one, two = props.Injury("hole", "minor"), props.Injury("crush", "major")
    alone, both = props.draw(8, "retail", 2, (one,)), props.draw(8, "retail", 2, (one, two))
    tops = [next(panel for panel in scene.panels if panel.name == "top").skin.marks for scene in (alone, both)]
    assert np.array_equal(tops[0] & 1, tops[1] & 1)
    assert (tops[1] & 2).any()


def test_a_puddle_has_a_thickness() -> None:
    scene = props.draw(8, "retail", 2, (props.Injury("spillage", "minor"),))
    puddle = next(panel for panel in scene.panels if panel.name == "puddle")
    x, y, z = np.moveaxis(puddle.vertices, -1, 0)
    assert 1.0 < float((z - ground_mm(x, y)).max()) < 3.5


def test_a_damage_that_does_not_exist_or_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(KeyError, match="crush, dent"):
        props.draw(1, "case", 1, (props.Injury("melted", "minor"),))
    with pytest.raises(ValueError, match="take one of crush"):
        props.draw(1, "lidded", 1, (props.Injury("missing", "minor"),))


def test_a_dome_of_a_crushed_blister_can_be_empty_too() -> None:
    hurt = (props.Injury("crush", "major"), props.Injury("missing", "major"))
    made = props.scene(props.Drawn(11_002_949, "one", (props.Chosen("blister", 4, hurt),)))
    assert [damage["type"] for damage in made.truth["damages"]] == ["crush", "missing"]
    (domes,) = (panel for panel in made.panels if panel.name == "domes")
    assert (domes.skin.marks & 0b10).any()
