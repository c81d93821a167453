"""Scenes from seeds: product, board, wear, pose and tray are drawn from streams of their own."""

from dataclasses import dataclass, field
from typing import Any

from fakes.props import carton
from fakes.props.families import FAMILIES, product
from fakes.props.panel import Panel, Part, posed
from fakes.props.tray import LENGTH_MM, WIDTH_MM, booth, tray
from fakes.streams import stream


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What stands in the booth, in tray coordinates; not to be changed. `truth` goes to reports and tests only."""

    panels: tuple[Panel, ...]
    truth: dict[str, Any] = field(default_factory=dict)


def draw(seed: int, family: str | None = None, number: int | None = None) -> Scene:
    """A tray with one item; `seed` >= 0. `family` and product `number` replace what the seed would have drawn.

    Raises KeyError for a family that does not exist.
    """
    rng = stream(seed, "product")
    names = tuple(FAMILIES)
    drawn = names[int(rng.integers(len(names)))], int(rng.integers(FAMILIES[names[0]].products))
    chosen = product(family or drawn[0], number if number is not None else drawn[1])
    item = carton.build(chosen, FAMILIES[chosen.family].build, seed)
    carton.wear(item, seed)
    pose = stream(seed, "pose")
    room_x = max(3.0, (LENGTH_MM - chosen.size_mm[0]) / 2 - 24)
    room_y = max(3.0, (WIDTH_MM - chosen.size_mm[1]) / 2 - 24)
    turn = float(pose.normal(0, 5)) + (180.0 if pose.random() < 0.5 else 0.0)
    posed(item.panels, turn, (float(pose.uniform(-1, 1) * room_x), float(pose.uniform(-1, 1) * room_y), 0.3))
    for panel in item.panels:
        panel.part = Part.ITEM
    truth = {"seed": seed, "product": chosen.name, "family": chosen.family, "code": chosen.code, "damages": []}
    return Scene((*booth(), *tray(seed), *item.panels), truth)


def empty(seed: int) -> Scene:
    """A tray without an item."""
    return Scene((*booth(), *tray(seed)), {"seed": seed, "product": None, "family": None, "damages": []})
