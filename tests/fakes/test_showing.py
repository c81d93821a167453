"""What a contact sheet shows, and that what it shows can be seen."""

import cv2
import numpy as np
import pytest

from fakes import props
from fakes.props import closing
from fakes.props.families import FAMILIES, product
from fakes.props.harm import SEVERITIES
from fakes.props.panel import DECOY
from fakes.sheets import showing
from fakes.sheets.sheet import caption
from fakes.stage import CAMERAS, Stage, Studio
from tests.fakes.graphics import needs_gl


@pytest.fixture(scope="module")
def shown() -> list[props.Drawn]:
    return showing.every(0)


def test_every_damage_is_shown_minor_and_major_on_one_and_the_same_product(shown: list[props.Drawn]) -> None:
    found = {(item.injuries[0].type, item.injuries[0].severity): (one.seed, item.family, item.number)
             for one in shown for item in one.items if item.injuries}  # fmt: skip
    assert set(found) == {(type_, severity) for type_ in props.TYPES for severity in SEVERITIES}
    assert all(found[type_, "minor"] == found[type_, "major"] for type_ in props.TYPES)


def test_every_decoy_and_every_arrangement_is_shown(shown: list[props.Drawn]) -> None:
    assert {name for one in shown for item in one.items for name in item.decoys} == set(props.DECOYS)
    assert {name for one in shown for name in one.around} == set(props.AROUND)
    assert {one.arrangement for one in shown} == {"one", "two", "overhang", "empty"}


def test_a_decoy_is_on_a_face_that_is_seen(shown: list[props.Drawn]) -> None:
    for wanted in (one for one in shown if any(item.decoys for item in one.items)):
        scene = props.scene(wanted)
        assert scene.truth["items"][0]["decoys"], wanted
        top = next(panel for panel in scene.panels if panel.name == "top")
        there = top.skin.marks & DECOY > 0
        assert there.mean() > 0.002, wanted
        high = max(panel.vertices[..., 2].max() for panel in scene.panels if panel.part >= props.Part.ITEM)
        assert top.vertices[..., 2].max() >= high - 1.0


def test_a_card_under_its_domes_and_what_has_no_face_take_no_print() -> None:
    assert not any(props.decoyed(name) for name in ("blister", "bottles", "multipack"))
    scene = props.draw(3, "blister", 0, decoys=("printed-holes",))
    assert scene.truth["items"][0]["decoys"] == []
    assert not any((panel.skin.marks & DECOY).any() for panel in scene.panels)


def test_a_caption_tells_an_overhanging_item() -> None:
    about = {"items": [{"product": "case-01", "decoys": []}], "damages": [], "arrangement": "overhang"}
    assert caption(about) == "case-01, overhanging: undamaged"


@needs_gl
def test_a_hanging_strip_throws_a_shadow_on_items_low_and_high() -> None:
    camera = CAMERAS["left"]
    with Studio() as studio:
        for seed, family in ((5, "book"), (6, "case")):
            seen = []
            for around in ((), ("shadow",)):
                with Stage(props.scene(props.Drawn(seed, "one", (props.Chosen(family, 4),), around)), studio) as stage:
                    seen.append(stage.see(camera, 1, ("left", "right")))
            before, after = (one.light["left"] + one.light["right"] for one in seen)
            item = seen[0].part >= props.Part.ITEM
            dark = after.mean(axis=2)[item] < 0.8 * before.mean(axis=2)[item]
            assert 0.08 < dark.mean() < 0.8, family
            assert np.array_equal(seen[0].depth_mm[item], seen[1].depth_mm[item])


def test_board_is_bent_in_around_a_hole_and_the_lips_keep_their_print() -> None:
    scene = props.draw(4, "diecut", 0, (props.Injury("hole", "major"),))
    lips = [panel for panel in scene.panels if panel.name == "lip"]
    top = next(panel for panel in scene.panels if panel.name == "top")
    assert len(lips) >= 2
    for lip in lips:
        assert (lip.skin.marks[lip.skin.solid] == 1).all()
        assert lip.vertices[-1, :, 2].mean() < lip.vertices[0, :, 2].mean() - 1.5
        assert lip.vertices[..., 2].max() < top.vertices[..., 2].max() + 0.5
    gone = (~top.skin.solid).astype(np.uint8)
    assert cv2.connectedComponents(gone)[0] == 2, "one opening, in one piece"


def test_the_ends_of_flaps_stand_up_a_little_and_that_is_no_damage() -> None:
    ends = []
    for seed in (6, 7):
        top = FAMILIES["case"].builder.build(product("case", 5), seed).panel("top")
        rows = len(top.vertices)
        ends.append(top.vertices[rows // 8 : -rows // 8, [0, -1], 2])  # clear of the rounded corners
        assert not top.skin.marks.any()
        assert 0.3 < np.ptp(ends[-1]) <= closing.LIFT_MM
    assert not np.allclose(ends[0], ends[1], atol=0.2)
