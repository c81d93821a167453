"""What the rig's cameras see: the same every time, where it must be, lit as the lamps say."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.units import Millimetres
from fakes.render import CAMERAS, LAMPS, photograph
from fakes.render.photograph import labels, true_depth
from fakes.render.rig import RigCamera
from fakes.scene import Injury, Scene, board, draw, empty
from fakes.scene.charuco import described, inner_corners_mm
from fakes.scene.damage import TYPES

Floats = NDArray[np.float64]
HERE = Millimetres(0.0)
RING = {"ring": 1.0}
PLAIN = "carton-03"


def _picture(scene: Scene | None, lamps: dict[str, float], noise: bool = False, index: int = 0) -> NDArray[Any]:
    return photograph(scene, HERE, "left", lamps, 4.0, 1, index, noise)[0].astype(np.float64)


def _rays(rig: RigCamera) -> Floats:
    """Depth rays in station axes, from the intrinsics alone."""
    rows, columns = np.mgrid[: rig.depth.height_px, : rig.depth.width_px].astype(np.float64)
    flat = np.stack(
        [(columns - rig.depth.cx_px) / rig.depth.fx_px, (rows - rig.depth.cy_px) / rig.depth.fy_px, np.ones_like(rows)],
        axis=-1,
    )
    return np.asarray(flat @ rig.depth_to_station[:3, :3].T, dtype=np.float64)


def _floor(rig: RigCamera, offset_mm: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Depth of the plane z = 0, and the pixels that look at the tray's floor well within its rim."""
    rays, centre = _rays(rig), rig.depth_to_station[:3, 3]
    depth = -centre[2] / rays[..., 2]
    points = centre + depth[..., None] * rays
    inside = (np.abs(points[..., 0] - offset_mm) < 180) & (np.abs(points[..., 1]) < 130)
    return depth, inside


@pytest.mark.parametrize("camera", sorted(CAMERAS))
@pytest.mark.parametrize("offset", [0.0, 17.5])
def test_the_depth_of_an_empty_tray_is_that_of_its_plane(camera: str, offset: float) -> None:
    depth, inside = _floor(CAMERAS[camera], offset)
    seen = true_depth(empty(3), Millimetres(offset), camera)
    assert np.count_nonzero(inside) > 60_000
    assert np.abs(seen - depth)[inside].max() < 0.02
    _, measured = photograph(empty(3), Millimetres(offset), camera, {}, 4.0, 1, 0, noise=False)
    assert np.abs(measured - depth)[inside].max() <= 0.52


def _first_below(scene: Scene, rig: RigCamera, pixels: NDArray[np.int64]) -> Floats:
    """Depth of the surface along some depth pixels (N, 2; row, column), by walking down each ray in steps of 0.1 mm."""
    rays, centre = _rays(rig)[pixels[:, 0], pixels[:, 1]], rig.depth_to_station[:3, 3]
    levels = np.arange(130.0, -4.05, -0.1)
    depth = (levels[None, :] - centre[2]) / rays[:, 2:3]
    columns = centre[0] + depth * rays[:, 0:1] + 260
    rows = 210 - (centre[1] + depth * rays[:, 1:2])
    column, row = np.floor(columns).astype(int), np.floor(rows).astype(int)
    right, down = columns - column, rows - row
    field = scene.height_mm
    upper = field[row, column] * (1 - right) + field[row, column + 1] * right
    lower = field[row + 1, column] * (1 - right) + field[row + 1, column + 1] * right
    below = upper * (1 - down) + lower * down >= levels
    return np.asarray(np.take_along_axis(depth, below.argmax(axis=1)[:, None], axis=1)[:, 0], dtype=np.float64)


@pytest.mark.parametrize("camera", sorted(CAMERAS))
@pytest.mark.parametrize("product", [PLAIN, "mailer-11"])
def test_depth_is_where_each_ray_first_meets_the_item(camera: str, product: str) -> None:
    scene, rig = draw(9, True, product, (Injury("hole", "major"),)), CAMERAS[camera]
    seen = true_depth(scene, HERE, camera)
    steps = cv2.dilate(np.abs(cv2.Laplacian(seen, cv2.CV_32F)), np.ones((3, 3), np.uint8)) > 4
    inner = np.zeros_like(steps)
    inner[100:380, 120:520] = True
    rng = np.random.default_rng(1)
    # Along a step the search may jump over a corner that is thinner than one of its layers.
    for where, least in ((inner & ~steps, 0.995), (inner & steps, 0.9)):
        pixels = rng.permutation(np.argwhere(where))[:600]
        off = np.abs(seen[pixels[:, 0], pixels[:, 1]] - _first_below(scene, rig, pixels))
        assert np.mean(off < 0.35) >= least


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_depth_noise_is_that_of_the_stereo_formula(camera: str) -> None:
    rig = CAMERAS[camera]
    depth, inside = _floor(rig, 0.0)
    _, measured = photograph(empty(3), HERE, camera, {}, 4.0, 1, 0)
    found = inside & (measured > 0)
    assert np.count_nonzero(found) > 0.98 * np.count_nonzero(inside)
    sigma = float(np.mean(depth[inside]) ** 2 * 0.08 / (rig.depth.fx_px * 55.0))
    rms = float(np.sqrt(np.mean((measured - depth)[found] ** 2)))
    assert 0.8 * sigma < rms < 1.5 * sigma


def test_the_same_call_gives_the_same_bytes() -> None:
    one = photograph(draw(8, True), HERE, "left", RING, 4.0, 5, 2)
    two = photograph(draw(8, True), HERE, "left", RING, 4.0, 5, 2)
    assert [plane.tobytes() for plane in one] == [plane.tobytes() for plane in two]


@pytest.mark.parametrize(("seed", "index", "camera"), [(6, 2, "left"), (5, 3, "left")])
def test_another_seed_or_index_is_another_noise(seed: int, index: int, camera: str) -> None:
    scene = empty(8)
    one = photograph(scene, HERE, "left", RING, 4.0, 5, 2)
    two = photograph(scene, HERE, camera, RING, 4.0, seed, index)
    assert (one[0] != two[0]).any()
    assert (one[1] != two[1]).any()


def test_without_light_a_frame_is_dark() -> None:
    scene = draw(8, False)
    assert np.percentile(_picture(scene, {}, noise=True), 99) < 40
    assert np.median(_picture(scene, RING, noise=True)[180:300, 250:390]) > 40


def test_a_longer_exposure_is_brighter_until_it_saturates() -> None:
    scene = draw(8, False)
    means = [photograph(scene, HERE, "left", RING, time, 1, 0)[0].mean() for time in (1.0, 2.0, 4.0, 400.0)]
    assert means == sorted(means)
    assert means[2] > 1.2 * means[1]
    assert means[3] > 240


@pytest.mark.parametrize("lamp", sorted(LAMPS))
def test_each_lamp_lights_the_tray(lamp: str) -> None:
    assert _picture(empty(2), {lamp: 1.0}).mean() > 2 * _picture(empty(2), {}).mean()


@pytest.mark.parametrize(("one", "other", "axis"), [("left", "right", 0), ("back", "front", 1)])
def test_lamps_at_opposite_sides_shade_opposite_sides_of_a_dent(one: str, other: str, axis: int) -> None:
    pristine = draw(12, False, PLAIN)
    dented = draw(12, True, PLAIN, (Injury("dent", "major"),))
    mask = labels(dented, HERE, "left") > 0
    place = np.nonzero(mask)[axis]
    before = place < np.median(place)

    def shade(lamp: str) -> float:
        """How much brighter the dent made its upper (or left) half than its lower (or right) one."""
        change = (_picture(dented, {lamp: 1.0}) - _picture(pristine, {lamp: 1.0})).mean(axis=2)[mask]
        return float(change[before].mean() - change[~before].mean())

    assert shade(one) < -2.0
    assert shade(other) > 2.0


SIDES = {"left": 0.5, "back": 0.5}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("product", [PLAIN, "mailer-11"])
def test_each_damage_stands_out_of_the_noise_in_colour_or_depth(product: str, kind: str) -> None:
    pristine, damaged = draw(14, False, product), draw(14, True, product, (Injury(kind, "major"),))
    mask = labels(damaged, HERE, "left") > 0
    change = _picture(damaged, SIDES) - _picture(pristine, SIDES)
    noise = _picture(pristine, SIDES, noise=True) - _picture(pristine, SIDES)
    assert np.sqrt(np.mean(change[mask] ** 2)) > 2.5 * np.sqrt(np.mean(noise[mask] ** 2))
    deeper = np.abs(true_depth(damaged, HERE, "left") - true_depth(pristine, HERE, "left"))
    if kind != "spillage":
        assert np.percentile(deeper[deeper > 0.5], 90) > 3 * 1.1


def test_a_printed_crack_changes_colour_but_not_depth() -> None:
    seed = next(seed for seed in range(200) if draw(seed, False).truth["printed"] == "smashed-screen")
    scene = draw(seed, False)
    assert scene.truth["damaged"] is False
    assert not labels(scene, HERE, "left").any()


def test_a_tray_further_along_the_belt_is_seen_further_right() -> None:
    scene = draw(14, False, PLAIN)

    def middle(offset: float) -> float:
        depth = true_depth(scene, Millimetres(offset), "left")
        return float(np.median(np.nonzero(depth < true_depth(None, HERE, "left") - 30)[1]))

    assert middle(30.0) - middle(0.0) == pytest.approx(30 * 668 / 620, abs=4)


def test_the_empty_belt_has_no_tray() -> None:
    assert (true_depth(None, HERE, "left") > true_depth(empty(1), HERE, "left") + 3).mean() > 0.2


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_the_whole_tray_is_in_both_pictures_of_a_camera(camera: str) -> None:
    rig = CAMERAS[camera]
    corners = np.array([[x, y, z] for x in (-220.0, 220.0) for y in (-150.0, 150.0) for z in (0.0, 60.0)])
    for lens, pose in ((rig.colour, rig.colour_to_station), (rig.depth, rig.depth_to_station)):
        pixels = _project(corners, pose, lens.matrix(), np.array(lens.distortion))
        assert pixels.min() > 0
        assert pixels[:, 0].max() < 639
        assert pixels[:, 1].max() < 479


def test_the_rig_says_where_its_depth_camera_is() -> None:
    rig = CAMERAS["left"]
    to_colour = np.linalg.inv(rig.colour_to_station) @ rig.depth_to_station
    assert to_colour[:3, :3] == pytest.approx(rig.info.depth_to_colour.matrix(), abs=1e-9)
    assert to_colour[:3, 3] == pytest.approx(rig.info.depth_to_colour.translation_mm, abs=1e-9)


def _project(points: Floats, camera_to_station: Floats, matrix: Floats, distortion: Floats) -> Floats:
    there = np.linalg.inv(camera_to_station)
    turn, _ = cv2.Rodrigues(there[:3, :3])
    pixels, _ = cv2.projectPoints(np.ascontiguousarray(points), turn, there[:3, 3], matrix, distortion)
    return np.asarray(pixels, dtype=np.float64).reshape(-1, 2)


@pytest.mark.parametrize("camera", sorted(CAMERAS))
def test_a_board_is_detected_where_its_corners_project(camera: str) -> None:
    rig = CAMERAS[camera]
    detector = cv2.aruco.CharucoDetector(described())
    distances = []
    for seed in range(6):
        scene = board(seed)
        assert scene.board is not None
        colour, _ = photograph(scene, HERE, camera, RING, 4.0, 1, seed)
        found, ids, _, _ = detector.detectBoard(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY))
        assert ids is not None
        corners = np.c_[inner_corners_mm(), np.ones(len(inner_corners_mm()))] @ scene.board.matrix().T
        pixels = _project(corners[:, :3], rig.colour_to_station, rig.colour.matrix(), np.array(rig.colour.distortion))
        distances.append(np.linalg.norm(pixels[ids.ravel()] - found.reshape(-1, 2), axis=1))
    together = np.concatenate(distances)
    assert len(together) > 200
    assert together.max() < 0.5


def test_a_boards_depth_is_that_of_its_plane() -> None:
    scene, rig = board(2), CAMERAS["right"]
    assert scene.board is not None
    centre = scene.board.matrix() @ np.array([165.0, 120.0, 0.0, 1.0])
    there = np.linalg.inv(rig.depth_to_station) @ centre
    column = round(rig.depth.cx_px + rig.depth.fx_px * there[0] / there[2])
    row = round(rig.depth.cy_px + rig.depth.fy_px * there[1] / there[2])
    assert true_depth(scene, HERE, "right")[row, column] == pytest.approx(there[2], abs=0.6)


def test_a_camera_or_lamp_that_is_not_in_the_rig_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="No camera 'middle'"):
        photograph(None, HERE, "middle", RING, 4.0, 1, 0)
    with pytest.raises(KeyError, match="No lamp 'sun'"):
        photograph(None, HERE, "left", {"sun": 1.0}, 4.0, 1, 0)
