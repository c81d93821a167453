"""The five lights, and the points that stand for them: a lamp is as long as it looks in a shiny surface."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
AIM = (0.0, 0.0, 40.0)
DOMES = 12
"""Directions from which ambient light comes."""
LAMP_POINTS = 8
"""Points of each lamp: as many edges has its shadow."""
TUBE_MM = 440.0


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """`points` (N, 3) mm, joined to a line (or, `round`, a circle); `power` is radiance times mm2."""

    points: Points
    power: float
    round: bool = False


def _bar(side: tuple[int, int]) -> Points:
    """The middles of the sections of a tube beside the tray, 190 mm above it."""
    x, y = side
    middles = ((np.arange(LAMP_POINTS) + 0.5) / LAMP_POINTS - 0.5) * TUBE_MM
    along = middles[:, None] * np.array([abs(y), abs(x), 0])
    return np.asarray(along + np.array([x * 380.0, y * 330.0, 190.0]))


def _ring() -> Points:
    angles = 2 * np.pi * (np.arange(LAMP_POINTS) + 0.5) / LAMP_POINTS
    return np.stack([170 * np.cos(angles), 170 * np.sin(angles), np.full(LAMP_POINTS, 720.0)], axis=1)


LIGHTS: MappingProxyType[str, Light] = MappingProxyType({
    "ring": Light(_ring(), 7.2e5, round=True),
    "left": Light(_bar((0, 1)), 2.1e5),
    "right": Light(_bar((0, -1)), 2.1e5),
    "front": Light(_bar((1, 0)), 2.5e5),
    "back": Light(_bar((-1, 0)), 2.5e5),
})  # fmt: skip


def dome() -> Points:
    """(DOMES, 3): unit vectors towards the ambient light, spread evenly over the upper half, cosine-weighted."""
    place = np.arange(DOMES) + 0.5
    angle, up = np.pi * (1 + 5**0.5) * place, np.sqrt(1 - 0.94 * place / DOMES)
    flat = np.sqrt(1 - up**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), up], axis=1)
