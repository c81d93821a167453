"""What stands in the simulated booth: items in families, their tray, and the booth, as panels."""

from fakes.props.compose import Scene, draw, empty
from fakes.props.families import FAMILIES
from fakes.props.harm import Injury
from fakes.props.panel import DECOY, Panel, Part, Skin

__all__ = ["DECOY", "FAMILIES", "Injury", "Panel", "Part", "Scene", "Skin", "draw", "empty"]
