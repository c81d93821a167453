import sys

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes import props
from fakes.props.panel import px
from fakes.stage import CAMERAS, LIGHTS, Camera, NoGraphics, Seen, Stage, gl
from fakes.stage.mesh import triangles
from fakes.stage.picture import contact_sheet

Rays = NDArray[np.float64]


def drawable() -> bool:
    try:
        gl.context().release()
    except NoGraphics:
        return False
    return True


needs_gl = pytest.mark.skipif(not drawable(), reason="no software GL here: apt-get install libegl1 libgl1-mesa-dri")


def small(camera: Camera) -> Camera:
    """The same view with a quarter of the pixels along each side."""
    lens = camera.lens
    quarter = Intrinsics(160, 120, lens.fx_px / 4, lens.fy_px / 4, lens.cx_px / 4, lens.cy_px / 4, lens.distortion)
    return Camera(quarter, camera.pose)


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
        for place, ray in enumerate(rays):
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


def see(scene: props.Scene, camera: Camera) -> Seen:
    with Stage(scene) as stage:
        return stage.see(camera, oversample=1)


@needs_gl
@pytest.mark.parametrize("name", ["left", "oblique"])
def test_depth_is_that_of_an_independent_ray_cast(name: str) -> None:
    scene, camera = props.draw(4, "diecut"), CAMERAS[name]
    top = next(panel for panel in scene.panels if panel.name == "top")
    top.skin.solid[px(20) : px(60), px(20) : px(60)] = False
    depth = see(scene, camera).depth_mm
    rng = np.random.default_rng(5)
    pixels = np.stack([rng.integers(5, 635, 120), rng.integers(5, 475, 120)], axis=1)
    step = 0.1
    spans = [cast(scene, camera.pose[:3, 3], rays_of(camera, pixels + np.array(off) * step)) for off in
             ((0.0, 0.0), (1.0, 1.0), (-1.0, -1.0))]  # fmt: skip
    clear = np.ptp(spans, axis=0) < 2.0  # not on an outline, where a tenth of a pixel decides
    assert clear.sum() > 100
    off = np.abs(depth[pixels[:, 1], pixels[:, 0]] - spans[0])[clear]
    assert off.max() <= 1.0


@needs_gl
def test_the_same_scene_is_seen_byte_for_byte() -> None:
    camera = small(CAMERAS["left"])
    one, other = (see(props.draw(9, "case"), camera) for _ in range(2))
    assert one.depth_mm.tobytes() == other.depth_mm.tobytes()
    assert {k: v.tobytes() for k, v in one.light.items()} == {k: v.tobytes() for k, v in other.light.items()}


@needs_gl
def test_each_bar_lights_the_wall_on_its_own_side() -> None:
    seen = see(props.draw(2, "case"), small(CAMERAS["oblique"]))
    wall = (seen.part == props.Part.ITEM) & (seen.normal[..., 1] < -0.8)
    assert wall.sum() > 200
    assert seen.light["right"][wall].mean() > 10 * seen.light["left"][wall].mean()
    assert set(seen.light) == {*LIGHTS, "ambient"}


@needs_gl
def test_an_item_throws_a_shadow_away_from_the_light() -> None:
    bare, full = props.empty(2), props.draw(2, "case")
    camera = small(CAMERAS["left"])
    before, after = see(bare, camera), see(full, camera)
    tray = (after.part == props.Part.TRAY) & (before.part == props.Part.TRAY)
    dimmed = after.light["left"][tray].mean(axis=-1) < 0.3 * before.light["left"][tray].mean(axis=-1)
    assert dimmed.mean() > 0.03


@needs_gl
def test_a_stage_that_is_left_holds_nothing() -> None:
    stage = Stage(props.empty(1))
    with stage:
        stage.see(small(CAMERAS["left"]), oversample=1)
    assert stage._held == []


def test_without_gl_the_error_names_the_packages_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(NoGraphics, match="libegl1 libgl1-mesa-dri"):
        Stage(props.empty(1))


@needs_gl
def test_a_hole_is_marked_in_its_middle_although_nothing_is_there() -> None:
    scene = props.draw(23, "case", 3, (props.Injury("hole", "major"),))
    seen = see(scene, CAMERAS["left"])
    marked = (seen.marks & 1).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(marked)
    cv2.drawContours(filled, contours, -1, 1.0, -1)
    assert marked.sum() > 0.97 * filled.sum() > 300


@needs_gl
def test_a_contact_sheet_shows_damage_in_colour_only_beside_its_scene() -> None:
    hurt = props.draw(4, "diecut", injuries=(props.Injury("crush", "major"),))
    sheet = contact_sheet([props.empty(1), hurt], small(CAMERAS["left"]), width_px=80)
    assert sheet.shape == (2 * 60, 5 * 80, 3)
    coloured = np.ptp(sheet[:, 4 * 80 :], axis=-1) > 100
    assert not coloured[:60].any()
    assert coloured[60:].sum() > 20
