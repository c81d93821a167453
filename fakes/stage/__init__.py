"""How the simulated booth is lit and seen: software GL, one radiance picture per light, metric depth, truth."""

from fakes.graphics import NoGraphics
from fakes.stage.cameras import CAMERAS, Camera
from fakes.stage.lights import LIGHTS
from fakes.stage.render import Stage
from fakes.stage.seen import Seen
from fakes.stage.studio import Studio

__all__ = ["CAMERAS", "LIGHTS", "Camera", "NoGraphics", "Seen", "Stage", "Studio"]
