"""The evidence of a diverted tray is there whole, or its absence is a counted fault."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.faults import Occurrence
from booth.geometry.views import View
from booth.records.evidence import Evidence, TrayEvidence, evidence_of
from booth.records.writers import InTurn, OnThread
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, ms
from tests.records.samples import judged, numbered

TALL, WIDE = 120, 160


def frame(camera: str, sequence: int = 1, with_depth: bool = True) -> Frame:
    random = np.random.default_rng(sequence)
    return Frame(
        camera=camera,
        sequence=sequence,
        exposed_at=Instant(1_000 + sequence),
        exposed_at_error=Duration(50_000),
        exposure=ms(4),
        readout=ms(30),
        colour=random.integers(0, 255, (TALL, WIDE, 3), np.uint8),
        depth=random.integers(300, 900, (TALL, WIDE), np.uint16) if with_depth else None,
        depth_unit=Millimetres(1.0),
        origin={"file": Path("session/7.png"), "simulated": True},
    )


def view(camera: str = "left") -> View:
    height = np.tile(np.linspace(-3, 82, WIDE, dtype=np.float32), (TALL, 1))
    valid = np.ones((TALL, WIDE), np.bool_)
    valid[40:60, 40:60] = False
    height[~valid] = np.nan
    return View(camera, np.full((TALL, WIDE, 3), 128, np.uint8), height, valid)


def diverted(number: int = 1, shots: int = 2) -> TrayEvidence:
    frames = tuple((frame("left", shot), frame("right", shot, with_depth=False)) for shot in range(shots))
    return TrayEvidence(judged(number), frames, (view("left"), view("right")))


class Kept:
    """An evidence folder and what went wrong with it."""

    def __init__(self, folder: Path, writer: InTurn | OnThread) -> None:
        self.folder, self.faults = folder, list[Occurrence]()
        self.evidence = Evidence(folder, self.faults.append, writer)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture(params=[InTurn(), OnThread("evidence", depth=8, gather=Duration(0))], ids=["in turn", "on a thread"])
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kept]:
    kept = Kept(tmp_path / "evidence", request.param)
    yield kept
    kept.evidence.close()


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A disk that takes so many bytes of a file and no more: writing fails half-way, as on a full one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def put(kept: Kept, tray: TrayEvidence) -> Path:
    assert kept.evidence.put(tray)
    assert kept.evidence.flush()
    return kept.folder / tray.record.tray


def test_every_shot_keeps_its_colour_and_one_keeps_its_depth(kept: Kept) -> None:
    folder = put(kept, diverted())
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "left.view.png",
        "left/shot-0/colour.png",
        "left/shot-0/depth.png",
        "left/shot-1/colour.png",
        "record.json",
        "right.view.png",
        "right/shot-0/colour.png",
        "right/shot-1/colour.png",
    ]


def test_pictures_come_back_as_they_were(kept: Kept) -> None:
    tray = diverted()
    folder = put(kept, tray)
    shot = tray.shots[0][0]
    colour = cv2.imread(str(folder / "left/shot-0/colour.png"))
    depth = cv2.imread(str(folder / "left/shot-0/depth.png"), cv2.IMREAD_UNCHANGED)
    assert colour is not None
    assert depth is not None
    assert shot.colour is not None
    assert shot.depth is not None
    assert np.array_equal(colour, shot.colour)
    assert depth.dtype == np.uint16
    assert np.array_equal(depth, shot.depth)


def test_the_record_names_what_the_decision_rests_on(kept: Kept) -> None:
    document = json.loads((put(kept, diverted()) / "record.json").read_text())
    assert document["settings_sha256"] == "ef" * 32
    assert document["pack_sha256"] == "ab" * 32
    assert document["calibrations"] == [{"name": "left-tray-3.json", "sha256": "cd" * 32}]
    assert document["lanes"] == {"appearance": 0.91}
    assert document["plate"] == "4001234567891"
    assert document["simulated"] is True


def test_the_record_says_of_each_frame_when_and_from_where(kept: Kept) -> None:
    frames = json.loads((put(kept, diverted()) / "record.json").read_text())["frames"]
    assert [(each["camera"], each["shot"], each["sequence"], each["exposed_at_ns"]) for each in frames] == [
        ("left", 0, 0, 1000),
        ("right", 0, 0, 1000),
        ("left", 1, 1, 1001),
        ("right", 1, 1, 1001),
    ]
    assert frames[0]["origin"] == {"file": "session/7.png", "simulated": True}
    assert frames[0]["files"] == ["left/shot-0/colour.png", "left/shot-0/depth.png"]


def test_the_folder_is_where_the_record_says(kept: Kept) -> None:
    tray = diverted()
    assert put(kept, tray) == kept.folder.parent / evidence_of(tray.record.tray)
    assert tray.record.evidence == evidence_of(tray.record.tray)


def test_a_noisy_tray_stays_below_a_megabyte_a_shot(kept: Kept) -> None:
    """480 x 640 of pure noise, colour and depth: the worst picture there is."""
    random = np.random.default_rng(1)
    worst = replace(
        frame("left"),
        colour=random.integers(0, 255, (480, 640, 3), np.uint8),
        depth=None,
    )
    folder = put(kept, TrayEvidence(judged(), ((worst,),), ()))
    assert (folder / "left/shot-0/colour.png").stat().st_size <= 1_000_000


def test_a_disk_that_fills_half_way_leaves_no_half_folder(kept: Kept) -> None:
    with files_no_longer_than(2000):
        put(kept, diverted())
    assert kept.names() == []
    assert [(fault.code, fault.tray) for fault in kept.faults] == [("evidence-failed", numbered(1))]
    assert kept.evidence.lost == 1


def test_evidence_is_kept_again_once_there_is_space(kept: Kept) -> None:
    with files_no_longer_than(2000):
        put(kept, diverted(1))
    put(kept, diverted(2))
    assert kept.names() == [numbered(2)]


def test_a_folder_that_cannot_be_made_is_a_counted_fault(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file stands where the folder should")
    kept = Kept(tmp_path / "evidence", InTurn())
    put(kept, diverted())
    assert [fault.code for fault in kept.faults] == ["evidence-failed"]


def test_a_folder_that_is_there_is_not_overwritten(kept: Kept) -> None:
    first = put(kept, diverted(shots=1))
    put(kept, diverted(shots=2))
    assert not (first / "left/shot-1").exists()
    assert kept.names() == [numbered(1)]
    assert [fault.code for fault in kept.faults] == ["evidence-failed"]


def test_a_picture_that_cannot_be_encoded_costs_one_tray(kept: Kept) -> None:
    empty = replace(frame("left"), colour=np.empty((0, 0, 3), np.uint8))
    put(kept, TrayEvidence(judged(1), ((empty,),), ()))
    put(kept, diverted(2))
    assert [fault.tray for fault in kept.faults] == [numbered(1)]
    assert kept.names() == [numbered(2)]


def test_more_trays_than_the_queue_holds_are_lost_and_named(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "evidence", OnThread("evidence", depth=2, gather=ms(3_600_000)))
    held = kept.evidence._writer._turn  # type: ignore[attr-defined]
    with held:  # the thread cannot take anything meanwhile
        taken = [kept.evidence.put(diverted(number)) for number in range(4)]
    assert taken == [True, True, False, False]
    kept.evidence.close()
    assert [fault.tray for fault in kept.faults] == [numbered(2), numbered(3)]
    assert kept.names() == [numbered(0), numbered(1)]


def test_what_a_crash_left_half_written_is_swept_away(tmp_path: Path) -> None:
    half = tmp_path / "evidence" / ".unfinished-000001-000001"
    half.mkdir(parents=True)
    (half / "record.json").write_text("{")
    assert Kept(tmp_path / "evidence", InTurn()).names() == []
