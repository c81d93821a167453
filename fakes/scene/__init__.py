"""What is there: trays, items and their damage, as a height field. How it is seen is fakes.render."""

from fakes.scene.compose import Injury, bare_belt, board, draw, empty
from fakes.scene.field import Label, Scene

__all__ = ["Injury", "Label", "Scene", "bare_belt", "board", "draw", "empty"]
