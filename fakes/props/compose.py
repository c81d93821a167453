"""Scenes from seeds: product, board, wear, pose and tray are drawn from streams of their own."""

from dataclasses import dataclass, field
from typing import Any

from fakes.props import harm
from fakes.props.families import FAMILIES, product
from fakes.props.item import Item
from fakes.props.panel import INJURIES, Panel, posed
from fakes.props.tray import LENGTH_MM, WIDTH_MM, booth, tray
from fakes.streams import stream


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What stands in the booth, in tray coordinates; not to be changed. `truth` goes to reports and tests only."""

    panels: tuple[Panel, ...]
    truth: dict[str, Any] = field(default_factory=dict)


def draw(
    seed: int, family: str | None = None, number: int | None = None, injuries: tuple[harm.Injury, ...] = ()
) -> Scene:
    """A tray with one item; `seed` >= 0. `family` and product `number` replace what the seed would have drawn.

    Injury n of truth["damages"] has bit n of the marks; a closed item is opened (deconstruction) before something can
    be missing from it. Raises KeyError for a family or a damage that does not exist,
    ValueError for one that cannot happen to this item, or for more than INJURIES of them.
    """
    rng = stream(seed, "product")
    names = tuple(FAMILIES)
    drawn = names[int(rng.integers(len(names)))], int(rng.integers(FAMILIES[names[0]].products))
    chosen = product(family or drawn[0], number if number is not None else drawn[1])
    builder = FAMILIES[chosen.family].builder
    item = builder.build(chosen, seed)
    builder.handle(item, seed)
    injuries = _implied(item, injuries)
    _hurt(item, injuries, seed)
    builder.settle(item, seed)
    pose = stream(seed, "pose")
    room_x = max(3.0, (LENGTH_MM - chosen.size_mm[0]) / 2 - 24)
    room_y = max(3.0, (WIDTH_MM - chosen.size_mm[1]) / 2 - 24)
    turn = float(pose.normal(0, 5)) + (180.0 if pose.random() < 0.5 else 0.0)
    posed(item.panels, turn, (float(pose.uniform(-1, 1) * room_x), float(pose.uniform(-1, 1) * room_y), 0.3))
    done = [{"type": injury.type, "severity": injury.severity, "bit": bit} for bit, injury in enumerate(injuries)]
    truth = {"seed": seed, "product": chosen.name, "family": chosen.family, "code": chosen.code, "damages": done}
    return Scene((*booth(), *tray(seed), *item.panels), truth)


def _implied(item: Item, injuries: tuple[harm.Injury, ...]) -> tuple[harm.Injury, ...]:
    types = [injury.type for injury in injuries]
    if "missing" not in types or not item.sealed or "deconstruction" in types[: types.index("missing")]:
        return injuries
    return (harm.Injury("deconstruction", "major"), *injuries)


def _hurt(item: Item, injuries: tuple[harm.Injury, ...], seed: int) -> None:
    if len(injuries) > INJURIES:
        raise ValueError(f"{len(injuries)} injuries: a scene can tell {INJURIES} apart.")
    for bit, injury in enumerate(injuries):
        if injury.type not in harm.TYPES:
            raise KeyError(f"No damage {injury.type!r}: take one of {', '.join(harm.TYPES)}.")
        if injury.type not in item.harms:
            raise ValueError(f"No {injury.type} on a {item.product.family}: take one of {', '.join(item.harms)}.")
        rng = stream(seed, "damage", bit, injury.type)
        item.ways.get(injury.type, harm.TYPES[injury.type])(rng, item, injury.severity, bit)


def empty(seed: int) -> Scene:
    """A tray without an item."""
    return Scene((*booth(), *tray(seed)), {"seed": seed, "product": None, "family": None, "damages": []})
