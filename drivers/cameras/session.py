"""A recorded session: a folder of pictures and `session.yaml`, which says what they are.

    format: 1
    cameras:
      left:                                      # the name that settings and captures use
        model: RealSense (recorded)
        serial: camera-0
        simulated: false                         # optional: true for pictures of a simulated booth
      size_px: [640, 480]                      # width, height of every colour picture of this camera
        intrinsics: camera-0.intrinsics.txt      # 3x3 as text, px; or {fx_px: , fy_px: , cx_px: , cy_px: }
        distortion: [0, 0, 0, 0, 0]              # optional: k1 k2 p1 p2 k3
        pose: camera-0.pose.txt                  # optional: 4x4 as text, camera to base, m; for calibration, not played
        depth_unit_mm: 0.1                       # only for a camera with depth
    captures:                                    # one per trigger, in this order
      - name: empty
        frames:
          left: {colour: background-0.color.png, depth: background-0.depth.png, recorded_at: "2017-06-01T12:00:00Z"}

Pictures are PNG (lossless, with checksums): colour 8 bit with three channels, depth 16 bit with one, 0 for "no
measurement". A frame has colour, depth or both; `recorded_at` is optional text. Paths are meant from the
folder. Every capture has a frame for every camera. Keys that are not named here are refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from drivers.errors import DeviceError, DeviceMissing
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Millimetres

FILE = "session.yaml"
CAMERA_KEYS = {
    "model", "serial", "simulated", "size_px", "intrinsics", "distortion", "pose", "depth_unit_mm",
    "depth_aligned_to_colour", "depth",
}  # fmt: skip
DEPTH_KEYS = ("size_px", "intrinsics", "distortion", "to_colour")
PINHOLE_KEYS = ("fx_px", "fy_px", "cx_px", "cy_px")
FRAME_KEYS = {"colour", "depth", "recorded_at"}


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """Where one camera's pictures of one capture lie; None where there is none."""

    colour: Path | None
    depth: Path | None
    recorded_at: str | None


@dataclass(frozen=True, slots=True)
class SessionCamera:
    """What the session says of one camera: `info` is what it said of itself when it was recorded."""

    info: CameraInfo
    colour: Intrinsics
    pose: Path | None


@dataclass(frozen=True, slots=True)
class SessionCapture:
    name: str
    frames: Mapping[str, RecordedFrame]


@dataclass(frozen=True, slots=True)
class Session:
    cameras: Mapping[str, SessionCamera]
    captures: tuple[SessionCapture, ...]


def captures_of(folder: Path) -> tuple[str, ...]:
    """The names of the captures in order: how many trays the session has. Raises as `read_session`."""
    return tuple(capture.name for capture in read_session(folder).captures)


def read_session(folder: Path) -> Session:
    """Raises DeviceMissing if there is no session, DeviceError naming file and key if it is not as described
    above. Whether the pictures exist is not looked at."""
    root = _Block(folder / FILE, "", _yaml(folder / FILE))
    root.only({"format", "cameras", "captures"})
    if root.need("format") != 1:
        raise root.wrong("format", "is not 1; this version plays format 1")
    cameras = {name: _camera(block) for name, block in root.block("cameras").blocks()}
    captures = tuple(_capture(block, cameras) for block in root.list_of_blocks("captures"))
    if not cameras or not captures:
        raise root.wrong("captures" if cameras else "cameras", "is empty; a session has at least one")
    return Session(cameras, captures)


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeviceMissing(f"{path}: cannot be read ({error.strerror}); check the session's path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeviceError(f"{path}: is not YAML: {error}; correct it") from error


class _Block:
    """One mapping of the file, and where it stands."""

    def __init__(self, file: Path, key: str, content: Any) -> None:
        self.file, self.key = file, key
        if not isinstance(content, dict):
            raise DeviceError(f"{file}: {key or 'the file'} is not a mapping; see drivers/cameras/session.py")
        self._content: dict[str, Any] = content

    def wrong(self, name: str, says: str) -> DeviceError:
        return DeviceError(f"{self.file}: {self._path(name)} {says}")

    def only(self, known: Iterable[str]) -> None:
        if unknown := sorted(map(str, self._content.keys() - set(known))):
            raise self.wrong(unknown[0], f"is not a key here; there are: {', '.join(sorted(known))}")

    def has(self, name: str) -> bool:
        return name in self._content

    def need(self, name: str) -> Any:
        if name not in self._content:
            raise self.wrong(name, "is missing; add it")
        return self._content[name]

    def flag(self, name: str) -> bool:
        value = self._content.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, f"is {value!r}, neither true nor false; correct it")
        return value

    def text(self, name: str) -> str:
        value = self.need(name)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, f"is {value!r}, not a text; put it in quotes")
        return value

    def maybe_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def maybe_path(self, name: str) -> Path | None:
        return self.file.parent / self.text(name) if self.has(name) else None

    def number(self, name: str) -> float:
        return self._as_number(name, self.need(name))

    def numbers(self, name: str, count: int) -> list[float]:
        value = self.need(name)
        if not isinstance(value, list) or len(value) != count:
            raise self.wrong(name, f"is not a list of {count} numbers; correct it")
        return [self._as_number(name, part) for part in value]

    def block(self, name: str) -> "_Block":
        return _Block(self.file, self._path(name), self.need(name))

    def blocks(self) -> list[tuple[str, "_Block"]]:
        return [(str(name), self.block(name)) for name in self._content]

    def list_of_blocks(self, name: str) -> list["_Block"]:
        value = self.need(name)
        if not isinstance(value, list):
            raise self.wrong(name, "is not a list; begin each entry with '- '")
        return [_Block(self.file, f"{self._path(name)}.{index}", part) for index, part in enumerate(value)]

    def _path(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else str(name)

    def _as_number(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, f"has {value!r} where a number belongs; correct it")
        return float(value)


def _camera(block: _Block) -> SessionCamera:
    block.only(CAMERA_KEYS)
    colour, unit = _eye(block), _depth_unit(block)
    depth, to_colour = (None, Transform()) if unit is None else _depth_eye(block, colour)
    simulated = block.flag("simulated")
    info = CameraInfo(block.text("model"), block.text("serial"), simulated, colour, depth, to_colour)
    if unit is not None:
        info = replace(info, depth_unit=unit)
    return SessionCamera(info, colour, block.maybe_path("pose"))


def _eye(block: _Block) -> Intrinsics:
    width, height = (int(size) for size in block.numbers("size_px", 2))
    if min(width, height) < 1:
        raise block.wrong("size_px", "is not a size; give width and height in px")
    k1, k2, p1, p2, k3 = block.numbers("distortion", 5) if block.has("distortion") else [0.0] * 5
    return Intrinsics(width, height, *_pinhole(block), (k1, k2, p1, p2, k3))


def _depth_eye(block: _Block, colour: Intrinsics) -> tuple[Intrinsics, Transform]:
    if not block.has("depth"):
        return colour, Transform()
    lens = block.block("depth")
    lens.only(DEPTH_KEYS)
    way = lens.block("to_colour")
    way.only(("rotation", "translation_mm"))
    x, y, z = way.numbers("translation_mm", 3)
    return _eye(lens), Transform(tuple(way.numbers("rotation", 9)), (x, y, z))


def _pinhole(block: _Block) -> tuple[float, float, float, float]:
    if isinstance(block.need("intrinsics"), dict):
        inline = block.block("intrinsics")
        inline.only(PINHOLE_KEYS)
        fx, fy, cx, cy = (inline.number(key) for key in PINHOLE_KEYS)
        return fx, fy, cx, cy
    path = block.file.parent / block.text("intrinsics")
    try:
        m = [float(part) for part in path.read_text(encoding="utf-8").split()]
    except OSError as error:
        raise DeviceMissing(f"{path}: cannot be read ({error.strerror}); {block.file} names it") from error
    except ValueError as error:
        raise block.wrong("intrinsics", f"names {path.name}, which is not a matrix of numbers ({error})") from error
    if len(m) != 9 or m[0] <= 0 or m[4] <= 0 or m[6:] != [0.0, 0.0, 1.0]:
        raise block.wrong("intrinsics", f"names {path.name}, which is not a 3x3 camera matrix; its last row is 0 0 1")
    return m[0], m[4], m[2], m[5]


def _depth_unit(block: _Block) -> Millimetres | None:
    if not block.has("depth_unit_mm"):
        return None
    aligned, own = block.flag("depth_aligned_to_colour"), block.has("depth")
    if aligned and own:
        raise block.wrong("depth", "says where depth lies, and so does depth_aligned_to_colour; give one of them")
    if not aligned and not own:
        raise block.wrong("depth", "is missing; describe the lens of depth, or say depth_aligned_to_colour: true")
    if (unit := block.number("depth_unit_mm")) <= 0:
        raise block.wrong("depth_unit_mm", f"is {unit:g}; one depth step is longer than 0 mm")
    return Millimetres(unit)


def _capture(block: _Block, cameras: Mapping[str, SessionCamera]) -> SessionCapture:
    block.only({"name", "frames"})
    frames = block.block("frames")
    frames.only(cameras)
    return SessionCapture(block.text("name"), {name: _frame(frames.block(name), cameras[name]) for name in cameras})


def _frame(block: _Block, camera: SessionCamera) -> RecordedFrame:
    block.only(FRAME_KEYS)
    frame = RecordedFrame(block.maybe_path("colour"), block.maybe_path("depth"), block.maybe_text("recorded_at"))
    if frame.colour is None and frame.depth is None:
        raise block.wrong("colour", "is missing, and so is depth; a frame has one of them at least")
    if frame.depth is not None and camera.info.depth is None:
        raise block.wrong("depth", "stands here, but its camera has no depth_unit_mm; add it there")
    return frame
