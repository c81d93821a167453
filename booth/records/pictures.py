"""A view as a picture that a person can check. Pure: arrays in, array out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from drivers.frames import Colour

Picture = NDArray[np.uint8]

SMALLEST_SPAN = 20.0  # mm; below it sensor noise would be drawn as mountains
HEADER_PX, BAR_PX, LABELS_PX, GAP_PX = 28, 16, 64, 8
PANEL_AT_LEAST_PX = 280
TICKS = 5
INK, PAPER, NO_MEASUREMENT = (235, 235, 235), (24, 24, 24), (70, 70, 70)
WARNING = (0, 0, 220)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def view_picture(view: View, simulated: bool) -> Picture:
    """(H, W, 3) uint8 BGR: the colour crop, the heights beside it, and what the colours mean in mm.

    Pixels without a measurement are grey. Small crops are enlarged by a whole number, so that every pixel
    can be seen. A simulated view says so across its head.
    """
    times = max(1, -(-PANEL_AT_LEAST_PX // view.colour.shape[1]))
    low, high = height_span(view)
    panels = [_enlarged(view.colour, times), _enlarged(_height_map(view, low, high), times)]
    tall = panels[0].shape[0]
    gap = np.full((tall, GAP_PX, 3), PAPER, np.uint8)
    body = np.hstack([panels[0], gap, panels[1], gap, _scale_bar(tall, low, high)])
    return np.vstack([_header(body.shape[1], view, simulated), body]).astype(np.uint8)


def height_span(view: View) -> tuple[float, float]:
    """The heights in mm that the colours run between: whole tens around 98 % of what was measured."""
    seen = view.height_mm[view.valid]
    if seen.size == 0:
        return 0.0, SMALLEST_SPAN
    low, high = np.percentile(seen, (1, 99))
    low = min(0.0, 10.0 * float(np.floor(low / 10.0)))
    high = 10.0 * float(np.ceil(high / 10.0))
    return low, max(high, low + SMALLEST_SPAN)


def _height_map(view: View, low: float, high: float) -> Picture:
    share = np.clip((np.where(view.valid, view.height_mm, low) - low) / (high - low), 0.0, 1.0)
    painted = cv2.applyColorMap((share * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    painted[~view.valid] = NO_MEASUREMENT
    return painted.astype(np.uint8)


def _enlarged(picture: Colour, times: int) -> Picture:
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _scale_bar(tall: int, low: float, high: float) -> Picture:
    """The colours from `high` at the top to `low`, with the heights written beside them."""
    bar = np.full((tall, BAR_PX + LABELS_PX, 3), PAPER, np.uint8)
    shades = np.linspace(255, 0, tall).astype(np.uint8)[:, None].repeat(BAR_PX, axis=1)
    bar[:, :BAR_PX] = cv2.applyColorMap(shades, cv2.COLORMAP_TURBO)
    for share in np.linspace(0, 1, TICKS):
        row = round(share * (tall - 1))
        bar[row, BAR_PX : BAR_PX + 4] = INK
        _write(bar, f"{high - share * (high - low):.0f} mm", BAR_PX + 6, int(np.clip(row + 4, 12, tall - 3)))
    return bar


def _header(wide: int, view: View, simulated: bool) -> Picture:
    header = np.full((HEADER_PX, wide, 3), WARNING if simulated else PAPER, np.uint8)
    measured = f"height known on {view.valid.mean():.0%}" if view.valid.any() else "no height"
    _write(header, f"{'SIMULATED  ' if simulated else ''}{view.camera}  {measured}", 8, 19, 0.5)
    return header


def _write(picture: Picture, text: str, x_px: int, y_px: int, size: float = 0.4) -> None:
    cv2.putText(picture, text, (x_px, y_px), FONT, size, INK, 1, cv2.LINE_AA)
