"""The frozen backbone's maps of every variant of every sample, kept as float16: no epoch runs it again."""

import os
import tempfile
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from backbone import CHANNELS, STRIDES, Backbone
from numpy.typing import NDArray
from onnx_export import export
from prints import NO_PRINTS, Prints
from samples import SIZE_PX, Sample
from variants import WHOLE, Window, variant

SHAPES = tuple(
    (channels, SIZE_PX[0] // stride, SIZE_PX[1] // stride) for channels, stride in zip(CHANNELS, STRIDES, strict=True)
)
LENGTHS = tuple(int(np.prod(shape)) for shape in SHAPES)
LENGTH = sum(LENGTHS)
Maps = tuple[NDArray[np.float16], ...]
"""One (C, h, w) per stride."""


def file_of(sample: Sample, number: int) -> Path:
    return sample.pixels.with_suffix(f".{number}.maps")


def read(sample: Sample, number: int, window: Window = WHOLE) -> Maps:
    """Of the window alone: its corner and its sides are multiples of the largest stride."""
    flat = np.fromfile(file_of(sample, number), np.float16)
    parts = np.split(flat, np.cumsum(LENGTHS)[:-1])
    whole = (part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True))
    return tuple(window.over(stride).of(maps) for maps, stride in zip(whole, STRIDES, strict=True))


def extract(samples: Sequence[Sample], numbers: Sequence[int], workers: int, prints: Prints = NO_PRINTS) -> None:
    """Write the maps that are not there yet. May be stopped at any time and called again."""
    missing = [(sample, number) for sample in samples for number in numbers if not file_of(sample, number).exists()]
    if not missing:
        return
    with Pool(workers, _open, (_graph(), prints)) as pool:
        for done, _ in enumerate(pool.imap_unordered(_extract, missing, chunksize=16), 1):
            if done % 1000 == 0 or done == len(missing):
                print(f"maps of {done} of {len(missing)} pictures", flush=True)


_open_in_this_process: list[tuple[onnxruntime.InferenceSession, Prints]] = []
"""One, once a worker is at work."""


def _open(graph: bytes, prints: Prints) -> None:
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    _open_in_this_process[:] = [(session, prints)]


def _extract(wanted: tuple[Sample, int]) -> None:
    sample, number = wanted
    session, prints = _open_in_this_process[0]
    picture = np.ascontiguousarray(variant(sample.read(), sample.name, number, prints=prints)["colour"])
    _write(file_of(sample, number), session.run(["s8", "s16", "s32"], {"picture": picture[None]}))


def _write(path: Path, maps: Sequence[NDArray[np.float32]]) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    np.concatenate([one.reshape(-1) for one in maps]).astype(np.float16).tofile(part)
    part.rename(path)


def _graph() -> bytes:
    """For ONNX Runtime, which takes a third of the time of torch for this network."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backbone.onnx"
        export(Backbone(SIZE_PX), {"picture": "uint8"}, ["s8", "s16", "s32", "embedding"], path)
        return path.read_bytes()
