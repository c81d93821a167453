"""From frames to a score: views, quality, lanes. Blocking work, called on a thread."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest

import numpy as np

from booth.faults import Occurrence
from booth.geometry.views import CameraGeometry, Side, View, WrongSize, colour_of, view_of
from booth.inspection.quality import poor, unlit
from booth.inspection.station import Capture
from booth.records.record import Source
from booth.scoring.arrangement import Arrangement, arrangement
from booth.scoring.products.codes import Sight
from booth.scoring.products.identity import Identity, Labels
from booth.scoring.scorer import Scored, ScoreInvalid, Scorer
from booth.settings.model import Quality
from drivers.frames import Colour, Frame, Intrinsics, RawDepth
from drivers.units import Duration, Instant


@dataclass(frozen=True, slots=True)
class Examined:
    """Views as far as they could be made; exactly one of `scored` and `problem` is there. `pack`: what was to score.
    `geometries` and `sides`: what the views were made with. `arrangement`: what stands on the tray, if anybody could
    tell."""

    views: tuple[View, ...]
    scored: Scored | None = None
    problem: Occurrence | None = None
    pack: Source | None = None
    geometries: Mapping[str, CameraGeometry] = field(default_factory=dict)
    sides: tuple[Side | None, ...] = ()
    arrangement: Arrangement | None = None

    def believing(self, plate: str | None, now: str | None) -> "Examined":
        """The same, with no product if it was told by `plate` and the tray has another one `now`, or none: a label that
        contradicts the first one takes it back, and it may do so while the tray is scored."""
        if self.scored is None or self.scored.identity.how != "plate" or plate == now:
            return self
        taken_back = Identity(said=f"plate {plate} was taken back")
        return replace(self, scored=replace(self.scored, identity=taken_back))


@dataclass(frozen=True, slots=True)
class Examiner:
    """What it takes to turn a capture into a score: geometry per camera, limits, the model. `sides`: for each shot, in
    order, the side that it is lit from; a shot beyond them is from none. `pack`: what `scorer` was made of. `tray_mm`:
    the tray's size across and down the pictures, if it is known."""

    geometries: Mapping[str, CameraGeometry]
    limits: Quality
    scorer: Scorer
    valid_until: datetime | None = None
    sides: tuple[Side | None, ...] = ()
    pack: Source | None = None
    tray_mm: tuple[float, float] | None = None

    def warm_up(self, products: Sequence[str] = ()) -> None:
        """Do once, on frames of a block, what every tray needs: the first view and the first score cost far more than
        the others, and so does the first of a product that has references. `products`: those to be ready for, the
        likeliest first: of more than a lane holds the last go. Raises nothing that `examine` would not."""
        block = tuple(_block(geometry) for geometry in self.geometries.values())
        views = views_of([block] * max(1, len(self.sides)), self.geometries, self.sides)
        arrangement(views, self.tray_mm)
        for plate in (None, *reversed(products)):
            with suppress(ScoreInvalid):
                self.scorer.score(views, Labels(plate))

    def examine(self, capture: Capture, now: datetime, plate: str | None = None) -> Examined:
        """Never raises for what a picture or a model can do; what it cannot score it names. `now` is wall-clock time:
        a calibration grows old while the booth stands, too. `plate`: what the tray's label says, as far as it was
        read."""
        found = self._examined(capture, now, plate)
        return replace(found, pack=self.pack, geometries=self.geometries, sides=self.sides)

    def _examined(self, capture: Capture, now: datetime, plate: str | None) -> Examined:
        if self.valid_until is not None and now > self.valid_until:
            return Examined((), problem=Occurrence("calibration-expired", detail=f"{self.valid_until:%Y-%m-%d}"))
        if lacking := self._absent(capture) or self._blind(capture):
            return Examined((), problem=lacking)
        try:
            views = views_of(capture.shots, self.geometries, self.sides)
            problem = self._poor(capture, views)
        except WrongSize as error:
            return Examined((), problem=Occurrence("frame-bad", detail=str(error)))
        if problem:
            return Examined(views, problem=problem)
        try:
            scored = self.scorer.score(views, self._labels(capture, plate))
            return Examined(views, scored=scored, arrangement=arrangement(views, self.tray_mm))
        except ScoreInvalid as error:
            return Examined(views, problem=Occurrence("score-failed", detail=str(error)))

    def _absent(self, capture: Capture) -> Occurrence | None:
        """A camera that is calibrated, and of which a shot has no picture. What it might have seen nobody judges."""
        for shot in capture.shots:
            if missing := sorted(self.geometries.keys() - {frame.camera for frame in shot}):
                return Occurrence("quality-poor", device=", ".join(missing), detail="it gave no picture")
        return None

    def _blind(self, capture: Capture) -> Occurrence | None:
        """A camera that is calibrated with depth, and gave none: lanes that measure would run on the others alone."""
        for frame in capture.shots[0]:
            if frame.depth is None and self.geometries[frame.camera].depth is not None:
                return Occurrence("quality-poor", device=frame.camera, detail="it gave no depth")
        return None

    def _poor(self, capture: Capture, views: Sequence[View]) -> Occurrence | None:
        """Of every shot. Raises WrongSize."""
        for frame, view in zip(capture.shots[0], views, strict=True):
            if problem := poor(view, self.limits, self.geometries[frame.camera].depth is not None):
                return problem
        for camera, picture in self._later(capture, views):
            if problem := unlit(camera, picture, self.limits):
                return problem
        return None

    def _later(self, capture: Capture, views: Sequence[View]) -> Iterator[tuple[str, Colour]]:
        """What every shot but the first shows of the tray, by camera. A picture from no side is in no view."""
        for shot, side in zip_longest(capture.shots[1:], self.sides[1 : len(capture.shots)]):
            for frame, view in zip(shot, views, strict=True):
                yield view.camera, view.lit[side] if side else colour_of(frame, self.geometries[frame.camera])

    def _labels(self, capture: Capture, plate: str | None) -> Labels:
        return Labels(plate, tuple(_sight(frame, self.geometries[frame.camera]) for frame in capture.shots[0]))


def views_of(
    shots: Sequence[Sequence[Frame]], geometries: Mapping[str, CameraGeometry], sides: Sequence[Side | None]
) -> tuple[View, ...]:
    """One view a camera, of its frames of every shot: colour and depth of the first, and the colour of those that were
    lit from one side. Raises WrongSize."""
    return tuple(_view(frames, geometries[frames[0].camera], sides) for frames in zip(*shots, strict=True))


def _view(frames: Sequence[Frame], geometry: CameraGeometry, sides: Sequence[Side | None]) -> View:
    lit: dict[Side, Colour] = {}
    for side, frame in zip(sides, frames, strict=False):
        if side is not None:
            lit[side] = colour_of(frame, geometry)
    return replace(view_of(frames[0], geometry), lit=lit)


def _sight(frame: Frame, geometry: CameraGeometry) -> Sight:
    """What is scored of the picture, on the sensor's own pixels: codes are finer than damage."""
    own = geometry if geometry.size_px is None else replace(geometry, size_px=None)
    stands = own.standpoint
    return Sight(colour_of(frame, own), None if stands is None else stands.mm_per_px)


def _block(geometry: CameraGeometry) -> Frame:
    """A frame of the right sizes: all grey, and in the middle something that is a tenth of the way nearer than the
    tray. Beside it nothing is measured."""
    colour = np.full((geometry.colour.height_px, geometry.colour.width_px, 3), 90, np.uint8)
    nothing = Duration(0)
    depth = None if geometry.depth is None else _block_depth(geometry, geometry.depth)
    return Frame(geometry.camera, 0, Instant(0), nothing, nothing, nothing, colour, depth, geometry.depth_unit)


def _block_depth(geometry: CameraGeometry, eye: Intrinsics) -> RawDepth:
    depth = np.zeros((eye.height_px, eye.width_px), np.uint16)
    if geometry.plane is not None:
        middle = tuple(slice(side // 3, side - side // 3) for side in depth.shape)
        depth[middle] = min(round(0.9 * -geometry.plane.offset_mm / geometry.depth_unit), np.iinfo(np.uint16).max)
    return depth
