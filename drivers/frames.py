"""What cameras give: frames, and the geometry that a device states about itself."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.units import Duration, Instant, Millimetres

Colour = NDArray[np.uint8]
"""(H, W, 3), uint8, BGR as OpenCV orders it."""

RawDepth = NDArray[np.uint16]
"""(H, W), uint16, in the camera's depth units along the optical axis; 0 is "no measurement"."""


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A pinhole with Brown-Conrady distortion, in pixels; pixel centres at whole numbers.

    `distortion` is (k1, k2, p1, p2, k3) as in OpenCV.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def matrix(self) -> NDArray[np.float64]:
        """The 3x3 camera matrix, float64, px."""
        return np.array([[self.fx_px, 0.0, self.cx_px], [0.0, self.fy_px, self.cy_px], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Transform:
    """p_to = rotation @ p_from + translation; rotation row-major 3x3, translation in mm."""

    rotation: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    translation_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def matrix(self) -> NDArray[np.float64]:
        """The rotation as a (3, 3) float64 array."""
        return np.array(self.rotation, dtype=np.float64).reshape(3, 3)


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera says of itself once it is open.

    A colour-only camera has no depth intrinsics, and the other way round. `depth_to_colour` maps points
    of the depth camera's frame into the colour camera's frame.
    """

    model: str
    serial: str
    simulated: bool
    colour: Intrinsics | None = None
    depth: Intrinsics | None = None
    depth_to_colour: Transform = field(default_factory=Transform)
    depth_unit: Millimetres = Millimetres(1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """One image from one camera.

    `exposed_at` is the start of exposure of the first row on the booth clock, `exposed_at_error` its
    bound; the last row starts `readout` later (0: global shutter). `origin` keeps what the source said of
    itself (a recording's file and time, a simulated mark) and is never used for a decision. `missed` counts the
    exposures that the camera counted and nobody got: of a free-running camera those since the trigger, of a triggered
    one those beyond its triggers (a trigger line that rings; a camera that two programs trigger).
    """

    camera: str
    sequence: int
    exposed_at: Instant
    exposed_at_error: Duration
    exposure: Duration
    readout: Duration
    colour: Colour | None
    depth: RawDepth | None
    depth_unit: Millimetres
    origin: dict[str, Any] = field(default_factory=dict)
    missed: int = 0
