"""Calibration files: written once, checked on reading."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.figures import Figure
from booth.calibration.store import (
    CalibrationInvalid,
    Device,
    Draft,
    Input,
    Kind,
    load_all,
    newest,
    picture_hash,
    read,
    save,
)
from booth.records.store import StorageFailed


def draft(camera: str = "left", kind: Kind = "tray", offset: float = -700.0) -> Draft:
    figure = Figure("tilt", float("nan"), "deg", "Level the camera.", at_most=20.0)
    return Draft(
        kind,
        camera,
        Device("D435", "0815", simulated=False),
        (640, 480),
        datetime(2026, 5, 4, 12, 0, tzinfo=UTC),
        "inspection-booth 0.1.0",
        (Input("empty", "00" * 32),),
        {"offset_mm": offset},
        (figure.as_json(),),
    )


def test_what_was_saved_is_what_is_read(tmp_path: Path) -> None:
    saved = save(tmp_path / "new" / "folder", draft())
    assert saved == read(tmp_path / "new" / "folder" / "tray-left-0001.json")
    assert saved.result == {"offset_mm": -700.0}
    assert saved.device == Device("D435", "0815", simulated=False)
    assert saved.made_at == datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_versions_count_up_and_the_newest_is_used(tmp_path: Path) -> None:
    for offset in (-1.0, -2.0, -3.0):
        save(tmp_path, draft(offset=offset))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"tray-left-000{n}.json" for n in (1, 2, 3)]
    found = newest(tmp_path, "tray", "left")
    assert found is not None
    assert (found.version, found.result["offset_mm"]) == (3, -3.0)


def test_a_number_beyond_9999_is_newer(tmp_path: Path) -> None:
    (tmp_path / "tray-left-9999.json").write_text("{}")
    assert save(tmp_path, draft()).name == "tray-left-10000"
    assert load_all(tmp_path).files["tray", "left"].version == 10000


def test_a_file_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = save(tmp_path, draft(offset=-1.0))
    before = first.path.read_bytes()
    monkeypatch.setattr("booth.calibration.store._versions", lambda *_: [])  # another process wrote it meanwhile
    assert save(tmp_path, draft(offset=-2.0)).version == 2
    assert first.path.read_bytes() == before


def test_a_calibration_that_was_edited_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, draft()).path
    path.chmod(0o644)
    path.write_text(path.read_text().replace("-700.0", "-701.0"))
    with pytest.raises(CalibrationInvalid, match=r"tray-left-0001\.json: was changed.*booth calibrate tray"):
        load_all(tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 100, -3])
def test_a_calibration_that_was_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = save(tmp_path, draft()).path
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CalibrationInvalid, match=r"tray-left-0001\.json: is damaged or cut off"):
        load_all(tmp_path)


def test_a_damaged_newest_file_does_not_fall_back_to_an_older_one(tmp_path: Path) -> None:
    save(tmp_path, draft(offset=-1.0))
    path = save(tmp_path, draft(offset=-2.0)).path
    path.chmod(0o644)
    path.write_text("")
    with pytest.raises(CalibrationInvalid, match="tray-left-0002"):
        newest(tmp_path, "tray", "left")


def test_a_calibration_of_another_camera_does_not_serve_under_a_new_name(tmp_path: Path) -> None:
    path = save(tmp_path, draft("left")).path
    path.rename(tmp_path / "tray-right-0001.json")
    with pytest.raises(CalibrationInvalid, match="was renamed"):
        load_all(tmp_path)


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tray-left-0001.json").write_text(json.dumps({"schema": "booth.calibration/2"}))
    with pytest.raises(CalibrationInvalid, match=re.escape("is not of schema booth.calibration/1")):
        load_all(tmp_path)


def test_each_camera_and_kind_has_its_own_newest(tmp_path: Path) -> None:
    save(tmp_path, draft("left"))
    save(tmp_path, draft("left-2"))
    save(tmp_path, draft("left-2"))
    save(tmp_path, draft("left", "intrinsics"))
    (tmp_path / "README.md").write_text("not a calibration")
    found = load_all(tmp_path)
    assert [file.name for file in found.of(["left", "left-2"])] == [
        "intrinsics-left-0001",
        "tray-left-0001",
        "tray-left-2-0002",
    ]
    assert found.find("intrinsics", "left-2") is None
    assert [file.name for file in found.of(["left-2"])] == ["tray-left-2-0002"]


def test_a_folder_that_is_not_there_holds_no_calibrations(tmp_path: Path) -> None:
    assert load_all(tmp_path / "nowhere").of(["left"]) == ()


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFailed, match="could not be written"):
        save(tmp_path / "file", draft())


def test_a_picture_is_known_by_its_size_type_and_pixels() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert picture_hash(picture) == picture_hash(picture.copy(order="F"))
    others: list[NDArray[Any]] = [picture.reshape(4, 3), picture.astype(np.uint16), picture + 1]
    assert picture_hash(picture) not in {picture_hash(other) for other in others}


def test_a_figure_that_could_not_be_computed_fails_its_limit() -> None:
    assert not Figure("tilt", float("nan"), "deg", at_most=20.0).passed
    assert Figure("rms", float("nan"), "px").passed
    assert Figure("fill", 0.9, "", at_least=0.9).passed
