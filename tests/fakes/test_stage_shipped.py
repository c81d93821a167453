import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.frames import Intrinsics
from fakes.stage import CAMERAS, Camera, Seen, shipped
from fakes.stage.shipped import DEPTH_STEP_MM, Shipped, Unreadable, load, named, names, save

ROOT = Path(__file__).parents[2]
SHAPE = (48, 64)
MB = 2**20


def view() -> Seen:
    """A ramp, lit from two sides, with a bright spot and a hole."""
    down, across = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    ramp = np.repeat(across[..., None] / 64, 3, axis=2) * np.array([0.5, 0.8, 1.0], np.float32)
    spot = ramp.copy()
    spot[20:24, 30:40] = 3.0
    depth = 600 + across * np.float32(0.31) - down * np.float32(4.7)
    depth[:5] = 0
    part, marks = (across > 30).astype(np.uint8) * 2, (down > 40).astype(np.uint8) * 0x81
    normal = np.tile(np.array([0.36, -0.48, 0.8], np.float32), (*SHAPE, 1))
    normal[:5] = 0
    return Seen({"left": ramp, "ambient": spot}, depth, part, marks, normal)


def scene() -> Shipped:
    lens = Intrinsics(SHAPE[1], SHAPE[0], 70.5, 70.1, 31.2, 23.9, (0.06, -0.1, 0.001, 0.0, 0.0))
    truth = {"seed": 4, "product": "case-03", "damages": [{"type": "dent", "severity": "minor", "bit": 0}]}
    return Shipped(truth, {"left": view()}, {"left": Camera(lens, CAMERAS["left"].pose)})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "ramp.scene"
    save(path, scene())
    return path


def test_what_is_saved_is_loaded(saved: Path) -> None:
    there, before = load(saved), view()
    seen = there.views["left"]
    assert there.truth == scene().truth
    assert (seen.part == before.part).all()
    assert (seen.marks == before.marks).all()
    assert np.abs(seen.depth_mm - before.depth_mm).max() <= DEPTH_STEP_MM / 2 + 1e-4
    assert (seen.depth_mm[:5] == 0).all()
    assert (seen.normal * before.normal).sum(axis=-1)[5:].min() > np.cos(np.radians(1))
    assert (seen.normal[:5] == 0).all()


def test_a_camera_comes_back_with_its_lens_and_its_place(saved: Path) -> None:
    camera, before = load(saved).cameras["left"], scene().cameras["left"]
    assert camera.lens == before.lens
    assert (camera.pose == before.pose).all()


def test_radiance_comes_back_within_a_few_percent_and_highlights_too(saved: Path) -> None:
    light, before = load(saved).views["left"].light, view().light
    assert set(light) == set(before)
    for name in before:
        off = np.abs(light[name] - before[name]) / (before[name] + 0.01)
        assert np.median(off) < 0.02
        assert np.quantile(off, 0.98) < 0.1
    assert light["ambient"][21:23, 32:38].min() > 2.8


def test_the_same_scene_is_saved_as_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save(tmp_path / "again.scene", scene())
    assert (tmp_path / "again.scene").read_bytes() == saved.read_bytes()


def test_a_file_that_is_no_scene_is_refused_with_what_to_do(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "noise.scene").write_bytes(b"noise")
    cut = tmp_path / "cut.scene"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(cut, "w") as part:
        part.writestr("scene.json", whole.read("scene.json"))
    for path in (tmp_path / "noise.scene", cut):
        with pytest.raises(Unreadable, match=r"no shipped scene.*fakes\.stage\.ship"):
            load(path)


def test_a_scene_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "later.scene"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("scene.json", json.dumps({"format": shipped.FORMAT + 1}))
    with pytest.raises(Unreadable, match="has format 2, not 1"):
        load(path)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"take one of .*case"):
        named("kase")


def test_the_shipped_scenes_are_ten_at_least_and_small_together() -> None:
    assert len(names()) >= 10
    assert sum(named(name).stat().st_size for name in names()) <= 8 * MB


@pytest.mark.parametrize("name", names())
def test_a_shipped_scene_tells_its_truth_and_has_both_top_views(name: str) -> None:
    with zipfile.ZipFile(named(name)) as bundle:
        about = json.loads(bundle.read("scene.json"))
        assert bundle.testzip() is None
    assert {"left", "right"} <= set(about["cameras"])
    assert {"family", "product", "damages"} <= set(about["truth"])


def test_a_shipped_twin_differs_in_its_damage_only() -> None:
    whole, hurt = (load(named(name)) for name in ("diecut", "diecut-spilt"))
    assert whole.truth["product"] == hurt.truth["product"]
    before, after = whole.views["left"], hurt.views["left"]
    marked, changed = after.marks > 0, np.abs(after.light["ring"] - before.light["ring"]).mean(axis=-1)
    assert not before.marks.any()
    assert changed[marked].mean() > 0.05
    assert changed[cv2.dilate(marked.astype(np.uint8), np.ones((41, 41), np.uint8)) == 0].mean() < 0.002


WITHOUT_GL = """
from fakes import props
from fakes.stage import NoGraphics, Stage
from fakes.stage.shipped import load, named
print(len(load(named("empty")).views))
try:
    Stage(props.Scene(()))
except NoGraphics as refusal:
    print(refusal)
"""


def test_shipped_scenes_load_where_there_is_no_gl_and_its_packages_are_named(tmp_path: Path) -> None:
    (tmp_path / "libEGL.so.1").write_text("not a library")
    broken = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path), "__EGL_VENDOR_LIBRARY_DIRS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_GL], cwd=ROOT, env=broken, check=True, capture_output=True, text=True
    )
    views, refusal = done.stdout.splitlines()
    assert int(views) >= 2
    assert "apt-get install libegl1 libgl1-mesa-dri" in refusal


def test_the_cameras_of_the_shipped_scenes_are_those_of_the_stage() -> None:
    with zipfile.ZipFile(named("empty")) as bundle:
        cameras = json.loads(bundle.read("scene.json"))["cameras"]
    for name, camera in cameras.items():
        assert Intrinsics(**{**camera["lens"], "distortion": tuple(camera["lens"]["distortion"])}) == CAMERAS[name].lens
        assert np.array_equal(camera["pose"], CAMERAS[name].pose)
