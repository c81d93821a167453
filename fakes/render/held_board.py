"""A calibration board held above the tray, drawn through its homography and the lens: exact, unlike a height field."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes.render.rig import Matrix
from fakes.render.trace import directions
from fakes.scene import charuco
from fakes.scene.charuco import BoardPose
from fakes.scene.field import Plane

PAPER, BLACK = 0.78, 0.03
"""Linear albedo."""


@lru_cache(maxsize=1)
def _print() -> NDArray[np.float32]:
    """The board's albedo, softened to what a pixel about 1 mm wide sees."""
    grey = charuco.ink().astype(np.float32) / np.float32(255)
    soft = cv2.GaussianBlur(grey, (0, 0), 0.35 * charuco.INK_PX_PER_MM)
    return np.asarray(BLACK + soft * (PAPER - BLACK), dtype=np.float32)


def _on_board(pose: BoardPose, lens: Intrinsics, to_station: Matrix) -> tuple[Plane, Plane, Plane]:
    """Per pixel, where its ray meets the board's plane: board x and y in mm, and the depth along the axis."""
    from_camera = np.linalg.inv(pose.matrix()) @ to_station
    rays = directions(lens) @ from_camera[:3, :3].T
    depth = -from_camera[2, 3] / rays[..., 2]
    x = from_camera[0, 3] + depth * rays[..., 0]
    y = from_camera[1, 3] + depth * rays[..., 1]
    return x.astype(np.float32), y.astype(np.float32), depth.astype(np.float32)


def visible(pose: BoardPose, lens: Intrinsics, to_station: Matrix) -> Plane:
    """1 where the board is, 0 elsewhere, with an edge one pixel wide."""
    x, y, _ = _on_board(pose, lens, to_station)
    rim = charuco.BORDER_MM
    inward = np.minimum(
        np.minimum(x + rim, charuco.SQUARES_X * charuco.SQUARE_MM + rim - x),
        np.minimum(y + rim, charuco.SQUARES_Y * charuco.SQUARE_MM + rim - y),
    )
    return np.asarray(np.clip(inward + 0.5, 0, 1), dtype=np.float32)


def over(albedo: NDArray[np.float32], pose: BoardPose, lens: Intrinsics, to_station: Matrix) -> NDArray[np.float32]:
    """`albedo` (H, W, 3) with the board before it."""
    x, y, _ = _on_board(pose, lens, to_station)
    # A cell of the print covers [i, i + 1) of its scale, and remap counts from the middle of a cell.
    columns = (x + charuco.BORDER_MM) * charuco.INK_PX_PER_MM - np.float32(0.5)
    rows = (y + charuco.BORDER_MM) * charuco.INK_PX_PER_MM - np.float32(0.5)
    grey = cv2.remap(_print(), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    clear = visible(pose, lens, to_station)[..., None]
    return np.asarray(albedo * (1 - clear) + np.asarray(grey)[..., None] * clear, dtype=np.float32)


def depth_over(depth_mm: Plane, pose: BoardPose, lens: Intrinsics, to_station: Matrix) -> Plane:
    """`depth_mm` with the board before it."""
    _, _, depth = _on_board(pose, lens, to_station)
    return np.where(visible(pose, lens, to_station) > 0.5, depth, depth_mm).astype(np.float32)
