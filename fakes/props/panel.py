"""What a thing is made of: panels, each a deformable grid of vertices with a skin.

Tray frame: origin in the middle of the tray's floor, x along the belt's travel, y to the left of travel, z up,
millimetres. An item is built about its own origin, the middle of its underside, and posed afterwards.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(..., 3), mm."""
Ink = NDArray[np.uint8]
"""(H, W, 3), BGR, sRGB-coded."""
Plane = NDArray[np.float32]
"""(H, W)."""
Bits = NDArray[np.uint8]
"""(H, W): bit n is set where injury n of the scene changed something; DECOY where damage is merely printed."""
Mask = NDArray[np.bool_]
Colour = tuple[int, int, int]

PX_PER_MM = 2.5
"""Texels of a skin per millimetre."""
DECOY = 0x80
INJURIES = 7
"""Injuries that one scene can tell apart."""
MOVED_MM = 1.5
"""A surface pushed further than this from where it belongs is damaged."""


class Part(IntEnum):
    """To what a panel belongs. Every item from ITEM on has a number of its own."""

    BOOTH = 0
    TRAY = 1
    ITEM = 2


@dataclass(slots=True, eq=False)
class Skin:
    """Textures of one size (H, W) over a panel, row 0 at its upper edge.

    `albedo` Ink; `roughness` float32 in 0..1; `bump_mm` float32, outwards; `solid` bool, False where there is
    nothing; `marks` Bits.
    """

    albedo: Ink
    roughness: Plane
    bump_mm: Plane
    solid: Mask
    marks: Bits

    @property
    def shape(self) -> tuple[int, int]:
        return self.roughness.shape[0], self.roughness.shape[1]


@dataclass(slots=True, eq=False)
class Panel:
    """`vertices` (R, C, 3) float64 mm; `uv` (R, C, 2) float64 in 0..1, right and down over the skin.

    Columns run along the skin's rows. The outward side is rows x columns (as vectors); `lining` is the colour of
    the other side.
    """

    name: str
    vertices: Points
    uv: Points
    skin: Skin
    lining: Colour = (96, 138, 168)
    part: int = Part.ITEM

    def texel_points(self) -> Points:
        """(H, W, 3): where every texel of the skin is, mm. Exact for panels whose uv fill 0..1 as a grid."""
        height, width = self.skin.shape
        columns = np.interp((np.arange(width) + 0.5) / width, self.uv[0, :, 0], np.arange(self.uv.shape[1]))
        rows = np.interp((np.arange(height) + 0.5) / height, self.uv[:, 0, 1], np.arange(self.uv.shape[0]))
        at = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
        return np.asarray(cv2.remap(self.vertices, at[0], at[1], cv2.INTER_LINEAR), dtype=np.float64)


def px(length_mm: float) -> int:
    return max(1, round(length_mm * PX_PER_MM))


def bare_skin(length_mm: float, width_mm: float, colour: Colour, roughness: float) -> Skin:
    """One colour, smooth, whole, unharmed."""
    shape = (px(width_mm), px(length_mm))
    return Skin(
        np.full((*shape, 3), colour, np.uint8),
        np.full(shape, roughness, np.float32),
        np.zeros(shape, np.float32),
        np.ones(shape, np.bool_),
        np.zeros(shape, np.uint8),
    )


def knots(length_mm: float, step_mm: float) -> NDArray[np.float64]:
    """Where a grid has its lines along `length_mm`: denser by the edges, where things are rounded."""
    edge = np.array([0.0, 0.8, 1.8, 3.2])
    if length_mm < 4 * edge[-1]:
        return np.linspace(0, length_mm, 7)
    inner = np.linspace(edge[-1], length_mm - edge[-1], max(3, round(length_mm / step_mm)))
    return np.concatenate([edge[:-1], inner, length_mm - edge[-2::-1]])


def sheet(
    name: str,
    corner: tuple[float, float, float],
    along: tuple[float, float, float],
    down: tuple[float, float, float],
    skin: Skin,
    step_mm: float = 4.0,
) -> Panel:
    """A flat panel from its upper left `corner`, spanned by the vectors `along` (its rows) and `down`, mm."""
    length, width = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    u, v = np.meshgrid(knots(length, step_mm) / length, knots(width, step_mm) / width)
    vertices = np.array(corner) + u[..., None] * np.array(along) + v[..., None] * np.array(down)
    return Panel(name, vertices, np.stack([u, v], axis=-1), skin)


FACES = ("top", "bottom", "front", "back", "right", "left")


def face_size(face: str, size_mm: tuple[float, float, float]) -> tuple[float, float]:
    """Length and width of the face of a box, mm."""
    length, width, height = size_mm
    if face in ("top", "bottom"):
        return length, width
    return (length, height) if face in ("front", "back") else (width, height)


def box_face(face: str, size_mm: tuple[float, float, float], skin: Skin, step_mm: float = 4.0) -> Panel:
    """One face of a box that stands on its origin; seen from outside, "up" is up (or +y)."""
    length, width, height = size_mm
    x, y = length / 2, width / 2
    corner, along, down = {
        "top": ((-x, y, height), (length, 0.0, 0.0), (0.0, -width, 0.0)),
        "bottom": ((-x, -y, 0.0), (length, 0.0, 0.0), (0.0, width, 0.0)),
        "front": ((-x, -y, height), (length, 0.0, 0.0), (0.0, 0.0, -height)),
        "back": ((x, y, height), (-length, 0.0, 0.0), (0.0, 0.0, -height)),
        "right": ((x, -y, height), (0.0, width, 0.0), (0.0, 0.0, -height)),
        "left": ((-x, y, height), (0.0, -width, 0.0), (0.0, 0.0, -height)),
    }[face]
    return sheet(face, corner, along, down, skin, step_mm)


def round_edges(panel: Panel, size_mm: tuple[float, float, float], radius_mm: float) -> None:
    """Round the edges of the box that `panel` is a face of, in place."""
    half = np.array(size_mm) / 2
    centre = np.array([0.0, 0.0, half[2]])
    radius = min(radius_mm, float(half.min()) * 0.9)
    local = panel.vertices - centre
    core = np.clip(local, -half + radius, half - radius)
    off = local - core
    far = np.linalg.norm(off, axis=-1, keepdims=True)
    panel.vertices = centre + core + off / np.maximum(far, 1e-9) * np.minimum(far, radius)


def push(panels: Iterable[Panel], field: Callable[[Points], Points], bit: int | None = None) -> None:
    """Move every vertex by field(vertex) mm, and mark as injury `bit` what moved further than MOVED_MM. In place.

    All panels see one field, so that faces which touched still touch.
    """
    for panel in panels:
        move = field(panel.vertices)
        if bit is not None:
            far = Panel("", np.linalg.norm(move, axis=-1)[..., None].repeat(3, -1), panel.uv, panel.skin)
            panel.skin.marks[far.texel_points()[..., 0] > MOVED_MM] |= np.uint8(1 << bit)
        panel.vertices = panel.vertices + move


def posed(panels: Iterable[Panel], turn_deg: float, shift_mm: tuple[float, float, float]) -> None:
    """Turn about z and move, in place."""
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    for panel in panels:
        panel.vertices = panel.vertices @ turn.T + np.array(shift_mm)
