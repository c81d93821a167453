"""Captures of a rendered data set as arrays on the pack's pixels, decoded once and kept under build/training."""

import os
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from booth.evaluation.framing import Framing
from booth.evaluation.simulated import SimulatedCapture, Split, captures
from booth.evaluation.truth import Truth
from fakes.props.harm import SEVERITIES, TYPES

TYPE_NAMES = tuple(TYPES)
SEVERITY_NAMES = tuple(SEVERITIES)
SIZE_PX = (320, 416)
"""Height and width of what the network sees, as the manifest's `view` says."""
MM_PER_PX = 1.1
HEAT_PX = 8
"""Side of the square of the view that one cell of the heat stands for."""
FRAMING = Framing(MM_PER_PX, (SIZE_PX[1], SIZE_PX[0]))

Kit = Literal["all", "no-lit", "no-height", "colour"]
"""What a booth has got: colour always."""
KITS: tuple[Kit, ...] = get_args(Kit)

PIXEL = np.dtype(
    [
        ("colour", np.uint8, 3),
        ("left", np.uint8, 3),
        ("right", np.uint8, 3),
        ("height", np.float16),  # mm; its step is 0.25 mm at 300 mm, a sixth of the sensor's noise
        ("marks", np.uint8),  # bit n: TYPE_NAMES[n]
        ("major", np.uint8),  # the same, of major damage alone
        ("decoy", np.bool_),
    ]
)
Pixels = NDArray[np.void]
"""(H, W) of PIXEL."""

SEEN_FROM_PX = 8
"""Of the view's own pixels: a damage that shows fewer is not asked for, nor denied."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One capture: where its pixels lie, and what is known of it."""

    name: str
    pixels: Path
    truth: Truth

    def read(self) -> Pixels:
        found: Pixels = np.load(self.pixels)
        return found


def prepared(dataset: Path, split: Split, kept: Path, workers: int) -> list[Sample]:
    """Every capture of that part but the gallery's references, sorted by name; decodes what `kept` lacks. May be
    stopped at any time and called again."""
    kept.mkdir(parents=True, exist_ok=True)
    found = [one for one in captures(dataset, split) if not one.truth.reference]
    missing = [(one, kept) for one in found if not _file(one, kept).exists()]
    with Pool(workers) as pool:
        for done, _ in enumerate(pool.imap_unordered(_decode, missing, chunksize=8), 1):
            if done % 200 == 0 or done == len(missing):
                print(f"{split}: decoded {done} of {len(missing)}", flush=True)
    return [Sample(one.truth.name, _file(one, kept), one.truth) for one in found]


def _file(capture: SimulatedCapture, kept: Path) -> Path:
    return kept / f"{capture.truth.name}.npy"


def _decode(job: tuple[SimulatedCapture, Path]) -> None:
    capture, kept = job
    path = _file(capture, kept)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.save(file, pixels_of(capture))
    part.rename(path)


def pixels_of(capture: SimulatedCapture) -> Pixels:
    """The first camera's view and marks."""
    view = capture.views(FRAMING)[0]
    marks = capture.marks(FRAMING)[view.camera]
    pixels = np.zeros(SIZE_PX, PIXEL)
    pixels["colour"], pixels["height"] = view.colour, view.height_mm
    for side in ("left", "right"):
        if side in view.lit:
            pixels[side] = view.lit[side]
    majors = {damage.type for damage in capture.truth.damages if damage.severity == "major"}
    for name, mask in marks.damage.items():
        bit = np.uint8(1 << TYPE_NAMES.index(name))
        pixels["marks"][mask] |= bit
        if name in majors:
            pixels["major"][mask] |= bit
    pixels["decoy"] = marks.decoy
    return pixels
