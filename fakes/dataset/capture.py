"""One capture: a folder with its pictures, its masks and `capture.json`, complete or not there at all.

capture.json            truth of fakes.props.Scene, split, cameras, shots
VIEW.SHOT.png           colour, 8 bit BGR
VIEW.depth.png          16 bit, in `depth_unit_mm`, on the depth camera's own pixels, 0 is "no measurement"
VIEW.part.png           8 bit on the colour's pixels: 0 booth, 1 tray, 2 and on the items (`part` of each)
VIEW.marks.png          8 bit on the colour's pixels: bit n is damage n (`bit` of each), bit 7 is what only looks so
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from drivers.frames import Intrinsics
from fakes import props
from fakes.dataset.eyes import eye, on_the_tray
from fakes.dataset.plan import DatasetPlan
from fakes.dataset.split import Split
from fakes.sensors.colour import ColourSensor
from fakes.sensors.presets import DepthCamera
from fakes.stage import Stage, Studio
from fakes.stage.seen import AMBIENT
from fakes.streams import stream
from fakes.studios.photography import SENSOR, Shot, View, look, take

EXPOSURE_MS = 4.0
EXPOSED, LIT = (0.8, 1.25), (0.8, 1.0)
"""By how much exposure and lamps differ from one capture to the next."""
GAIN, BALANCE = (0.75, 1.33), (0.85, 1.18)
"""Of a colour camera, where they differ from one capture to the next: blue and red against green."""
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 3)


@dataclass(frozen=True, slots=True)
class Job:
    """A capture that is to be made: `name` is its folder."""

    name: str
    wanted: props.Drawn
    split: Split


def make(job: Job, plan: DatasetPlan, studio: Studio, folder: Path) -> None:
    """Write the capture `folder`/job.name. The same job and plan give the same bytes on the same machine."""
    scene = props.scene(job.wanted)
    whole = {view: eye(view, plan.depth_camera) for view in plan.views}
    eyes = {view: on_the_tray(camera) for view, camera in whole.items()} if plan.tray_only else whole
    with Stage(scene, studio) as stage:
        views = {name: look(stage, camera, (*plan.shots, AMBIENT)) for name, camera in eyes.items()}
    shots = {name: _shot(job.wanted.seed, name) for name in plan.shots}
    sensors = {view: _sensor(job.wanted.seed, view) for view in plan.views} if plan.vary_sensor else {}
    about = {
        "name": job.name, "simulated": True, "split": job.split, **plan.chosen, **scene.truth,
        "shots": {name: {"lamps": dict(shot.lamps), "exposure_ms": shot.exposure_ms} for name, shot in shots.items()},
        "cameras": {name: _told(camera, sensors.get(name)) for name, camera in eyes.items()},
        "visible_px": {name: _visible(view, scene.truth["damages"]) for name, view in views.items()},
    }  # fmt: skip
    with _whole(folder, job.name) as half_made:
        for name, view in views.items():
            sensor = _seen_by(sensors.get(name, SENSOR), eyes[name].colour.lens, whole[name].colour.lens)
            taken = {light: replace(shot, sensor=sensor) for light, shot in shots.items()}
            _write(half_made, name, view, eyes[name], taken, job.wanted.seed)
        (half_made / "capture.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _whole(folder: Path, name: str) -> Iterator[Path]:
    """A new folder, called `name` only once all is in it. What a full disk cut short goes, and gives back its room."""
    half_made = folder / f".{name}"
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(parents=True)
    try:
        yield half_made
        _settle(half_made)
        half_made.rename(folder / name)
    except BaseException:
        shutil.rmtree(half_made, ignore_errors=True)
        raise


def _settle(folder: Path) -> None:
    """What is in it is on the disk then: else a power cut may leave a whole folder of empty files."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _shot(seed: int, light: str) -> Shot:
    lot = stream(seed, "shot", light)
    return Shot({light: float(lot.uniform(*LIT))}, EXPOSURE_MS * float(lot.uniform(*EXPOSED)))


def _sensor(seed: int, view: str) -> ColourSensor:
    lot = stream(seed, "sensor", view)
    gain, blue, red = (float(lot.uniform(*span)) for span in (GAIN, BALANCE, BALANCE))
    return replace(SENSOR, gain=gain, balance=(blue, 1.0, red))


def _seen_by(sensor: ColourSensor, read_out: Intrinsics, whole: Intrinsics) -> ColourSensor:
    """The sensor with what the lens takes from the corners of the part that is read out."""
    far, corner = (lens.width_px**2 + lens.height_px**2 for lens in (read_out, whole))
    return replace(sensor, vignetting=sensor.vignetting * far / corner)


def _write(folder: Path, name: str, view: View, camera: DepthCamera, shots: dict[str, Shot], seed: int) -> None:
    for index, (light, shot) in enumerate(shots.items()):
        colour, depth = take(view, camera, shot, seed, index)
        _save(folder / f"{name}.{light}.png", colour)
        if index == 0:
            _save(folder / f"{name}.depth.png", depth)
    _save(folder / f"{name}.part.png", view.seen.part)
    _save(folder / f"{name}.marks.png", view.seen.marks)


def _save(path: Path, picture: "np.ndarray[Any, Any]") -> None:
    """Raises OSError."""
    _, content = cv2.imencode(".png", picture, PNG)
    path.write_bytes(content.tobytes())


def _told(camera: DepthCamera, sensor: ColourSensor | None) -> dict[str, Any]:
    """Geometry as the true one is: no calibration measured it."""
    drawn = {} if sensor is None else {"gain": sensor.gain, "balance": sensor.balance}
    return {
        "serial": camera.imager.serial,
        "colour": asdict(camera.colour.lens),
        "depth": asdict(camera.depth.lens),
        "depth_to_colour": asdict(camera.depth_to_colour),
        "depth_unit_mm": camera.imager.unit_mm,
        "colour_to_tray": camera.colour.pose.tolist(),
        **drawn,
    }


def _visible(view: View, damages: list[dict[str, Any]]) -> list[int]:
    return [int((view.seen.marks >> damage["bit"] & 1).sum()) for damage in damages]
