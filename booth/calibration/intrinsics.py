"""The lens: focal lengths, principal point and distortion, from pictures of a ChArUco board.

A small reprojection error alone proves nothing: a board printed 1.4 % too wide still solves to 0.4 px. So views
that the solution has not seen, two independent solutions and the ratio of the focal lengths must agree too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.board import FEWEST_CORNERS, Board, Sighting, sightings
from booth.calibration.figures import Figure
from booth.geometry.projection import Pixels, project, rays_of
from drivers.frames import Colour, Intrinsics

FEWEST_VIEWS = 12

# Limits: judgement, after the practice of mrcal, Kalibr and ROS; to be confirmed on real booths.
RMS_AT_MOST_PX = 0.5
HELD_OUT_AT_MOST_PX = 0.5
CROSS_AT_MOST_PX = 0.5
ASPECT_AT_MOST = 0.2  # %, of fx against fy: every camera we know has square pixels
FOCAL_DEVIATION_AT_MOST = 0.1  # %
CENTRE_DEVIATION_AT_MOST_PX = 1.0
COVERED_AT_LEAST = 0.6
TILT_SPREAD_AT_LEAST_DEG = 30.0

GRID = (8, 6)
"""Cells across and down the picture in which coverage is counted."""

HOLD_OUT_EVERY = 4


class BoardNotSeen(Exception):
    """The pictures do not suffice; says what to do."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One solve. `deviations` are one sigma of fx, fy, cx, cy in px; `rms` in px; `rotations` board to camera."""

    intrinsics: Intrinsics
    deviations: tuple[float, float, float, float]
    rms: float
    rotations: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class LensMeasurement:
    """What was found, from which pictures, and how far it can be trusted."""

    intrinsics: Intrinsics
    seen: tuple[Sighting, ...]
    figures: tuple[Figure, ...]

    def result(self) -> dict[str, Any]:
        """As it is stored."""
        lens = self.intrinsics
        focal = {"fx_px": lens.fx_px, "fy_px": lens.fy_px, "cx_px": lens.cx_px, "cy_px": lens.cy_px}
        return {**focal, "distortion": list(lens.distortion)}


def measure(pictures: Sequence[Colour], board: Board) -> LensMeasurement:
    """Raises BoardNotSeen if too few pictures show the board, ValueError for a board that cannot be."""
    seen = sightings(list(pictures), board)
    if len(seen) < FEWEST_VIEWS:
        raise BoardNotSeen(
            f"the board of {board.columns}x{board.rows} squares was seen in {len(seen)} of {len(pictures)} pictures, "
            f"with {FEWEST_CORNERS} corners or more; {FEWEST_VIEWS} are needed. Take more --views, light the board "
            "evenly, and check --columns, --rows and the dictionary printed on it"
        )
    height, width = pictures[0].shape[:2]
    held_out = seen[HOLD_OUT_EVERY - 1 :: HOLD_OUT_EVERY]
    used = [view for number, view in enumerate(seen) if number % HOLD_OUT_EVERY != HOLD_OUT_EVERY - 1]
    solution = solve(used, (width, height))
    halves = solve(used[::2], (width, height)).intrinsics, solve(used[1::2], (width, height)).intrinsics
    covered = covered_cells(seen, (width, height))
    figures = (
        *_spread_figures(len(seen), covered, solution),
        *_trust_figures(solution, held_out_rms(held_out, solution.intrinsics), cross_difference(*halves, covered)),
    )
    return LensMeasurement(solution.intrinsics, tuple(seen), figures)


def solve(views: Sequence[Sighting], size_px: tuple[int, int]) -> Solution:
    """Zhang's method as OpenCV has it, five coefficients of distortion."""
    rms, matrix, bending, turns, _, deviations, _, _ = cv2.calibrateCameraExtended(
        [view.on_board for view in views],
        [view.in_picture for view in views],
        size_px,
        np.eye(3),
        np.zeros(5),
    )
    k1, k2, p1, p2, k3 = (float(value) for value in np.ravel(bending)[:5])
    lens = Intrinsics(
        *size_px,
        float(matrix[0, 0]),
        float(matrix[1, 1]),
        float(matrix[0, 2]),
        float(matrix[1, 2]),
        (k1, k2, p1, p2, k3),
    )
    fx, fy, cx, cy = (float(value) for value in np.ravel(deviations)[:4])
    return Solution(
        lens, (fx, fy, cx, cy), float(rms), tuple(np.asarray(cv2.Rodrigues(turn)[0], np.float64) for turn in turns)
    )


def held_out_rms(views: Sequence[Sighting], lens: Intrinsics) -> float:
    """RMS reprojection error of views that the solution has not seen, each in its own best pose; px."""
    bending = np.array(lens.distortion)
    squares = []
    for view in views:
        _, turn, move = cv2.solvePnP(view.on_board, view.in_picture, lens.matrix(), bending)
        again, _ = cv2.projectPoints(view.on_board, turn, move, lens.matrix(), bending)
        squares.append(np.sum((again.reshape(-1, 2) - view.in_picture) ** 2, axis=1))
    return float(np.sqrt(np.mean(np.concatenate(squares))))


def cross_difference(first: Intrinsics, second: Intrinsics, covered: NDArray[np.bool_]) -> float:
    """How far two solutions put the same ray apart: 95th percentile over the covered cells, px.

    The rotation between the two is taken out first, since a shifted principal point is a turned camera
    (as in mrcal's projection difference).
    """
    pixels = _cell_centres(first)[covered]
    ours, theirs = (_unit(rays_of(pixels, lens)) for lens in (first, second))
    left, _, right = np.linalg.svd(ours.T @ theirs)
    turn = left @ np.diag((1.0, 1.0, np.linalg.det(left @ right))) @ right
    apart = np.linalg.norm(project(ours @ turn, second) - pixels, axis=-1)
    return float(np.percentile(apart, 95))


def covered_cells(views: Sequence[Sighting], size_px: tuple[int, int]) -> NDArray[np.bool_]:
    """(rows, columns) of GRID: the cells in which at least one corner was seen."""
    corners = np.concatenate([view.in_picture for view in views])
    cells = np.floor(corners / np.array(size_px) * np.array(GRID)).astype(int)
    inside = ((cells >= 0) & (cells < np.array(GRID))).all(axis=1)
    covered = np.zeros((GRID[1], GRID[0]), np.bool_)
    covered[cells[inside, 1], cells[inside, 0]] = True
    return covered


def tilt_spread_deg(solution: Solution) -> float:
    """The largest angle between the board's normals in any two views."""
    normals = np.array([rotation[:, 2] for rotation in solution.rotations])
    return float(np.degrees(np.arccos(np.clip((normals @ normals.T).min(), -1.0, 1.0))))


def overlay(picture: Colour, measurement: LensMeasurement) -> Colour:
    """Every corner of every view on one picture, for a person to see where none were."""
    shown = picture.copy()
    for view in measurement.seen:
        for x, y in view.in_picture:
            cv2.circle(shown, (round(float(x)), round(float(y))), 2, (0, 255, 255), -1)
    return shown


def _spread_figures(views: int, covered: NDArray[np.bool_], solution: Solution) -> tuple[Figure, ...]:
    return (
        Figure("views", views, "pictures with the board"),
        Figure("coverage", float(covered.mean()), "of the picture's cells",
               "Hold the board where the overlay shows no corners, edges of the picture too.",
               at_least=COVERED_AT_LEAST),
        Figure("tilt spread", tilt_spread_deg(solution), "deg",
               "Tilt the board more, towards and away from the camera and to both sides.",
               at_least=TILT_SPREAD_AT_LEAST_DEG),
    )  # fmt: skip


def _trust_figures(solution: Solution, held_out: float, cross: float) -> tuple[Figure, ...]:
    lens, deviations = solution.intrinsics, solution.deviations
    focal = 100 * max(deviations[0] / lens.fx_px, deviations[1] / lens.fy_px)
    steady = "Hold the board still and flat, light it evenly, and check the focus."
    more = "Take more --views, with the board tilted and near the edges of the picture."
    return (
        Figure("RMS", solution.rms, "px", steady, at_most=RMS_AT_MOST_PX),
        Figure("RMS of held-out views", held_out, "px", f"{steady} Then take more --views.",
               at_most=HELD_OUT_AT_MOST_PX),
        Figure("difference of two halves", cross, "px", more, at_most=CROSS_AT_MOST_PX),
        Figure("fx against fy", 100 * abs(lens.fx_px / lens.fy_px - 1), "%",
               "Measure the board in both directions: a printer that scales one of them makes this. Print it again "
               "at 100 %, then give --square-mm as measured.", at_most=ASPECT_AT_MOST),
        Figure("deviation of fx and fy", focal, "%", more, at_most=FOCAL_DEVIATION_AT_MOST),
        Figure("deviation of cx and cy", max(deviations[2:]), "px", more, at_most=CENTRE_DEVIATION_AT_MOST_PX),
        Figure("fx", lens.fx_px, "px"),
        Figure("fy", lens.fy_px, "px"),
    )  # fmt: skip


def _cell_centres(lens: Intrinsics) -> Pixels:
    """(rows, columns, 2) px."""
    x = (np.arange(GRID[0]) + 0.5) * lens.width_px / GRID[0]
    y = (np.arange(GRID[1]) + 0.5) * lens.height_px / GRID[1]
    return np.stack(np.meshgrid(x, y), axis=-1)


def _unit(rays: NDArray[np.float64]) -> NDArray[np.float64]:
    length: NDArray[np.float64] = np.linalg.norm(rays, axis=-1, keepdims=True)
    return rays / length
