"""What a booth stands on before it touches a device: settings, model pack, calibration. All checked."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from booth.assembly.knowing import known_of, named, refuse_other_geometry
from booth.assembly.recording import Grounds
from booth.calibration.applied import geometry_of, tray_in_use
from booth.calibration.store import Calibration, Calibrations, load_all
from booth.geometry.views import CameraGeometry
from booth.records.record import Source
from booth.scoring.packs.library import Choice, Library
from booth.scoring.packs.manifest import ViewShape
from booth.scoring.packs.pack import Pack, PackInvalid
from booth.scoring.products.known import NOTHING_KNOWN, Known
from booth.scoring.scorer import PackScorer, Scorer
from booth.settings import Settings
from booth.settings.loading import digest
from drivers.frames import CameraInfo

PACKS = "packs"

Geometries = Callable[[Mapping[str, CameraInfo]], dict[str, CameraGeometry]]


@dataclass(frozen=True, slots=True)
class Foundation:
    """`grounds` is what every record names; `geometries` makes of what the cameras say of themselves what they are
    worked with, and raises CalibrationInvalid for a camera that was not calibrated or is not the one that was.
    `valid_until`: when the oldest calibration in use grows too old; None: never. `shape`: the pixels that the pack
    scores; None: the cameras' own. `known`: the products, and their references. `laid_by`: what was chosen when this
    was laid; None: nothing on a disk, as in virtual time."""

    settings: Settings
    grounds: Grounds
    geometries: Geometries
    scorer: Scorer
    valid_until: datetime | None = None
    shape: ViewShape | None = None
    known: Known = NOTHING_KNOWN
    laid_by: Choice | None = None

    def scored(self, infos: Mapping[str, CameraInfo]) -> dict[str, CameraGeometry]:
        """`geometries`, of the pixels that the pack scores: depth is aligned on those alone. Raises
        CalibrationInvalid, GalleryInvalid for references that were taken from elsewhere."""
        found = self.geometries(infos)
        if self.shape is not None and self.shape.mm_per_px is not None:
            size, scale = self.shape.size, self.shape.mm_per_px
            found = {name: each.framed(size, scale) for name, each in found.items()}
        refuse_other_geometry(self.known, found, self.shape)
        return found


def lay(config: Path, settings: Settings) -> Foundation:
    """Raises PackInvalid, CalibrationInvalid, GalleryInvalid. Touches no device."""
    calibrations = load_all(settings.calibration)
    for camera in settings.cameras:
        tray_in_use(camera, calibrations)
    chosen = library(settings).chosen()
    pack = chosen.load(settings.recipe.pack_signed_by)
    files, known = calibrations.of(settings.cameras), known_of(settings)
    grounds = Grounds(
        hashlib.sha256(settings.recipe.model_dump_json().encode()).hexdigest(),
        Source(pack.name, pack.sha256),
        tuple(Source(file.name, file.sha256) for file in files),
        digest(config),
        settings.simulated,
        named(known.gallery),
    )
    until = _valid_until(settings, files)
    scorer, shape = PackScorer(pack, known=known), pack.manifest.view
    return Foundation(settings, grounds, partial(_geometries, calibrations), scorer, until, shape, known, chosen)


def library(settings: Settings) -> Library:
    """The packs that this site has installed."""
    return Library(settings.state_dir / PACKS, settings.recipe.pack)


def with_pack(foundation: Foundation, pack: Pack) -> Foundation:
    """The same booth with another pack. Raises PackInvalid."""
    demand_thresholds(foundation.settings, pack)
    grounds = replace(foundation.grounds, pack=Source(pack.name, pack.sha256))
    return replace(
        foundation, grounds=grounds, scorer=PackScorer(pack, known=foundation.known), shape=pack.manifest.view
    )


def demand_thresholds(settings: Settings, pack: Pack) -> None:
    """Raises PackInvalid where nothing says from which score of its lanes on a tray is diverted."""
    lanes = pack.manifest.lanes.brought
    if not any(set(threshold.lanes) == set(lanes) for threshold in settings.recipe.thresholds):
        wrong = f"recipe.thresholds has none for its lanes ({', '.join(lanes)}): every tray would be diverted"
        raise PackInvalid(pack.folder, wrong, _suggestion(pack))


def _suggestion(pack: Pack) -> str:
    lanes = pack.manifest.lanes.brought
    told = (row.divert_at for row in pack.manifest.thresholds if set(row.lanes) == set(lanes))
    divert_at = next((f"{number:g}, as the pack suggests" for number in told), "what its card says")
    return f"add one, {{lanes: [{', '.join(lanes)}], divert_at: ...}}; {divert_at}"


def _valid_until(settings: Settings, files: Sequence[Calibration]) -> datetime | None:
    if settings.calibration_days is None:
        return None
    return min(file.made_at for file in files) + timedelta(days=settings.calibration_days)


def _geometries(calibrations: Calibrations, infos: Mapping[str, CameraInfo]) -> dict[str, CameraGeometry]:
    return {camera: geometry_of(camera, info, calibrations) for camera, info in infos.items()}
