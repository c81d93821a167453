"""Reads the folders that `booth simulate dataset` makes: captures to views and their truth.

The format stands in docs/how-to/make-a-data-set.md. A folder that is still being made reads as what is there so far: a
capture is there whole or not at all.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation.framing import Framing
from booth.evaluation.pictures import colour, single
from booth.evaluation.truth import Damage, DatasetUnreadable, Truth
from booth.geometry.plane import Plane
from booth.geometry.region import whole
from booth.geometry.views import CameraGeometry, Side, View, colour_of, view_of
from booth.scoring.fitting import framed
from drivers.frames import Colour, Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres

Split = Literal["train", "val", "test"]
FORMAT = "booth.dataset/1"
SIDES: tuple[Side, ...] = get_args(Side)
DECOYED = 7
"""The bit of the marks of what only looks like damage."""
MARKED_FROM = 0.25
"""Share of what a view's pixel covers that has to be marked. A line of one pixel stays whole at half its size."""

AGAIN = "delete its folder and run booth simulate dataset again"

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Marks:
    """(H, W) on a view's pixels. `damage`: a mask for each type that the tray has; `decoy`: what only looks like it."""

    damage: Mapping[str, Mask]
    decoy: Mask


@dataclass(frozen=True)
class SimulatedCapture:
    """One folder under captures/. `about` is its capture.json; the pictures are read when they are asked for."""

    folder: Path
    about: Mapping[str, Any]

    @cached_property
    def truth(self) -> Truth:
        """Raises DatasetUnreadable."""
        with _named(self.folder):
            return _truth(self.about)

    @cached_property
    def geometries(self) -> Mapping[str, CameraGeometry]:
        """For each camera, of the whole picture that it reads out. Raises DatasetUnreadable."""
        with _named(self.folder):
            return {name: _geometry(name, camera) for name, camera in self.about["cameras"].items()}

    def views(self, framing: Framing) -> tuple[View, ...]:
        """One of each camera, as a booth would see the tray: `colour` under the first lamp that stands at no side,
        `lit` under those that do. Raises DatasetUnreadable."""
        return tuple(self._view(geometry, framing) for geometry in self.geometries.values())

    def marks(self, framing: Framing) -> Mapping[str, Marks]:
        """For each camera, on the pixels of its view. Raises DatasetUnreadable."""
        return {name: self._marks(geometry, framing) for name, geometry in self.geometries.items()}

    def masks(self, framing: Framing) -> Mapping[str, Mask]:
        """Where any damage is. Raises DatasetUnreadable."""
        return {name: _any(marks) for name, marks in self.marks(framing).items()}

    def files(self) -> tuple[Path, ...]:
        return tuple(sorted(self.folder.glob("*.png")))

    def parts(self, framing: Framing) -> Mapping[str, NDArray[np.uint8]]:
        """For each camera, (H, W) on the pixels of its view: 0 booth (and beyond the picture), 1 tray, 2 and on the
        items. Raises DatasetUnreadable."""
        return {name: self._parts(geometry, framing) for name, geometry in self.geometries.items()}

    def _view(self, geometry: CameraGeometry, framing: Framing) -> View:
        scaled = framing.seen(geometry)
        shots = list(self.about["shots"])
        main = next((shot for shot in shots if shot not in SIDES), shots[0])
        pictures = {shot: self._colour(geometry.camera, shot) for shot in {main, *(s for s in shots if s in SIDES)}}
        depth = single(self.folder / f"{geometry.camera}.depth.png", AGAIN)
        view = view_of(_frame(geometry, pictures[main], depth.astype(np.uint16, copy=False)), scaled)
        lit = {side: colour_of(_frame(geometry, pictures[side]), scaled) for side in SIDES if side in pictures}
        return framing.of(replace(view, lit=lit))

    def _colour(self, camera: str, shot: str) -> Colour:
        return colour(self.folder / f"{camera}.{shot}.png", AGAIN)

    def _parts(self, geometry: CameraGeometry, framing: Framing) -> NDArray[np.uint8]:
        seen = framing.seen(geometry)
        parts = seen.region.of(single(self.folder / f"{geometry.camera}.part.png", AGAIN))
        scaled = cv2.resize(parts, seen.wanted_px, interpolation=cv2.INTER_NEAREST_EXACT)
        return framed(scaled.astype(np.uint8, copy=False), framing.size_px or seen.wanted_px, 0)

    def _marks(self, geometry: CameraGeometry, framing: Framing) -> Marks:
        seen = framing.seen(geometry)
        marks = seen.region.of(single(self.folder / f"{geometry.camera}.marks.png", AGAIN))

        def shown(bits: int) -> Mask:
            marked = ((marks & bits) > 0).astype(np.float32)
            covered = cv2.resize(marked, seen.wanted_px, interpolation=cv2.INTER_AREA)
            return framed(covered >= MARKED_FROM, framing.size_px or seen.wanted_px, False)

        bits: dict[str, int] = {}
        for damage in self.about["damages"]:
            bits[damage["type"]] = bits.get(damage["type"], 0) | 1 << damage["bit"]
        return Marks({type_: shown(mask) for type_, mask in bits.items()}, shown(1 << DECOYED))


def _any(marks: Marks) -> Mask:
    return np.logical_or.reduce(list(marks.damage.values())) if marks.damage else np.zeros_like(marks.decoy)


def is_simulated(folder: Path) -> bool:
    """Whether `booth simulate dataset` began this folder."""
    return (folder / "dataset.json").is_file()


def captures(folder: Path, split: Split | None = None) -> Iterator[SimulatedCapture]:
    """Those of the data set `folder`, or of one part of it, by name. Raises DatasetUnreadable."""
    if _json(folder / "dataset.json").get("format") != FORMAT:
        raise DatasetUnreadable(f"{folder / 'dataset.json'}: it is not of {FORMAT}; make the data set again")
    found = sorted((folder / "captures").glob("[!.]*/capture.json"))
    if not found:
        raise DatasetUnreadable(f"{folder / 'captures'}: no capture is in it; run booth simulate dataset {folder}")
    for path in found:
        capture = SimulatedCapture(path.parent, _json(path))
        if split is None or capture.truth.split == split:
            yield capture


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """What is missing in its capture.json becomes DatasetUnreadable."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        says = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise DatasetUnreadable(
            f"{folder / 'capture.json'}: it is not of {FORMAT} ({says}); delete {folder} and run booth simulate "
            "dataset again"
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise DatasetUnreadable(
            f"{path}: it cannot be read ({why}); give a folder that booth simulate dataset made"
        ) from error
    if not isinstance(found, dict):
        raise DatasetUnreadable(f"{path}: it is not of {FORMAT}; give a folder that booth simulate dataset made")
    return found


def _truth(about: Mapping[str, Any]) -> Truth:
    cameras = list(about["cameras"])
    damages = tuple(
        Damage(one["type"], one["severity"], {name: about["visible_px"][name][place] for name in cameras})
        for place, one in enumerate(about["damages"])
    )
    decoys = {name for item in about["items"] for name in item["decoys"]} | set(about["decoys"])
    return Truth(
        about["name"],
        simulated=True,
        split=about["split"],
        products=tuple(item["product"] for item in about["items"]),
        family=about["family"],
        arrangement=about["arrangement"],
        damages=damages,
        decoys=tuple(sorted(decoys)),
        reference=about["name"].startswith("reference-"),
    )


def _geometry(name: str, camera: Mapping[str, Any]) -> CameraGeometry:
    lens, eye = _lens(camera["colour"]), _lens(camera["depth"])
    moved = camera["depth_to_colour"]
    x, y, z = moved["translation_mm"]
    to_colour = Transform(tuple(moved["rotation"]), (x, y, z))
    unit = Millimetres(camera["depth_unit_mm"])
    return CameraGeometry(name, lens, eye, to_colour, unit, _floor(camera["colour_to_tray"]), whole(lens))


def _lens(about: Mapping[str, Any]) -> Intrinsics:
    return Intrinsics(**{**about, "distortion": cast(Any, tuple(about["distortion"]))})


def _floor(colour_to_tray: object) -> Plane:
    """The tray's floor, z = 0 of the tray's frame, in the camera's: a point p of the camera's is at z = r . p + t, with
    r the third row of the pose's rotation and t the last of its translation. z rises towards the camera, and so does
    r."""
    *normal, height = np.array(colour_to_tray, np.float64)[2]
    x, y, z = (float(part) for part in normal)
    return Plane((x, y, z), Millimetres(-float(height)))


def _frame(geometry: CameraGeometry, picture: Colour, depth: RawDepth | None = None) -> Frame:
    nothing = Duration(0)
    return Frame(geometry.camera, 0, Instant(0), nothing, nothing, nothing, picture, depth, geometry.depth_unit)
