"""What a booth stands on before it touches a device: settings, model pack, calibration. All checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from booth.assembly.recording import Grounds
from booth.calibration.applied import geometry_of
from booth.calibration.store import CalibrationInvalid, Calibrations, load_all
from booth.geometry.views import CameraGeometry
from booth.records.record import Source
from booth.scoring.pack import Pack, load
from booth.settings import Settings
from booth.settings.loading import digest
from drivers.frames import CameraInfo


@dataclass(frozen=True, slots=True)
class Foundation:
    """Everything that a run names in its records, read before a device is opened."""

    settings: Settings
    settings_sha256: str
    pack: Pack
    calibrations: Calibrations

    def grounds(self) -> Grounds:
        recipe = hashlib.sha256(self.settings.recipe.model_dump_json().encode()).hexdigest()
        return Grounds(
            recipe,
            Source(self.pack.name, self.pack.sha256),
            self.calibration_sources(),
            self.settings_sha256,
            self.settings.simulated,
        )

    def calibration_sources(self) -> tuple[Source, ...]:
        """The files in use, of the cameras in the settings."""
        return tuple(Source(file.name, file.sha256) for file in self.calibrations.of(self.settings.cameras))

    def geometries(self, infos: Mapping[str, CameraInfo]) -> dict[str, CameraGeometry]:
        """Raises CalibrationInvalid for a camera that was not calibrated, or is not the one that was."""
        return {camera: geometry_of(camera, info, self.calibrations) for camera, info in infos.items()}


def lay(config: Path, settings: Settings) -> Foundation:
    """Raises PackInvalid, CalibrationInvalid. Touches no device."""
    calibrations = load_all(settings.calibration)
    for camera in settings.cameras:
        if calibrations.find("tray", camera) is None:
            raise CalibrationInvalid(
                f"{settings.calibration}: there is no tray calibration of camera {camera}; empty the tray and run "
                f"`booth calibrate tray {config} --camera {camera}`"
            )
    return Foundation(settings, digest(config), load(settings.recipe.pack), calibrations)
