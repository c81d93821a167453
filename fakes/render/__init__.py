"""How a scene is seen: the rig's geometry and light. What a sensor makes of that is fakes.sensors."""

from fakes.render.photograph import photograph
from fakes.render.rig import CAMERAS, LAMPS

__all__ = ["CAMERAS", "LAMPS", "photograph"]
