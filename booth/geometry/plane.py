"""Planes in a camera's frame, and the robust fit that finds one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.geometry.projection import Points
from drivers.units import Millimetres

SEED = 20260101
"""Of the random samples, fixed: the same points always give the same plane."""

TRIALS = 200
"""Three points out of half outliers miss the plane 200 times with probability 3e-12."""

SAMPLE = 20_000
"""Points that vote on a trial; all of them refine the winner."""

ROUNDS = 5
"""Least squares over the inliers, then the inliers again; settles after three on the tote recordings."""


class NoPlane(ValueError):
    """The points do not hold a plane."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The points p with normal . p = offset_mm, in the colour camera's frame.

    `normal` has length 1 and points towards the camera, so `offset_mm` is minus the camera's distance.
    """

    normal: tuple[float, float, float]
    offset_mm: Millimetres

    def height_above(self, points: Points) -> NDArray[np.float64]:
        """How far each point stands above the plane, towards the camera, mm."""
        heights: NDArray[np.float64] = points @ np.array(self.normal) - self.offset_mm
        return heights

    @property
    def tilt_deg(self) -> float:
        """Between the plane's normal and the optical axis."""
        return float(np.degrees(np.arccos(min(1.0, abs(self.normal[2])))))


def plane_through(points: Points) -> Plane:
    """The least-squares plane of (N, 3) points. Raises NoPlane for fewer than three or points on a line."""
    if len(points) < 3:
        raise NoPlane(f"{len(points)} points do not make a plane; three are needed")
    centre = points.mean(axis=0)
    scatter = (points - centre).T @ (points - centre)
    spread, axes = np.linalg.eigh(scatter)
    if not spread[1] > 1e-12 * max(1.0, spread[2]):
        raise NoPlane("the points lie on a line")
    normal = axes[:, 0]
    offset = float(normal @ centre)
    sign = -1.0 if offset > 0.0 else 1.0
    x, y, z = (float(v) for v in sign * normal)
    return Plane((x, y, z), Millimetres(sign * offset))


def fit_plane(points: Points, within: Millimetres) -> Plane:
    """The plane with most of the (N, 3) points no further than `within` from it.

    RANSAC (Fischler and Bolles 1981), refined by least squares over its inliers. Raises NoPlane.
    """
    if len(points) < 3:
        raise NoPlane(f"{len(points)} points do not make a plane; three are needed")
    best = _best_trial(points, within)
    for _ in range(ROUNDS):
        best = plane_through(points[np.abs(best.height_above(points)) <= within])
    return best


def _best_trial(points: Points, within: Millimetres) -> Plane:
    rng = np.random.default_rng(SEED)
    voters = points[rng.choice(len(points), min(SAMPLE, len(points)), replace=False)]
    corners = voters[rng.integers(0, len(voters), (TRIALS, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    usable = lengths > 0.0
    if not usable.any():
        raise NoPlane("the points lie on a line")
    normals = normals[usable] / lengths[usable, None]
    offsets = np.einsum("ij,ij->i", normals, corners[usable, 0])
    votes = [(np.abs(voters @ n - o) <= within).sum() for n, o in zip(normals, offsets, strict=True)]
    winner = int(np.argmax(votes))
    return plane_through(voters[np.abs(voters @ normals[winner] - offsets[winner]) <= within])
