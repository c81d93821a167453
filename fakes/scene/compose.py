"""Scenes from seeds. Product, decoration, pose, tray, wear and damage are drawn from streams of their own, so that a
damaged scene and its pristine twin differ in nothing but the damage."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.scene import charuco, products
from fakes.scene import damage as harm
from fakes.scene.damage import Severity
from fakes.scene.field import CENTRE_COLUMN, CENTRE_ROW, COLUMNS, ROWS, Plane, Scene
from fakes.scene.patch import Patch, scaled, tint
from fakes.scene.shapes import clouds, grain, jagged, strokes
from fakes.scene.tray import Ground, belt, lay_tray
from fakes.streams import stream

DECORATED = 0.15
"""Share of items with damage printed on them."""
TWICE = 0.15
"""Share of damaged items with a second damage."""


@dataclass(frozen=True, slots=True)
class Injury:
    """One damage to do: `type` of damage.TYPES, and how bad."""

    type: str
    severity: Severity


def draw(seed: int, damaged: bool, product: str | None = None, injuries: tuple[Injury, ...] | None = None) -> Scene:
    """A tray with one item, all of it a function of the arguments; `seed` >= 0.

    `product` and `injuries`, where given, replace what the seed would have drawn; `injuries` counts only for a
    damaged item. Raises KeyError for a product or a damage that does not exist.
    """
    name = product if product is not None else _choice(seed, "product", products.names())
    decoration = _decoration(seed)
    patch = products.make(name, decoration, seed)
    _wear(stream(seed, "wear"), patch)
    done = (injuries if injuries is not None else _injuries(seed)) if damaged else ()
    for order, injury in enumerate(done):
        if injury.type not in harm.TYPES:
            raise KeyError(f"No damage {injury.type!r}: take one of {', '.join(harm.TYPES)}.")
        if injury.type in harm.ON_ITEM:
            harm.ON_ITEM[injury.type](stream(seed, "damage", order, injury.type), patch, injury.severity)
    ground = belt()
    lay_tray(stream(seed, "tray"), ground)
    laid = _lay(patch, _placed(stream(seed, "pose"), patch), ground)
    for order, injury in enumerate(done):
        if injury.type in harm.ON_TRAY:
            harm.ON_TRAY[injury.type](stream(seed, "damage", order, injury.type), laid, injury.severity)
    truth = {
        "product": name,
        "family": products.family_of(name),
        "damaged": bool(done),
        "damages": [{"type": injury.type, "severity": injury.severity} for injury in done],
        "printed": decoration,
        "seed": seed,
    }
    return _scene(laid, truth)


def empty(seed: int) -> Scene:
    """A tray without an item."""
    return _scene(_bare(seed), _no_item(seed))


def board(seed: int) -> Scene:
    """An empty tray with the calibration board held above it."""
    return _scene(_bare(seed), _no_item(seed), charuco.held(seed))


def bare_belt() -> Scene:
    """No tray at all."""
    return _scene(_as_patch(belt()), _no_item(0))


def _choice(seed: int, name: str, options: tuple[str, ...]) -> str:
    return options[int(stream(seed, name).integers(len(options)))]


def _decoration(seed: int) -> str | None:
    rng = stream(seed, "decorated")
    if rng.random() >= DECORATED:
        return None
    options = tuple(products.DECORATIONS)
    return options[int(rng.integers(len(options)))]


def _injuries(seed: int) -> tuple[Injury, ...]:
    rng = stream(seed, "injuries")
    count = 2 if rng.random() < TWICE else 1
    types = rng.permutation(len(harm.TYPES))[:count]
    return tuple(Injury(harm.TYPES[int(at)], harm.SEVERITIES[int(rng.integers(2))]) for at in types)


def _wear(rng: np.random.Generator, patch: Patch) -> None:
    """What any item picks up on its way, and nobody would divert it for: faint scuffs, uneven tone, slight bow."""
    paths = []
    for _ in range(int(rng.integers(0, 6))):
        start = rng.uniform((0, 0), (patch.shape[1], patch.shape[0]))
        turn = rng.uniform(0, 2 * np.pi)
        paths.append(jagged(rng, start, start + rng.uniform(6, 30) * np.array([np.cos(turn), np.sin(turn)]), 0.8))
    if paths:
        patch.albedo = tint(patch.albedo, (190, 196, 200), strokes(patch.shape, paths) * np.float32(0.18))
    tone = 1 + clouds(rng, patch.shape, 50) * 0.015 + grain(rng, patch.shape) * 0.012
    patch.albedo = scaled(patch.albedo, tone.astype(np.float32))
    patch.height_mm += clouds(rng, patch.shape, 70) * np.float32(0.35)


def _placed(rng: np.random.Generator, patch: Patch) -> NDArray[np.float64]:
    """Patch pixels to grid pixels, 2x3: turned a little (some upside down), off the middle as the tray allows."""
    turn = rng.normal(0, 6) + (180 if rng.random() < 0.5 else 0)
    room_x = max(4.0, (380 - patch.length_mm) / 2 - 25)
    room_y = max(4.0, (280 - patch.width_mm) / 2 - 25)
    shift = rng.uniform(-1, 1, 2) * np.minimum((room_x, room_y), 30)
    middle = ((patch.shape[1] - 1) / 2, (patch.shape[0] - 1) / 2)
    affine = np.asarray(cv2.getRotationMatrix2D(middle, float(np.clip(turn, -14, 194)), 1.0), dtype=np.float64)
    affine[:, 2] += np.array([CENTRE_COLUMN, CENTRE_ROW]) - middle + shift
    return affine


def _lay(patch: Patch, affine: NDArray[np.float64], ground: Ground) -> Patch:
    """The item on the ground, over the whole grid. Its colours reach one cell beyond its outline: its walls."""
    size = (COLUMNS, ROWS)

    def over(plane: Plane, border: int = cv2.BORDER_CONSTANT) -> Plane:
        return np.asarray(cv2.warpAffine(plane, affine, size, flags=cv2.INTER_LINEAR, borderMode=border), np.float32)

    inside = over(patch.inside)
    reach = np.minimum(1, cv2.GaussianBlur(cv2.dilate(inside, np.ones((5, 5), np.uint8)), (0, 0), 0.6))
    skin = cv2.warpAffine(patch.albedo, affine, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    mixed = ground.albedo * (1 - reach[..., None]) + skin * reach[..., None]
    label = cv2.warpAffine(patch.label, affine, size, flags=cv2.INTER_NEAREST)
    return Patch(
        height_mm=np.maximum(ground.height_mm, over(patch.height_mm) * inside).astype(np.float32),
        albedo=np.clip(np.rint(mixed), 0, 255).astype(np.uint8),
        gloss=(ground.gloss * (1 - reach) + over(patch.gloss) * reach).astype(np.float32),
        inside=inside,
        label=np.where(inside > 0.3, label, 0).astype(np.uint8),
    )


def _bare(seed: int) -> Patch:
    ground = belt()
    lay_tray(stream(seed, "tray"), ground)
    return _as_patch(ground)


def _as_patch(ground: Ground) -> Patch:
    nothing = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    return Patch(ground.height_mm, ground.albedo, ground.gloss, nothing, np.zeros((ROWS, COLUMNS), dtype=np.uint8))


def _no_item(seed: int) -> dict[str, object]:
    return {"product": None, "family": None, "damaged": False, "damages": [], "printed": None, "seed": seed}


def _scene(patch: Patch, truth: dict[str, object], pose: charuco.BoardPose | None = None) -> Scene:
    for plane in (patch.height_mm, patch.albedo, patch.gloss, patch.label):
        plane.flags.writeable = False
    return Scene(patch.height_mm, patch.albedo, patch.gloss, patch.label, truth, pose)
