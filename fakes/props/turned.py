"""Bodies of revolution: bottles, jars and cans, each one panel from the middle of its top to that of its foot."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fakes.props import ink, materials
from fakes.props.panel import PX_PER_MM, Colour, Panel, Plane, Skin, bare_skin
from fakes.scene.patch import scaled
from fakes.scene.shapes import clouds

Profile = NDArray[np.float64]
"""(N, 2): radius and height, mm, from the middle of the top outwards and down."""
COARSE = 0.5
"""These skins have this share of the texels per millimetre that others have: there are a dozen in a scene."""


@dataclass(frozen=True, slots=True)
class Look:
    """`kind` of KINDS. `wall` is what the body looks like with what is in it."""

    kind: str
    wall: Colour
    cap: Colour
    label: Colour
    brand: str
    matt: float


def _bottle(radius: float, height: float) -> Profile:
    neck, cap = radius * 0.52, 13.0
    shoulder = np.linspace(0, np.pi / 2, 7)
    curve = [(neck + (radius - neck) * np.sin(t), height * 0.66 + height * 0.16 * np.cos(t)) for t in shoulder]
    top = [(0, height), (neck - 0.3, height), (neck + 0.8, height - 0.8), (neck + 1.2, height - 2),
           (neck + 1.2, height - cap), (neck, height - cap - 0.5)]  # fmt: skip
    return np.array([*top, *curve, (radius, height * 0.4), (radius, 3.0), (radius - 2.0, 0.4), (0, 0.4)])


def _jar(radius: float, height: float) -> Profile:
    cap = 15.0
    return np.array([
        (0, height - 1.0), (radius * 0.72, height - 1.0), (radius * 0.78, height), (radius * 0.94, height),
        (radius * 0.97, height - 1.2), (radius * 0.97, height - cap), (radius * 0.88, height - cap - 0.5),
        (radius * 0.9, height - cap - 4), (radius, height - cap - 11), (radius, height * 0.4), (radius, 3.0),
        (radius - 2.0, 0.4), (0, 0.4),
    ])  # fmt: skip


def _can(radius: float, height: float) -> Profile:
    return np.array([
        (0, height - 4.5), (radius * 0.74, height - 4.5), (radius * 0.78, height - 5.0), (radius * 0.81, height - 0.6),
        (radius * 0.84, height), (radius * 0.87, height - 0.6), (radius * 0.88, height - 3.0), (radius, height - 12),
        (radius, height * 0.4), (radius, 8.0), (radius * 0.88, 0.4), (0, 0.4),
    ])  # fmt: skip


KINDS: dict[str, Callable[[float, float], Profile]] = {"bottle": _bottle, "jar": _jar, "can": _can}
CAP_MM = {"bottle": 13.5, "jar": 15.5, "can": 12.0}


def look(rng: np.random.Generator, kind: str) -> Look:
    clear = rng.random() < 0.5
    wall = ink.vivid(rng, float(rng.uniform(0.25, 0.8)), float(rng.uniform(0.25, 0.6) if clear else 0.75))
    cap = (186, 190, 192) if kind == "can" else ink.vivid(rng, float(rng.choice((0.05, 0.7))), 0.8)
    label = ink.PAPER if rng.random() < 0.5 else ink.vivid(rng, 0.5, 0.7)
    return Look(kind, wall, cap, label, ink.pick(rng, ink.BRANDS), 0.10 if clear else 0.32)


def body(rng: np.random.Generator, made: Look, radius_mm: float, height_mm: float) -> tuple[Profile, Skin]:
    """What all units of one article share: their outline and their skin."""
    profile = _denser(KINDS[made.kind](radius_mm, height_mm))
    arc = _arc(profile)
    around, long = 2 * np.pi * radius_mm * COARSE, float(arc[-1]) * COARSE
    skin = bare_skin(around, long, made.wall, made.matt)
    at = np.interp((np.arange(skin.shape[0]) + 0.5) / skin.shape[0], arc / arc[-1], profile[:, 1])
    out = np.interp((np.arange(skin.shape[0]) + 0.5) / skin.shape[0], arc / arc[-1], profile[:, 0])
    capped = at > height_mm - CAP_MM[made.kind]
    skin.albedo[capped] = made.cap
    skin.roughness[capped] = 0.22 if made.kind == "can" else 0.35
    side = capped & (out > radius_mm * 0.5) & (at < height_mm - 2.5)
    if made.kind != "can":
        skin.bump_mm[side] += _knurl(skin.shape[1])
        skin.albedo[side] = (skin.albedo[side] * (1 + 0.25 * _knurl(skin.shape[1]))[None, :, None]).astype(np.uint8)
    _wrap(skin, made, np.flatnonzero((at < height_mm * 0.62) & (at > height_mm * 0.12) & ~capped))
    tone = 1 + clouds(rng, skin.shape, 30) * 0.02
    skin.albedo = scaled(skin.albedo, tone.astype(np.float32))
    return profile, skin


def stand(name: str, profile: Profile, skin: Skin, at_mm: tuple[float, float], turn: float) -> Panel:
    """One unit at `at_mm` on the ground, turned by `turn` (radians) about its axis; its marks are its own."""
    arc = _arc(profile)
    u, v = np.meshgrid(np.linspace(0, 1, 25), arc / arc[-1])
    angle = u * 2 * np.pi + turn
    radius = profile[:, :1]
    vertices = np.stack(
        [at_mm[0] + radius * np.cos(angle), at_mm[1] + radius * np.sin(angle), profile[:, 1:] + 0 * u], axis=-1
    )
    own = Skin(skin.albedo, skin.roughness, skin.bump_mm, skin.solid, np.zeros_like(skin.marks))
    return Panel(name, vertices, np.stack([u, v], axis=-1), own)


def _knurl(around: int) -> Plane:
    return (np.cos(np.arange(around) * 2 * np.pi / around * 48) * 0.5).astype(np.float32)


def _wrap(skin: Skin, made: Look, rows: NDArray[np.int64]) -> None:
    """A paper label all around, its words twice."""
    if made.kind == "can" or len(rows) < 8:
        rows = rows[:0]
    skin.albedo[rows] = made.label
    skin.roughness[rows] = 0.45
    words = np.ascontiguousarray(skin.albedo)
    middle = skin.shape[0] * (0.56 if made.kind == "can" else 0.66) / PX_PER_MM
    dark = sum(made.label) > 330 and len(rows) > 0
    for start in (0.04, 0.54):
        at = (start * skin.shape[1] / PX_PER_MM, middle)
        ink.text(words, made.brand, at, 5.0, ink.DARK if dark else ink.PAPER, weight=700)
        ink.text(words, "500 ml", (at[0], middle + 5), 2.6, ink.DARK if dark else ink.PAPER)
    skin.albedo = words
    materials.crease(skin, (0.4, middle - 12), (0.4, middle + 10), 0.15, 0.6)


def _arc(profile: Profile) -> NDArray[np.float64]:
    steps = np.linalg.norm(np.diff(profile, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _denser(profile: Profile, step_mm: float = 9.0) -> Profile:
    rows = [profile[:1]]
    for before, after in pairwise(profile):
        count = max(1, round(float(np.linalg.norm(after - before)) / step_mm))
        rows.append(before + (after - before) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(rows)
