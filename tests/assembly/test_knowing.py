"""With which gallery a booth starts, and with which it does not."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from booth.assembly.foundation import lay
from booth.assembly.knowing import seen_from
from booth.cli.app import app
from booth.cli.manners import Exit
from booth.geometry.plane import Plane
from booth.records.kept_evidence import read as read_evidence
from booth.scoring.fitting import fitted
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.standpoints import refuse_drawn
from booth.scoring.gallery.store import load as load_gallery
from booth.scoring.gallery.writing import Draft, writing
from booth.settings import load
from drivers.units import Millimetres
from tests.cli.gallery_site import GEOMETRY, INFO, calibrate, evidence, site
from tests.scoring.gallery.boxes import STANDS, boxed, capture
from tests.scoring.gallery.captures import signed


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A booth with a gallery of two references."""
    found = site(tmp_path)
    with writing(tmp_path / "gallery") as desk:
        desk.add(Draft("tea", (capture(boxed(1)), capture(boxed(1, 30)))), signed())
    return found


def test_records_name_the_version_of_the_gallery(config: Path) -> None:
    laid = lay(config, load(config))
    gallery = load_gallery(config.parent / "gallery")
    assert laid.grounds.gallery is not None
    assert (laid.grounds.gallery.name, laid.grounds.gallery.sha256) == ("gallery/1", gallery.sha256)
    result = CliRunner().invoke(app, ["check", str(config)])
    assert f"gallery/1: the gallery holds ({gallery.sha256[:12]})" in result.stdout, result.output


def test_an_older_version_is_taken_where_the_settings_name_it(config: Path) -> None:
    with writing(config.parent / "gallery") as desk:
        desk.add(Draft("tea", (capture(boxed(1, 60)),)), signed())
    tree = yaml.safe_load(config.read_text())
    tree["recipe"]["gallery_version"] = 1
    config.write_text(yaml.safe_dump(tree))
    known = lay(config, load(config)).known
    assert known.gallery is not None
    assert (known.gallery.version, len(known.gallery.references("tea"))) == (1, 2)


def test_a_gallery_taken_as_the_cameras_stand_now_is_taken(config: Path) -> None:
    assert lay(config, load(config)).scored({"left": INFO}).keys() == {"left"}


def test_a_gallery_from_another_camera_geometry_is_refused_with_what_to_do(config: Path) -> None:
    calibrate(config.parent / "calibration", Plane(STANDS.normal, Millimetres(-STANDS.distance_mm * 1.05)))
    with pytest.raises(GalleryInvalid, match=r"another camera geometry: left: .*mm a pixel.*booth gallery check"):
        lay(config, load(config)).scored({"left": INFO})


def test_a_gallery_that_does_not_hold_ends_the_check_with_7(config: Path) -> None:
    next((config.parent / "gallery").glob("tea/*/left.colour.png")).unlink()
    result = CliRunner().invoke(app, ["check", str(config)])
    assert result.exit_code == Exit.MODEL_INVALID
    assert "left.colour.png: cannot be read" in result.stderr


def test_a_simulated_reference_is_for_no_real_booth(config: Path) -> None:
    gallery = load_gallery(config.parent / "gallery")
    refuse_drawn(gallery, simulated=True)
    with pytest.raises(GalleryInvalid, match="is a simulated reference"):
        refuse_drawn(gallery, simulated=False)


@pytest.mark.parametrize("mm_per_px", [None, 1.1, 2.2])
def test_what_is_compared_is_the_standpoint_of_the_views_that_lanes_see(config: Path, mm_per_px: float | None) -> None:
    shape = lay(config, load(config)).shape
    assert shape is not None
    wanted = shape.model_copy(update={"mm_per_px": mm_per_px, "size_px": (200, 300)})
    geometry = GEOMETRY if mm_per_px is None else GEOMETRY.framed(wanted.size, mm_per_px)
    view = fitted(replace(boxed(1), standpoint=GEOMETRY.standpoint), wanted)
    expected, found = view.standpoint, seen_from(geometry, wanted)
    assert expected is not None
    assert found is not None
    assert found.size_px == expected.size_px == (300, 200)
    assert found.mm_per_px == pytest.approx(expected.mm_per_px, rel=0.01)


def test_evidence_gives_back_frames_and_geometry_as_they_were(tmp_path: Path) -> None:
    view = boxed(1)
    found = read_evidence(evidence(tmp_path, 3, view))
    assert found.geometries == {"left": GEOMETRY}
    assert found.sides == (None,)
    ((frame,),) = found.shots
    assert frame.colour is not None
    assert frame.depth is not None
    assert (frame.colour == view.colour).all()
    assert (found.tray, found.simulated) == ("000001-000003", True)
