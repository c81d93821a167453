"""An item on its own canvas, upright, one pixel per millimetre, before it is laid on the tray."""

from dataclasses import dataclass

import numpy as np

from fakes.scene.field import Ink, Labels, Plane

PAD_MM = 6
"""Canvas around the item's outline, so that its colours go on beyond the edge of its walls."""


@dataclass(slots=True)
class Patch:
    """`height_mm` above the ground it lies on; `inside` 0..1, the outline; the rest as in Scene.

    Writable: wear and damage work on it in place.
    """

    height_mm: Plane
    albedo: Ink
    gloss: Plane
    inside: Plane
    label: Labels

    @property
    def shape(self) -> tuple[int, int]:
        return self.height_mm.shape[0], self.height_mm.shape[1]

    @property
    def length_mm(self) -> int:
        return self.shape[1] - 2 * PAD_MM

    @property
    def width_mm(self) -> int:
        return self.shape[0] - 2 * PAD_MM


def tint(ink: Ink, colour: tuple[float, float, float], amount: Plane) -> Ink:
    """`ink` mixed with `colour` (BGR, 0..255) by `amount` (0..1 per pixel). Pixels of amount 0 keep their bytes."""
    tinted = ink.copy()
    touched = amount > 0  # a few pixels in a hundred, as a rule
    share = np.minimum(amount[touched], 1)[:, None]
    mixed = ink[touched].astype(np.float32) * (1 - share) + np.array(colour, dtype=np.float32) * share
    tinted[touched] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return tinted


def scaled(ink: Ink, factor: Plane) -> Ink:
    """`ink` brightened or darkened per pixel. Pixels of factor 1 keep their bytes."""
    product = np.rint(ink.astype(np.float32) * factor[..., None])
    return np.asarray(np.clip(product, 0, 255), dtype=np.uint8)
