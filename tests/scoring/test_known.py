"""What the scorer makes of plate, codes and gallery."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booth.geometry.views import View
from booth.inspection.examination import Examiner
from booth.scoring import scorer as scoring
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Capture, Origin, Reference
from booth.scoring.gallery.store import load as load_gallery
from booth.scoring.gallery.writing import Draft, writing
from booth.scoring.lanes import LaneScore, NotRun, ScoreInvalid
from booth.scoring.packs.manifest import Fusion
from booth.scoring.packs.pack import Pack, load
from booth.scoring.products.codes import Sight
from booth.scoring.products.identity import Identity, Labels
from booth.scoring.products.known import Known
from booth.scoring.products.limits import in_force
from booth.scoring.scorer import PackScorer
from booth.scoring.verdict import judge
from booth.tray import Verdict
from fakes.props import ink
from tests.inspection.test_examination import ANYTHING, NATIVE
from tests.scoring import tiny
from tests.scoring.gallery.captures import signed
from tests.scoring.test_codes import lying
from tests.scoring.test_identity import Limit

CODE = "4006381333931"


def view(*bgr: int, seed: int = 0) -> View:
    """Nearly of one colour, and the tiny pack's embedding is the mean colour."""
    lot = np.random.default_rng(seed)
    colour = np.clip(np.array(bgr) + lot.normal(0, 4, (*tiny.SIZE_PX, 3)), 0, 255).astype(np.uint8)
    return View("left", colour, np.full(tiny.SIZE_PX, np.nan, np.float32), np.zeros(tiny.SIZE_PX, np.bool_))


def capture(seed: int, *colour: int) -> Capture:
    return Capture((view(*colour, seed=seed),), Origin(kind="dataset", folder="-", capture=str(seed)), simulated=True)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load(tiny.write(tmp_path / "pack"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two products, tea is red and coffee blue."""
    gallery = tmp_path / "gallery"
    with writing(gallery) as desk:
        desk.add(Draft("tea", (capture(1, 10, 20, 200), capture(2, 30, 20, 200)), (CODE,)), signed())
        desk.add(Draft("coffee", (capture(3, 200, 20, 10), capture(4, 200, 20, 30))), signed())
    return gallery


def known(folder: Path, remembers: Path | None = None) -> Known:
    return Known(load_gallery(folder), frozenset({"unseen"}), remembers)


@dataclass
class Compares:
    """A lane that keeps what it was given."""

    given: tuple[Reference, ...] | None = None
    name: str = "reference"

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        raise AssertionError("asked without references")

    def compare(self, views: tuple[View, ...], references: tuple[Reference, ...]) -> LaneScore | NotRun:
        self.given = references
        return LaneScore("reference", 0.1, ())


def test_a_plate_tells_the_product_and_an_empty_gallery_is_none(pack: Pack) -> None:
    assert PackScorer(pack).score((view(10, 20, 200),), Labels(CODE)).identity.product is None


def test_the_plate_goes_before_the_looks_and_the_looks_are_not_trusted(pack: Pack, folder: Path) -> None:
    scorer = PackScorer(pack, known=known(folder))
    told = scorer.score((view(200, 20, 20),), Labels(CODE)).identity
    assert (told.product, told.trusted) == ("tea", True)
    looked = scorer.score((view(200, 20, 20),)).identity
    assert (looked.product, looked.how, looked.trusted) == ("coffee", "embedding", False)
    assert scorer.score((view(100, 100, 100),)).identity.product is None


def test_a_product_that_only_the_recipe_names_is_told_by_its_plate(pack: Pack, folder: Path) -> None:
    assert PackScorer(pack, known=known(folder)).score((view(9, 9, 9),), Labels("unseen")).identity.trusted
    without = PackScorer(pack, known=Known(None, frozenset({"unseen"})))
    assert without.score((view(9, 9, 9),), Labels("unseen")).identity.product == "unseen"


def test_a_lane_that_compares_is_given_the_references_of_the_product_and_none_for_an_unknown_one(
    pack: Pack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = Compares()
    monkeypatch.setattr(scoring, "lanes_of", lambda _: (lane,))
    scorer = PackScorer(pack, known=known(folder))
    scorer.score((view(1, 1, 1),), Labels(CODE))
    assert lane.given is not None
    assert [reference.product for reference in lane.given] == ["tea", "tea"]
    scorer.score((view(100, 100, 100),))
    assert lane.given == ()


@dataclass
class Says:
    """A lane that says what it is told to."""

    name: str
    says: float

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        return LaneScore(self.name, self.says, ())


class SaysBeside(Says):
    """The same, if there is a reference."""

    def compare(self, views: tuple[View, ...], references: tuple[Reference, ...]) -> LaneScore | NotRun:
        return self.score(views) if references else NotRun(self.name, "no reference")


LANES = (("appearance",), ("appearance", "reference"))
shares, weights = st.floats(0, 1), st.floats(0, 3)
rows = st.builds(
    lambda lanes, bias, *each: Fusion(lanes=lanes, bias=bias, weights=dict(zip(lanes, each, strict=False))),
    st.sampled_from(LANES), st.floats(-5, 5), st.floats(0.01, 3), weights,
)  # fmt: skip
limits = st.lists(st.builds(Limit, st.sampled_from(LANES), shares), max_size=3)


@pytest.fixture
def scorers(pack: Pack, folder: Path) -> tuple[PackScorer, PackScorer]:
    """With products to look like, and without."""
    return PackScorer(pack, known=known(folder)), PackScorer(pack)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shares, shares, st.lists(rows, max_size=2), limits, limits)
def test_looking_like_a_product_never_passes_a_tray_that_is_diverted_as_one_of_none(
    pack: Pack,
    scorers: tuple[PackScorer, PackScorer],
    appearance: float,
    reference: float,
    fusion: list[Fusion],
    general: list[Limit],
    own: list[Limit],
) -> None:
    """Whatever the lanes say, however they are fused, whichever thresholds there are."""
    fused = replace(pack, manifest=pack.manifest.model_copy(update={"fusion": tuple(fusion)}))
    verdicts = []
    for scorer, product in zip(scorers, ("coffee", None), strict=True):
        scorer._pack, scorer._lanes = fused, (Says("appearance", appearance), SaysBeside("reference", reference))
        scored = scorer.score((view(200, 20, 20),))
        verdicts.append(judge(scored, in_force(scored.identity, general, {"coffee": own})).verdict)
        assert scored.identity.product == product
    assert verdicts != [Verdict.PASS, Verdict.DIVERT]


def test_what_only_looks_like_a_product_is_compared_with_nothing(pack: Pack, folder: Path) -> None:
    scorer = PackScorer(pack, known=known(folder))
    scorer._lanes = (Says("appearance", 0.2), SaysBeside("reference", 0.1))
    assert scorer.score((view(200, 20, 20),)).not_run == (NotRun("reference", "no reference"),)
    assert scorer.score((view(200, 20, 20),), Labels("coffee")).not_run == ()


def test_a_gallery_that_breaks_while_the_booth_runs_costs_the_score_not_the_booth(pack: Pack, folder: Path) -> None:
    broken = Known(load_gallery(folder))
    next(folder.glob("tea/*/left.colour.png")).unlink()
    with pytest.raises(GalleryInvalid):
        broken.identifier(pack)
    with pytest.raises(ScoreInvalid, match=r"left\.colour\.png"):
        broken.references(Identity("tea", "plate"))


def test_embeddings_are_remembered_beside_the_gallery_and_not_in_it(
    pack: Pack, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    first = PackScorer(pack, known=known(folder, tmp_path / "features")).score((view(200, 20, 20),)).identity
    monkeypatch.setattr("booth.scoring.products.known.embedding_of", lambda *_: pytest.fail("worked out again"))
    known(folder, tmp_path / "features").identifier(pack)
    monkeypatch.undo()
    for path in (tmp_path / "features").rglob("*.npz"):
        path.write_bytes(path.read_bytes()[:50])
    assert PackScorer(pack, known=known(folder, tmp_path / "features")).score((view(200, 20, 20),)).identity == first
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_code_on_the_item_tells_the_product_to_the_scorer(pack: Pack, folder: Path) -> None:
    sight = Sight(lying(np.asarray(ink.barcode(CODE, 20), np.uint8), 7, 1.5))
    found = PackScorer(pack, known=known(folder)).score((view(200, 20, 20),), Labels("LPN1", (sight,))).identity
    assert (found.product, found.how, found.trusted) == ("tea", "barcode", True)


def test_what_came_last_is_awaited_first_then_what_the_recipe_names_then_any(folder: Path) -> None:
    assert known(folder).awaited(9) == ("coffee", "tea")
    by_name = Known(load_gallery(folder), frozenset({"tea", "unseen"}))
    by_code = Known(load_gallery(folder), frozenset({CODE}))
    assert by_name.awaited(9) == by_code.awaited(9) == ("tea", "coffee")
    for product in ("tea", "coffee", "tea", "coffee", "unseen"):
        by_name.references(Identity(product, "plate"))
    assert by_name.awaited(9) == ("coffee", "tea")
    assert by_name.awaited(1) == ("coffee",)
    assert Known(None, frozenset({"tea"})).awaited(9) == ()


def test_a_warm_booth_has_compared_something_with_every_product_the_likeliest_last(
    pack: Pack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared last is held longest."""
    lane, asked = Compares(), []

    def compare(views: tuple[View, ...], references: tuple[Reference, ...]) -> LaneScore:
        asked.append({reference.product for reference in references})
        return LaneScore("reference", 0.1, ())

    monkeypatch.setattr(lane, "compare", compare)
    monkeypatch.setattr(scoring, "lanes_of", lambda _: (lane,))
    products = known(folder)
    Examiner({"left": NATIVE}, ANYTHING, PackScorer(pack, known=products)).warm_up(products.awaited(2))
    assert asked == [set(), {"tea"}, {"coffee"}]
    assert products.awaited(2) == ("coffee", "tea")
