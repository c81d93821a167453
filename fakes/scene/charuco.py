"""The calibration board of the simulated booth, and where it is held."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.streams import stream

SQUARES_X = 11
SQUARES_Y = 8
SQUARE_MM = 30.0
MARKER_MM = 22.0
DICTIONARY = "DICT_5X5_100"
BORDER_MM = 10.0
"""White rim around the pattern."""
INK_PX_PER_MM = 3


@dataclass(frozen=True, slots=True)
class BoardPose:
    """Board to tray, a 4x4 row-major matrix in mm.

    The board's frame is that of OpenCV's ChArUco board: origin at the pattern's upper left corner, x to the right,
    y down, z away from the viewer.
    """

    to_tray: tuple[tuple[float, ...], ...]

    def matrix(self) -> NDArray[np.float64]:
        return np.array(self.to_tray, dtype=np.float64)


def described() -> cv2.aruco.CharucoBoard:
    """The board as OpenCV describes it, lengths in mm."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, DICTIONARY))
    return cv2.aruco.CharucoBoard((SQUARES_X, SQUARES_Y), SQUARE_MM, MARKER_MM, dictionary)


def inner_corners_mm() -> NDArray[np.float64]:
    """The inner corners in the board's frame, (N, 3) mm, in the order of their ChArUco ids."""
    return np.asarray(described().getChessboardCorners(), dtype=np.float64)


def ink() -> NDArray[np.uint8]:
    """The print with its rim, uint8 grey, INK_PX_PER_MM px per mm."""
    size = (round(SQUARES_X * SQUARE_MM * INK_PX_PER_MM), round(SQUARES_Y * SQUARE_MM * INK_PX_PER_MM))
    pattern = np.asarray(described().generateImage(size, marginSize=0, borderBits=1), dtype=np.uint8)
    rim = round(BORDER_MM * INK_PX_PER_MM)
    return np.asarray(cv2.copyMakeBorder(pattern, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=255.0), dtype=np.uint8)


def held(seed: int) -> BoardPose:
    """The board held above the tray, facing up: tilted up to 32 degrees, turned, 90 to 200 mm high, off centre."""
    rng = stream(seed, "board")
    tilt = np.radians(rng.uniform(4, 32))
    towards = rng.uniform(0, 2 * np.pi)
    tilting, _ = cv2.Rodrigues(np.array([np.cos(towards), np.sin(towards), 0.0]) * tilt)
    turning, _ = cv2.Rodrigues(np.array([0.0, 0.0, np.radians(rng.uniform(-25, 25))]))
    facing_up = np.diag([1.0, -1.0, -1.0])
    rotation = tilting @ turning @ facing_up
    middle = np.array([SQUARES_X * SQUARE_MM / 2, SQUARES_Y * SQUARE_MM / 2, 0.0])
    place = np.array([rng.uniform(-90, 90), rng.uniform(-70, 70), rng.uniform(90, 200)])
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = place - rotation @ middle
    return BoardPose(tuple(tuple(float(value) for value in row) for row in pose))
