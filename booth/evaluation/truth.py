"""What is known of a tray in a data set: what a score of it is held against, and no scoring ever sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class DatasetUnreadable(ValueError):
    """Something in a data set cannot be used. Says which file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One damage of a tray. `severity` is None where nobody said. `visible_px`: for each camera the pixels of the whole
    picture that show it; empty where nobody counted."""

    type: str
    severity: str | None = None
    visible_px: Mapping[str, int] = field(default_factory=dict)

    @property
    def hidden(self) -> bool:
        """It is there, and no camera can see it."""
        return bool(self.visible_px) and not any(self.visible_px.values())


@dataclass(frozen=True, slots=True)
class Truth:
    """Of one tray. `name` is unique in its data set. `products` are those on the tray, the first the main one: none of
    an empty tray, and none where nobody said. `split`: train, val, test, or None. `reference`: meant for a gallery."""

    name: str
    simulated: bool = False
    split: str | None = None
    products: tuple[str, ...] = ()
    family: str | None = None
    arrangement: str | None = None
    damages: tuple[Damage, ...] = ()
    decoys: tuple[str, ...] = ()
    reference: bool = False

    @property
    def damaged(self) -> bool:
        return bool(self.damages)

    @property
    def types(self) -> frozenset[str]:
        return frozenset(damage.type for damage in self.damages)

    @property
    def severities(self) -> frozenset[str]:
        return frozenset(damage.severity for damage in self.damages if damage.severity is not None)

    @property
    def product(self) -> str | None:
        return self.products[0] if self.products else None

    @property
    def hidden(self) -> bool:
        """Damaged, and no camera can see any of it."""
        return self.damaged and all(damage.hidden for damage in self.damages)
