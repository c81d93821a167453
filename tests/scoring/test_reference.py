"""What the reference lane says of a printed box that is damaged, moved, or beside no reference of its own."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from booth.geometry.views import View
from booth.scoring.comparing.comparison import (
    CHANNELS,
    Item,
    bank_for,
    compared,
    reference_of,
    stands_alike,
    tray_of,
)
from booth.scoring.comparing.patterns import Patterns, unlike
from booth.scoring.gallery.reference import Reference
from booth.scoring.lanes import Comparing, LaneScore, NotRun
from booth.scoring.lanes import reference as reference_lane
from booth.scoring.lanes.reference import ReferenceLane
from booth.scoring.network import Network
from booth.scoring.scorer import lanes_of
from booth.tray import Reason
from tests.scoring.printed import STANDS, Box, dented, pack, painted, raised, reference, tray

REFERENCES = (
    reference(tray(Box(at_mm=(-20, 10)), 1), "a" * 16),
    reference(tray(Box(turn_deg=178, at_mm=(10, 0)), 5), "b" * 16),
)
WEIGHTS = {"colour": 1.0, "structure": 0.3, "height": 1.0, "beside": 1.0, "spilt": 1.0, "pattern": 1.0}
LANE = ReferenceLane(pack(weights=WEIGHTS))
MIDDLE = (215, 150)
MOVED = tray(Box(turn_deg=4, at_mm=(15, -10)), 3)
DAMAGED = {
    "height": dented(MOVED, MIDDLE, 12),
    "colour": painted(MOVED, MIDDLE, (30, 24), (20, 20, 90)),
    "something beside it": raised(MOVED, (380, 260), (24, 24), 30),
    "the tray's floor": painted(MOVED, (60, 270), (40, 30), (90, 160, 230)),
}


def answer(view: View, references: tuple[Reference, ...] = REFERENCES, lane: ReferenceLane = LANE) -> LaneScore:
    found = lane.compare((view,), references)
    assert isinstance(found, LaneScore), found
    return found


def why(views: tuple[View, ...], references: tuple[Reference, ...] = REFERENCES) -> str:
    found = LANE.compare(views, references)
    assert isinstance(found, NotRun), found
    return found.why


@pytest.mark.parametrize("turn_deg", [0.0, 8.0, 180.0, 187.0])
def test_an_item_that_only_lies_elsewhere_differs_no_more_than_references_do(turn_deg: float) -> None:
    moved = answer(tray(Box(turn_deg=turn_deg, at_mm=(30, 20)), 7))
    assert moved.reasons[0].text == "differs from box-01 no more than its references do"
    assert max(answer(each).score - moved.score for each in DAMAGED.values()) > 0.05


@pytest.mark.parametrize("channel", DAMAGED)
def test_damage_scores_higher_and_says_by_what_it_differs_from_which_reference_and_where(channel: str) -> None:
    found, (reason,) = answer(DAMAGED[channel]), answer(DAMAGED[channel]).reasons
    assert found.score > answer(MOVED).score + 0.03
    where, _, told = reason.text.partition(": ")
    assert channel in told
    places = {"something beside it": "lower right of left", "the tray's floor": "lower left of left"}
    assert where.startswith(("differs from reference aaaa", "differs from reference bbbb"))
    assert f" of box-01, {places.get(channel, 'middle of left')}, " in where


def test_a_dent_alone_is_of_height_and_a_flat_stain_is_not() -> None:
    assert answer(DAMAGED["height"]).reasons[0].text.endswith(": height")
    assert "height" not in answer(DAMAGED["colour"]).reasons[0].text


def test_the_area_told_is_about_that_of_the_stain() -> None:
    """30 x 24 px at 1.1 mm, seen 80 mm nearer than the floor, and what is near it."""
    says = answer(DAMAGED["colour"]).reasons[0].text
    assert 6 <= float(says.partition("left, ")[2].partition(" cm2")[0]) <= 14


def test_a_deeper_dent_never_scores_less() -> None:
    scores = [answer(dented(MOVED, MIDDLE, depth)).score for depth in (0, 2, 4, 8, 16, 32)]
    assert scores == sorted(scores)
    assert scores[-1] > scores[0] + 0.05


def test_the_heat_is_highest_where_the_damage_is_and_in_the_size_of_cells() -> None:
    (heat,) = answer(DAMAGED["height"]).heat
    assert heat.camera == "left"
    assert heat.values.shape == (40, 52)
    row, column = divmod(int(heat.values.argmax()), 52)
    assert abs(column * 8 + 4 - MIDDLE[0]) < 14
    assert abs(row * 8 + 4 - MIDDLE[1]) < 14
    assert heat.values.min() == 0
    assert heat.values[row, column] > 0.1
    assert heat.values.max() <= 1
    (cold,) = answer(MOVED).heat
    assert cold.values.max() < 0.02


def test_print_that_is_two_pixels_off_is_no_difference_and_six_pixels_off_is() -> None:
    def colour(off_px: int) -> float:
        label = painted(MOVED, (MIDDLE[0] + off_px, MIDDLE[1]), (30, 24), (230, 230, 230))
        item, found = reference_of("a", painted(MOVED, MIDDLE, (30, 24), (230, 230, 230)), None), tray_of(label, None)
        assert item is not None
        assert found is not None
        told = compared(found, [item], 1)
        assert told is not None
        return float(told.found[CHANNELS.index("colour")].max())

    assert colour(2) < 8
    assert colour(6) > 25


def test_dimmer_lamps_and_lost_depth_change_little() -> None:
    dimmer = replace(MOVED, colour=(MOVED.colour * 0.8).astype(np.uint8))
    lost = MOVED.valid.copy()
    lost[140:160, 180:250] = False
    holes = replace(MOVED, valid=lost, height_mm=np.where(lost, MOVED.height_mm, np.nan).astype(np.float32))
    for view in (dimmer, holes):
        assert answer(view).score == pytest.approx(answer(MOVED).score, abs=0.03)


def test_what_one_reference_shows_is_no_difference_though_the_other_does_not_show_it() -> None:
    stained = reference(painted(REFERENCES[0].views[0], (190, 160), (30, 24), (20, 20, 90)), "c" * 16)
    tray_, network = tray_of(MOVED, None), None
    assert tray_ is not None
    items = [reference_of(each.id, each.views[0], network) for each in (stained, *REFERENCES)]
    told = [compared(tray_, [each for each in some if each is not None], 3) for some in (items[:1], items[1:], items)]
    alone, others, together = (each.found for each in told if each is not None)
    colour = CHANNELS.index("colour")
    assert alone[colour].max() > 3 * others[colour].max()
    assert (together <= np.minimum(alone, others) + 1e-6).all()


def test_a_product_whose_references_differ_among_one_another_may_differ() -> None:
    uneven = (reference(dented(REFERENCES[0].views[0], (180, 160), 12), "c" * 16), REFERENCES[1])
    elsewhere = dented(MOVED, (240, 130), 12)
    assert answer(elsewhere, uneven).score < answer(elsewhere).score - 0.02


def test_a_single_reference_that_cannot_tell_what_is_usual_is_trusted_less() -> None:
    assert answer(MOVED, REFERENCES[:1]).score < answer(MOVED).score
    assert answer(DAMAGED["colour"], REFERENCES[:1]).score < answer(DAMAGED["colour"]).score - 0.05


def test_the_worst_camera_decides() -> None:
    def of(camera: str, reference_: Reference) -> Reference:
        return replace(reference_, views=(*reference_.views, replace(reference_.views[0], camera=camera)))

    both = tuple(of("right", each) for each in REFERENCES)
    right = replace(DAMAGED["height"], camera="right")
    found = LANE.compare((MOVED, right), both)
    assert isinstance(found, LaneScore)
    assert found.score == answer(DAMAGED["height"]).score
    assert " of right, " in found.reasons[0].text
    assert {heat.camera for heat in found.heat} == {"left", "right"}


def test_a_camera_without_references_leaves_it_to_the_others() -> None:
    alone = LANE.compare((MOVED, replace(DAMAGED["height"], camera="right")), REFERENCES)
    assert isinstance(alone, LaneScore)
    assert alone.score == answer(MOVED).score
    assert alone.cameras == {MOVED.camera}


def test_a_camera_in_which_nothing_can_be_laid_over_is_named_and_the_others_decide() -> None:
    both = tuple(replace(each, views=(*each.views, replace(each.views[0], camera="right"))) for each in REFERENCES)
    stranger = replace(tray(Box((250, 60, 40), print_=4), 2), camera="right")
    found = LANE.compare((MOVED, stranger), both)
    assert isinstance(found, LaneScore)
    assert found.score == answer(MOVED).score
    assert found.cameras == {"left"}
    assert found.reasons[1:] == (Reason("not-compared", "no reference of box-01 could be laid over it in right"),)


def test_hues_that_no_reference_shows_are_a_pattern() -> None:
    lane = ReferenceLane(pack(True, weights=dict.fromkeys(WEIGHTS, 0.0) | {"pattern": 1.0}))
    tinted = painted(MOVED, MIDDLE, (48, 48), (40, 220, 40))
    assert answer(tinted, lane=lane).score > answer(MOVED, lane=lane).score + 0.03
    assert answer(tinted, lane=lane).reasons[0].text.endswith(": pattern")


def test_features_of_a_reference_that_lies_the_other_way_round_are_those_of_its_turned_picture() -> None:
    rng = np.random.default_rng(0)
    upright, turned = (rng.normal(size=(8, 4, 6)).astype(np.float32) for _ in range(2))
    patterns = Patterns(*(maps / np.linalg.norm(maps, axis=0) for maps in (upright, turned)))
    x, y = (each.astype(np.float32) for each in np.meshgrid((np.arange(6) + 0.5) / 6, (np.arange(4) + 0.5) / 4))
    assert unlike(patterns.upright, patterns, (x, y), 4.0).max() < 1e-5
    as_turned = patterns.turned
    assert unlike(as_turned, patterns, (1 - x, 1 - y), 176.0).max() < 1e-5
    assert unlike(as_turned, patterns, (1 - x, 1 - y), 4.0).max() > 0.1


def test_patches_where_no_reference_shows_the_item_are_looked_for_among_all() -> None:
    """A box twice as wide cannot be covered: its other half is compared with a coreset."""
    network = pack(True).network
    item = reference_of("a", tray(Box((180, 150, 60)), 1), network)
    wider = tray_of(tray(Box((240, 150, 60)), 2), network)
    assert item is not None
    assert wider is not None
    with_bank, without = compared(wider, [item], 1, bank_for([item])), compared(wider, [item], 1)
    assert with_bank is not None
    assert without is not None
    pattern = CHANNELS.index("pattern")
    assert with_bank.found[pattern].sum() > without.found[pattern].sum()


def test_the_same_views_give_the_same_answer() -> None:
    again = ReferenceLane(pack(weights=WEIGHTS))
    assert answer(DAMAGED["colour"]).score == answer(DAMAGED["colour"], lane=again).score


def test_it_is_asked_by_comparing_and_without_references_it_does_not_run() -> None:
    assert isinstance(LANE, Comparing)
    assert why((MOVED,), ()).startswith("neither plate nor code names a product")
    alone = LANE.score((MOVED,))
    assert isinstance(alone, NotRun)


@pytest.mark.parametrize(
    "stands",
    [
        None,
        replace(STANDS, distance_mm=730.0),
        replace(STANDS, mm_per_px=1.15),
        replace(STANDS, normal=(0.0, 0.1, -float(np.sqrt(0.99)))),
        replace(STANDS, size_px=(408, 320)),
    ],
)
def test_references_of_another_camera_geometry_are_refused(stands: None) -> None:
    other = tuple(replace(each, views=(replace(each.views[0], standpoint=stands),)) for each in REFERENCES)
    assert why((MOVED,), other) == "the references of box-01 are of another camera geometry; add them again"
    assert stands_alike(STANDS, replace(STANDS, distance_mm=STANDS.distance_mm * 1.001))


def test_what_cannot_be_laid_over_is_not_compared() -> None:
    assert why((tray(Box((250, 60, 40), print_=4), 2),)) == "no reference of box-01 could be laid over it"


def test_an_item_whose_lid_stands_open_is_compared_at_the_height_that_its_references_have() -> None:
    lid = (215, 60), (240, 60)
    opened = painted(raised(MOVED, *lid, 250), *lid, (140, 140, 140))
    item, reference_ = tray_of(opened, None), reference_of("a", REFERENCES[0].views[0], None)
    assert item is not None
    assert reference_ is not None
    assert item.flat.top_mm > 2 * reference_.flat.top_mm
    assert compared(replace(item, view=None), [reference_], 1) is None
    assert answer(opened).score > answer(MOVED).score + 0.05
    assert "height" in answer(opened).reasons[0].text


def test_without_height_or_item_there_is_nothing_to_lay_over() -> None:
    blind = replace(MOVED, valid=np.zeros_like(MOVED.valid), height_mm=np.full_like(MOVED.height_mm, np.nan))
    for view in (blind, tray(None)):
        assert why((view,)) == "no camera measured something on the tray that a reference could be laid over"


def test_references_are_made_ready_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = ReferenceLane(pack())
    first = answer(MOVED, lane=lane)
    monkeypatch.setattr(lane, "_work", lambda beside: pytest.fail("made ready again"))
    assert answer(MOVED, lane=lane).score == first.score


def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which references are made ready from now on."""
    ready: list[str] = []

    def counted(name: str, view: View, network: Network | None) -> Item | None:
        ready.append(f"{view.camera} {name[0]}")
        return reference_of(name, view, network)

    monkeypatch.setattr(reference_lane, "reference_of", counted)
    return ready


def test_a_tray_with_nothing_on_it_makes_the_references_ready_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane, ready = ReferenceLane(pack()), prepared(monkeypatch)
    lane.compare((tray(None),), REFERENCES)
    assert ready == ["left a", "left b"]
    answer(MOVED, lane=lane)
    assert ready == ["left a", "left b"]


def test_as_many_products_stay_ready_as_are_held_however_many_cameras_see_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference_lane, "HELD", 2)
    lane, ready = ReferenceLane(pack()), prepared(monkeypatch)
    both = (MOVED, replace(MOVED, camera="right"))
    products = [
        (replace(REFERENCES[0], product=name, views=(each := REFERENCES[0].views[0], replace(each, camera="right"))),)
        for name in ("tea", "coffee", "milk")
    ]
    for place in (0, 1, 0, 1):
        lane.compare(both, products[place])
    assert len(ready) == 4
    lane.compare(both, products[2])
    lane.compare(both, products[1])
    assert len(ready) == 6
    lane.compare(both, products[0])
    assert len(ready) == 8


@pytest.mark.parametrize("key", ["scales", "usual", "alone", "weights"])
def test_a_channel_that_a_pack_leaves_out_is_named(key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key}: spilt is missing"):
        ReferenceLane(pack(False, **{key: {name: 1.0 for name in CHANNELS if name != "spilt"}}))
    with pytest.raises(ValidationError):
        ReferenceLane(pack(False, **{key: dict.fromkeys(CHANNELS, 1.0) | {"smell": 1.0}}))


def test_a_weight_is_never_negative() -> None:
    with pytest.raises(ValidationError):
        ReferenceLane(pack(weights=WEIGHTS | {"colour": -1.0}))


def test_a_pack_that_brings_the_lane_has_it() -> None:
    (lane,) = lanes_of(pack(weights=WEIGHTS))
    assert isinstance(lane, ReferenceLane)
