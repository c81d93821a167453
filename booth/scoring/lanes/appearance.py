"""What the colour pictures look like to a trained network."""

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.lanes import LaneScore, ScoreInvalid
from booth.scoring.pack import Pack
from booth.scoring.session import ModelUnusable
from booth.tray import Reason

NAME = "appearance"


class AppearanceLane:
    """The worst view decides, and the reason names its camera."""

    name = NAME

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    def score(self, views: tuple[View, ...]) -> LaneScore:
        """Raises ScoreInvalid without a view, and for a view or an output that cannot be one."""
        if not views:
            raise ScoreInvalid("no view of the tray")
        scores = {index: self._score(view) for index, view in enumerate(views)}
        worst = max(scores, key=scores.__getitem__)
        reason = Reason("damage-seen", f"looks damaged in {views[worst].camera}")
        return LaneScore(NAME, scores[worst], (reason,))

    def _score(self, view: View) -> float:
        try:
            score = self._pack.score(picture_of(view, self._pack.manifest.input.size_px))
        except ModelUnusable as error:
            raise ScoreInvalid(f"{self._pack.name} failed on {view.camera}: {error}") from error
        if not 0 <= score <= 1:  # false for NaN too
            raise ScoreInvalid(f"{self._pack.name} gave {score} for {view.camera}, not a number in [0, 1]")
        return score


def picture_of(view: View, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """The whole view as (height, width, 3) uint8 BGR, stretched to `size_px`. Raises ScoreInvalid."""
    colour = view.colour
    if colour.dtype != np.uint8 or colour.ndim != 3 or colour.shape[2] != 3 or not colour.size:
        raise ScoreInvalid(f"the view of {view.camera} is {colour.dtype} {colour.shape}, not a BGR picture")
    height, width = size_px
    if colour.shape[:2] == size_px:
        return colour
    return cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
