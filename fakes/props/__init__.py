"""What stands in the simulated booth: items in families, their tray, and the booth, as panels."""

from fakes.props.compose import Scene, draw, empty, scene
from fakes.props.families import FAMILIES
from fakes.props.harm import Injury
from fakes.props.lottery import Chosen, Drawn, drawn
from fakes.props.panel import DECOY, Panel, Part, Skin

__all__ = [
    "DECOY", "FAMILIES", "Chosen", "Drawn", "Injury", "Panel", "Part", "Scene", "Skin", "draw", "drawn", "empty",
    "scene",
]  # fmt: skip
