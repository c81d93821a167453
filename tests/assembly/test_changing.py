"""A pack that is changed while trays are scored: which of the two judges and which is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from booth.assembly.foundation import lay, with_pack
from booth.inspection.examination import Examined
from booth.records.journal import read_trays
from booth.records.record import Source
from booth.scoring.fusion import Scored
from booth.scoring.manifest import ViewShape
from booth.scoring.pack import PackInvalid, load
from booth.settings import load as settings_of
from fakes.render import CAMERAS
from tests.assembly.test_book import FINISHED, Stand
from tests.processes.line import settings
from tests.scoring import tiny

INFOS = {name: camera.info for name, camera in CAMERAS.items()}


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_a_tray_names_the_pack_that_scored_it_and_not_the_one_that_came_meanwhile(stand: Stand) -> None:
    before, after = Source("before", "1" * 64), Source("after", "2" * 64)
    stand.book.grounds = replace(stand.book.grounds, pack=after)
    stand.book.finished(replace(FINISHED, examined=Examined((), scored=Scored(0.1, (), ()), pack=before)))
    stand.journal.close()
    (tray,) = read_trays(stand.path)
    assert tray.judged is not None
    assert tray.judged.pack == before


def test_a_tray_that_nothing_scored_names_the_pack_that_would_have(stand: Stand) -> None:
    after = Source("after", "2" * 64)
    stand.book.grounds = replace(stand.book.grounds, pack=after)
    stand.book.finished(FINISHED)
    stand.journal.close()
    (tray,) = read_trays(stand.path)
    assert tray.judged is not None
    assert tray.judged.pack == after


def test_another_pack_changes_what_is_seen_what_scores_and_what_is_named(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    view = {"size_px": list(tiny.SIZE_PX), "mm_per_px": 20.0}
    pack = load(tiny.write(tmp_path / "pack", view=view))
    changed = with_pack(foundation, pack)
    assert changed.grounds.pack == Source("tiny", pack.sha256)
    assert changed.grounds.calibrations == foundation.grounds.calibrations
    assert changed.scorer is not foundation.scorer
    seen = changed.scored(INFOS)["left"]
    assert seen.wanted_px == tiny.SIZE_PX[::-1]
    assert seen.standpoint is not None
    assert seen.standpoint.mm_per_px == pytest.approx(20.0, rel=0.1)


def test_a_pack_without_a_scale_sees_the_cameras_own_pixels(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    assert foundation.shape == ViewShape(size_px=(320, 416), mm_per_px=None)
    assert foundation.scored(INFOS) == foundation.geometries(INFOS)


def test_a_pack_without_thresholds_for_its_lanes_is_not_taken(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    more = tiny.manifest()["lanes"] | {"relief": {"curve": [[0, 0], [1, 1]]}}
    pack = load(tiny.write(tmp_path / "pack", lanes=more))
    with pytest.raises(PackInvalid, match=r"recipe\.thresholds has none for its lanes \(appearance, relief\)"):
        with_pack(foundation, pack)
