"""An item: its panels, and what damage needs to know about how it is built."""

from dataclasses import dataclass, field

from fakes.props.panel import FACES, Panel

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
    """`shell` is seen first, its panel `top` is where most happens; `units` are inside, or are what the shell holds.

    `flaps` says that `top` can open. `stiff` is False for bags and mailers. `sealed` says that nothing of `units` is
    seen while the item is whole.
    """

    product: Product
    shell: list[Panel]
    units: list[list[Panel]] = field(default_factory=list)
    flaps: bool = False
    stiff: bool = True
    sealed: bool = True

    @property
    def panels(self) -> list[Panel]:
        return [*self.shell, *(panel for unit in self.units for panel in unit)]

    def panel(self, name: str) -> Panel:
        """Raises KeyError with the panels there are."""
        for panel in self.shell:
            if panel.name == name:
                return panel
        raise KeyError(f"No panel {name!r}: this {self.product.family} has {', '.join(p.name for p in self.shell)}.")


BOX_SIDES = FACES[2:]
