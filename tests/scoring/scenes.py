"""Frames of the scenes that come with the booth."""

from collections.abc import Mapping
from functools import cache

from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres, ms
from fakes.sensors.presets import DepthCamera
from fakes.stage import shipped
from fakes.studios.panels import shot
from fakes.studios.photography import on_colour, take
from fakes.studios.studio import STANDS

UNIT = Millimetres(1.0)


def frame(
    camera: str, eye: DepthCamera, scene: str, lamps: Mapping[str, float], key: tuple[int, int], past_mm: float = 0.0
) -> Frame:
    """`lamps`: as a recipe's shot names them, which is how the simulated station does. `key`: of its noise. `past_mm`:
    how far past the station the tray stands."""
    wanted = shot(eye, Millimetres(past_mm), STANDS, lamps, 4.0)
    colour, depth = take(on_colour(_scene(scene).views[camera]), eye, wanted, *key)
    exact = Duration(0)
    return Frame(camera, 1, Instant(0), exact, ms(4), exact, colour, depth, UNIT)


@cache
def _scene(name: str) -> shipped.Shipped:
    return shipped.load(shipped.named(name))
