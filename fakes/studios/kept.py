"""Pictures of the simulated booth from the scenes that come with it: as good as staged ones, and they need no GL."""

from collections.abc import Mapping

from drivers.frames import CameraInfo, Colour, RawDepth, Transform
from drivers.units import Millimetres
from fakes.plan import CAMERAS, PlanInvalid
from fakes.render.rig import BASELINE_MM
from fakes.sensors.presets import DepthCamera
from fakes.sensors.stereo import Imager
from fakes.stage import CAMERAS as STAGED
from fakes.stage import shipped
from fakes.streams import stream
from fakes.studios.photography import on_colour, take
from fakes.studios.staged import BARE_MM, StagedScene, shot
from fakes.studios.studio import STANDS


class KeptStudio:
    """A fakes.studios.studio.Studio: the shipped scenes that have an item in them, by lot.

    Its cameras are not those of the rig: depth is on the colour's own pixels, as a scene has it, so there is no
    parallax. A tray that is off the station is shown as in fakes.studios.staged.
    """

    def __init__(self) -> None:
        truths = {name: shipped.told(shipped.named(name)) for name in shipped.names()}
        filled = [name for name, truth in truths.items() if truth["items"]]
        self._names = {bad: [name for name in filled if bool(truths[name]["damages"]) is bad] for bad in (False, True)}
        self._empty = _scene("empty")

    def info(self, camera: str) -> CameraInfo:
        lens = EYES[camera].colour.lens
        return CameraInfo("Shipped scenes", EYES[camera].imager.serial, True, lens, lens, depth_unit=Millimetres(1.0))

    def draw(self, seed: int, damaged: bool) -> StagedScene:
        """As Studio.draw, but for this: a damaged tray is seldom the twin of the undamaged one of the same seed."""
        among = self._names[damaged]
        return _scene(among[int(stream(seed, "shipped").integers(len(among)))])

    def empty(self) -> StagedScene:
        return self._empty

    def board(self, seed: int, index: int) -> StagedScene:
        raise PlanInvalid(f"pose {index} of seed {seed}: a board needs pictures: rendered")

    def photograph(
        self, scene: StagedScene | None, offset: Millimetres, camera: str, lamps: Mapping[str, float],
        exposure_ms: float, seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour, RawDepth]:  # fmt: skip
        """As Studio.photograph. The bare belt is shown with an empty tray that has gone past."""
        wanted = shot(EYES[camera], offset if scene else BARE_MM, travel, lamps, exposure_ms)
        return take((scene or self._empty).views[camera], EYES[camera], wanted, seed, index)


def _eye(name: str) -> DepthCamera:
    colour = STAGED[name]
    return DepthCamera(
        colour, colour, Transform(), Imager(f"SHIPPED-{name.upper()}", colour.lens.fx_px, BASELINE_MM), 0
    )


EYES = {name: _eye(name) for name in CAMERAS}


def _scene(name: str) -> StagedScene:
    there = shipped.load(shipped.named(name))
    return StagedScene(there.truth, {camera: on_colour(there.views[camera]) for camera in EYES})
