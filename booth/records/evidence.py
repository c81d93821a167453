"""What a diverted tray looked like: a folder of pictures and the record that goes with them.

<folder>/<tray id>/record.json
<folder>/<tray id>/<camera>.view.png             for a person
<folder>/<tray id>/<camera>/shot-0/colour.png    as it was scored, lossless
<folder>/<tray id>/<camera>/shot-0/depth.png     16 bit, raw units; once, from the first shot that has it
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.durable import UNFINISHED, settle, write_through
from booth.faults import Occurrence
from booth.geometry.views import CameraGeometry, Side, View
from booth.records.pictures import view_picture
from booth.records.record import TrayRecord
from booth.records.rows import tray_columns
from booth.records.writers import MakeWriter
from booth.tray import TrayId
from drivers.frames import Frame

FORMAT = "booth.evidence/1"
FOLDER = "evidence"
QUEUE_TRAYS = 8


def evidence_of(tray: TrayId) -> str:
    """Where the evidence of `tray` goes, relative to the state folder: what TrayRecord.evidence says."""
    return f"{FOLDER}/{tray}"


@dataclass(frozen=True, slots=True)
class TrayEvidence:
    """One tray to keep. `shots` holds the frames of each shot, cut to what is worth keeping: a camera's share of
    a shot should stay below 1 MB. Nobody may write to the arrays afterwards. `geometries` and `sides` are what the
    views were made with, and what they are made again with: by camera, and the side that each shot was lit from."""

    record: TrayRecord
    shots: tuple[tuple[Frame, ...], ...]
    views: tuple[View, ...]
    geometries: Mapping[str, CameraGeometry] = field(default_factory=dict)
    sides: tuple[Side | None, ...] = ()


class Evidence:
    """The writing end. put() may be called from any thread, after the verdict has left.

    A folder appears whole or not at all. What cannot be kept is raised as `evidence-failed` and counted, and
    harms nothing else; folders are never overwritten.
    """

    def __init__(self, folder: Path, on_fault: Callable[[Occurrence], None], writer: MakeWriter) -> None:
        self.lost = 0
        self._folder, self._on_fault = folder, on_fault
        for left in folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        self._writer = writer(self._write)

    def put(self, tray: TrayEvidence) -> bool:
        """Queue one tray, at once. False: it is lost, and counted. Never raises."""
        if self._writer.offer(tray):
            return True
        self._lose(tray, "too many trays wait for the disk")
        return False

    def flush(self) -> bool:
        """Wait until what was put is kept or lost. For shutdown and tests: it blocks."""
        return self._writer.flush()

    def close(self) -> None:
        """Write what is queued, and end."""
        for tray in self._writer.close():
            self._lose(tray, "the booth ended first")

    def _write(self, trays: Sequence[TrayEvidence]) -> bool:
        for tray in trays:
            try:
                keep(tray, self._folder)
            except (OSError, ValueError, cv2.error) as error:
                self._lose(tray, str(error))
        return True

    def _lose(self, tray: TrayEvidence, why: str) -> None:
        self.lost += 1
        self._on_fault(Occurrence("evidence-failed", tray.record.tray, detail=why))


def keep(tray: TrayEvidence, folder: Path) -> Path:
    """Write the evidence of one tray below `folder` and return where it is. Raises OSError with nothing left
    behind, ValueError or cv2.error for a picture that cannot be encoded."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished, final = folder / f"{UNFINISHED}{tray.record.tray}", folder / tray.record.tray
    try:
        for name, content in _files(tray).items():
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            write_through(unfinished / name, content)
        for inner in [unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())]:
            settle(inner)
        unfinished.rename(final)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    settle(folder)
    return final


def _files(tray: TrayEvidence) -> dict[str, bytes]:
    """Every file of the folder, by its relative name."""
    frames: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    with_depth: set[str] = set()
    # A simulated line may trigger recorded cameras: the record is marked then, but these pictures are real.
    sources = {frame.camera: frame.origin for shown in tray.shots for frame in shown}
    recorded = {camera for camera, origin in sources.items() if "session" in origin and not origin.get("simulated")}
    for shot, shown in enumerate(tray.shots):
        for frame in shown:
            first = frame.depth is not None and frame.camera not in with_depth
            pictures = _pictures_of(frame, f"{frame.camera}/shot-{shot}", first)
            with_depth |= {frame.camera} if first else set()
            frames.append({**_facts_of(frame), "shot": shot, "files": sorted(pictures)})
            files |= pictures
    for view in tray.views:
        drawn = tray.record.simulated and view.camera not in recorded
        files[f"{view.camera}.view.png"] = _png(view_picture(view, drawn))
    files["record.json"] = json.dumps(_document(tray, frames), indent=2, default=str).encode()
    return files


def _pictures_of(frame: Frame, place: str, with_depth: bool) -> dict[str, bytes]:
    pictures = {} if frame.colour is None else {f"{place}/colour.png": _png(frame.colour)}
    if with_depth and frame.depth is not None:
        pictures[f"{place}/depth.png"] = _png(frame.depth)
    return pictures


def _facts_of(frame: Frame) -> dict[str, Any]:
    return {
        "camera": frame.camera,
        "sequence": frame.sequence,
        "exposed_at_ns": frame.exposed_at,
        "exposed_at_error_ns": frame.exposed_at_error,
        "exposure_ns": frame.exposure,
        "readout_ns": frame.readout,
        "depth_unit_mm": frame.depth_unit,
        "origin": frame.origin,
    }


def _document(tray: TrayEvidence, frames: list[dict[str, Any]]) -> dict[str, Any]:
    """record.json: the tray's columns of the journal, their JSON opened up, how it was looked at, and where each frame
    came from."""
    columns = tray_columns(tray.record)
    opened = {name: json.loads(columns[name]) for name in ("lanes", "reasons", "calibrations")}
    looked = {"geometries": {name: asdict(each) for name, each in tray.geometries.items()}, "sides": tray.sides}
    return {"format": FORMAT, **columns, **opened, "simulated": tray.record.simulated, **looked, "frames": frames}


def _png(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    encoded, content = cv2.imencode(".png", picture)
    if not encoded:
        raise ValueError(f"a picture of shape {picture.shape} cannot be encoded as PNG; look at the camera's driver")
    return content.tobytes()
