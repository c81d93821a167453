"""Pictures of the simulated booth, for who may not import it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fakes.dataset import DatasetPlan

Picture = NDArray[np.uint8]
Progress = Callable[[int, int], None]
"""Is told how many there are, and how many there will be."""


class RenderUnfit(ValueError):
    """What was asked for cannot be shown; the message says what can be."""


def contact_sheet(
    what: str, scenes: int, seed: int, families: list[str] | None, twins: bool, view: str, progress: Progress
) -> Picture:
    """`what` is "lot", "every" or "shipped". Raises RenderUnfit, NoGraphics."""
    from fakes.sheets import showing
    from fakes.sheets.sheet import contact_sheet as laid_out

    total = {"lot": scenes, "every": len(showing.every(seed)) if what == "every" else 0, "shipped": 0}[what]
    try:
        if what == "shipped":
            rows = showing.shipped_ones()
        elif what == "every":
            rows = showing.one_of_each(seed, view, lambda done: progress(done, total))
        else:
            rows = showing.by_lot(seed, scenes, view, lambda done: progress(done, total), families, twins)
        return laid_out(rows)
    except KeyError as error:
        raise RenderUnfit(str(error.args[0])) from error


def save(path: Path, picture: Picture) -> None:
    """As PNG. Raises OSError."""
    _, content = cv2.imencode(".png", picture)
    path.write_bytes(content.tobytes())


def dataset_plan(
    captures: int, seed: int, views: list[str] | None, lights: list[str] | None, **chosen: Any
) -> "DatasetPlan":
    """`chosen`: the other fields of a DatasetPlan. Raises DatasetUnfit."""
    from fakes.dataset import DatasetPlan

    given: dict[str, Any] = {"views": tuple(views or ()), "shots": tuple(lights or ())}
    given = {key: value for key, value in given.items() if value}
    return DatasetPlan(captures, seed, **given, **chosen)


def make_dataset(plan: "DatasetPlan", folder: Path, processes: int, progress: Progress) -> dict[str, Any]:
    """Its manifest. Raises DatasetUnfit, NoGraphics, OSError."""
    from fakes.dataset import make

    return make(plan, folder, processes, progress)
