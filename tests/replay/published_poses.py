"""How far the poses that were published with the tote's recordings disagree: python -m tests.replay.published_poses

The floor that each camera measured itself is carried into the base frame by that camera's published pose.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.cameras.session import read_session
from tests.replay.tote import CAMERAS, FOLDER, measured


@dataclass(frozen=True)
class Floor:
    """A plane normal . p = offset_mm in the base frame, and the tote's published place moved onto it."""

    normal: NDArray[np.float64]
    offset_mm: float


@dataclass(frozen=True)
class Disagreement:
    """Between the two floors: the angle of their normals, and how far apart they are at the tote's place."""

    angle_deg: float
    apart_mm: float


def floor_in_base(camera: str) -> Floor:
    plane = measured(camera).plane
    path = read_session(FOLDER).cameras[camera].pose
    assert plane is not None
    assert path is not None
    pose = np.loadtxt(path)
    normal = pose[:3, :3] @ np.array(plane.normal)
    return Floor(normal, float(plane.offset_mm + normal @ (pose[:3, 3] * 1000)))


def disagreement() -> Disagreement:
    first, second = (floor_in_base(camera) for camera in CAMERAS)
    angle = np.degrees(np.arccos(np.clip(first.normal @ second.normal, -1, 1)))
    place = np.loadtxt(FOLDER / "bin-position.txt") * 1000
    heights = [(floor.offset_mm - floor.normal[:2] @ place[:2]) / floor.normal[2] for floor in (first, second)]
    return Disagreement(float(angle), float(abs(heights[0] - heights[1])))


if __name__ == "__main__":
    found = disagreement()
    sys.stdout.write(f"the floors are {found.apart_mm:.0f} mm and {found.angle_deg:.1f} degrees apart\n")
