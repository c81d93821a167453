"""What is recorded while the booth works can be played as a camera, however the recording ended."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import yaml

from booth.records import sessions
from booth.records.sessions import Recorder
from booth.records.writers import InTurn, OnThread
from booth.tray import TrayId
from drivers.cameras.recorded import RecordedCamera
from drivers.cameras.session import captures_of
from drivers.cameras.session_writing import CannotRecord
from drivers.clock import SystemClock
from drivers.errors import EndOfRecording
from drivers.frames import CameraInfo, Frame, Intrinsics, Transform
from drivers.units import Duration, Instant, Millimetres, after, ms, seconds

EYE = Intrinsics(32, 24, 30.0, 31.0, 15.5, 11.5, (0.1, -0.05, 0.002, -0.001, 0.01))
OWN_EYE = Intrinsics(40, 20, 25.0, 25.5, 19.5, 9.5)
BESIDE = Transform((0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0), (-15.0, 2.5, 0.25))
INFOS = {
    "left": CameraInfo("D435", "1", True, EYE, OWN_EYE, BESIDE, Millimetres(0.1)),
    "right": CameraInfo("D435", "2", True, EYE, EYE),
    "top": CameraInfo("acA1920", "3", False, EYE),
}
AT = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


def frame(camera: str, value: int) -> Frame:
    info, noise = INFOS[camera], np.random.default_rng(value)
    depth = None
    if info.depth is not None:
        depth = noise.integers(0, 9000, (info.depth.height_px, info.depth.width_px), np.uint16)
    colour = noise.integers(0, 255, (EYE.height_px, EYE.width_px, 3), np.uint8)
    nothing = Duration(0)
    return Frame(camera, 1, Instant(0), nothing, ms(4), nothing, colour, depth, info.depth_unit)


def shot(value: int) -> tuple[Frame, ...]:
    return tuple(frame(camera, value) for camera in INFOS)


class Stand:
    def __init__(self, folder: Path) -> None:
        self.told: list[dict[str, Any]] = []
        self.folder = folder
        self.recorder = Recorder(folder, self.told.append, InTurn())

    def put(self, tray: int, *values: int) -> None:
        self.recorder.put(TrayId(f"000001-{tray:06}"), [shot(value) for value in values], AT)

    @property
    def ended(self) -> list[dict[str, Any]]:
        return [head for head in self.told if head["kind"] == "recording-ended"]


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path / "sessions")


def played(folder: Path, camera: str) -> tuple[CameraInfo, list[Frame]]:
    async def play() -> tuple[CameraInfo, list[Frame]]:
        clock, frames = SystemClock(), list[Frame]()
        device = RecordedCamera(camera, folder, camera, clock)
        info = await device.open()
        await device.arm(ms(1))
        try:
            while True:
                await device.trigger()
                frames.append(await device.read(after(clock.now(), seconds(2))))
        except EndOfRecording:
            return info, frames

    return asyncio.run(play())


def same(one: Any, other: Any) -> bool:
    """Both None, or equal pictures."""
    return (one is None and other is None) or np.array_equal(one, other)


def test_what_was_recorded_is_played_pixel_for_pixel(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 3, INFOS)
    stand.put(1, 10, 11)
    stand.put(2, 12, 13)
    for camera, info in INFOS.items():
        said, frames = played(folder, camera)
        assert said == info
        assert len(frames) == 3
        for seen, value in zip(frames, (10, 11, 12), strict=True):
            made = frame(camera, value)
            assert same(seen.colour, made.colour)
            assert same(seen.depth, made.depth)
            assert bool(seen.origin.get("simulated")) is info.simulated
            assert seen.origin["recorded_at"] == "2026-03-01T12:30:05Z"
    assert captures_of(folder) == ("000001-000001.0", "000001-000001.1", "000001-000002.0")


def test_a_recording_ends_by_itself_once_it_has_what_was_asked_for(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 2, INFOS)
    for tray in range(4):
        stand.put(tray, tray)
    assert stand.ended == [
        {"kind": "recording-ended", "folder": str(folder), "captures": 2, "lost": 0, "problem": None}
    ]
    assert [head["captures"] for head in stand.told if head["kind"] == "recorded"] == [1, 2]


def test_nothing_is_kept_while_nothing_records(stand: Stand) -> None:
    stand.put(1, 10)
    assert not stand.folder.exists()


def test_a_recording_that_is_stopped_keeps_what_it_has(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 9, INFOS)
    stand.put(1, 10)
    stand.recorder.stop()
    stand.put(2, 11)
    assert len(played(folder, "top")[1]) == 1
    assert stand.ended[0]["captures"] == 1
    stand.recorder.start("tuesday", 1, INFOS)


def test_a_recording_without_a_capture_leaves_no_folder(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 9, INFOS)
    stand.recorder.stop()
    assert not folder.exists()
    assert stand.ended[0]["captures"] == 0


@pytest.mark.parametrize("name", ["", "..", "a/b", "/tmp/x", ".hidden", "x" * 65])
def test_a_session_is_a_name_and_not_a_path(stand: Stand, name: str) -> None:
    with pytest.raises(CannotRecord, match="is no name"):
        stand.recorder.start(name, 1, INFOS)


def test_a_second_recording_has_to_wait_for_the_first(stand: Stand) -> None:
    stand.recorder.start("monday", 1, INFOS)
    with pytest.raises(CannotRecord, match="monday is under way; stop it first"):
        stand.recorder.start("tuesday", 1, INFOS)


def test_an_older_session_is_not_written_over(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 1, INFOS)
    stand.put(1, 10)
    before = (folder / "session.yaml").read_bytes()
    with pytest.raises(CannotRecord, match="name a new folder"):
        stand.recorder.start("monday", 1, INFOS)
    assert (folder / "session.yaml").read_bytes() == before


def test_a_camera_without_colour_is_refused_by_name(stand: Stand) -> None:
    with pytest.raises(CannotRecord, match="deep: has no colour"):
        stand.recorder.start("monday", 1, {"deep": CameraInfo("D", "4", False, None, EYE)})


def test_pictures_that_no_capture_names_do_not_keep_a_session_from_playing(stand: Stand) -> None:
    """The process was killed between the pictures and the line that names them."""
    folder = stand.recorder.start("monday", 9, INFOS)
    stand.put(1, 10)
    (folder / "000001-000002.0").mkdir()
    (folder / "000001-000002.0/left.colour.png").write_bytes(b"half a pic")
    assert len(played(folder, "left")[1]) == 1


def test_a_disk_that_fails_ends_the_recording_with_whole_captures(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 9, INFOS)
    stand.put(1, 10)
    (folder / "000001-000002.0").mkdir()  # in the way of the next capture
    stand.put(2, 11)
    stand.put(3, 12)
    assert "000001-000002.0" in stand.ended[0]["problem"]
    assert captures_of(folder) == ("000001-000001.0",)


def test_a_recording_stops_before_the_disk_is_full(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stand.recorder.start("monday", 9, INFOS)
    monkeypatch.setattr(sessions, "SPARE_BYTES", 1 << 60)
    stand.put(1, 10)
    assert "are free" in stand.ended[0]["problem"]
    assert len(played(folder, "left")[1]) == 1
    with pytest.raises(CannotRecord, match="are free"):
        stand.recorder.start("tuesday", 1, INFOS)


def test_what_comes_faster_than_the_disk_is_lost_and_counted(tmp_path: Path) -> None:
    told, gate = list[dict[str, Any]](), Event()
    recorder = Recorder(tmp_path, told.append, OnThread("sessions", 2, Duration(0)))
    writer: Any = recorder._writer
    work: Callable[[Any], bool] = writer._work
    writer._work = lambda batch: gate.wait(5) and work(batch)
    recorder.start("monday", 99, INFOS)
    for tray in range(5):
        recorder.put(TrayId(f"000001-{tray:06}"), [shot(tray)], AT)
    gate.set()
    recorder.close()
    assert (told[-1]["captures"], told[-1]["lost"]) == (2, 3)


def test_the_file_says_what_each_lens_is(stand: Stand) -> None:
    folder = stand.recorder.start("monday", 1, INFOS)
    cameras = yaml.safe_load((folder / "session.yaml").read_text())["cameras"]
    assert cameras["left"]["depth"]["to_colour"]["translation_mm"] == [-15.0, 2.5, 0.25]
    assert cameras["right"]["depth_aligned_to_colour"] is True
    assert "depth_unit_mm" not in cameras["top"]
