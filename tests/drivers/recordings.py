"""A small recorded session, made on the spot."""

from pathlib import Path

import cv2
import numpy as np

SESSION = """
format: 1
cameras:
  left:
    model: test
    serial: "0"
    size_px: [64, 48]
    intrinsics: {fx_px: 50.0, fy_px: 50.0, cx_px: 31.5, cy_px: 23.5}
    depth_unit_mm: 0.1
    depth_aligned_to_colour: true
captures:
  - name: first
    frames:
      left: {colour: first.color.png, depth: first.depth.png, recorded_at: "2017-06-01T12:00:00Z"}
  - name: second
    frames:
      left: {colour: second.color.png, depth: second.depth.png}
"""


def recorded_session(folder: Path) -> Path:
    """Two captures of one camera; the colour of the first is all 10, of the second all 20; depth is ten times that."""
    folder.mkdir(exist_ok=True)
    (folder / "session.yaml").write_text(SESSION)
    noise = np.random.default_rng(1).integers(0, 2, (48, 64, 3), np.uint8)
    for name, value in (("first", 10), ("second", 20)):
        assert cv2.imwrite(str(folder / f"{name}.color.png"), noise + np.uint8(value))
        assert cv2.imwrite(str(folder / f"{name}.depth.png"), np.full((48, 64), value * 10, np.uint16))
    return folder
