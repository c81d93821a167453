"""What is there: a height field in tray coordinates, and the grid that carries it.

Tray frame: origin in the middle of the tray's floor, x along the belt's travel, y to the left of travel, z up,
millimetres. Row 0 of the grid is the largest y, so that the grid shown as a picture is the view from above.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes.scene.charuco import BoardPose

Plane = NDArray[np.float32]
"""(H, W) float32 over the grid."""
Ink = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, sRGB-coded."""
Mask = NDArray[np.bool_]
Labels = NDArray[np.uint8]

TRAY_LENGTH_MM = 400
TRAY_WIDTH_MM = 300
MARGIN_MM = 60
BELT_MM = -4.0
"""The belt's surface below the tray's floor."""
COLUMNS = TRAY_LENGTH_MM + 2 * MARGIN_MM + 1
ROWS = TRAY_WIDTH_MM + 2 * MARGIN_MM + 1
CENTRE_COLUMN = (COLUMNS - 1) / 2
CENTRE_ROW = (ROWS - 1) / 2


class Label(IntEnum):
    """What a cell of the grid shows: undamaged, or one type of damage."""

    OK = 0
    CRUSH = 1
    DENT = 2
    TEAR = 3
    HOLE = 4
    SPILLAGE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A tray with its item, one grid cell per square millimetre, arrays (ROWS, COLUMNS), not to be written to.

    `height_mm` float32 above the tray's floor; `albedo` uint8 BGR, sRGB-coded; `gloss` float32 in 0..1, from matt
    to wet; `label` uint8 of `Label`; `truth` for reports and tests: product, family, damaged, damages
    [{type, severity}], printed, seed. `board` is a calibration board held above the tray. Two scenes are
    equal only if they are the same object, so that a scene can key a cache.
    """

    height_mm: Plane
    albedo: Ink
    gloss: Plane
    label: Labels
    truth: dict[str, Any] = field(default_factory=dict)
    board: BoardPose | None = None
