from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.geometry.views import View
from booth.scoring.fusion import Scored
from booth.scoring.products.codes import Sight
from booth.scoring.products.identity import TRUSTED, Catalogue, Embedding, Identifier, Identity, Labels, Neighbours
from booth.scoring.products.limits import in_force
from booth.scoring.verdict import judge
from booth.tray import Verdict
from tests.scoring.test_codes import EAN, label, lying

CATALOGUE = Catalogue(frozenset({"tea", "coffee", "00042"}), {EAN: "tea", "4006381333931": "coffee"})
SIGHT = Sight(lying(label(), 0, 1.25))


def view(camera: str = "left") -> View:
    nothing = np.full((4, 6), np.nan, np.float32)
    return View(camera, np.zeros((4, 6, 3), np.uint8), nothing, np.zeros((4, 6), np.bool_))


def towards(*parts: float) -> Embedding:
    return np.array(parts, np.float32)


NEIGHBOURS = Neighbours(
    [
        ("tea", {"left": towards(1, 0, 0)}),
        ("tea", {"left": towards(1, 0.3, 0)}),
        ("coffee", {"left": towards(0, 0, 1)}),
        ("coffee", {"left": towards(0, 0.3, 1)}),
    ]
)


def identified(labels: Labels, looks: Embedding | None = None) -> Identity:
    identifier = Identifier(CATALOGUE, NEIGHBOURS, lambda _: looks)
    return identifier.identify(labels, identifier.codes(labels), (view(),))


@pytest.mark.parametrize(
    "plate", [EAN, f"0{EAN}", f" {EAN}\r", f"https://id.gs1.org/01/0{EAN}/21/7", "tea", f"{EAN}/9"]
)
def test_a_plate_that_names_a_product_by_name_or_code_is_trusted(plate: str) -> None:
    found = identified(Labels(plate))
    assert (found.product, found.how, found.trusted) == ("tea", "plate", True)


def test_a_plate_tells_the_product_before_anything_is_looked_for() -> None:
    identifier = Identifier(CATALOGUE, NEIGHBOURS, lambda _: pytest.fail("embedded"))
    unreadable = Sight(np.zeros((0, 0, 3), np.uint8))
    labels = Labels(EAN, (unreadable,))
    assert identifier.codes(labels) == ()
    assert identifier.identify(labels, (), (view(),)).product == "tea"


@pytest.mark.parametrize("plate", [None, "", "LP-000123", "40006004116", "tea/coffee", f"{EAN} 4006381333931"])
def test_a_plate_that_names_none_or_two_leaves_it_to_the_code_on_the_item(plate: str | None) -> None:
    found = identified(Labels(plate, (SIGHT,)))
    assert (found.product, found.how, found.trusted) == ("tea", "barcode", True)


def test_codes_of_two_products_are_of_none_whatever_it_looks_like() -> None:
    both = (SIGHT, Sight(lying(np.asarray(_bars("4006381333931")), 0, 1.5)))
    found = identified(Labels(None, both), towards(1, 0, 0))
    assert (found.product, found.trusted) == (None, False)
    assert found.said == "codes of coffee and of tea"


def _bars(code: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    from fakes.props import ink

    return np.asarray(ink.barcode(code, 20), np.uint8)


def test_what_only_looks_like_a_product_is_it_but_is_not_trusted() -> None:
    found = identified(Labels(), towards(1, 0.1, 0))
    assert (found.product, found.how, found.trusted) == ("tea", "embedding", False)


@pytest.mark.parametrize("looks", [(1, 0, 1), (0, 1, 0), (-1, 0, 0)])
def test_what_looks_like_two_or_like_nothing_is_unknown(looks: tuple[float, ...]) -> None:
    assert identified(Labels(), towards(*looks)).product is None


def test_without_embeddings_or_products_nothing_is_known() -> None:
    assert identified(Labels(), None).product is None
    nobody, labels = Identifier(Catalogue()), Labels(EAN, (SIGHT,))
    assert nobody.codes(labels) == ()
    assert nobody.identify(labels, (), (view(),)).product is None


def test_a_gallery_with_one_reference_a_product_knows_no_distance_and_guesses_nothing() -> None:
    alone = Neighbours([("tea", {"left": towards(1, 0, 0)}), ("coffee", {"left": towards(0, 0, 1)})])
    assert alone.guess({"left": towards(1, 0.1, 0)}).product is None


def test_only_cameras_that_both_have_are_compared() -> None:
    two = Neighbours([("tea", {"left": towards(1, 0), "right": towards(0, 1)}), ("coffee", {"right": towards(1, 0)})])
    ((product, distance),) = two.nearest({"left": towards(1, 0)})
    assert product == "tea"
    assert distance == pytest.approx(0, abs=1e-6)
    assert two.nearest({"top": towards(1, 0)}) == ()


def test_no_how_but_plate_and_barcode_can_be_trusted() -> None:
    assert frozenset({"plate", "barcode"}) == TRUSTED
    assert not Identity(None, "plate").trusted
    assert not Identity("tea", "embedding").trusted
    assert not Identity("tea").trusted


@dataclass(frozen=True)
class Limit:
    lanes: tuple[str, ...]
    divert_at: float


LANES = ("appearance", "reference", "relief")
shares = st.floats(0, 1)
sets = st.lists(st.sampled_from(LANES), min_size=1, unique=True).map(tuple)
limits = st.lists(st.builds(Limit, sets, shares), max_size=4)
products = st.dictionaries(st.sampled_from(("tea", "coffee")), limits)
untrusted = st.builds(Identity, st.sampled_from((None, "tea", "coffee")), st.sampled_from((None, "embedding")))


@given(untrusted, limits, products, sets, shares)
def test_what_was_only_found_to_look_alike_never_passes_a_tray_that_the_general_recipe_diverts(
    identity: Identity,
    general: list[Limit],
    own: dict[str, list[Limit]],
    lanes: tuple[str, ...],
    score: float,
) -> None:
    scored = Scored(score, tuple((lane, score) for lane in lanes), ())
    if judge(scored, in_force(identity, general, own)).verdict is Verdict.PASS:
        assert judge(scored, general).verdict is Verdict.PASS


@given(limits, products, sets, shares)
def test_an_unknown_product_falls_back_to_the_general_recipe(
    general: list[Limit], own: dict[str, list[Limit]], lanes: tuple[str, ...], score: float
) -> None:
    assert in_force(Identity(), general, own) == tuple(general)


GENERAL = [Limit(("appearance",), 0.5), Limit(("appearance", "relief"), 0.4)]


@pytest.mark.parametrize(("how", "expected"), [("plate", 0.8), ("barcode", 0.8), ("embedding", 0.5)])
def test_a_looser_threshold_of_a_product_is_for_a_trusted_identity_alone(how: str, expected: float) -> None:
    own = {"tea": [Limit(("appearance",), 0.8)]}
    identity = Identity("tea", how)  # type: ignore[arg-type]
    assert _divert_at(in_force(identity, GENERAL, own), ("appearance",)) == expected
    assert _divert_at(in_force(identity, GENERAL, own), ("appearance", "relief")) == 0.4


@pytest.mark.parametrize("how", ["plate", "barcode", "embedding"])
def test_a_stricter_threshold_of_a_product_holds_for_what_looks_like_it_too(how: str) -> None:
    identity = Identity("tea", how)  # type: ignore[arg-type]
    own = {"tea": [Limit(("appearance",), 0.2)]}
    assert _divert_at(in_force(identity, GENERAL, own), ("appearance",)) == 0.2


def _divert_at(thresholds: object, lanes: tuple[str, ...]) -> float:
    assert isinstance(thresholds, tuple)
    return float(min(each.divert_at for each in thresholds if each.lanes == lanes))
