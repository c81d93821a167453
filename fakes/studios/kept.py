"""Scenes of the simulated booth that come with it: as good as staged ones, and they need no GL."""

from collections.abc import Mapping

from drivers.frames import CameraInfo, Transform
from drivers.units import Millimetres
from fakes.plan import CAMERAS
from fakes.render.rig import BASELINE_MM
from fakes.sensors.presets import DepthCamera
from fakes.sensors.stereo import Imager
from fakes.stage import CAMERAS as STAGED
from fakes.stage import shipped
from fakes.streams import stream
from fakes.studios.panels import PanelScene
from fakes.studios.photography import on_colour


class KeptScenes:
    """fakes.studios.panels.Scenes: the shipped ones that have an item in them, by lot.

    Their cameras are not those of the rig: depth is on the colour's own pixels, as a scene has it, so there is no
    parallax.
    """

    def __init__(self) -> None:
        truths = {name: shipped.told(shipped.named(name)) for name in shipped.names()}
        filled = [name for name, truth in truths.items() if truth["items"]]
        self._names = {bad: [name for name in filled if bool(truths[name]["damages"]) is bad] for bad in (False, True)}

    @property
    def eyes(self) -> Mapping[str, DepthCamera]:
        return EYES

    def info(self, camera: str) -> CameraInfo:
        lens = EYES[camera].colour.lens
        return CameraInfo("Shipped scenes", EYES[camera].imager.serial, True, lens, lens, depth_unit=Millimetres(1.0))

    def draw(self, seed: int, damaged: bool) -> PanelScene:
        """As Studio.draw, but for this: a damaged tray is seldom the twin of the undamaged one of the same seed."""
        among = self._names[damaged]
        return _scene(among[int(stream(seed, "shipped").integers(len(among)))])

    def empty(self) -> PanelScene:
        return _scene("empty")


def _eye(name: str) -> DepthCamera:
    colour = STAGED[name]
    return DepthCamera(
        colour, colour, Transform(), Imager(f"SHIPPED-{name.upper()}", colour.lens.fx_px, BASELINE_MM), 0
    )


EYES = {name: _eye(name) for name in CAMERAS}


def _scene(name: str) -> PanelScene:
    there = shipped.load(shipped.named(name))
    return PanelScene(there.truth, {camera: on_colour(there.views[camera]) for camera in EYES})
