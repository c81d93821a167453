"""Where captures for a gallery come from: evidence, recorded sessions, simulated data sets. Imported when it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cv2

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.cli.exits import Exit, Failed
from booth.evaluation.framing import framing_for
from booth.evaluation.pictures import read as read_picture
from booth.evaluation.simulated import SimulatedCapture, captures, is_simulated
from booth.evaluation.truth import DatasetUnreadable
from booth.geometry.views import CameraGeometry, View, WrongSize
from booth.inspection.examination import views_of
from booth.inspection.quality import poor, unlit
from booth.records.kept_evidence import EvidenceUnreadable, is_evidence
from booth.records.kept_evidence import read as read_evidence
from booth.scoring.fitting import centred, fitted
from booth.scoring.gallery.reference import Capture, Origin
from booth.scoring.packs.manifest import ViewShape
from booth.settings import Settings
from booth.settings.model import Quality
from drivers.cameras.session import FILE as SESSION
from drivers.cameras.session import RecordedFrame, Session, SessionCapture, read_session
from drivers.errors import DeviceError
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres


@dataclass(frozen=True, slots=True)
class Taken:
    """A capture, and what speaks against it. `poor`: the limit of the recipe's quality that it misses; `diverted`:
    whether the booth that kept it diverted the tray."""

    capture: Capture
    poor: str | None = None
    diverted: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """Reads captures as the pack of a booth wants its views."""

    settings: Settings
    shape: ViewShape

    def captures(self, source: Path, product: str) -> list[Taken]:
        """Those of `product` in `source`: every tray of a session, or one of it (SESSION/TRAY); the tray of an evidence
        folder; one capture of a data set, or the references that a data set has of the product. Raises Failed for what
        is none of these or cannot be read."""
        try:
            found = list(self._read(source, product))
        except (DatasetUnreadable, EvidenceUnreadable, WrongSize, DeviceError) as error:
            raise Failed(Exit.USAGE, "source-unusable", str(error)) from error
        if not found:
            raise Failed(Exit.USAGE, "source-empty", f"{source}: has no capture of {product}; name another source")
        return found

    def _read(self, source: Path, product: str) -> Iterator[Taken]:
        if is_evidence(source):
            yield self._of_evidence(source)
        elif (source / SESSION).is_file():
            yield from self._of_session(source, None)
        elif (source.parent / SESSION).is_file():
            yield from self._of_session(source.parent, source.name)
        elif (source / "capture.json").is_file():
            yield from (self._of_dataset(one) for one in captures(source.parent.parent) if one.folder == source)
        elif is_simulated(source):
            yield from (self._of_dataset(one) for one in captures(source) if _is_reference(one, product))
        else:
            says = "is no evidence of a tray, no recorded session, and no data set or capture of one"
            raise Failed(Exit.USAGE, "source-unknown", f"{source}: {says}; see docs/how-to/keep-a-gallery.md")

    def _of_evidence(self, folder: Path) -> Taken:
        kept = read_evidence(folder)
        origin = Origin(kind="evidence", folder=str(folder.parent), capture=kept.tray)
        taken = self._taken(views_of(kept.shots, kept.geometries, kept.sides), kept.geometries, origin, kept.simulated)
        return replace(taken, diverted=kept.diverted)

    def _of_session(self, folder: Path, wanted: str | None) -> Iterator[Taken]:
        session, sides = read_session(folder), tuple(shot.side for shot in self.settings.recipe.shots)
        geometries = self._geometries(session)
        simulated = any(camera.info.simulated for camera in session.cameras.values())
        for tray, shots in groupby(session.captures, lambda capture: capture.name.rpartition(".")[0] or capture.name):
            if wanted in (None, tray):
                frames = [_frames(shot, session) for shot in shots]
                origin = Origin(kind="session", folder=str(folder), capture=tray)
                yield self._taken(views_of(frames, geometries, sides), geometries, origin, simulated)

    def _geometries(self, session: Session) -> Mapping[str, CameraGeometry]:
        calibrations = load_all(self.settings.calibration)
        framing = framing_for(self.shape)
        return {
            name: framing.seen(geometry_of(name, camera.info, calibrations)) for name, camera in session.cameras.items()
        }

    def _of_dataset(self, capture: SimulatedCapture) -> Taken:
        origin = Origin(kind="dataset", folder=str(capture.folder.parent), capture=capture.folder.name)
        framing = framing_for(self.shape)
        # Beyond its sensor a view is black, and nobody's fault.
        views = (centred(view, framing.seen(capture.geometries[view.camera]).wanted_px)
                 for view in capture.views(framing))  # fmt: skip
        return self._taken(tuple(views), capture.geometries, origin, simulated=True)

    def _taken(
        self, views: tuple[View, ...], geometries: Mapping[str, CameraGeometry], origin: Origin, simulated: bool
    ) -> Taken:
        """The limits are those of a tray that is judged."""
        limits = self.settings.recipe.quality
        missed = next(filter(None, (_missed(each, geometries[each.camera], limits) for each in views)), None)
        return Taken(Capture(tuple(fitted(view, self.shape) for view in views), origin, simulated), missed)


def _missed(view: View, geometry: CameraGeometry, limits: Quality) -> str | None:
    lit = (unlit(view.camera, picture, limits) for picture in view.lit.values())
    found = poor(view, limits, geometry.depth is not None) or next(filter(None, lit), None)
    return None if found is None else f"{found.device}: {found.detail}"


def _is_reference(capture: SimulatedCapture, product: str) -> bool:
    """By the name of the folder and of the product: what else the simulated world knows is not asked."""
    return capture.truth.reference and capture.truth.products == (product,)


def _frames(shot: SessionCapture, session: Session) -> tuple[Frame, ...]:
    return tuple(_frame(name, frame, session.cameras[name].info.depth_unit) for name, frame in shot.frames.items())


def _frame(camera: str, kept: RecordedFrame, unit: Millimetres) -> Frame:
    colour, depth = (
        None if path is None else read_picture(path, flags, "record the session again")
        for path, flags in ((kept.colour, cv2.IMREAD_COLOR), (kept.depth, cv2.IMREAD_UNCHANGED))
    )
    nothing = Duration(0)
    return Frame(camera, 0, Instant(0), nothing, nothing, nothing, colour, depth, unit)
