from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region, Side, View, colour_of
from booth.inspection import examination
from booth.inspection.examination import Examined, Examiner
from booth.inspection.station import Capture
from booth.scoring.fusion import Scored
from booth.scoring.products.identity import NOTHING_WRITTEN, How, Identity, Labels
from booth.settings.model import Quality
from drivers.frames import Colour, Frame, Intrinsics, Transform
from drivers.units import Duration, Instant, Millimetres
from tests.records.samples import NOON

LENS = Intrinsics(64, 48, 60.0, 60.0, 31.5, 23.5)
NATIVE = CameraGeometry(
    "left", LENS, None, Transform(), Millimetres(1.0), Plane((0.0, 0.0, -1.0), Millimetres(-600.0)),
    Region(8, 6, 40, 30),
)  # fmt: skip
ANYTHING = Quality(saturated_at_most=1.0, dark_at_most=1.0, valid_depth_at_least=0.0, contrast_at_least=0.0)


@dataclass
class Listens:
    """A scorer that keeps what it was given."""

    views: tuple[View, ...] = ()
    labels: list[Labels] = field(default_factory=list)

    def score(self, views: tuple[View, ...], labels: Labels = NOTHING_WRITTEN) -> Scored:
        self.views = views
        self.labels.append(labels)
        return Scored(0.1, (("appearance", 0.1),), ())


def frame(shade: int = 0) -> Frame:
    colour = np.random.default_rng(shade).integers(0, 255, (48, 64, 3), np.uint8)
    nothing = Duration(0)
    return Frame("left", 1, Instant(0), nothing, nothing, nothing, colour, None, Millimetres(1.0))


def test_codes_are_looked_for_on_the_sensors_own_pixels_however_coarse_the_view_is() -> None:
    scorer, shown = Listens(), frame()
    examiner = Examiner({"left": replace(NATIVE, size_px=(10, 8))}, ANYTHING, scorer)
    examiner.examine(Capture(((shown,),)), NOON, "LPN1")
    assert scorer.views[0].colour.shape == (8, 10, 3)
    (labels,) = scorer.labels
    (sight,) = labels.sights
    assert labels.plate == "LPN1"
    assert shown.colour is not None
    assert (sight.picture == NATIVE.region.of(shown.colour)).all()
    assert sight.mm_per_px == pytest.approx(10.0)


def test_what_a_view_was_made_with_goes_with_it() -> None:
    examiner = Examiner({"left": NATIVE}, ANYTHING, Listens(), sides=(None, "left"))
    found = examiner.examine(Capture(((frame(),), (frame(1),))), NOON)
    assert (found.geometries, found.sides) == ({"left": NATIVE}, (None, "left"))
    assert set(found.views[0].lit) == {"left"}


@pytest.mark.parametrize(
    ("how", "now", "believed"),
    [("plate", "A", True), ("plate", None, False), ("plate", "B", False), ("barcode", None, True)],
)
def test_a_plate_that_is_taken_back_while_the_tray_is_scored_tells_no_product(
    how: How, now: str | None, believed: bool
) -> None:
    scored = Scored(0.1, (("appearance", 0.1),), (), identity=Identity("tea", how))
    found = Examined((), scored=scored).believing("A", now)
    assert found.scored is not None
    assert found.scored.identity.product == ("tea" if believed else None)
    assert found.scored.identity.trusted is believed


def test_a_camera_that_gave_no_picture_is_missed() -> None:
    examiner = Examiner({"left": NATIVE, "right": replace(NATIVE, camera="right")}, ANYTHING, Listens())
    problem = examiner.examine(Capture(((frame(),),)), NOON).problem
    assert problem is not None
    assert (problem.code, problem.device) == ("quality-poor", "right")


def test_a_camera_that_measures_depth_and_gave_none_is_missed_though_the_other_gave_it() -> None:
    depth = np.full((48, 64), 600, np.uint16)
    seen, blind = replace(frame(), depth=depth), replace(frame(1), camera="right")
    left, limits = replace(NATIVE, depth=LENS), ANYTHING.model_copy(update={"depth_hole_at_most": 1.0})
    examiner = Examiner({"left": left, "right": replace(left, camera="right")}, limits, Listens())
    assert examiner.examine(Capture(((seen, replace(blind, depth=depth)),)), NOON).problem is None
    problem = examiner.examine(Capture(((seen, blind),)), NOON).problem
    assert problem is not None
    assert (problem.code, problem.device, problem.detail) == ("quality-poor", "right", "it gave no depth")


def test_depth_is_not_asked_of_a_camera_that_is_calibrated_without_it() -> None:
    shown = replace(frame(), depth=np.full((48, 64), 600, np.uint16))
    limits = ANYTHING.model_copy(update={"valid_depth_at_least": 0.5})
    assert Examiner({"left": NATIVE}, limits, Listens()).examine(Capture(((shown,),)), NOON).problem is None


def test_what_a_pack_wants_beyond_the_sensors_picture_is_not_taken_for_a_part_that_is_missing() -> None:
    wants = NATIVE.framed((200, 160), 10.0)
    scorer, limits = Listens(), ANYTHING.model_copy(update={"contrast_at_least": 0.04, "blur_px_at_most": 9.0})
    assert Examiner({"left": wants}, limits, scorer).examine(Capture(((frame(),),)), NOON).problem is None
    assert scorer.views[0].colour.shape == (48, 64, 3)


@pytest.mark.parametrize("sides", [(), (None, "left", "right"), ("left", "right")])
def test_a_later_shot_that_came_black_is_missed_though_the_first_is_good(sides: tuple[Side | None, ...]) -> None:
    black = replace(frame(), colour=np.zeros((48, 64, 3), np.uint8))
    limits = ANYTHING.model_copy(update={"side_dark_at_most": 0.5})
    examiner = Examiner({"left": NATIVE}, limits, Listens(), sides=sides)
    assert examiner.examine(Capture(((frame(),), (frame(1),), (frame(2),))), NOON).problem is None
    problem = examiner.examine(Capture(((frame(),), (frame(1),), (black,))), NOON).problem
    assert problem is not None
    assert problem.detail == "100% of the picture is black, 50% is allowed (in a later shot)"


def test_a_picture_from_a_side_is_cut_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[Frame] = []

    def counted(frame: Frame, geometry: CameraGeometry) -> Colour:
        cut.append(frame)
        return colour_of(frame, geometry)

    monkeypatch.setattr(examination, "colour_of", counted)
    examiner = Examiner({"left": NATIVE}, ANYTHING, Listens(), sides=(None, "left", "right"))
    assert examiner.examine(Capture(((frame(),), (frame(1),), (frame(2),))), NOON).problem is None
    assert len(cut) == 3  # and once more, where codes are looked for


def test_what_is_warm_has_seen_every_side_and_something_on_the_tray() -> None:
    scorer, eye = Listens(), replace(NATIVE, depth=LENS)
    Examiner({"left": eye}, ANYTHING, scorer, sides=(None, "left", "right")).warm_up(("tea", "coffee"))
    (view,) = scorer.views
    assert set(view.lit) == {"left", "right"}
    assert 40 < np.nanmedian(view.height_mm) < 80
    assert 0.1 < view.valid.mean() < 0.5
    assert [labels.plate for labels in scorer.labels] == [None, "coffee", "tea"]


def test_a_booth_whose_trays_were_not_calibrated_is_warmed_up_too() -> None:
    scorer = Listens()
    Examiner({"left": replace(NATIVE, depth=LENS, plane=None)}, ANYTHING, scorer).warm_up()
    assert not scorer.views[0].valid.any()
