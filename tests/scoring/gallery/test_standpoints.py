"""From where a reference may have been taken: for a booth that starts, and for the lane that compares."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from booth.geometry.views import Standpoint, View
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.standpoints import DISTANCE_OFF, SCALE_OFF, TILT_DEG, refuse_strangers
from booth.scoring.gallery.store import Gallery, load
from booth.scoring.gallery.writing import Draft, writing
from booth.scoring.lanes import NotRun
from booth.scoring.lanes.reference import ReferenceLane
from tests.scoring.gallery.boxes import STANDS, boxed, capture
from tests.scoring.gallery.captures import signed
from tests.scoring.gallery.test_agreement import tilted
from tests.scoring.printed import pack

LANE = ReferenceLane(pack())


def gallery(folder: Path, stands: Standpoint | None) -> Gallery:
    with writing(folder) as desk:
        desk.add(Draft("tea", (capture(boxed(1, stands=stands)), capture(boxed(1, 30, stands=stands)))), signed())
    return load(folder)


def starts(known: Gallery, now: Standpoint | None) -> bool:
    try:
        refuse_strangers(known, {"left": now})
    except GalleryInvalid:
        return False
    return True


def compares(references: tuple[Reference, ...], tray: View) -> bool:
    found = LANE.compare((tray,), references)
    return not (isinstance(found, NotRun) and "another camera geometry" in found.why)


MOVED: dict[str, Callable[[float], Standpoint]] = {
    "scale": lambda share: replace(STANDS, mm_per_px=STANDS.mm_per_px / (1 + SCALE_OFF * share)),
    "tilt": lambda share: replace(STANDS, normal=tilted(TILT_DEG * share)),
    "distance": lambda share: replace(STANDS, distance_mm=STANDS.distance_mm / (1 + DISTANCE_OFF * share)),
}


@pytest.mark.parametrize("way", MOVED)
def test_what_a_booth_starts_with_its_reference_lane_compares_and_nothing_else(tmp_path: Path, way: str) -> None:
    known = gallery(tmp_path, STANDS)
    for share in (-1.1, -0.9, -0.3, 0.3, 0.9, 1.1):
        now = MOVED[way](share)
        assert starts(known, now) == (abs(share) < 1)
        assert compares(known.references("tea"), boxed(1, 10, stands=now)) == (abs(share) < 1)


def test_where_no_tray_is_calibrated_then_and_now_nothing_is_of_another_geometry(tmp_path: Path) -> None:
    known = gallery(tmp_path, None)
    assert starts(known, None)
    assert compares(known.references("tea"), boxed(1, 10, stands=None))
    assert not starts(known, STANDS)
    assert not compares(known.references("tea"), boxed(1, 10))
