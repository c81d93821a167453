"""Calibrations as files: versioned, hashed, written once and never changed.

`<folder>/<kind>-<camera>-<NNNN>.json`; the highest number of each kind and camera is in use.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from booth.durable import write_new
from booth.records.store import StorageFailed

SCHEMA = "booth.calibration/1"
Kind = Literal["intrinsics", "tray"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NAME = re.compile(rf"({'|'.join(KINDS)})-(.+)-(\d{{4,}})\.json")
_KEYS = {
    "schema", "kind", "camera", "version", "device", "size_px", "made_at", "tool", "inputs", "result", "figures",
    "sha256",
}  # fmt: skip


class CalibrationInvalid(Exception):
    """A calibration that cannot be used. Names the file, and what to do."""


@dataclass(frozen=True, slots=True)
class Device:
    """The camera that was calibrated, as it named itself."""

    model: str
    serial: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Input:
    """One picture that went in: where it came from, and the sha256 of its size, type and pixels."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A calibration that was measured and is not stored yet. `size_px` is the colour picture's."""

    kind: Kind
    camera: str
    device: Device
    size_px: tuple[int, int]
    made_at: datetime
    tool: str
    inputs: tuple[Input, ...]
    result: dict[str, Any]
    figures: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """One stored file. `sha256` is of its content and identifies it in records."""

    path: Path
    kind: Kind
    camera: str
    version: int
    device: Device
    size_px: tuple[int, int]
    made_at: datetime
    tool: str
    result: dict[str, Any]
    sha256: str

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The files in use: the newest of each kind and camera."""

    folder: Path
    files: dict[tuple[Kind, str], Calibration] = field(default_factory=dict)

    def find(self, kind: Kind, camera: str) -> Calibration | None:
        return self.files.get((kind, camera))

    def of(self, cameras: Iterable[str]) -> tuple[Calibration, ...]:
        """Everything in use for `cameras`, in a fixed order."""
        wanted = set(cameras)
        return tuple(self.files[key] for key in sorted(self.files) if key[1] in wanted)


def picture_hash(picture: NDArray[Any]) -> str:
    """sha256 over type, shape and pixels: the same picture has the same hash from a file or a camera."""
    digest = hashlib.sha256(f"{picture.dtype.str}{picture.shape}".encode())
    digest.update(np.ascontiguousarray(picture).tobytes())
    return digest.hexdigest()


def save(folder: Path, draft: Draft) -> Calibration:
    """Write `draft` under the next free number. An existing file is never touched. Raises StorageFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        version = max((number for number, _ in _versions(folder, draft.kind, draft.camera)), default=0) + 1
        while not _published(path := folder / f"{draft.kind}-{draft.camera}-{version:04d}.json", draft, version):
            version += 1
    except OSError as error:
        raise StorageFailed(
            f"{folder}: the calibration of {draft.camera} could not be written ({error.strerror}); "
            "free disk space or correct `calibration:` in the settings, then calibrate again"
        ) from error
    return read(path)


def newest(folder: Path, kind: Kind, camera: str) -> Calibration | None:
    """The file in use, or None if there never was one. Raises CalibrationInvalid: an older one is not used instead."""
    versions = _versions(folder, kind, camera)
    return read(max(versions)[1]) if versions else None


def load_all(folder: Path) -> Calibrations:
    """The newest of each kind and camera; none if there is no such folder. Raises CalibrationInvalid."""
    named = [match for path in _listed(folder) if (match := _NAME.fullmatch(path.name))]
    keys = sorted({(kind, match[2]) for match in named for kind in KINDS if kind == match[1]})
    found = {key: newest(folder, *key) for key in keys}
    return Calibrations(folder, {key: file for key, file in found.items() if file is not None})


def read(path: Path) -> Calibration:
    """One file, its hash checked. Raises CalibrationInvalid."""
    content = _content(path)
    if content.get("schema") != SCHEMA or content.keys() != _KEYS:
        raise _invalid(path, f"is not of schema {SCHEMA}", content)
    if content["sha256"] != _hash(content):
        raise _invalid(path, "was changed after it was made: its hash does not match", content)
    if path.name != f"{content['kind']}-{content['camera']}-{content['version']:04d}.json":
        raise _invalid(path, "was renamed: its content is of another name", content)
    width, height = content["size_px"]
    return Calibration(
        path,
        content["kind"],
        content["camera"],
        content["version"],
        Device(**content["device"]),
        (width, height),
        datetime.fromisoformat(content["made_at"]),
        content["tool"],
        content["result"],
        content["sha256"],
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _invalid(path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _invalid(path, "is damaged or cut off") from error
    if not isinstance(content, dict):
        raise _invalid(path, "is not a calibration")
    return content


def _invalid(path: Path, what: str, content: dict[str, Any] | None = None) -> CalibrationInvalid:
    kind = (content or {}).get("kind") or path.name.partition("-")[0]
    command = f"booth calibrate {kind if kind in KINDS else 'tray'}"
    return CalibrationInvalid(f"{path}: {what}; restore it from a copy, or move it away and run `{command}` again")


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _versions(folder: Path, kind: Kind, camera: str) -> list[tuple[int, Path]]:
    matches = [(path, _NAME.fullmatch(path.name)) for path in _listed(folder)]
    return [(int(m[3]), path) for path, m in matches if m and m[1] == kind and m[2] == camera]


def _published(path: Path, draft: Draft, version: int) -> bool:
    """Write to the side, then link into place: all or nothing, and False where the name is taken."""
    content = _as_content(draft, version)
    text = json.dumps(content | {"sha256": _hash(content)}, indent=2, allow_nan=False) + "\n"
    try:
        write_new(path, text.encode())
    except FileExistsError:
        return False
    return True


def _as_content(draft: Draft, version: int) -> dict[str, Any]:
    device = {"model": draft.device.model, "serial": draft.device.serial, "simulated": draft.device.simulated}
    return {
        "schema": SCHEMA,
        "kind": draft.kind,
        "camera": draft.camera,
        "version": version,
        "device": device,
        "size_px": list(draft.size_px),
        "made_at": draft.made_at.isoformat(),
        "tool": draft.tool,
        "inputs": [{"name": picture.name, "sha256": picture.sha256} for picture in draft.inputs],
        "result": draft.result,
        "figures": list(draft.figures),
    }


def _hash(content: dict[str, Any]) -> str:
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
