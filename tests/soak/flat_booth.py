"""The shipped simulated booth with flat pictures, on a faster belt: settings, calibration and threshold of its own."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from booth.assembly.foundation import lay
from booth.calibration.applied import FACTORY
from booth.calibration.store import Device, Draft, save
from booth.geometry.views import Region, view_of
from booth.settings import load
from drivers.clock import SystemClock
from drivers.frames import Frame
from drivers.units import Duration, Instant, Millimetres
from fakes.plan import CAMERAS
from fakes.studios.flat import (
    FOCAL_PX,
    HEIGHT_PX,
    TRAY_LENGTH_MM,
    TRAY_MM,
    TRAY_WIDTH_MM,
    WIDTH_PX,
    FlatStudio,
)

ROOT = Path(__file__).parents[2]
SAMPLES = 12
EXPOSURE_MS = 4.0


def settings(folder: Path, runtime: str, divert_at: float = 0.5) -> Path:
    """In `folder`, with its sockets in `runtime` there. One state for all of them."""
    tree: dict[str, Any] = yaml.safe_load((ROOT / "config/sim.yaml").read_text(encoding="utf-8"))
    tree |= {"state_dir": str(folder / "state"), "runtime_dir": str(folder / runtime)}
    tree |= {"calibration": str(folder / "calibration"), "records": {"evidence": "none"}}
    tree["world"] |= {"pitch_mm": [640, 800]}
    tree["line"] |= {"belt_mm_per_s": 400, "position_tolerance_mm": 120, "station_hold_ms": 480}
    tree["line"] |= {"heartbeat": {"driver": "simulated"}, "encoder_sample_ms": 50}
    tree["line"]["gate"] |= {"actuation_ms": 20}
    tree["recipe"] |= {"pack": str(ROOT / "models/damage-lite0")}
    tree["recipe"] |= {"thresholds": [{"lanes": ["appearance"], "divert_at": divert_at}]}
    path = folder / f"{runtime}.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return path


def calibrate(folder: Path) -> None:
    """Where the flat studio's tray is: straight under the cameras."""
    studio, scale = FlatStudio(), FOCAL_PX / TRAY_MM
    wide, high = int(TRAY_LENGTH_MM * scale), int(TRAY_WIDTH_MM * scale)
    region = asdict(Region((WIDTH_PX - wide) // 2, (HEIGHT_PX - high) // 2, wide, high))
    plane = {"normal": [0.0, 0.0, -1.0], "offset_mm": -float(TRAY_MM)}
    for camera in CAMERAS:
        info = studio.info(camera)
        device = Device(info.model, info.serial, info.simulated)
        result = {"intrinsics": FACTORY, "plane": plane, "region_px": region}
        size, made = (WIDTH_PX, HEIGHT_PX), SystemClock().utc()
        save(folder / "calibration", Draft("tray", camera, device, size, made, "the soak", (), result))


def threshold(path: Path) -> float:
    """Between what the pack makes of flat trays with and without a blot. It has never seen such pictures, and all of
    its scores are low: that they differ is enough for verdicts of both kinds."""
    foundation = lay(path, load(path))
    studio = FlatStudio()
    geometries = foundation.geometries({camera: studio.info(camera) for camera in CAMERAS})

    def scores(damaged: bool) -> Iterator[float]:
        for seed in range(SAMPLES):
            scene = studio.draw(seed, damaged)
            views = tuple(view_of(_frame(studio, scene, camera), geometries[camera]) for camera in CAMERAS)
            yield foundation.scorer.score(views).score

    sound, damaged = median(scores(False)), median(scores(True))
    assert sound < damaged, "the pack does not tell the flat trays apart"
    return (sound + damaged) / 2


def _frame(studio: FlatStudio, scene: Any, camera: str) -> Frame:
    colour, depth = studio.photograph(scene, Millimetres(0.0), camera, {"ring": 1.0}, EXPOSURE_MS, 0, 0)
    nothing = Duration(0)
    return Frame(camera, 0, Instant(0), nothing, nothing, nothing, colour, depth, studio.info(camera).depth_unit)
