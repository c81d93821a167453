import cv2
import numpy as np
import pytest

from fakes import props
from fakes.props import ink
from fakes.props.families import FAMILIES, product


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


def test_no_two_products_share_their_code() -> None:
    codes = [product(name, number).code for name, kind in FAMILIES.items() for number in range(kind.products)]
    assert len(set(codes)) == len(codes) >= 20 * len(FAMILIES)


def test_a_family_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(KeyError, match="case-white"):
        props.draw(1, "sack")


@pytest.mark.parametrize("number", range(4))
def test_a_decoder_reads_the_code_on_the_item(number: int) -> None:
    scene = props.draw(11, "case", number)
    top = next(panel for panel in scene.panels if panel.name == "top")
    near = np.asarray(cv2.resize(top.skin.albedo, None, fx=1.5, fy=1.5))
    read, _, _ = cv2.barcode.BarcodeDetector().detectAndDecode(near)
    assert read == scene.truth["code"]


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert ink.ean13("400638133393") == "4006381333931"


@pytest.mark.parametrize("family", FAMILIES)
def test_an_item_stands_on_the_tray_and_not_in_it(family: str) -> None:
    scene = props.draw(3, family)
    low = min(float(panel.vertices[..., 2].min()) for panel in scene.panels if panel.part >= props.Part.ITEM)
    assert 0 <= low < 1
    assert scene.truth["damages"] == []
    assert not any(panel.skin.marks.any() for panel in scene.panels)
