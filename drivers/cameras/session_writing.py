"""Writes what drivers.cameras.recorded plays: pictures, and a session.yaml that grows capture by capture."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from drivers.cameras.session import FILE
from drivers.frames import CameraInfo, Frame, Intrinsics, Transform


class CannotRecord(Exception):
    """There is no recording these cameras, or into this folder; the message says why and what to do."""


def begin(folder: Path, cameras: Mapping[str, CameraInfo]) -> None:
    """Make `folder` a session without captures. Raises CannotRecord for a camera that has no colour, and for a folder
    that has something in it; OSError."""
    for name, info in cameras.items():
        if info.colour is None:
            raise CannotRecord(f"{name}: has no colour picture, and a session records none without; leave it out")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotRecord(f"{folder}: is there and not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    head = {"format": 1, "cameras": {name: _camera(info) for name, info in cameras.items()}}
    _write_through(folder / FILE, f"{_yaml(head)}captures:\n".encode(), "xb")


def append(folder: Path, name: str, frames: Sequence[Frame], recorded_at: datetime) -> None:
    """Add one capture, a frame of every camera. Its pictures are on the disk before session.yaml names them, so that
    the session can be played however the recording ends. Raises OSError, ValueError."""
    places = folder / name
    places.mkdir()
    files = {frame.camera: _pictures(frame) for frame in frames}
    for camera, pictures in files.items():
        for kind, content in pictures.items():
            _write_through(places / f"{camera}.{kind}.png", content, "wb")
    capture = {
        "name": name,
        "frames": {
            camera: {
                **{kind: f"{name}/{camera}.{kind}.png" for kind in pictures},
                "recorded_at": f"{recorded_at:%FT%TZ}",
            }
            for camera, pictures in files.items()
        },
    }
    _write_through(folder / FILE, f"- {_yaml(capture, flow=True)}".encode(), "ab")


def _camera(info: CameraInfo) -> dict[str, Any]:
    assert info.colour is not None
    said = {"model": info.model, "serial": info.serial, "simulated": info.simulated, **_eye(info.colour)}
    if info.depth is None:
        return said
    said["depth_unit_mm"] = float(info.depth_unit)
    if info.depth == info.colour and info.depth_to_colour == Transform():
        return {**said, "depth_aligned_to_colour": True}
    way = info.depth_to_colour
    to_colour = {"rotation": list(way.rotation), "translation_mm": list(way.translation_mm)}
    return {**said, "depth": {**_eye(info.depth), "to_colour": to_colour}}


def _eye(eye: Intrinsics) -> dict[str, Any]:
    pinhole = {"fx_px": eye.fx_px, "fy_px": eye.fy_px, "cx_px": eye.cx_px, "cy_px": eye.cy_px}
    return {"size_px": [eye.width_px, eye.height_px], "intrinsics": pinhole, "distortion": list(eye.distortion)}


def _pictures(frame: Frame) -> dict[str, bytes]:
    pictures = {"colour": frame.colour, "depth": frame.depth}
    return {kind: _png(picture) for kind, picture in pictures.items() if picture is not None}


def _png(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    encoded, content = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not encoded:
        raise ValueError(f"a picture of shape {picture.shape} cannot be encoded as PNG; look at the camera's driver")
    return content.tobytes()


def _yaml(tree: dict[str, Any], flow: bool = False) -> str:
    return yaml.safe_dump(tree, sort_keys=False, default_flow_style=True if flow else None, width=1 << 20)


def _write_through(path: Path, content: bytes, mode: str) -> None:
    with path.open(mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
