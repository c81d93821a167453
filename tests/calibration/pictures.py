"""Pictures of a ChArUco board through a known lens, drawn here: projection by OpenCV, nothing of the product."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour, Intrinsics

PX_PER_MM = 4
RIM_MM = 15.0
SUPERSAMPLED = 2


def poses(count: int, seed: int) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Board to camera, rotation vector and translation of the board's middle, mm: tilted, turned, all over."""
    rng = np.random.default_rng(seed)
    places = []
    for number in range(count):
        towards, tilt = 2.4 * number, np.radians(rng.uniform(12, 38))
        turn = np.array([np.cos(towards), np.sin(towards), rng.uniform(-0.2, 0.2)]) * tilt
        depth = rng.uniform(430, 620)
        aside = np.array([rng.uniform(-0.22, 0.22), rng.uniform(-0.16, 0.16), 1.0]) * depth
        places.append((turn, aside))
    return places


def board_picture(
    lens: Intrinsics,
    charuco: cv2.aruco.CharucoBoard,
    pose: tuple[NDArray[np.float64], NDArray[np.float64]],
    noise: np.random.Generator,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Colour:
    """What `lens` sees of the print, which came out `stretch` times as wide and high as it should."""
    columns, rows = charuco.getChessboardSize()
    size_mm = np.array((columns, rows)) * charuco.getSquareLength()
    ink = np.asarray(charuco.generateImage((size_mm * PX_PER_MM).round().astype(int).tolist()))
    rim = round(RIM_MM * PX_PER_MM)
    ink = np.asarray(cv2.copyMakeBorder(ink, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=255.0))
    on_print = _print_seen(lens, pose) / np.array(stretch) + size_mm / 2
    at = (on_print * PX_PER_MM + rim - 0.5).astype(np.float32)
    seen = cv2.remap(ink, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderValue=90.0)
    grey = cv2.resize(seen, (lens.width_px, lens.height_px), interpolation=cv2.INTER_AREA)
    noisy = np.clip(grey * 0.8 + 20 + noise.normal(0, 2, grey.shape), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR), np.uint8)


def _print_seen(lens: Intrinsics, pose: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float32]:
    """(H, W, 2) mm from the board's middle: the point of its plane that each supersampled pixel sees."""
    turn, _ = cv2.Rodrigues(pose[0])
    rays = _rays(lens)
    turned = rays @ turn.astype(np.float32)
    origin = (pose[1] @ turn).astype(np.float32)
    return np.asarray(turned[..., :2] * (origin[2] / turned[..., 2])[..., None] - origin[:2], np.float32)


@cache
def _rays(lens: Intrinsics) -> NDArray[np.float32]:
    x = (np.arange(lens.width_px * SUPERSAMPLED) + 0.5) / SUPERSAMPLED - 0.5
    y = (np.arange(lens.height_px * SUPERSAMPLED) + 0.5) / SUPERSAMPLED - 0.5
    pixels = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 1, 2)
    straight = np.asarray(cv2.undistortPoints(pixels, lens.matrix(), np.array(lens.distortion))).reshape(-1, 2)
    rays = np.concatenate((straight, np.ones((len(straight), 1))), axis=1)
    return rays.reshape(len(y), len(x), 3).astype(np.float32)
