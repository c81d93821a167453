"""A colour sensor: lens, exposure, gain, white balance, saturation, shot, read and fixed noise, 8 bits."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour
from fakes.sensors.motion import Motion, moved
from fakes.streams import stream

GAIN_PER_MS = 0.2
"""Share of full well that linear radiance 1 fills in one millisecond: white under the ring is 0.7 at 4 ms."""
GAMMA = 2.2
CODES = 4096
CURVE = np.rint(255 * (np.arange(CODES) / (CODES - 1)) ** (1 / GAMMA)).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class ColourSensor:
    """`full_well` and `read_noise` in electrons: a typical small global-shutter sensor, not measured. `blur_px` is the
    lens, `vignetting` the light it loses in the corners. `gain` is analogue, after the well. `balance` is the gain of
    blue, green and red. `fixed` is the deviation of the pixels' sensitivities, the same in every frame of one camera
    (EMVA 1288 calls it PRNU)."""

    full_well: float = 9000.0
    read_noise: float = 7.0
    blur_px: float = 0.55
    vignetting: float = 0.22
    gain: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fixed: float = 0.0


PLAIN = ColourSensor()
STILL = Motion()


def expose(
    radiance: NDArray[np.float32],
    exposure_ms: float,
    key: tuple[int, str, int],
    noise: bool = True,
    sensor: ColourSensor = PLAIN,
    motion: Motion = STILL,
) -> Colour:
    """The picture of linear BGR `radiance` (H, W, 3). `key` is (seed, camera, frame index): it fixes the noise."""
    soft = cv2.GaussianBlur(moved(radiance, motion, exposure_ms), (0, 0), sensor.blur_px)
    shape = (soft.shape[0], soft.shape[1])
    filled: NDArray[np.float32] = soft * (_falloff(shape, sensor.vignetting) * np.float32(exposure_ms * GAIN_PER_MS))
    if noise and sensor.fixed:
        filled *= _sensitivity(shape, sensor.fixed, key[1])
    if noise:
        draws = stream(key[0], "colour", key[1], key[2]).standard_normal(filled.shape, dtype=np.float32)
        variance = filled * np.float32(1 / sensor.full_well)
        variance += np.float32((sensor.read_noise / sensor.full_well) ** 2)
        draws *= np.sqrt(variance, out=variance)
        filled += draws
    if sensor.gain != 1 or sensor.balance != PLAIN.balance:
        np.minimum(filled, 1, out=filled)  # the well is full before anything is amplified
        filled *= np.array(sensor.balance, np.float32) * np.float32(sensor.gain)
    filled *= np.float32(CODES - 1)
    np.clip(filled, 0, CODES - 1, out=filled)
    return np.asarray(np.take(CURVE, filled.astype(np.uint16)), dtype=np.uint8)


@lru_cache(maxsize=4)
def _falloff(shape: tuple[int, int], vignetting: float) -> NDArray[np.float32]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    centre = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    far = ((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2) / (centre[0] ** 2 + centre[1] ** 2)
    return np.asarray(1 - vignetting * far, dtype=np.float32)[..., None]


@lru_cache(maxsize=4)
def _sensitivity(shape: tuple[int, int], fixed: float, camera: str) -> NDArray[np.float32]:
    draws = stream(0, "sensitivity", camera).standard_normal((*shape, 3), dtype=np.float32)
    return np.asarray(1 + np.float32(fixed) * draws, dtype=np.float32)
