"""Scenes that were drawn before, for machines without GL.

A scene is a zip file: `scene.json` (format, truth, cameras), and a folder for each camera with one AVIF picture a
light (10 bit, lossy, see `coded`), `depth` (uint16, DEPTH_STEP_MM; second differences, deflated), and `part`, `marks`
and `normal` as PNG.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes.stage.cameras import Camera
from fakes.stage.seen import Radiance, Seen

FORMAT = 1
FOLDER = Path(__file__).with_name("shipped")
SUFFIX = ".scene"
DEPTH_STEP_MM = 0.05
BRIGHTEST = 4.0
"""Radiance that is kept; what is brighter becomes this."""
WHITE = 1023
CURVE = 2.4
AVIF = (cv2.IMWRITE_AVIF_QUALITY, 92, cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_SPEED, 6)
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 9)
Codes = NDArray[np.uint16]


class Unreadable(Exception):
    """A file is no shipped scene, or one of another format."""


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """`truth` as in fakes.props.Scene; `views` and `cameras` by the camera's name."""

    truth: Mapping[str, Any]
    views: Mapping[str, Seen]
    cameras: Mapping[str, Camera]


def names() -> tuple[str, ...]:
    """The scenes that came with this package."""
    return tuple(sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}")))


def named(name: str) -> Path:
    """Where the scene `name` is. Raises KeyError with the names there are."""
    if name not in names():
        raise KeyError(f"No shipped scene {name!r}: take one of {', '.join(names())}.")
    return FOLDER / f"{name}{SUFFIX}"


def save(path: Path, scene: Shipped) -> None:
    """The same scene gives the same bytes on the same machine."""
    cameras = {
        name: {"lens": asdict(camera.lens), "pose": camera.pose.tolist()} for name, camera in scene.cameras.items()
    }
    about = {"format": FORMAT, "truth": scene.truth, "cameras": cameras}
    with zipfile.ZipFile(path, "w") as bundle:
        _add(bundle, "scene.json", json.dumps(about, indent=1).encode())
        for name, seen in scene.views.items():
            for member, content in _members(seen).items():
                _add(bundle, f"{name}/{member}", content)


def load(path: Path) -> Shipped:
    """What was saved: truth, part and marks exactly; depth within half a DEPTH_STEP_MM; radiance up to BRIGHTEST, most
    of it within 2 %; normals within a degree. Needs no GL. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as bundle:
            about = json.loads(bundle.read("scene.json"))
            if about["format"] != FORMAT:
                raise Unreadable(f"{path} has format {about['format']}, not {FORMAT}: python -m fakes.stage.ship.")
            cameras = {name: _camera(one) for name, one in about["cameras"].items()}
            views = {name: _view(bundle, name, camera) for name, camera in cameras.items()}
    except (zipfile.BadZipFile, KeyError, ValueError, cv2.error) as error:
        raise Unreadable(f"{path} is no shipped scene ({error}): python -m fakes.stage.ship makes them.") from error
    return Shipped(about["truth"], views, cameras)


def told(path: Path) -> Mapping[str, Any]:
    """The truth alone, at once. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as bundle:
            truth: Mapping[str, Any] = json.loads(bundle.read("scene.json"))["truth"]
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unreadable(f"{path} is no shipped scene ({error}): python -m fakes.stage.ship makes them.") from error
    return truth


def coded(radiance: Radiance) -> Codes:
    """0..WHITE for 0..BRIGHTEST, along a power of 1 / CURVE."""
    share = np.clip(radiance, 0, BRIGHTEST) / np.float32(BRIGHTEST)
    return np.asarray(np.rint(share ** np.float32(1 / CURVE) * WHITE), dtype=np.uint16)


def decoded(codes: Codes) -> Radiance:
    return np.asarray((codes / np.float32(WHITE)) ** np.float32(CURVE) * np.float32(BRIGHTEST), dtype=np.float32)


def _members(seen: Seen) -> dict[str, bytes]:
    lights = {f"{name}.avif": _encoded(".avif", coded(radiance), AVIF) for name, radiance in seen.light.items()}
    steps = np.rint(seen.depth_mm / DEPTH_STEP_MM).astype(np.uint16)
    change = np.diff(np.diff(steps, axis=0, prepend=np.uint16(0)), axis=1, prepend=np.uint16(0))
    return {
        **lights,
        "depth": change.astype("<u2").tobytes(),
        "part.png": _encoded(".png", seen.part, PNG),
        "marks.png": _encoded(".png", seen.marks, PNG),
        "normal.png": _encoded(".png", np.rint(seen.normal * 127 + 128).astype(np.uint8), PNG),
    }


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith((".avif", ".png")) else zipfile.ZIP_DEFLATED
    bundle.writestr(entry, content)


def _encoded(suffix: str, picture: NDArray[Any], options: tuple[int, ...]) -> bytes:
    _, content = cv2.imencode(suffix, picture, options)
    return content.tobytes()


def _camera(one: Mapping[str, Any]) -> Camera:
    lens = {**one["lens"], "distortion": tuple(one["lens"]["distortion"])}
    return Camera(Intrinsics(**lens), np.array(one["pose"]))


def _view(bundle: zipfile.ZipFile, name: str, camera: Camera) -> Seen:
    size = camera.lens.height_px, camera.lens.width_px
    change = np.frombuffer(bundle.read(f"{name}/depth"), "<u2").reshape(size)
    depth = np.cumsum(np.cumsum(change, axis=1, dtype=np.uint16), axis=0, dtype=np.uint16)
    normal = np.asarray((_picture(bundle, f"{name}/normal.png").astype(np.float32) - 128) / 127, dtype=np.float32)
    normal[depth == 0] = 0
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), np.float32(1e-6))
    part, marks = (_picture(bundle, f"{name}/{member}.png") for member in ("part", "marks"))
    pictures = (member for member in bundle.namelist() if member.startswith(f"{name}/") and member.endswith(".avif"))
    light = {Path(member).stem: decoded(_picture(bundle, member)) for member in pictures}
    return Seen(light, np.multiply(depth, DEPTH_STEP_MM, dtype=np.float32), part, marks, normal)


def _picture(bundle: zipfile.ZipFile, member: str) -> NDArray[Any]:
    picture = cv2.imdecode(np.frombuffer(bundle.read(member), np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError(f"{member} is no picture")
    return picture
