"""Scenes from seeds: product, board, wear, pose and tray are drawn from streams of their own."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fakes.props import decoy, harm
from fakes.props.families import FAMILIES, product
from fakes.props.item import Item, Size
from fakes.props.lottery import Chosen, Drawn, side_by_side
from fakes.props.panel import INJURIES, Panel, Part, posed
from fakes.props.tray import LENGTH_MM, RIM_MM, WIDTH_MM, booth, ground_mm, tray
from fakes.streams import stream

EDGE_MM = 24.0
"""What is left free at the tray's rim."""
OVER_MM = (25.0, 70.0)
"""How far an item sticks out that overhangs."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What stands in the booth, in tray coordinates; not to be changed. `truth` goes to reports and tests only.

    truth: "seed", "arrangement", "items" (each with "product", "family", "code", "part" and "decoys"), "damages" (each
    with "type", the field's "term" for it, "severity", "bit" and the "item" it happened to, from 0), "decoys" around
    the items; and "product", "family" and "code" of the first item, None on an empty tray.
    """

    panels: tuple[Panel, ...]
    truth: dict[str, Any] = field(default_factory=dict)


def draw(
    seed: int, family: str | None = None, number: int | None = None, injuries: tuple[harm.Injury, ...] = (),
    decoys: tuple[str, ...] = (),
) -> Scene:  # fmt: skip
    """A tray with one item; `seed` >= 0. `family` and product `number` replace what the seed would have drawn.

    Raises as `scene`.
    """
    rng = stream(seed, "product")
    names = tuple(FAMILIES)
    lot = names[int(rng.integers(len(names)))], int(rng.integers(FAMILIES[names[0]].products))
    return scene(
        Drawn(seed, "one", (Chosen(family or lot[0], lot[1] if number is None else number, injuries, decoys),))
    )


def empty(seed: int) -> Scene:
    """A tray without an item."""
    return scene(Drawn(seed, "empty"))


def scene(wanted: Drawn) -> Scene:
    """The scene that was drawn.

    Injury n of truth["damages"] has bit n of the marks; a closed item is opened (deconstruction) before something can
    be missing from it. Raises KeyError for a family, a decoy or a damage that does not exist, ValueError for one that
    cannot happen to this item, or for more than INJURIES of them.
    """
    items: list[Item] = []
    damages: list[dict[str, Any]] = []
    for place, chosen in enumerate(wanted.items):
        own = wanted.seed if place == 0 else int(stream(wanted.seed, "own", place).integers(1 << 31))
        item, injuries = _made(chosen, own, len(damages))
        for injury in injuries:
            named = {"type": injury.type, "term": harm.TERMS.get(injury.type, injury.type)}
            damages.append({**named, "severity": injury.severity, "bit": len(damages), "item": place})
        items.append(item)
    lying = [(panel, panel.vertices[..., 2]) for item in items for panel in item.panels if panel.part == Part.TRAY]
    _placed(items, wanted)
    for panel, thick_mm in lying:  # what was spilt lies on the tray, its rim and the belt, however the item stands
        panel.vertices[..., 2] = thick_mm + ground_mm(panel.vertices[..., 0], panel.vertices[..., 1])
    for place, item in enumerate(items):
        for panel in item.panels:
            panel.part += place if panel.part == Part.ITEM else 0
    stands = tray(wanted.seed)
    around: list[Panel] = []
    if "dirty-tray" in wanted.around:
        decoy.soiled(stream(wanted.seed, "dirt"), stands[0].skin)
    if "shadow" in wanted.around:
        high = items[0].product.size_mm[2] if items else 0.0
        around.append(decoy.shadow(stream(wanted.seed, "strip"), high))
    panels = (*booth(), *around, *stands, *(panel for item in items for panel in item.panels))
    return Scene(panels, _truth(wanted, items, damages))


def _truth(wanted: Drawn, items: list[Item], damages: list[dict[str, Any]]) -> dict[str, Any]:
    told = [
        {
            "product": item.product.name,
            "family": item.product.family,
            "code": item.product.code,
            "part": int(Part.ITEM) + place,
            "decoys": [name for name in chosen.decoys if decoy.fits(item)],
        }
        for place, (item, chosen) in enumerate(zip(items, wanted.items, strict=True))
    ]
    first = told[0] if told else {"product": None, "family": None, "code": None}
    named = {key: first[key] for key in ("product", "family", "code")}
    about = {"seed": wanted.seed, **named, "arrangement": wanted.arrangement, "items": told}
    return {**about, "damages": damages, "decoys": list(wanted.around)}


def _made(chosen: Chosen, seed: int, first_bit: int) -> tuple[Item, tuple[harm.Injury, ...]]:
    article = product(chosen.family, chosen.number)
    builder = FAMILIES[chosen.family].builder
    item = builder.build(article, seed)
    builder.handle(item, seed)
    for name in chosen.decoys:
        if name not in decoy.DECOYS:
            raise KeyError(f"No decoy {name!r}: take one of {', '.join(decoy.DECOYS)}.")
        if decoy.fits(item):
            decoy.DECOYS[name](stream(seed, "decoy", name), item)
    injuries = _implied(item, chosen.injuries)
    _hurt(item, injuries, seed, first_bit)
    builder.settle(item, seed)
    return item, injuries


def _implied(item: Item, injuries: tuple[harm.Injury, ...]) -> tuple[harm.Injury, ...]:
    types = [injury.type for injury in injuries]
    if "missing" not in types or not item.sealed or "deconstruction" in types[: types.index("missing")]:
        return injuries
    rest = tuple(injury for injury in injuries if injury.type != "deconstruction")
    return (harm.Injury("deconstruction", "major"), *rest)


def _hurt(item: Item, injuries: tuple[harm.Injury, ...], seed: int, first_bit: int) -> None:
    if first_bit + len(injuries) > INJURIES:
        raise ValueError(f"{first_bit + len(injuries)} injuries: a scene can tell {INJURIES} apart.")
    for place, injury in enumerate(injuries):
        if injury.type not in harm.TYPES:
            raise KeyError(f"No damage {injury.type!r}: take one of {', '.join(harm.TYPES)}.")
        if injury.type not in item.harms:
            raise ValueError(f"No {injury.type} on a {item.product.family}: take one of {', '.join(item.harms)}.")
        rng = stream(seed, "damage", place, injury.type)
        item.ways.get(injury.type, harm.TYPES[injury.type])(rng, item, injury.severity, first_bit + place)


def _placed(items: list[Item], wanted: Drawn) -> None:
    """Every item turned and moved to where it stands."""
    pose = stream(wanted.seed, "pose")
    if len(items) == 1:
        size = items[0].product.size_mm
        turn = float(pose.normal(0, 5)) + (180.0 if pose.random() < 0.5 else 0.0)
        room_x, room_y = (max(3.0, (side - size[axis]) / 2 - EDGE_MM) for axis, side in ((0, LENGTH_MM), (1, WIDTH_MM)))
        at = (float(pose.uniform(-1, 1) * room_x), float(pose.uniform(-1, 1) * room_y), 0.3)
        if wanted.arrangement == "overhang":
            at = _over_the_rim(items[0], pose, at)
        posed(items[0].panels, turn, at)
    elif items:
        _both_placed(items, pose)


def _both_placed(items: list[Item], pose: np.random.Generator) -> None:
    first, second = items[0].product.size_mm, items[1].product.size_mm
    apart = side_by_side(first, second)
    if apart is None:
        raise ValueError(f"No room for {items[0].product.name} and {items[1].product.name} on one tray.")
    axis = 0 if apart[0] else 1
    middle = (second[axis] - first[axis]) / 4
    for item, sign in zip(items, (-0.5, 0.5), strict=True):
        turn = 180.0 if pose.random() < 0.5 else 0.0
        where = [float(pose.normal(0, 3)), float(pose.normal(0, 3)), 0.3]
        where[axis] = apart[axis] * sign - middle
        posed(item.panels, turn + float(pose.normal(0, 0.6)), (where[0], where[1], where[2]))


def _over_the_rim(item: Item, pose: np.random.Generator, at: Size) -> Size:
    """Out over one end of the tray, and tilted: it leans on the rim."""
    length, width, _ = item.product.size_mm
    side = 1.0 if pose.random() < 0.5 else -1.0
    out = min(float(pose.uniform(*OVER_MM)), length * 0.35)
    inside = length - out
    angle = float(np.arcsin(min(0.5, RIM_MM / inside)))
    turn = np.array([[np.cos(angle), 0, -side * np.sin(angle)], [0, 1, 0], [side * np.sin(angle), 0, np.cos(angle)]])
    foot = np.array([-side * length / 2, 0.0, 0.0])  # the edge that stays on the floor
    for panel in item.panels:
        panel.vertices = (panel.vertices - foot) @ turn.T + foot
    room = max(3.0, (WIDTH_MM - width) / 2 - EDGE_MM)
    return side * (LENGTH_MM / 2 + out - length / 2), float(np.clip(at[1], -room, room)), at[2]
