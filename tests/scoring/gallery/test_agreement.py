from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth.geometry.views import View
from booth.scoring.gallery.agreement import apart, shown
from booth.scoring.gallery.files import described, id_of
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.sifting import Candidate, Sifted, sift
from booth.scoring.gallery.standpoints import DISTANCE_OFF, SCALE_OFF, TILT_DEG, Floors, differs
from booth.scoring.products.identity import Embeddings, Neighbours
from tests.scoring.gallery.boxes import STANDS, boxed, capture
from tests.scoring.gallery.captures import NOON

NOBODY = Neighbours(())
NOW: Floors = {"left": (STANDS.normal, STANDS.distance_mm)}


@pytest.mark.parametrize(
    ("turn_deg", "shift_px"), [(0, (9, -6)), (25, (20, 10)), (180, (0, 0)), (-70, (-12, 14)), (95, (5, 5))]
)
def test_the_same_box_agrees_however_it_lies(turn_deg: float, shift_px: tuple[float, float]) -> None:
    found = apart(shown((boxed(1),)), shown((boxed(1, turn_deg, shift_px, noise=1),)))
    assert found.agree, found
    assert found.moved
    assert found.print_ > 0.9
    assert max(found.height, found.colour) < 0.1


def test_another_print_another_height_and_another_colour_each_disagree() -> None:
    one = shown((boxed(1),))
    assert not apart(one, shown((boxed(2, noise=1),))).agree
    taller = apart(one, shown((boxed(1, tall_mm=75.0, noise=1),)))
    assert taller.why is not None
    assert taller.why == "one stands 15 mm higher"
    painted = boxed(1, noise=1)
    hue = cv2.cvtColor(painted.colour, cv2.COLOR_BGR2HSV)
    hue[..., 0] = (hue[..., 0].astype(np.int32) + 60) % 180
    other = replace(painted, colour=np.asarray(cv2.cvtColor(hue, cv2.COLOR_HSV2BGR), np.uint8))
    assert not apart(one, shown((other,))).agree


def test_an_empty_tray_and_a_camera_that_the_other_has_not_agree_with_nothing() -> None:
    empty = replace(boxed(1), height_mm=np.zeros_like(boxed(1).height_mm))
    assert apart(shown((boxed(1),)), shown((empty,))).why == "no camera sees something on the tray in both"
    assert not apart(shown((boxed(1),)), shown((boxed(1, camera="right"),))).agree


def test_of_two_cameras_the_one_that_disagrees_decides() -> None:
    both = shown((boxed(1), boxed(1, camera="right")))
    odd = shown((boxed(1, noise=1), boxed(2, camera="right")))
    assert apart(both, shown((boxed(1, noise=1), boxed(1, camera="right", noise=2)))).agree
    assert not apart(both, odd).agree


def candidate(name: str, view: View, embeddings: Embeddings | None = None) -> Candidate:
    return Candidate(name, capture(view, name), embeddings or {})


def reference(view: View) -> Reference:
    one = capture(view)
    about, _ = described(one, "tea", NOON, "a person")
    return Reference(id_of(about), "tea", one.views, about)


def sifted(*views: View, there: tuple[View, ...] = (), floors: Floors = NOW) -> list[Sifted]:
    named = [candidate(f"c{number}", view) for number, view in enumerate(views)]
    return sift("tea", named, [reference(view) for view in there], NOBODY, floors)


def test_two_captures_that_agree_are_both_added_and_the_third_that_does_not_is_refused_with_numbers() -> None:
    found = sifted(boxed(1), boxed(1, 30, noise=1), boxed(2, noise=2))
    assert [each.added for each in found] == [True, True, False]
    assert found[2].refused is not None
    assert found[2].refused.startswith("agrees with none of 2: nearest c")
    assert "print" in str(found[2])


def test_one_capture_alone_is_refused_and_with_one_that_is_there_and_agrees_it_is_not() -> None:
    (alone,) = sifted(boxed(1))
    assert alone.refused == "nothing to compare it with: give two captures of the product at least"
    (found,) = sifted(boxed(1, 30), there=(boxed(1, noise=1),))
    assert found.added
    (odd,) = sifted(boxed(2), there=(boxed(1, noise=1),))
    assert not odd.added


def test_two_captures_that_disagree_are_both_refused() -> None:
    assert [each.added for each in sifted(boxed(1), boxed(2))] == [False, False]


def test_what_lies_as_one_that_is_there_lies_is_merged_with_it() -> None:
    (found,) = sifted(boxed(1, noise=1), there=(boxed(1), boxed(1, 90)))
    assert (found.added, found.merged) == (False, True)
    assert "there already" in str(found)


def test_of_two_doubles_that_come_together_the_first_is_added() -> None:
    assert [each.added for each in sifted(boxed(1), boxed(1, noise=1), boxed(1, 40, noise=2))] == [True, False, True]


def test_a_capture_does_not_vouch_for_itself_by_whatever_name_it_comes_again() -> None:
    found = sift("tea", [candidate("a", boxed(1)), candidate("b", boxed(1))], (), NOBODY, NOW)
    assert [each.refused for each in found] == [
        "nothing to compare it with: give two captures of the product at least",
        "is the same capture as a",
    ]


def test_a_capture_that_is_given_twice_is_added_once_and_there_already_the_second_time() -> None:
    found = sifted(boxed(1), boxed(1, 30, noise=1), boxed(1))
    assert [(each.added, each.merged) for each in found] == [(True, False), (True, False), (False, True)]
    assert str(found[2]) == "c2: there already, as c0"


def test_the_reference_that_a_capture_became_is_no_second_opinion_on_it() -> None:
    (found,) = sifted(boxed(1), there=(boxed(1),))
    assert found.merged
    assert found.apart is None


def test_captures_of_one_name_from_two_folders_are_two_captures() -> None:
    same = [candidate("000017", view) for view in (boxed(1), boxed(2, noise=1), boxed(1, 30, noise=2))]
    found = sift("tea", same, (), NOBODY, NOW)
    assert [each.added for each in found] == [True, False, True]


def test_what_was_refused_vouches_for_nobody() -> None:
    far = replace(STANDS, distance_mm=STANDS.distance_mm * 1.1)
    there = boxed(2)
    stranger, lone = boxed(1, stands=far), boxed(1, 30, noise=1)
    assert [each.added for each in sifted(stranger, lone, there=(there,))] == [False, False]
    assert [each.added for each in sifted(lone, stranger, there=(there,))] == [False, False]


def test_of_two_captures_each_says_what_the_other_does() -> None:
    one, other = sifted(boxed(1), boxed(1, 30, tall_mm=66.0, noise=1))
    assert one.apart is not None
    assert other.apart is not None
    assert one.apart == replace(other.apart, level_mm=-other.apart.level_mm)


def floor(tilt_deg: float = 0.0, distance: float = 1.0) -> Floors:
    return {"left": (tilted(tilt_deg), STANDS.distance_mm * distance)}


def test_a_capture_from_elsewhere_than_its_camera_stands_now_is_refused_also_the_first_of_its_product() -> None:
    then = replace(STANDS, normal=tilted(10))
    found = sifted(boxed(1, stands=then), boxed(1, 30, stands=then, noise=1))
    assert [str(each).partition(" (")[0] for each in found] == [
        f"c{number}: refused: another camera geometry than its camera now: left: tilted by 10.0 degrees"
        for number in range(2)
    ]


def test_captures_from_two_places_do_not_both_become_references() -> None:
    """Where no tray is calibrated nobody knows where the camera stands now."""
    pair = boxed(1), boxed(1, 30, stands=replace(STANDS, normal=tilted(10)), noise=1)
    found = sifted(*pair, boxed(1, 60, noise=2), floors={"left": None})
    assert [each.added for each in found] == [True, False, True]
    assert "another camera geometry than c0: left: tilted by 10.0 degrees" in str(found[1])


def test_a_capture_of_another_scale_than_the_references_is_refused() -> None:
    (found,) = sifted(boxed(1, 30, stands=replace(STANDS, mm_per_px=1.2)), there=(boxed(1),))
    assert found.refused is not None
    assert "another camera geometry than" in found.refused
    assert "1.100 mm a pixel, not 1.200" in found.refused


def test_a_capture_of_cameras_that_the_booth_has_not_is_refused() -> None:
    found = sifted(boxed(1), boxed(1, 30, noise=1), floors={"right": (STANDS.normal, STANDS.distance_mm)})
    assert {each.refused for each in found} == {"was taken by left, and there is none of that name"}


def test_after_a_camera_was_moved_new_references_can_be_added_before_the_old_ones_are_removed() -> None:
    now = replace(STANDS, normal=tilted(5))
    old, new = boxed(1), [boxed(1, turn, stands=now, noise=noise) for turn, noise in ((0, 1), (30, 2))]
    assert [each.added for each in sifted(*new, there=(old,), floors=floor(5))] == [True, True]
    (alone,) = sifted(new[0], there=(old,), floors=floor(5))
    assert alone.refused == "nothing to compare it with: give two captures of the product at least"


def test_what_looks_like_another_product_is_refused_though_it_agrees() -> None:
    def towards(*parts: float) -> Embeddings:
        return {"left": np.array(parts, np.float32)}

    known = Neighbours(
        [
            ("tea", towards(1, 0)),
            ("tea", towards(1, 0.2)),
            ("coffee", towards(0, 1)),
            ("coffee", towards(0.2, 1)),
        ]
    )
    odd = candidate("a", boxed(1), towards(0.1, 1))
    pair = [candidate("b", boxed(1, 30, noise=1), towards(1, 0.1)), candidate("c", boxed(1, 60, noise=2))]
    found = sift("tea", [odd, *pair], (), known, NOW)
    assert [each.added for each in found] == [False, True, True]
    assert [each.added for each in sift("tea", [odd, pair[0]], (), known, NOW)] == [False, False]
    assert found[0].refused is not None
    assert found[0].refused.startswith("looks like coffee")


def tilted(degrees: float) -> tuple[float, float, float]:
    turn = np.radians(degrees)
    return float(np.sin(turn)), 0.0, float(-np.cos(turn))


@pytest.mark.parametrize("side", [-1, 1])
def test_a_standpoint_is_the_same_within_its_tolerances_and_another_beyond_them(side: int) -> None:
    stood = reference(boxed(1)).about.views[0].standpoint
    for share in (0.9, 1.1):
        nearly = [
            replace(STANDS, mm_per_px=STANDS.mm_per_px / (1 + side * SCALE_OFF * share)),
            replace(STANDS, normal=tilted(side * TILT_DEG * share)),
            replace(STANDS, distance_mm=STANDS.distance_mm / (1 + side * DISTANCE_OFF * share)),
        ]
        assert [differs(stood, now) is None for now in nearly] == [share < 1] * 3
    assert differs(stood, replace(STANDS, size_px=(415, 320))) == "416x320 pixels, not 415x320"
    assert differs(stood, None) is not None
    assert differs(None, None) is None
