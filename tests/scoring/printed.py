"""Trays with one printed box on them, drawn pixel by pixel: just enough to be registered and compared."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Standpoint, View
from booth.scoring.comparing.ground import Ground, grid
from booth.scoring.gallery.reference import About, Reference
from booth.scoring.network import Network
from booth.scoring.packs.manifest import Appearance, Manifest
from booth.scoring.packs.pack import Pack
from booth.scoring.packs.session import Session
from tests.scoring import tiny

TILT = np.radians(9.0)
STANDS = Standpoint(
    (416, 320), 1.1, (0.01, float(np.sin(TILT)), -float(np.sqrt(1 - 0.01**2 - np.sin(TILT) ** 2))), 702.0
)
PX_PER_MM = 0.5


@dataclass(frozen=True)
class Box:
    """`print_`: the seed of what is printed on its top. Turned and shifted as `Laid` has it."""

    size_mm: tuple[float, float, float] = (210.0, 140.0, 80.0)
    print_: int = 1
    turn_deg: float = 0.0
    at_mm: tuple[float, float] = (0.0, 0.0)


def printed(seed: int, size_mm: tuple[float, float, float]) -> NDArray[np.uint8]:
    """Blocks of a few colours on board: the same from no two sides."""
    rng = np.random.default_rng(seed)
    width, height = (round(side * PX_PER_MM) for side in size_mm[:2])
    picture = np.full((height, width, 3), (120, 150, 175), np.uint8)
    for _ in range(14):
        x, y = rng.integers(0, width - 12), rng.integers(0, height - 10)
        w, h = rng.integers(6, 34, 2)
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(20, 235, 3).tolist(), -1)
    return picture


def tray(box: Box | None, seed: int = 0, stands: Standpoint = STANDS) -> View:
    """Walls are not drawn: what is not top is tray. `seed`: of the noise, 1 mm and 2 of 255."""
    rng = np.random.default_rng(seed)
    ground, (u, v) = Ground(stands), grid(stands.size_px)
    colour = np.full((*u.shape, 3), (84, 80, 76), np.float32)
    height = np.zeros(u.shape, np.float32)
    if box is not None:
        seen, on_top = _top(box, *ground.places(u, v, np.full(u.shape, box.size_mm[2], np.float32)))
        colour[on_top], height[on_top] = seen[on_top], box.size_mm[2]
    colour += np.asarray(rng.normal(0, 2, colour.shape), np.float32)
    height += np.asarray(cv2.GaussianBlur(np.asarray(rng.normal(0, 2, height.shape)), (3, 3), 0), np.float32)
    return View("left", np.clip(colour, 0, 255).astype(np.uint8), height, np.ones(u.shape, np.bool_), {}, stands)


def _top(box: Box, x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    turn = np.radians(box.turn_deg)
    across, down = x - box.at_mm[0], y - box.at_mm[1]
    along, off = np.cos(turn) * across + np.sin(turn) * down, np.cos(turn) * down - np.sin(turn) * across
    picture = printed(box.print_, box.size_mm).astype(np.float32)
    at = (
        np.asarray((place + side / 2) * PX_PER_MM - 0.5, np.float32)
        for place, side in ((along, box.size_mm[0]), (off, box.size_mm[1]))
    )
    on_top = (np.abs(along) < box.size_mm[0] / 2) & (np.abs(off) < box.size_mm[1] / 2)
    seen = cv2.remap(picture, next(at), next(at), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32), on_top


def dented(view: View, at_px: tuple[int, int], depth_mm: float, radius_px: int = 16) -> View:
    """Pressed in by as much in the middle, with nothing to be seen of it."""
    rows, columns = np.ogrid[: view.valid.shape[0], : view.valid.shape[1]]
    far = np.hypot(columns - at_px[0], rows - at_px[1]) / radius_px
    bowl = (depth_mm * np.sqrt(np.clip(1 - far, 0, 1))).astype(np.float32)
    return replace(view, height_mm=view.height_mm - bowl)


def painted(view: View, at_px: tuple[int, int], size_px: tuple[int, int], colour: tuple[int, int, int]) -> View:
    """A flat patch of another colour, its middle there."""
    picture = view.colour.copy()
    (x, y), (width, height) = at_px, size_px
    picture[y - height // 2 : y + height // 2, x - width // 2 : x + width // 2] = colour
    return replace(view, colour=picture)


def raised(view: View, at_px: tuple[int, int], size_px: tuple[int, int], height_mm: float) -> View:
    """Something that stands on the tray there, of its colour."""
    heights = view.height_mm.copy()
    (x, y), (width, height) = at_px, size_px
    heights[y - height // 2 : y + height // 2, x - width // 2 : x + width // 2] = height_mm
    return replace(view, height_mm=heights)


def reference(view: View, name: str = "a" * 16, product: str = "box-01") -> Reference:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    about = About.model_construct(product=product, added_at=at, added_by="a test", simulated=True)
    return Reference(name, product, (view,), about)


MAPS_PX = 16


def model_of_hues() -> bytes:
    """ONNX: maps (N, 3, h, w), the mean colour of every MAPS_PX square; score: 0.5 of anything."""

    def ints(name: str, *values: int) -> bytes:
        listed = tiny._bytes(1, name) + b"".join(tiny._number(8, value) for value in values)
        return tiny._bytes(5, listed + tiny._number(20, tiny.INTS))

    square = ints("kernel_shape", MAPS_PX, MAPS_PX) + ints("strides", MAPS_PX, MAPS_PX)
    to_float = tiny._bytes(5, tiny._bytes(1, "to") + tiny._number(3, tiny.FLOAT) + tiny._number(20, tiny.INT))
    nodes = (
        tiny._node("Cast", ["picture"], "values", to_float),
        tiny._node("Transpose", ["values"], "planes", ints("perm", 0, 3, 1, 2)),
        tiny._node("AveragePool", ["planes"], "maps", square),
        tiny._mean("maps", "level", (1, 2, 3)),
        tiny._node("Mul", ["level", "nothing"], "score"),
    )
    width, height = STANDS.size_px
    graph = b"".join(tiny._bytes(1, node) for node in nodes) + tiny._bytes(2, "hues")
    graph += tiny._bytes(5, tiny._scalar("nothing", 0.0))
    graph += tiny._bytes(11, tiny._value("picture", tiny.UINT8, ("n", height, width, 3)))
    graph += tiny._bytes(12, tiny._value("score", tiny.FLOAT, ("n",)))
    graph += tiny._bytes(12, tiny._value("maps", tiny.FLOAT, ("n", 3, height // MAPS_PX, width // MAPS_PX)))
    return tiny._number(1, 8) + tiny._bytes(8, tiny._number(2, 17)) + tiny._bytes(7, graph)


def pack(network: bool = False, /, **lane: Any) -> Pack:
    """Brings the reference lane alone, `lane` its keys; with `network`, one that gives hues as patch features."""
    entry = {"curve": [[-6.0, 0.0], [6.0, 1.0]], **lane}
    width, height = STANDS.size_px
    shape = {"size_px": [height, width], "mm_per_px": STANDS.mm_per_px}
    told = tiny.manifest(lanes={"reference": entry}, view=shape, golden=None, files={"card.md": "0" * 64})
    manifest = Manifest.model_validate(told)
    form = Appearance.model_validate(
        {"model": "m.onnx", "inputs": {"colour": "picture"}, "outputs": {"score": "score", "maps": "maps"}}
    )
    runs = Network(Session(model_of_hues()), form, manifest.view) if network else None
    return Pack(Path("pack"), manifest, "0" * 64, runs)
