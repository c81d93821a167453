"""Reads the folder layout of anomalib and MVTec AD: pictures of one product, good ones and ones with a name for what is
wrong.

    train/good/*            pristine, for a gallery or for training
    test/good/*             pristine
    test/NAME/*             damaged; NAME is the type
    ground_truth/NAME/*     a mask for a picture of that stem, or STEM_mask: not 0 where the damage is; optional
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation import pictures
from booth.evaluation.framing import Framing
from booth.evaluation.truth import Damage, DatasetUnreadable, Truth
from booth.geometry.views import View
from drivers.frames import Colour

CAMERA = "picture"
GOOD = "good"
REPLACE = "replace it or take it out"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, one tray: colour alone, and no scale."""

    path: Path
    truth: Truth
    mask: Path | None = None

    def views(self, framing: Framing) -> tuple[View, ...]:
        """The picture as it is: how it is brought to the pack's pixels is the pack's own affair. Raises
        DatasetUnreadable."""
        return (flat(pictures.colour(self.path, REPLACE)),)

    def masks(self, framing: Framing) -> Mapping[str, NDArray[np.bool_]]:
        """Raises DatasetUnreadable. Of a pristine picture: nowhere."""
        if self.mask is not None:
            return {CAMERA: pictures.single(self.mask, REPLACE) > 0}
        if self.truth.damaged:
            return {}
        height, width = pictures.colour(self.path, REPLACE).shape[:2]
        return {CAMERA: np.zeros((height, width), np.bool_)}

    def files(self) -> tuple[Path, ...]:
        return (self.path,)


def flat(colour: Colour) -> View:
    """A view of which nothing but its colour is known."""
    shape = colour.shape[:2]
    return View(CAMERA, colour, np.full(shape, np.nan, np.float32), np.zeros(shape, np.bool_))


def is_folder(folder: Path) -> bool:
    return (folder / "test").is_dir() or (folder / "train").is_dir()


def read(folder: Path) -> tuple[list[Picture], list[Picture]]:
    """Those of the test, and those for training. Raises DatasetUnreadable where there is nothing to be measured."""
    test, kinds = folder / "test", sorted(path.name for path in (folder / "test").glob("[!.]*") if path.is_dir())
    found = [_one(folder, "test", kind, path) for kind in kinds for path in pictures.listed(test / kind)]
    known = [_one(folder, "train", GOOD, path) for path in pictures.listed(folder / "train" / GOOD)]
    if not any(not picture.truth.damaged for picture in found):
        raise DatasetUnreadable(
            f"{test / GOOD}: no pristine picture is there, so no false alarm could be counted; put some there"
        )
    if not any(picture.truth.damaged for picture in found):
        raise DatasetUnreadable(
            f"{test}: no damaged picture is there; put some into {test / 'NAME'}, NAME for the type"
        )
    return found, known


def _one(folder: Path, split: str, kind: str, path: Path) -> Picture:
    damages = () if kind == GOOD else (Damage(kind),)
    truth = Truth(f"{split}/{kind}/{path.name}", split=split, damages=damages)
    return Picture(path, truth, _mask(folder / "ground_truth" / kind, path.stem))


def _mask(folder: Path, stem: str) -> Path | None:
    named = {path.stem: path for path in pictures.listed(folder)}
    return named.get(f"{stem}_mask", named.get(stem))


def readable(trays: list[Picture]) -> None:
    """Look at the first bytes of every picture before hours of scoring. Raises DatasetUnreadable for the first that is
    no picture at all; one that is cut short is found when it is scored."""
    for tray in trays:
        if not cv2.haveImageReader(str(tray.path)):
            raise DatasetUnreadable(f"{tray.path}: it is not a picture; {REPLACE}")
