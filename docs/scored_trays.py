"""The real trays of this repository, scored with a pack as a booth and as `booth model eval` would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from booth.calibration.applied import geometry_of
from booth.calibration.store import load_all
from booth.evaluation import pictures
from booth.evaluation.folders import REPLACE, flat
from booth.evaluation.framing import framing_for
from booth.evaluation.listing import FAR_MM
from booth.evaluation.scoring import stripped
from booth.geometry.views import CameraGeometry, Standpoint, View
from booth.inspection.examination import Examiner
from booth.inspection.station import Capture
from booth.scoring.fitting import fitted
from booth.scoring.fusion import Scored
from booth.scoring.packs.pack import Pack
from booth.scoring.scorer import PackScorer, Scorer
from booth.settings import Settings
from booth.settings import load as settings_of
from drivers.cameras.recorded import RecordedCamera
from drivers.cameras.session import read_session
from drivers.clock import LoopClock
from drivers.frames import Frame
from drivers.units import after, ms, seconds

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
CONFIG = ROOT / "config" / "recorded.yaml"
SESSION = ROOT / "config" / "recordings" / "real_rgbd_tote"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
"""When the trays are examined: only a calibration that grows old would ask, and this one does not."""

TOTES = {"empty": "the empty tote", "filled": "the tote with four things in it, all whole"}
"""The captures of the session, in its order, and what they show."""
BOXES = {
    "intact": "a carton, intact",
    "crushed": "a carton, crushed, its side burst open",
    "wet-and-holed": "a carton, wet along an edge, with a hole torn into its side",
}
"""The photographs, and what they show."""
KINDS = ("real", "simulated")
GUESSES = (0.5, 0.7, 1.0, 1.4, 2.0)
"""How wide a photograph is taken to be, of what fills a view. Nobody knows its scale; 1 is what is drawn."""


@dataclass(frozen=True, slots=True)
class Look:
    """A tray, or a picture of one: the views as the lanes saw them, and what was said of all of them together."""

    views: tuple[View, ...]
    scored: Scored


@dataclass(frozen=True, slots=True)
class Tote:
    """`alone`: by camera, as if there were no other. `flat`: as if nothing had measured depth. `stands`: what the
    booth takes to be on the tray."""

    name: str
    look: Look
    alone: Mapping[str, Scored]
    flat: Scored
    stands: str | None


@dataclass(frozen=True, slots=True)
class Box:
    """A photograph, and what was simulated to look like it. `..._at`: the confidence, by how wide the whole picture is
    taken to be, mm."""

    name: str
    photograph: Look
    simulated: Look
    photograph_at: Mapping[float, float]
    simulated_at: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Trays:
    """All of them, and what scored them."""

    pack: Pack
    totes: tuple[Tote, ...]
    boxes: tuple[Box, ...]


def scored(pack: Pack) -> Trays:
    """One core, so that the same pack says the same again. Ends the program where the booth would refuse a picture."""
    scorer = PackScorer(pack, cores=1)
    totes = asyncio.run(_totes(pack, scorer))
    return Trays(pack, tuple(totes), tuple(_box(name, pack, scorer) for name in BOXES))


async def _totes(pack: Pack, scorer: Scorer) -> list[Tote]:
    """Every capture of the session, played by its driver and examined with the settings that `booth run` has for it:
    its calibration, its quality gate. Only the pack is another."""
    settings = settings_of(CONFIG)
    geometries = _geometries(settings, pack)
    examiner = Examiner(geometries, settings.recipe.quality, scorer)
    shots = zip(*[await _played(camera) for camera in geometries], strict=True)
    return [_tote(name, examiner, Capture((frames,)), pack) for name, frames in zip(TOTES, shots, strict=True)]


def _geometries(settings: Settings, pack: Pack) -> dict[str, CameraGeometry]:
    calibrations, framing = load_all(settings.calibration), framing_for(pack.manifest.view)
    cameras = read_session(SESSION).cameras
    return {name: framing.seen(geometry_of(name, one.info, calibrations)) for name, one in cameras.items()}


async def _played(camera: str) -> list[Frame]:
    """One frame for each of TOTES."""
    clock = LoopClock()
    player = RecordedCamera(camera, SESSION, camera, clock)
    await player.open()
    await player.arm(ms(1))
    frames = []
    for _ in TOTES:
        await player.trigger()
        frames.append(await player.read(after(clock.now(), seconds(5))))
    return frames


def _tote(name: str, examiner: Examiner, capture: Capture, pack: Pack) -> Tote:
    found, score = examiner.examine(capture, NOW), examiner.scorer.score
    if found.scored is None:
        raise SystemExit(f"{name}: the booth does not score it: {found.problem and found.problem.text()}")
    views = tuple(fitted(view, pack.manifest.view) for view in found.views)
    alone = {view.camera: score((view,)) for view in views}
    without_depth = score(tuple(stripped(view, ("depth",)) for view in views))
    return Tote(name, Look(views, found.scored), alone, without_depth, found.arrangement)


def _box(name: str, pack: Pack, scorer: Scorer) -> Box:
    """As `booth model eval` scores a folder of photographs: whole, as large as fits; no quality gate is asked."""
    views = [flat(pictures.colour(PICTURES / f"{kind}-boxes" / f"{name}.jpg", REPLACE)) for kind in KINDS]
    (real, simulated), (real_at, simulated_at) = (
        [_look(view, pack, scorer) for view in views],
        [_at_guesses(view, pack, scorer) for view in views],
    )
    return Box(name, real, simulated, real_at, simulated_at)


def _look(view: View, pack: Pack, scorer: Scorer) -> Look:
    seen = fitted(view, pack.manifest.view)
    return Look((seen,), scorer.score((seen,)))


def _at_guesses(view: View, pack: Pack, scorer: Scorer) -> dict[float, float]:
    """What is too large for a view is cropped around its middle."""
    shape, (height, width) = pack.manifest.view, view.valid.shape
    if shape.mm_per_px is None:
        raise SystemExit(
            f"{pack.folder}: a pack without a scale takes every picture as it is; give one that has a scale"
        )
    fits = shape.mm_per_px * min(shape.size[0] / width, shape.size[1] / height)
    found = {}
    for guess in GUESSES:
        stands = Standpoint((width, height), fits * guess, (0.0, 0.0, -1.0), FAR_MM)
        found[fits * guess * width] = scorer.score((replace(view, standpoint=stands),)).score
    return found
