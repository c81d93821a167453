"""Evidence, read back: the frames of a tray, and what its views are made with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.plane import Plane
from booth.geometry.region import Region
from booth.geometry.views import CameraGeometry, Side
from booth.records.evidence import FORMAT
from booth.tray import Verdict
from drivers.frames import Frame, Intrinsics, Transform
from drivers.units import Duration, Instant, Millimetres

RECORD = "record.json"


class EvidenceUnreadable(ValueError):
    """Names the folder or file, and what to do."""


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """`shots` as the booth captured them, without depth in all but the first that had it; `geometries` and `sides` as
    the booth looked at them; `diverted`: whether it diverted the tray, or meant to."""

    tray: str
    simulated: bool
    diverted: bool
    shots: tuple[tuple[Frame, ...], ...]
    geometries: Mapping[str, CameraGeometry]
    sides: tuple[Side | None, ...]


def is_evidence(folder: Path) -> bool:
    return (folder / RECORD).is_file()


def read(folder: Path) -> KeptEvidence:
    """The tray in `folder`. Raises EvidenceUnreadable."""
    path = folder / RECORD
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(f"it is of format {about['format']}")
        if not about.get("geometries"):
            raise ValueError("it was kept before records told how a tray was looked at")
        frames = [(told["shot"], _frame(folder, told)) for told in about["frames"]]
        geometries = {name: _geometry(told) for name, told in about["geometries"].items()}
        sides = tuple(about["sides"])
        tray, simulated = str(about["tray_id"]), bool(about["simulated"])
        diverted = about["verdict"] != Verdict.PASS.value
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        says = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise EvidenceUnreadable(f"{path}: cannot be used ({says}); take the evidence of another tray") from error
    shots = sorted({shot for shot, _ in frames})
    return KeptEvidence(tray, simulated, diverted, tuple(tuple(f for s, f in frames if s == shot) for shot in shots),
                        geometries, sides)  # fmt: skip


def _frame(folder: Path, told: Mapping[str, Any]) -> Frame:
    place = f"{told['camera']}/shot-{told['shot']}"
    pictures = {
        kind: _picture(folder / name, flags)
        for kind, flags in (("colour", cv2.IMREAD_COLOR), ("depth", cv2.IMREAD_UNCHANGED))
        if (name := f"{place}/{kind}.png") in told["files"]
    }
    return Frame(
        camera=told["camera"],
        sequence=told["sequence"],
        exposed_at=Instant(told["exposed_at_ns"]),
        exposed_at_error=Duration(told["exposed_at_error_ns"]),
        exposure=Duration(told["exposure_ns"]),
        readout=Duration(told["readout_ns"]),
        colour=pictures.get("colour"),
        depth=pictures.get("depth"),
        depth_unit=Millimetres(told["depth_unit_mm"]),
        origin=told["origin"],
    )


def _picture(path: Path, flags: int) -> NDArray[Any]:
    content = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(content, flags) if content.size else None
    if picture is None:
        raise ValueError(f"{path.name} is not a picture")
    return np.asarray(picture)


def _geometry(told: Mapping[str, Any]) -> CameraGeometry:
    depth, plane, size = told["depth"], told["plane"], told["size_px"]
    moved = told["depth_to_colour"]
    return CameraGeometry(
        camera=told["camera"],
        colour=_lens(told["colour"]),
        depth=None if depth is None else _lens(depth),
        depth_to_colour=Transform(tuple(moved["rotation"]), tuple(moved["translation_mm"])),
        depth_unit=Millimetres(told["depth_unit"]),
        plane=None if plane is None else Plane(tuple(plane["normal"]), Millimetres(plane["offset_mm"])),
        region=Region(**told["region"]),
        size_px=None if size is None else (size[0], size[1]),
    )


def _lens(told: Mapping[str, Any]) -> Intrinsics:
    return Intrinsics(**{**told, "distortion": tuple(told["distortion"])})
