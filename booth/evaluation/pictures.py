"""Reads picture files into arrays, and says which one could not be read."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation.truth import DatasetUnreadable
from drivers.frames import Colour

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def colour(path: Path, do: str) -> Colour:
    """8 bit BGR, whatever the file has. Raises DatasetUnreadable, with what to `do`."""
    return read(path, cv2.IMREAD_COLOR, do).astype(np.uint8, copy=False)


def single(path: Path, do: str) -> NDArray[Any]:
    """(H, W), as many bits as the file has. Raises DatasetUnreadable."""
    found = read(path, cv2.IMREAD_UNCHANGED, do)
    return found if found.ndim == 2 else found[..., 0]


def read(path: Path, how: int, do: str) -> NDArray[Any]:
    """As `cv2.imread`. Raises DatasetUnreadable."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DatasetUnreadable(f"{path}: it cannot be read ({error.strerror}); {do}") from error
    picture = cv2.imdecode(content, how) if content.size else None
    if picture is None:
        raise DatasetUnreadable(f"{path}: it is not a picture; {do}")
    return picture


def listed(folder: Path) -> list[Path]:
    """The pictures in a folder, by name, not those below it. Empty for one that is not there."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.name[0] != ".")
