"""Barcodes and QR codes in pictures: EAN-8, EAN-13, UPC-A and UPC-E, and what a QR code says."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Colour

COARSEST_MM_PER_PX = 0.6
"""On the tray's floor. A bar has to be 1.75 px wide to be read (cv2 5.0, on drawn labels that lie at any angle,
simulated, 2026-11), and the bars of twice the nominal size are 0.66 mm: on a tall item that is just seen."""
QR_AT_MOST_PX = 1_000_000
"""A larger picture is searched for QR codes at this size: they cost 28 ms a million, barcodes 6 to 13 in all."""
BARS_AT_MOST_PX = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The tray as one camera's sensor saw it. `mm_per_px` on the tray's floor; None: nobody knows."""

    picture: Colour
    mm_per_px: float | None = None


def codes_in(sight: Sight) -> tuple[str, ...]:
    """What the codes in it say, each once; none where it is too coarse for any. Blocking, and bounded:
    16 ms of one core for 0.2 million pixels, 35 for a million, 50 for four, 75 for eight."""
    if sight.mm_per_px is not None and sight.mm_per_px > COARSEST_MM_PER_PX:
        return ()
    try:
        return _codes(sight)
    except cv2.error:  # what a decoder stumbles over is no code, and costs no tray
        return ()


def _codes(sight: Sight) -> tuple[str, ...]:
    grey = _at_most(np.asarray(cv2.cvtColor(sight.picture, cv2.COLOR_BGR2GRAY), np.uint8), BARS_AT_MOST_PX)
    _, read, _, _ = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(grey)
    if found := tuple(dict.fromkeys(text for text in read if text)):
        return found
    _, matrices, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(_at_most(grey, QR_AT_MOST_PX))
    return tuple(dict.fromkeys(text for text in matrices if text))


def _at_most(picture: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    factor = (pixels / (height * width)) ** 0.5
    if factor >= 1:
        return picture
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
