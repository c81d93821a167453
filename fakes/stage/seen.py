"""What a camera saw of a scene: light by light, and the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Radiance = NDArray[np.float32]
"""(H, W, 3), linear BGR; 1.0 is white paper in full light."""
AMBIENT = "ambient"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One camera's view, arrays (H, W, ...): `light` radiance per light and for "ambient", linear BGR float32 with
    every lamp at full power; `depth_mm` float32 along the optical axis, 0 where there is nothing; `part` and `marks`
    uint8 (fakes.props.panel); `normal` float32, unit, in tray coordinates, towards the camera."""

    light: Mapping[str, Radiance]
    depth_mm: NDArray[np.float32]
    part: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    normal: NDArray[np.float32]

    def lit(self, intensities: Mapping[str, float], ambient: float = 0.12) -> Radiance:
        """The radiance under lamps at `intensities` (0..1)."""
        total = self.light[AMBIENT] * np.float32(ambient)
        for name, intensity in intensities.items():
            total += self.light[name] * np.float32(intensity)
        return total
