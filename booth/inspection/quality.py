"""Whether a picture is good enough to be judged. Pure."""

import numpy as np

from booth.faults import Occurrence
from booth.geometry.views import View
from booth.settings.model import Quality

SATURATED = 250  # of 255, all channels
DARK = 8  # of 255, all channels: the sensor's own noise floor


def poor(view: View, limits: Quality, has_depth: bool) -> Occurrence | None:
    """The first limit that `view` misses, or None. Depth is only asked of a camera that has it."""
    # Channel by channel: a reduction over an axis of three is twenty times slower.
    blue, green, red = (view.colour[:, :, channel] for channel in range(3))
    brightest = np.maximum(np.maximum(blue, green), red)
    darkest = np.minimum(np.minimum(blue, green), red)
    saturated = float(np.mean(darkest >= SATURATED))
    dark = float(np.mean(brightest <= DARK))
    valid = float(np.mean(view.valid))
    if saturated > limits.saturated_at_most:
        detail = f"{saturated:.0%} of the picture is saturated, {limits.saturated_at_most:.0%} is allowed"
    elif dark > limits.dark_at_most:
        detail = f"{dark:.0%} of the picture is black, {limits.dark_at_most:.0%} is allowed"
    elif has_depth and valid < limits.valid_depth_at_least:
        detail = f"{valid:.0%} of the picture has depth, {limits.valid_depth_at_least:.0%} is needed"
    else:
        return None
    return Occurrence("quality-poor", device=view.camera, detail=detail)
