"""Radiance as a person looks at it."""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.props import Scene
from fakes.stage.cameras import Camera
from fakes.stage.lights import LIGHTS
from fakes.stage.render import Stage
from fakes.stage.seen import Radiance, Seen
from fakes.stage.studio import Studio

Picture = NDArray[np.uint8]
ALL = dict.fromkeys(LIGHTS, 1.0)


def developed(radiance: Radiance, gain: float = 1.0) -> Picture:
    """sRGB-coded BGR; highlights roll off above 0.8."""
    linear = np.maximum(radiance * np.float32(gain), 0)
    soft = np.where(linear > 0.8, 0.8 + 0.2 * (1 - np.exp(-(linear - 0.8) / 0.2)), linear)
    coded = np.where(soft <= 0.0031308, soft * 12.92, 1.055 * np.maximum(soft, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(np.rint(coded * 255), 0, 255), dtype=np.uint8)


def row(seen: Seen, lights: tuple[str, ...] = ("left", "right")) -> Picture:
    """One view as a strip: all lights, `lights` one by one, depth, truth (grey item, coloured marks)."""
    only: list[Mapping[str, float]] = [{name: 2.2} for name in lights]
    pictures = [developed(seen.lit(how)) for how in (ALL, *only)]
    near = seen.depth_mm[seen.depth_mm > 0]
    low, high = (float(near.min()), float(np.percentile(near, 99))) if near.size else (0.0, 1.0)
    scaled = np.clip((seen.depth_mm - low) / max(high - low, 1.0), 0, 1)
    depth = cv2.applyColorMap((255 * (1 - scaled)).astype(np.uint8), cv2.COLORMAP_TURBO)
    return np.hstack([*pictures, np.asarray(depth, np.uint8), truth(seen)])


def truth(seen: Seen) -> Picture:
    """Grey where an item is, a colour of its own for every injury, green for what is only printed."""
    shown = np.zeros((*seen.part.shape, 3), np.uint8)
    shown[seen.part == 1] = 40
    shown[seen.part >= 2] = 110
    colours = (
        (60, 60, 255),
        (0, 170, 255),
        (255, 60, 255),
        (255, 130, 0),
        (0, 255, 255),
        (255, 255, 60),
        (160, 90, 255),
    )
    for bit, colour in enumerate((*colours, (60, 220, 60))):
        shown[(seen.marks >> bit & 1) > 0] = colour
    return shown


def contact_sheet(scenes: Iterable[Scene], camera: Camera, width_px: int = 320) -> Picture:
    """A row a scene: all lights, left, right, depth, truth; each `width_px` wide. Raises NoGraphics."""
    rows = []
    scale = width_px / camera.lens.width_px
    with Studio() as studio:
        for scene in scenes:
            with Stage(scene, studio) as stage:
                strip = row(stage.see(camera))
            rows.append(cv2.resize(strip, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return np.asarray(np.vstack(rows), dtype=np.uint8)
