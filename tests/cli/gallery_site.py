"""A booth with a gallery, and captures of printed boxes in every form that one takes: evidence, session, data set."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from booth.calibration.store import Device, Draft, save
from booth.geometry.plane import Plane
from booth.geometry.region import whole
from booth.geometry.views import CameraGeometry, View
from booth.records.evidence import TrayEvidence, keep
from booth.tray import Verdict
from drivers.cameras.session_writing import append, begin
from drivers.frames import CameraInfo, Frame, Intrinsics, Transform
from drivers.units import Duration, Instant, Millimetres
from tests.records.samples import NOON, judged
from tests.scoring import tiny
from tests.scoring.gallery.boxes import SIZE, STANDS

CONFIG = Path(__file__).parents[2] / "config" / "sim.yaml"
LENS = Intrinsics(*SIZE, 636.36, 636.36, (SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2)
FLOOR = Plane(STANDS.normal, Millimetres(-STANDS.distance_mm))
INFO = CameraInfo("Simulated", "SIM-LEFT", True, LENS, LENS)
GEOMETRY = CameraGeometry("left", LENS, LENS, Transform(), Millimetres(1.0), FLOOR, whole(LENS))


def site(folder: Path, **recipe: Any) -> Path:
    """Settings of a simulated booth whose one camera looks straight down, and its calibration."""
    tree = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    tree["recipe"] |= {"pack": str(pack(folder / "pack")), "gallery": "gallery"} | recipe
    tree["cameras"] = {"left": tree["cameras"]["left"]}
    tree |= {"state_dir": "state", "runtime_dir": "run", "calibration": "calibration"}
    tree["world"].pop("faults", None)
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    calibrate(folder / "calibration")
    return path


def pack(folder: Path, gain: float = 1 / 255) -> Path:
    """A pack whose embedding is the mean colour. `gain`: of the score, which is 100 / 255 for a mean of 100; with a
    large one it is none for any other."""
    size = SIZE[::-1]
    picture = cv2.imencode(".png", np.full((*size, 3), 100, np.uint8))[1].tobytes()
    view = {"size_px": list(size), "mm_per_px": None}
    return tiny.write(folder, tiny.model(gain, 100 / 255 - 100 * gain, size_px=size), picture, view=view)


def calibrate(folder: Path, plane: Plane = FLOOR) -> None:
    result = {"plane": asdict(plane), "region_px": asdict(whole(LENS)), "intrinsics": "camera"}
    save(folder, Draft("tray", "left", Device(INFO.model, INFO.serial, True), SIZE, NOON, "tests", (), result))


def frame(view: View) -> Frame:
    nothing = Duration(0)
    depth = np.rint(STANDS.distance_mm - view.height_mm).astype(np.uint16)
    origin = {"simulated": True}
    return Frame("left", 1, Instant(0), nothing, nothing, nothing, view.colour, depth, Millimetres(1.0), origin)


def evidence(folder: Path, number: int, view: View, simulated: bool = True, verdict: Verdict = Verdict.PASS) -> Path:
    """The folder of a tray that was kept."""
    record = replace(judged(number, verdict), simulated=simulated)
    return keep(TrayEvidence(record, ((frame(view),),), (view,), {"left": GEOMETRY}, (None,)), folder)


def session(folder: Path, views: Sequence[View]) -> Path:
    """A tray each."""
    begin(folder, {"left": INFO})
    for number, view in enumerate(views):
        append(folder, f"000001-{number:06d}.0", (frame(view),), NOON)
    return folder


def dataset(folder: Path, captures: Mapping[str, tuple[str, View]]) -> Path:
    """`captures`: name -> product and view."""
    (folder / "captures").mkdir(parents=True)
    (folder / "dataset.json").write_text(json.dumps({"format": "booth.dataset/1", "simulated": True}))
    pose = [[1.0, 0, 0, 0], [0, -1.0, 0, 0], [0, 0, -1.0, STANDS.distance_mm], [0, 0, 0, 1.0]]
    camera = {"serial": "SIM-LEFT", "colour": asdict(LENS), "depth": asdict(LENS), "depth_unit_mm": 1.0,
              "depth_to_colour": asdict(Transform()), "colour_to_tray": pose}  # fmt: skip
    for name, (product, view) in captures.items():
        at = folder / "captures" / name
        at.mkdir()
        item = {"product": product, "family": "box", "part": 2, "decoys": []}
        about = {"name": name, "simulated": True, "split": "train", "product": product, "family": "box",
                 "arrangement": "one", "items": [item], "damages": [], "decoys": [], "shots": {"ring": {}},
                 "cameras": {"left": camera}, "visible_px": {"left": []}}  # fmt: skip
        (at / "capture.json").write_text(json.dumps(about))
        seen = frame(view)
        assert seen.colour is not None
        assert seen.depth is not None
        assert cv2.imwrite(str(at / "left.ring.png"), seen.colour)
        assert cv2.imwrite(str(at / "left.depth.png"), seen.depth)
    return folder
