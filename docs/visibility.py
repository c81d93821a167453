"""Writes docs/reference/visibility.md: how far each damage stands out of the noise, and what each decoy fools.

`python docs/visibility.py` draws about 150 scenes and takes a quarter of an hour; it needs GL.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes import props
from fakes.dataset.eyes import eye
from fakes.props.harm import SEVERITIES
from fakes.sensors.presets import DepthCamera
from fakes.stage import Stage, Studio
from fakes.studios.photography import Shot, View, take

PAGE = Path(__file__).parent / "reference" / "visibility.md"
SPECIMENS = 4
VIEW = "left"
LIT = ("ring", "left", "right", "ambient")
WORKERS = int(os.environ.get("WORKERS", "2"))
RING, LEFT, RIGHT = Shot({"ring": 1.0}, 5.0), Shot({"left": 1.0}, 9.0), Shot({"right": 1.0}, 9.0)
WIDE_PX = 12.0
"""Relief is what is finer than this: the lamps' own fall-off is not."""
Plane = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cue:
    """By how many deviations of the noise of one pixel the marked pixels differ from those of the twin, on average."""

    colour: float
    relief: float
    depth: float


@dataclass(frozen=True, slots=True)
class Case:
    """Something to be seen, and the specimens on which it is."""

    name: str
    how: str
    pairs: tuple[tuple[props.Drawn, props.Drawn], ...]


def cases() -> Iterator[Case]:
    families = list(props.FAMILIES)
    for type_ in props.TYPES:
        able = [name for name in families if type_ in props.harms(name)]
        for severity in SEVERITIES:
            yield Case(type_, severity, tuple(_pairs(able, (props.Injury(type_, severity),), ())))
    able = [name for name in families if props.decoyed(name)]
    for decoy in props.DECOYS:
        yield Case(decoy, "decoy", tuple(_pairs(able, (), (decoy,))))
    for name in props.AROUND:
        alone = [(whole, replace(whole, around=(name,))) for whole, _ in _pairs(able, (), ())]
        yield Case(name, "decoy", tuple(alone))


def _pairs(
    families: list[str], injuries: tuple[props.Injury, ...], decoys: tuple[str, ...]
) -> Iterator[tuple[props.Drawn, props.Drawn]]:
    for specimen in range(SPECIMENS):
        family = families[specimen * len(families) // SPECIMENS % len(families)]
        whole = props.Drawn(700 + specimen, "one", (props.Chosen(family, 3 + specimen),))
        yield whole, replace(whole, items=(replace(whole.items[0], injuries=injuries, decoys=decoys),))


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Two frames of a scene each way, (H, W), and where it is marked on the colour and on the depth camera's pixels;
    `sides` is its radiance under both lamps at the sides, `there` where tray or item are."""

    colour: tuple[list[Plane], ...]
    relief: list[Plane]
    depth: list[Plane]
    marks: NDArray[np.bool_]
    marks_in_depth: NDArray[np.bool_]
    sides: NDArray[np.float32]
    there: NDArray[np.bool_]


def measured(case: Case) -> Cue:
    """The median over the specimens."""
    found = [_compared(_taken_once(whole), _taken(other)) for whole, other in case.pairs]
    return Cue(*(median(getattr(one, cue) for one in found) for cue in ("colour", "relief", "depth")))


@cache
def _studio() -> Studio:
    """One a process."""
    return Studio()


@lru_cache(maxsize=8)
def _taken_once(whole: props.Drawn) -> Taken:
    """Of an undamaged twin, which several cases in turn are compared with."""
    return _taken(whole)


def _taken(wanted: props.Drawn) -> Taken:
    camera = eye(VIEW)
    with Stage(props.scene(wanted), _studio()) as stage:
        seen = stage.see(camera.colour, lights=LIT)
        ranged = stage.see(camera.depth, 1, ("ring",))
    view = View(seen, ranged.depth_mm, ranged.light["ring"].mean(axis=2))
    deep = [take(view, camera, RING, wanted.seed, index)[1].astype(np.float64) for index in (0, 1)]
    return Taken(
        tuple([_seen(view, camera, shot, index) for index in (0, 1)] for shot in (RING, LEFT, RIGHT)),
        [_relief(view, camera, wanted.seed, index) for index in (2, 4)],
        [np.where(one > 0, one, np.nan) for one in deep],
        seen.marks > 0, ranged.marks > 0, seen.light["left"] + seen.light["right"], seen.part > 0,
    )  # fmt: skip


def _compared(whole: Taken, other: Taken) -> Cue:
    at, at_depth = other.marks, other.marks_in_depth
    if not at.any():  # a shadow: where the picture changed
        at = (np.abs(other.sides - whole.sides).max(axis=2) > 0.05) & other.there
        at_depth = np.ones(other.depth[0].shape, np.bool_)
    return Cue(
        max(_stands_out(*lamp, at) for lamp in zip(whole.colour, other.colour, strict=True)),
        _stands_out(whole.relief, other.relief, at),
        _stands_out(whole.depth, other.depth, at_depth),
    )


def _seen(view: View, camera: DepthCamera, shot: Shot, index: int) -> Plane:
    return np.asarray(take(view, camera, shot, 1, index)[0][..., 1], dtype=np.float64)


def _relief(view: View, camera: DepthCamera, seed: int, index: int) -> Plane:
    """(L - R) / (L + R) of the pictures under two opposite lamps, in linear light, without what is coarse."""
    left, right = (
        (take(view, camera, shot, seed, index + place)[0].astype(np.float64).mean(axis=2) / 255) ** 2.2
        for place, shot in enumerate((LEFT, RIGHT))
    )
    ratio = (left - right) / np.maximum(left + right, 0.02)
    return np.asarray(ratio - cv2.GaussianBlur(ratio, (0, 0), WIDE_PX))


def _stands_out(whole: list[Plane], other: list[Plane], where: NDArray[np.bool_]) -> float:
    """Of the mean of two frames each, over the noise that two frames of the same scene have between them there."""
    noise = float(np.nanstd((whole[0] - whole[1])[where])) / 2**0.5
    if not where.any() or not noise > 0:
        return 0.0
    excess = float(np.nanmean(((other[0] + other[1] - whole[0] - whole[1])[where] / 2) ** 2)) - noise**2
    return float(np.sqrt(max(excess, 0.0)) / noise)


def page(rows: list[tuple[Case, Cue]]) -> str:
    lines = [
        f"| {case.name} | {case.how} | {cue.colour:.1f} | {cue.relief:.1f} | {cue.depth:.1f} |" for case, cue in rows
    ]
    return "\n".join((
        "<!-- generated by `python docs/visibility.py`: change the code, not this page -->\n",
        "# How far damage stands out of the noise\n",
        "SIMULATED: the damage, the light and the noise are those of the simulated booth: these figures say what its",
        "pictures hold, not what a real camera would see. Each is the root mean square difference between an item and",
        "its undamaged twin over the marked pixels, in deviations of one pixel's noise from frame to frame; the median",
        f"of {SPECIMENS} specimens through the camera `{VIEW}`. Colour is the green channel under the lamp that shows",
        "it best of ring, left and right; relief is (L - R) / (L + R) under two opposite lamps without what is coarser",
        f"than {WIDE_PX:.0f} px; depth is that of a camera like a D415 at 0.7 m. Below 1 a pixel alone says nothing; a",
        "region of n pixels says the root of n times more. A shadow has no marks of its own: it is measured where the",
        "picture under the side lamps changes.\n",
        "| what | how | colour | relief | depth |",
        "|---|---|---|---|---|",
        *lines,
        "",
        *_said(rows),
        "",
    ))  # fmt: skip


def _said(rows: list[tuple[Case, Cue]]) -> list[str]:
    """What the figures come to, in words."""
    decoys = {case.name: cue for case, cue in rows if case.how == "decoy"}
    hurt = {f"{case.how} {case.name}": cue for case, cue in rows if case.how != "decoy"}
    best = {name: max(cue.colour, cue.relief, cue.depth) for name, cue in hurt.items()}
    weakest = min(best, key=lambda name: best[name])
    low, middle, high = np.percentile([cue.colour for cue in hurt.values()], (10, 50, 90))
    fooled = ", ".join(f"{name} {cue.colour:.0f}" for name, cue in decoys.items())
    printed = max(cue.relief for name, cue in decoys.items() if name.startswith("printed"))
    deepest = max(cue.depth for cue in decoys.values())
    return [
        f"In its best cue every damage stands at {best[weakest]:.1f} or higher; the faintest is a {weakest}.",
        "",
        f"Colour is fooled by what only looks like damage: {fooled}.",
        f"Damage itself has a median of {middle:.0f} there, {low:.0f} to {high:.0f} from the tenth to the ninetieth",
        f"percentile. Relief sees print at {printed:.1f} or lower, and depth sees no decoy above {deepest:.1f}.",
    ]


def main() -> None:
    wanted = list(cases())
    with ProcessPoolExecutor(WORKERS) as pool:
        rows = []
        for case, cue in zip(wanted, pool.map(measured, wanted), strict=True):
            sys.stderr.write(f"{case.name} {case.how}: {cue}\n")
            rows.append((case, cue))
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
