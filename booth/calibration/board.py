"""The ChArUco board, and where its corners are in a picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour

DICTIONARY = "DICT_5X5_100"

FEWEST_CORNERS = 12
"""With fewer a view says too little about the lens to be worth its pose."""


@dataclass(frozen=True, slots=True)
class Board:
    """A printed ChArUco board: squares across and down, and what was measured on the print, in mm."""

    columns: int = 11
    rows: int = 8
    square_mm: float = 30.0
    marker_mm: float = 22.0

    def charuco(self) -> cv2.aruco.CharucoBoard:
        """Raises ValueError for a board that cannot be."""
        if min(self.columns, self.rows) < 3 or not 0 < self.marker_mm < self.square_mm:
            raise ValueError(
                f"a board of {self.columns}x{self.rows} squares of {self.square_mm:g} mm with markers of "
                f"{self.marker_mm:g} mm cannot be; markers are smaller than squares, and there are 3 squares or more"
            )
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, DICTIONARY))
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_mm, self.marker_mm, dictionary)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The corners seen in one picture: on the board (N, 3) mm with z = 0, in the picture (N, 2) px; float32."""

    picture: int
    on_board: NDArray[np.float32]
    in_picture: NDArray[np.float32]


def sightings(pictures: list[Colour], board: Board) -> list[Sighting]:
    """Where the board was seen, picture by picture; pictures with too few corners are left out."""
    charuco = board.charuco()
    detector = cv2.aruco.CharucoDetector(charuco)
    seen = (_sighting(number, picture, charuco, detector) for number, picture in enumerate(pictures))
    return [sighting for sighting in seen if sighting is not None]


def _sighting(
    number: int, picture: Colour, charuco: cv2.aruco.CharucoBoard, detector: cv2.aruco.CharucoDetector
) -> Sighting | None:
    corners, ids, _, _ = detector.detectBoard(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    if np.size(ids) < FEWEST_CORNERS:  # None, of size 1, where no board is seen
        return None
    on_board, in_picture = charuco.matchImagePoints(corners, ids)  # type: ignore[call-overload]  # the stub knows marker corners only
    return Sighting(
        number,
        np.asarray(on_board, np.float32).reshape(-1, 3),
        np.asarray(in_picture, np.float32).reshape(-1, 2),
    )
