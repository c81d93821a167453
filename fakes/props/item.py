"""An item: its panels, and what damage needs to know about how it is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from fakes.props.panel import FACES, Panel

Severity = Literal["minor", "major"]
Harm = Callable[[np.random.Generator, "Item", Severity, int], None]
"""Does one damage to an item, in place, before it is posed, and sets bit n of the marks where it did."""
Pours = Literal["liquid", "grains"]
Size = tuple[float, float, float]
"""Length (x), width (y), height (z), mm."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product: `family` and `number` name it, `code` is its EAN-13, `size_mm` its outer size."""

    family: str
    number: int
    code: str
    size_mm: Size

    @property
    def name(self) -> str:
        return f"{self.family}-{self.number:02d}"


@dataclass(slots=True, eq=False)
class Item:
    """`shell` is seen first, its panel `face` is where most happens; `units` are inside, or are what the shell holds.

    `harms` are the types of fakes.props.harm that can happen to an item built like this one, `ways` how some of them
    happen otherwise than there. `sealed` says that nothing of `units` is seen while the item is whole. `pours` says of
    what a spillage is made, `flute_mm` how far apart the flutes of its board are, 0 for none; a `supple` item
    is a bag of film, which wrinkles all over.
    """

    product: Product
    shell: list[Panel]
    units: list[list[Panel]] = field(default_factory=list)
    harms: tuple[str, ...] = ()
    ways: Mapping[str, Harm] = field(default_factory=dict)
    sealed: bool = True
    face: str = "top"
    pours: Pours = "liquid"
    flute_mm: float = 0.0
    supple: bool = False

    @property
    def panels(self) -> list[Panel]:
        return [*self.shell, *(panel for unit in self.units for panel in unit)]

    def has(self, name: str) -> bool:
        return any(panel.name == name for panel in self.shell)

    def panel(self, name: str) -> Panel:
        """Raises KeyError with the panels there are."""
        for panel in self.shell:
            if panel.name == name:
                return panel
        raise KeyError(f"No panel {name!r}: this {self.product.family} has {', '.join(p.name for p in self.shell)}.")


class Builder(Protocol):
    """How the items of a family are made: parameters of its own, and three steps. Each draws from `stream(seed, ...)`
    what differs from one specimen to the next, and from streams of the product what does not."""

    def build(self, product: Product, seed: int) -> Item:
        """The item as it left the factory, standing on its own origin, with what is in it."""

    def handle(self, item: Item, seed: int) -> None:
        """What it picks up on its way, on its surface: rubbed edges, faint scuffs. In place, before any damage."""

    def settle(self, item: Item, seed: int) -> None:
        """How it gives way, no more than anyone would accept. In place, after any damage."""


BOX_SIDES = FACES[2:]
