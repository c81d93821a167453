"""ONNX files of a few hundred bytes, written field by field after onnx.proto3, and packs around them.

The network: embedding = mean colour (N, 3); score = gain * mean of all values + offset (N,).
"""

import hashlib
import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from booth.geometry.views import View
from booth.scoring.packs.pack import MANIFEST

FLOAT, UINT8 = 1, 2  # TensorProto.DataType
INTS = 7  # AttributeProto.AttributeType
INT = 2
SIZE_PX = (4, 6)
APPEARANCE: dict[str, Any] = {
    "model": "model.onnx",
    "inputs": {"colour": "picture"},
    "outputs": {"score": "score", "embedding": "embedding"},
}


def _varint(value: int) -> bytes:
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _value(name: str, element: int, shape: tuple[int | str, ...]) -> bytes:
    axes = (_number(1, axis) if isinstance(axis, int) else _bytes(2, axis) for axis in shape)
    tensor = _number(1, element) + _bytes(2, b"".join(_bytes(1, axis) for axis in axes))
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def _node(kind: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    return b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(4, kind) + attributes


def _mean(source: str, output: str, axes: tuple[int, ...]) -> bytes:
    listed = _bytes(1, "axes") + b"".join(_number(8, axis) for axis in axes) + _number(20, INTS)
    dropped = _bytes(1, "keepdims") + _number(3, 0) + _number(20, INT)
    return _node("ReduceMean", [source], output, _bytes(5, listed) + _bytes(5, dropped))


def _scalar(name: str, value: float) -> bytes:
    return _number(2, FLOAT) + _bytes(8, name) + _bytes(9, struct.pack("<f", value))


def model(
    gain: float = 1 / 255,
    offset: float = 0.0,
    element: int = UINT8,
    size_px: tuple[int, int] = SIZE_PX,
    name: str = "picture",
    beside: str = "",
    axis: int = 1,
) -> bytes:
    """A whole ONNX file, opset 17. `beside`: another input of the same kind, which changes nothing. `axis`: of the
    embedding, over which the score is the mean; 0 is wrong: the views."""
    to_float = _bytes(5, _bytes(1, "to") + _number(3, FLOAT) + _number(20, INT))
    nodes = (
        _node("Cast", [name], "values", to_float),
        _mean("values", "embedding", (1, 2)),
        _mean("embedding", "level", (axis,)),
        _node("Mul", ["level", "gain"], "scaled"),
        _node("Add", ["scaled", "offset"], "score"),
    )
    graph = (
        b"".join(_bytes(1, node) for node in nodes)
        + _bytes(2, "tiny")
        + _bytes(5, _scalar("gain", gain))
        + _bytes(5, _scalar("offset", offset))
        + b"".join(_bytes(11, _value(each, element, ("n", *size_px, 3))) for each in (name, beside) if each)
        + _bytes(12, _value("score", FLOAT, ("n",)))
        + _bytes(12, _value("embedding", FLOAT, ("n", 3)))
    )
    return _number(1, 8) + _bytes(8, _number(2, 17)) + _bytes(7, graph)


def model_of_four() -> bytes:
    """score: the mean over colour / 255, left / 255, right / 255 and height / 100, each its mean."""
    to_float = _bytes(5, _bytes(1, "to") + _number(3, FLOAT) + _number(20, INT))
    nodes, pictures = [], ("colour", "left", "right")
    for name in pictures:
        nodes += [_node("Cast", [name], f"{name}-f", to_float), _mean(f"{name}-f", f"{name}-m", (1, 2, 3))]
    nodes.append(_mean("height", "height-m", (1, 2)))
    for name in (*pictures, "height"):
        nodes.append(_node("Mul", [f"{name}-m", "cm" if name == "height" else "code"], f"{name}-s"))
    nodes.append(_node("Sum", [f"{name}-s" for name in (*pictures, "height")], "score"))
    graph = b"".join(_bytes(1, node) for node in nodes) + _bytes(2, "four")
    graph += _bytes(5, _scalar("code", 0.25 / 255)) + _bytes(5, _scalar("cm", 0.25 / 100))
    graph += b"".join(_bytes(11, _value(name, UINT8, ("n", *SIZE_PX, 3))) for name in pictures)
    graph += _bytes(11, _value("height", FLOAT, ("n", *SIZE_PX))) + _bytes(12, _value("score", FLOAT, ("n",)))
    return _number(1, 8) + _bytes(8, _number(2, 17)) + _bytes(7, graph)


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def write_four(folder: Path, shares: Mapping[str, float] = MappingProxyType({}), height: bytes | None = None) -> Path:
    """A pack whose golden has every input half full, or as `shares` has it by the file's name, or `height` whole."""
    folder.mkdir()
    files = {"model.onnx": model_of_four(), "card.md": b"A pack for tests.\n"}
    for name in ("golden.png", "golden-left.png", "golden-right.png"):
        files[name] = png(round(255 * shares.get(name, 0.5)))
    full = np.full(SIZE_PX, 100 * shares.get("golden.npz", 0.5), np.float32)
    files["golden.npz"] = npz(height=full) if height is None else height
    inputs = {"colour": "golden.png", "left": "golden-left.png", "right": "golden-right.png", "height": "golden.npz"}
    expected = {"score": {"starts_with": [0.5], "tolerance": 0.01}}
    appearance = {"model": "model.onnx", "inputs": {name: name for name in inputs}, "outputs": {"score": "score"}}
    return _written(
        folder,
        files,
        lanes={"appearance": appearance},
        golden={"inputs": inputs, "outputs": expected, "tolerance_reason": "for tests"},
    )


def golden() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(4, 6, 3) uint8 whose mean is 100."""
    return np.full((*SIZE_PX, 3), 100, np.uint8)


def png(level: int) -> bytes:
    return cv2.imencode(".png", np.full((*SIZE_PX, 3), level, np.uint8))[1].tobytes()


def view(camera: str, level: int, shape: tuple[int, ...] = (*SIZE_PX, 3)) -> View:
    """All of one grey, without depth."""
    colour = np.full(shape, level, np.uint8)
    return View(camera, colour, np.full(shape[:2], np.nan, np.float32), np.zeros(shape[:2], np.bool_))


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest that holds for `write`; `changes` replace whole top-level keys."""
    text = "for tests"
    return {
        "schema": "booth.pack/2",
        "name": "tiny",
        "version": "1",
        "files": {},
        "card": "card.md",
        "view": {"size_px": list(SIZE_PX), "mm_per_px": None},
        "damage_types": ["tear"],
        "lanes": {"appearance": APPEARANCE},
        "licences": {"weights": text, "weights_wheel_field": "UNKNOWN", "code": text, "data": text},
        "origin": text,
        "training": {"command": text, "seeds": {}},
        "golden": {
            "inputs": {"colour": "golden.png"},
            "outputs": {"score": {"starts_with": [100 / 255], "tolerance": 1e-4}},
            "tolerance_reason": text,
        },
        "metrics": {},
    } | changes


def write(folder: Path, onnx: bytes | None = None, picture: bytes | None = None, **changes: Any) -> Path:
    """A pack in `folder` whose hashes are right, whatever is in it."""
    folder.mkdir()
    files = {
        "model.onnx": model() if onnx is None else onnx,
        "golden.png": cv2.imencode(".png", golden())[1].tobytes() if picture is None else picture,
        "card.md": b"A pack for tests.\n",
    }
    return _written(folder, files, **changes)


def _written(folder: Path, content: dict[str, bytes], **changes: Any) -> Path:
    for name, each in content.items():
        (folder / name).write_bytes(each)
    hashes = {name: hashlib.sha256(each).hexdigest() for name, each in content.items()}
    (folder / MANIFEST).write_text(json.dumps(manifest(**{"files": hashes} | changes)))
    return folder
