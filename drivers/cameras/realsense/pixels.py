"""From the SDK's frames to pixels of our own: every frame is copied, and the SDK gets it back at once."""

from typing import Any

import cv2
import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from drivers.cameras.realsense.wanted import Filters
from drivers.frames import Colour, RawDepth


class Development:
    """One trigger's frames; depth of several is averaged in the order in which it comes."""

    def __init__(self, filters: Filters) -> None:
        self._chain = _chain(filters)

    def depth(self, frame: Any) -> RawDepth:
        for step in self._chain:
            frame = step.process(frame)
        return np.array(_pixels(frame), dtype=np.uint16)

    def colour(self, frame: Any) -> Colour:
        picture, kind = _pixels(frame), frame.get_profile().format()
        if kind == rs.format.rgb8:
            return np.ascontiguousarray(picture[:, :, ::-1])
        if kind == rs.format.yuyv:
            pairs = picture.view(np.uint8).reshape(*picture.shape[:2], 2)
            return np.asarray(cv2.cvtColor(pairs, cv2.COLOR_YUV2BGR_YUYV), dtype=np.uint8)
        return np.array(picture, dtype=np.uint8)


def _chain(filters: Filters) -> list[Any]:
    """In the order that the vendor recommends; smoothing happens in disparity, where noise is the same everywhere."""
    steps: list[Any] = []
    if filters.decimation > 1:
        steps.append(rs.decimation_filter(filters.decimation))
    if filters.spatial or filters.frames > 1:
        smoothing = [rs.spatial_filter()] if filters.spatial else []
        if filters.frames > 1:
            averaging = rs.temporal_filter()
            averaging.set_option(rs.option.holes_fill, 0)  # else a pixel keeps what it showed some frames ago
            smoothing.append(averaging)
        steps += [rs.disparity_transform(True), *smoothing, rs.disparity_transform(False)]
    if filters.fill_holes:
        steps.append(rs.hole_filling_filter())
    return steps


def _pixels(frame: Any) -> NDArray[Any]:
    """A view, good for as long as the frame is held."""
    return np.asanyarray(frame.get_data())
