"""Scores drawn instead of measured: what a good model, or a bad one, would say of the trays of a simulated day."""

from collections import defaultdict
from dataclasses import dataclass

from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region, View
from booth.scoring.products.identity import NOTHING_WRITTEN, Labels
from booth.scoring.scorer import Scored, ScoreInvalid
from booth.tray import Reason
from drivers.frames import CameraInfo
from drivers.units import Millimetres
from fakes.streams import stream
from fakes.studios.coded import TRAY_MM, Label, named, read


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta distribution over [0, 1], with mean a / (a + b). Raises ValueError unless both are positive."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (self.a > 0 and self.b > 0):
            raise ValueError(f"beta({self.a:g}, {self.b:g}): both numbers have to be above 0")


@dataclass(frozen=True, slots=True)
class Distributions:
    """How pristine and damaged items score."""

    good: Beta = Beta(1.2, 14.0)
    damaged: Beta = Beta(8.0, 1.5)


class DrawnScorer:
    """A booth.scoring Scorer of coded pictures. `given` has every score, by product."""

    def __init__(self, lanes: tuple[str, ...], distributions: Distributions, seed: int) -> None:
        self.given: dict[str, list[float]] = defaultdict(list)
        self._lanes, self._distributions, self._seed = lanes, distributions, seed

    def score(self, views: tuple[View, ...], labels: Labels = NOTHING_WRITTEN) -> Scored:
        """The score of the tray that all `views` show. Raises ScoreInvalid if they show none, or more than one."""
        seen = {read(view.colour) for view in views}
        label = seen.pop()
        if seen or label is None:
            raise ScoreInvalid("the views do not show one and the same tray")
        score = self._drawn(label)
        self.given[named(label.seed)].append(score)
        return Scored(score, tuple((lane, score) for lane in self._lanes), (Reason("damage-seen", "drawn"),))

    def _drawn(self, label: Label) -> float:
        how = self._distributions.damaged if label.damaged else self._distributions.good
        return float(stream(self._seed, "score", label.seed).beta(how.a, how.b))


def straight_down(name: str, info: CameraInfo) -> CameraGeometry:
    """The geometry of a camera of the coded studio: no calibration measured it."""
    if info.colour is None:
        raise ValueError(f"{name}: has no colour picture")
    floor, eye = Plane((0.0, 0.0, -1.0), Millimetres(-TRAY_MM)), info.colour
    whole = Region(0, 0, eye.width_px, eye.height_px)
    return CameraGeometry(name, eye, info.depth, info.depth_to_colour, info.depth_unit, floor, whole)
