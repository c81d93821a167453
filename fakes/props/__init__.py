"""What stands in the simulated booth: items in families, their tray, and the booth, as panels."""

from fakes.props.compose import Scene, draw, empty, scene
from fakes.props.decoy import DECOYS
from fakes.props.families import FAMILIES
from fakes.props.harm import TYPES, Injury
from fakes.props.lottery import AROUND, Chosen, Drawn, decoyed, drawn, harms
from fakes.props.panel import DECOY, Panel, Part, Skin

__all__ = [
    "AROUND", "DECOY", "DECOYS", "FAMILIES", "TYPES", "Chosen", "Drawn", "Injury", "Panel", "Part", "Scene", "Skin",
    "decoyed", "draw", "drawn", "empty", "harms", "scene",
]  # fmt: skip
