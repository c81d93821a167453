import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes import props
from fakes.props.panel import bare_skin, px, sheet
from fakes.stage import CAMERAS, LIGHTS, Camera, NoGraphics, Seen, Stage, Studio, gl
from fakes.stage.cameras import finer
from fakes.stage.mesh import lean, triangles
from fakes.stage.picture import contact_sheet

Rays = NDArray[np.float64]
ROOT = Path(__file__).parents[2]


def drawable() -> bool:
    try:
        gl.context().release()
    except NoGraphics:
        return False
    return True


needs_gl = pytest.mark.skipif(not drawable(), reason="no software GL here: apt-get install libegl1 libgl1-mesa-dri")


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with Studio() as made:
        yield made


@pytest.fixture(scope="module")
def case() -> props.Scene:
    return props.draw(2, "case")


@pytest.fixture(scope="module")
def pierced() -> props.Scene:
    """A box with a hole in its top."""
    scene = props.draw(4, "diecut")
    top = next(panel for panel in scene.panels if panel.name == "top")
    top.skin.solid[px(20) : px(60), px(20) : px(60)] = False
    return scene


@pytest.fixture(scope="module")
def bare() -> props.Scene:
    return props.empty(2)


def small(camera: Camera, share: int = 4) -> Camera:
    """The same view with `share` times fewer pixels along each side."""
    lens = camera.lens
    focal, centre = (lens.fx_px / share, lens.fy_px / share), (lens.cx_px / share, lens.cy_px / share)
    return Camera(
        Intrinsics(lens.width_px // share, lens.height_px // share, *focal, *centre, lens.distortion), camera.pose
    )


def see(studio: Studio, scene: props.Scene, camera: Camera) -> Seen:
    with Stage(scene, studio) as stage:
        return stage.see(camera, oversample=1)


def digest(seen: Seen) -> str:
    arrays: list[NDArray[Any]] = [*seen.light.values(), seen.depth_mm, seen.part, seen.marks, seen.normal]
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def rays_of(camera: Camera, pixels: Rays) -> Rays:
    """Directions in tray coordinates through `pixels` (N, 2), with length 1 along the optical axis."""
    lens = camera.lens
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-10)
    flat = cv2.undistortPoints(
        pixels[:, None].astype(float), lens.matrix(), np.array(lens.distortion), criteria=criteria
    )
    there = np.concatenate([flat[:, 0], np.ones((len(pixels), 1))], axis=1)
    return np.asarray(there @ camera.pose[:3, :3].T)


def cast(scene: props.Scene, eye: NDArray[np.float64], rays: Rays) -> NDArray[np.float64]:
    """Depth of the nearest solid texel along each ray (Moller and Trumbore 1997); inf where there is none."""
    nearest = np.full(len(rays), np.inf)
    for panel in scene.panels:
        corners = panel.vertices.reshape(-1, 3)[triangles(*panel.vertices.shape[:2])]
        uvs = panel.uv.reshape(-1, 2)[triangles(*panel.vertices.shape[:2])]
        edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        to_eye = eye - corners[:, 0]
        q = np.cross(to_eye, edge1)
        for place in np.flatnonzero(near(panel, eye, rays)):
            ray = rays[place]
            p = np.cross(ray, edge2)
            with np.errstate(divide="ignore", invalid="ignore"):
                inverse = 1 / np.einsum("ij,ij->i", edge1, p)
                u, v = np.einsum("ij,ij->i", to_eye, p) * inverse, (q @ ray) * inverse
                depth = np.einsum("ij,ij->i", edge2, q) * inverse
                met = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (depth > 0)
            for index in np.flatnonzero(met):
                uv = uvs[index, 0] * (1 - u[index] - v[index]) + uvs[index, 1] * u[index] + uvs[index, 2] * v[index]
                size = np.array(panel.skin.shape[::-1])
                column, row = np.clip((uv * size).astype(int), 0, size - 1)
                if panel.skin.solid[row, column]:
                    nearest[place] = min(nearest[place], depth[index])
    return nearest


def near(panel: props.Panel, eye: NDArray[np.float64], rays: Rays) -> NDArray[np.bool_]:
    """Whether each ray meets the box around `panel`."""
    points = panel.vertices.reshape(-1, 3)
    with np.errstate(divide="ignore"):
        ends = np.stack([points.min(axis=0) - 1 - eye, points.max(axis=0) + 1 - eye]) / rays[:, None]
    return np.asarray(ends.min(axis=1).max(axis=1) <= ends.max(axis=1).min(axis=1))


@needs_gl
@pytest.mark.parametrize("name", ["left", "oblique"])
def test_depth_is_that_of_an_independent_ray_cast(studio: Studio, pierced: props.Scene, name: str) -> None:
    camera = CAMERAS[name]
    with Stage(pierced, studio) as stage:
        depth = stage.see(camera, lights=()).depth_mm
    rng = np.random.default_rng(5)
    pixels = np.stack([rng.integers(5, 635, 80), rng.integers(5, 475, 80)], axis=1)
    step = 0.1
    spans = [cast(pierced, camera.pose[:3, 3], rays_of(camera, pixels + np.array(off) * step)) for off in
             ((0.0, 0.0), (1.0, 1.0), (-1.0, -1.0))]  # fmt: skip
    clear = np.ptp(spans, axis=0) < 2.0  # not on an outline, where a tenth of a pixel decides
    assert clear.sum() > 65
    off = np.abs(depth[pixels[:, 1], pixels[:, 0]] - spans[0])[clear]
    assert off.max() <= 1.0


@needs_gl
def test_the_same_seed_gives_the_same_bytes_in_another_process(studio: Studio, case: props.Scene) -> None:
    camera = small(CAMERAS["left"])
    with Stage(case, studio) as stage:
        here = digest(stage.see(camera))
    script = (
        "from fakes import props; from fakes.stage import *; from tests.fakes.test_stage import *\n"
        "with Stage(props.draw(2, 'case')) as stage: print(digest(stage.see(small(CAMERAS['left']))))"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    assert there == here


@needs_gl
def test_another_seed_gives_other_bytes(studio: Studio, bare: props.Scene) -> None:
    camera = small(CAMERAS["left"])
    assert digest(see(studio, bare, camera)) != digest(see(studio, props.empty(3), camera))


@needs_gl
def test_each_bar_lights_the_wall_on_its_own_side(studio: Studio, case: props.Scene) -> None:
    seen = see(studio, case, small(CAMERAS["oblique"]))
    wall = (seen.part == props.Part.ITEM) & (seen.normal[..., 1] < -0.8)
    assert wall.sum() > 200
    assert seen.light["right"][wall].mean() > 10 * seen.light["left"][wall].mean()
    assert set(seen.light) == {*LIGHTS, "ambient"}


@needs_gl
def test_an_item_throws_a_shadow_away_from_the_light(studio: Studio, bare: props.Scene, case: props.Scene) -> None:
    camera = small(CAMERAS["left"])
    before, after = see(studio, bare, camera), see(studio, case, camera)
    tray = (after.part == props.Part.TRAY) & (before.part == props.Part.TRAY)
    dimmed = after.light["left"][tray].mean(axis=-1) < 0.3 * before.light["left"][tray].mean(axis=-1)
    assert dimmed.mean() > 0.03


@needs_gl
def test_only_the_lights_that_were_asked_for_are_drawn_and_as_ever(studio: Studio, case: props.Scene) -> None:
    camera = small(CAMERAS["right"])
    with Stage(case, studio) as stage:
        all_of_them, two, none = (stage.see(camera, 1, lights=names) for names in
                                  ((*LIGHTS, "ambient"), ("back", "ambient"), ()))  # fmt: skip
    assert set(two.light) == {"back", "ambient"}
    assert all((two.light[name] == all_of_them.light[name]).all() for name in two.light)
    assert none.light == {}
    assert (none.depth_mm == all_of_them.depth_mm).all()


@needs_gl
def test_samples_of_one_surface_are_lit_as_they_are_one_by_one(studio: Studio, case: props.Scene) -> None:
    """Shadows are looked up once a pixel where its samples lie on one surface: next to no pixel may change by it."""
    with Stage(case, studio) as stage:
        fine = stage.see(small(CAMERAS["left"], 4), oversample=2).light["left"]
        finest = stage.see(finer(small(CAMERAS["left"], 4), 2), oversample=1).light["left"]
    mean = finest.reshape(120, 2, 160, 2, 3).mean(axis=(1, 3))
    off = np.abs(fine - mean).max(axis=-1)
    assert np.quantile(off, 0.99) < 0.005
    assert off.max() < 0.05 < mean.max()


@needs_gl
def test_two_studios_side_by_side_do_not_disturb_each_other(studio: Studio, bare: props.Scene) -> None:
    camera = small(CAMERAS["left"])
    alone = digest(see(studio, bare, camera))
    with Stage(bare, studio) as one, Studio() as elsewhere, Stage(props.empty(3), elsewhere) as other:
        other.see(camera, 1)
        assert digest(one.see(camera, 1)) == alone


def test_a_lean_mesh_stays_where_the_full_one_is() -> None:
    flat = sheet("flat", (0, 0, 0), (200, 0, 0), (0, -100, 0), bare_skin(200, 100, (9, 9, 9), 0.5))
    assert lean(flat).shape[0] * lean(flat).shape[1] < 20
    bent = sheet("bent", (0, 0, 0), (200, 0, 0), (0, -100, 0), bare_skin(200, 100, (9, 9, 9), 0.5))
    bent.vertices[..., 2] = 8 * np.sin(bent.vertices[..., 0] / 20)
    grid = lean(bent)
    assert grid.shape[1] < bent.vertices.shape[1]
    heights = np.interp(bent.vertices[0, :, 0], grid[0, :, 0], grid[0, :, 2])
    assert np.abs(heights - bent.vertices[0, :, 2]).max() < 0.3


@needs_gl
def test_a_hole_is_marked_in_its_middle_although_nothing_is_there(studio: Studio) -> None:
    scene = props.draw(23, "case", 3, (props.Injury("hole", "major"),))
    with Stage(scene, studio) as stage:
        marked = (stage.see(CAMERAS["left"], lights=()).marks & 1).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(marked)
    cv2.drawContours(filled, contours, -1, 1.0, -1)
    assert marked.sum() > 0.97 * filled.sum() > 300


@needs_gl
def test_a_contact_sheet_shows_damage_in_colour_only_beside_its_scene(bare: props.Scene) -> None:
    hurt = props.draw(4, "diecut", injuries=(props.Injury("crush", "major"),))
    sheet_ = contact_sheet([bare, hurt], small(CAMERAS["left"]), width_px=80)
    assert sheet_.shape == (2 * 60, 5 * 80, 3)
    coloured = np.ptp(sheet_[:, 4 * 80 :], axis=-1) > 100
    assert not coloured[:60].any()
    assert coloured[60:].sum() > 20
