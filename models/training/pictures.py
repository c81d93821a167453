"""Labelled tray pictures from the simulated booth, cached by what drew them and by seed."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np

from booth.calibration.applied import uncalibrated
from booth.calibration.store import Calibrations
from booth.geometry.projection import project
from booth.geometry.views import Region, View, view_of
from drivers.frames import Colour, Frame
from drivers.units import Duration, Instant, Millimetres
from fakes.render import CAMERAS, photograph
from fakes.scene import Injury, draw, products
from fakes.scene.damage import TYPES
from fakes.streams import stream

CACHE = Path(__file__).parent / "cache"


@dataclass(frozen=True, slots=True)
class Split:
    """Trays of one purpose: no seed and no product is in two splits."""

    name: str
    first_seed: int
    trays: int  # seeds; each is drawn pristine and damaged, seen by every camera
    designs: range  # numbers of the products within their family


SPLITS = (
    Split("train", 100_000, 260, range(14)),
    Split("validation", 200_000, 80, range(14, 19)),
    Split("test", 300_000, 100, range(19, products.DESIGNS)),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture: of which split and seed, damaged or not, by which camera."""

    split: Split
    seed: int
    damaged: bool
    camera: str

    @property
    def name(self) -> str:
        return f"{self.split.name}-{self.seed}-{'damaged' if self.damaged else 'pristine'}-{self.camera}"


@cache
def generator_hash() -> str:
    """sha256 over the pixels of one picture per damage type: what the generator draws, however it is written."""
    digest = hashlib.sha256()
    for number, kind in enumerate(TYPES):
        family = list(products.FAMILIES)[number % len(products.FAMILIES)]
        scene = draw(number, True, f"{family}-{number:02d}", (Injury(kind, "major"),))
        camera = sorted(CAMERAS)[number % len(CAMERAS)]
        digest.update(photograph(scene, Millimetres(0), camera, {"ring": 1.0}, 4.0, number, 0)[0].tobytes())
    return digest.hexdigest()


def all_shown(splits: tuple[Split, ...] = SPLITS) -> list[Shown]:
    return [
        Shown(split, split.first_seed + number, damaged, camera)
        for split in splits
        for number, damaged, camera in product(range(split.trays), (False, True), sorted(CAMERAS))
    ]


def folder() -> Path:
    return CACHE / generator_hash()[:12]


def draw_missing(workers: int) -> None:
    """Draw what the cache lacks; may be interrupted and called again."""
    folder().mkdir(parents=True, exist_ok=True)
    by_tray: dict[tuple[str, int, bool], list[Shown]] = {}
    for shown in all_shown():
        if not (folder() / f"{shown.name}.png").exists():
            by_tray.setdefault((shown.split.name, shown.seed, shown.damaged), []).append(shown)
    with Pool(workers) as pool:
        for done, _ in enumerate(pool.imap_unordered(_draw_tray, by_tray.values()), 1):
            if done % 20 == 0 or done == len(by_tray):
                print(f"drawn {done} of {len(by_tray)} trays", flush=True)


def read(shown: Shown) -> View:
    colour = cv2.imread(str(folder() / f"{shown.name}.png"))
    assert colour is not None, f"{shown.name} is damaged; delete {folder()} and start again"
    height = np.full(colour.shape[:2], np.nan, np.float32)
    return View(shown.camera, colour.astype(np.uint8, copy=False), height, np.isfinite(height))


def damages(shown: Shown) -> list[dict[str, str]]:
    """What was done to the item: type and severity of each damage."""
    truth = json.loads((folder() / f"{shown.name}.json").read_text())
    done: list[dict[str, str]] = truth["damages"]
    return done


def _draw_tray(pictures: list[Shown]) -> None:
    for shown, view, known in _photographed(pictures):
        path = folder() / f"{shown.name}.png"
        path.with_suffix(".json").write_text(json.dumps(known))
        part = path.with_suffix(".part.png")
        cv2.imwrite(str(part), view.colour, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        part.rename(path)


def _photographed(pictures: list[Shown]) -> Iterator[tuple[Shown, View, dict[str, object]]]:
    """One tray by its cameras, under the ring, with the scatter of a line: where it stops, how bright it is."""
    first = pictures[0]
    rng = stream(first.seed, "training", "station")
    offset, exposure, ring = rng.normal(0, 2), rng.uniform(3.6, 4.4), rng.uniform(0.92, 1.0)
    names = [name for name in products.names() if int(name.rpartition("-")[2]) in first.split.designs]
    scene = draw(first.seed, first.damaged, names[int(rng.integers(len(names)))])
    for shown in pictures:
        lamps, index = {"ring": ring}, int(first.damaged)
        colour, _ = photograph(scene, Millimetres(offset), shown.camera, lamps, exposure, shown.seed, index)
        whole = uncalibrated(shown.camera, CAMERAS[shown.camera].info, Calibrations(Path()))
        yield shown, view_of(_frame(shown, colour), replace(whole, region=_region(shown))), scene.truth


def _frame(shown: Shown, colour: Colour) -> Frame:
    nothing = Duration(0)
    return Frame(shown.camera, 0, Instant(0), nothing, nothing, nothing, colour, None, Millimetres(1.0))


def _region(shown: Shown) -> Region:
    """The tray as the rig sees it, less 4 to 26 px on every side: calibration finds its floor."""
    rig = CAMERAS[shown.camera]
    to_camera = np.linalg.inv(rig.colour_to_station)
    corners = np.array([(x, y, z) for x in (-200, 200) for y in (-150, 150) for z in (0, 25)], np.float64)
    seen = project(corners @ to_camera[:3, :3].T + to_camera[:3, 3], rig.colour)
    trim = stream(shown.seed, "training", "region", shown.camera).uniform(4, 26, 4)
    left, top = np.maximum(seen.min(axis=0) + trim[:2], 0).astype(int)
    right, bottom = np.minimum(seen.max(axis=0) - trim[2:], (rig.colour.width_px, rig.colour.height_px)).astype(int)
    return Region(int(left), int(top), int(right - left), int(bottom - top))
