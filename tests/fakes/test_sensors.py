"""What sensors make of light and depth. Nothing here needs GL: walls and edges are made by hand."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.sensors import colour, stereo
from fakes.sensors.colour import ColourSensor, expose
from fakes.sensors.motion import Motion, moved, smear
from fakes.sensors.presets import DISPARITIES_PX, PRESETS, mounted
from fakes.sensors.stereo import Imager, measure
from fakes.stage import CAMERAS

SHAPE = (120, 160)
KEY = (3, "CAM", 5)
D435 = Imager("A", 447.0, 50.0)
Plane = NDArray[np.float32]


def wall(z_mm: float) -> Plane:
    return np.full(SHAPE, z_mm, np.float32)


def grey(radiance: float) -> NDArray[np.float32]:
    return np.full((*SHAPE, 3), radiance, np.float32)


def linear(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray((picture / 255.0) ** colour.GAMMA)


def test_a_frame_is_a_function_of_seed_camera_and_index() -> None:
    first = expose(grey(0.5), 4, KEY), measure(wall(600), D435, KEY)
    again = expose(grey(0.5), 4, KEY), measure(wall(600), D435, KEY)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    for key in ((4, "CAM", 5), (3, "CAM", 6)):
        assert not np.array_equal(first[0], expose(grey(0.5), 4, key))
        assert not np.array_equal(first[1], measure(wall(600), D435, key))


def test_what_is_fixed_stays_from_frame_to_frame_and_belongs_to_one_camera() -> None:
    sensor = ColourSensor(fixed=0.05)

    def mean(camera: str, first: int) -> NDArray[np.float64]:
        frames = [linear(expose(grey(0.5), 4, (1, camera, index), sensor=sensor)) for index in range(first, first + 16)]
        found: NDArray[np.float64] = np.mean(frames, axis=0)
        return np.asarray((found - found.mean()).ravel())

    def likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        return float(np.corrcoef(one, other)[0, 1])

    assert likeness(mean("A", 0), mean("A", 16)) > 0.8
    assert abs(likeness(mean("A", 0), mean("B", 16))) < 0.6  # vignetting they share


def test_shot_noise_grows_with_the_root_of_the_light() -> None:
    flat = ColourSensor(vignetting=0.0, read_noise=0.0)

    def deviation(radiance: float) -> float:
        return float(linear(expose(grey(radiance), 4, KEY, sensor=flat)).std())

    assert deviation(0.8) / deviation(0.2) == pytest.approx(2.0, rel=0.08)
    assert deviation(0.2) == pytest.approx((0.2 * 0.8 / flat.full_well) ** 0.5, rel=0.1)


def test_a_full_well_is_white_and_gain_does_not_bring_back_what_it_lost() -> None:
    bright = expose(grey(3.0), 8, KEY)
    assert bright.min() == 255
    halved = expose(grey(3.0), 8, KEY, noise=False, sensor=ColourSensor(gain=0.5, vignetting=0))
    assert set(np.unique(halved)) == {int(colour.CURVE[int(0.5 * (colour.CODES - 1))])}


def test_twice_the_exposure_is_twice_the_light() -> None:
    short, long = (linear(expose(grey(0.2), ms, KEY, noise=False)).mean() for ms in (2, 4))
    assert long / short == pytest.approx(2.0, rel=0.03)


def test_a_lens_spreads_a_point_and_loses_none_of_it() -> None:
    dot = grey(0.0)
    dot[60, 80] = 0.8
    sharp, soft = (
        linear(expose(dot, 4, KEY, noise=False, sensor=ColourSensor(blur_px=px, vignetting=0)))[..., 0]
        for px in (0.1, 1.2)
    )
    assert (sharp > 0.002).sum() == 1
    assert soft[60, 80] < 0.3 * sharp[60, 80]
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.1)


def test_white_balance_is_by_channel() -> None:
    sensor = ColourSensor(balance=(0.5, 1.0, 2.0), vignetting=0.0)
    blue, green, red = linear(expose(grey(0.2), 4, KEY, noise=False, sensor=sensor)).mean(axis=(0, 1))
    assert blue / green == pytest.approx(0.5, rel=0.05)
    assert red / green == pytest.approx(2.0, rel=0.05)


def test_corners_are_darker_than_the_middle() -> None:
    picture = linear(expose(grey(0.5), 4, KEY, noise=False))
    assert picture[0, 0, 0] / picture[60, 80, 0] == pytest.approx(1 - colour.PLAIN.vignetting, abs=0.03)


def test_motion_smears_along_the_travel_and_no_other_way() -> None:
    dot = grey(0.0)
    dot[60, 80] = 1.0
    picture = moved(dot, Motion(right_px_ms=2.0), exposure_ms=5)
    rows, columns = np.nonzero(picture[..., 0] > 0.005)
    assert set(rows) == {60}
    assert (columns.min(), columns.max()) == (80, 90)
    assert picture.sum() == pytest.approx(dot.sum(), rel=1e-4)
    assert smear(0.0, -4.0).sum() == pytest.approx(1.0)


def test_a_rolling_shutter_shears_an_upright_edge_and_a_global_one_does_not() -> None:
    edge = grey(0.0)
    edge[:, 80:] = 1.0

    def places(motion: Motion) -> NDArray[np.int64]:
        return np.asarray(np.argmax(moved(edge, motion, exposure_ms=0.01)[..., 0] > 0.5, axis=1))

    rolled = places(Motion(right_px_ms=1.0, readout_ms=12))
    assert rolled[-1] - rolled[0] == pytest.approx(12, abs=1)
    still = places(Motion(right_px_ms=1.0))
    assert np.ptp(still) == 0


def test_a_tray_that_stands_is_not_touched() -> None:
    picture = grey(0.3)
    assert moved(picture, Motion(readout_ms=16), 4) is picture


@pytest.mark.parametrize("z_mm", [400.0, 800.0, 1600.0])
def test_depth_noise_grows_with_the_square_of_the_distance(z_mm: float) -> None:
    """sigma_z = z^2 s / (f B), of which the bow is a part of its own; 1 mm steps are in it too."""
    fine = Imager("A", 447.0, 50.0, unit_mm=0.1)
    frames = [measure(wall(z_mm), fine, (1, "A", index)) * 0.1 for index in range(2)]
    there = (frames[0] > 0) & (frames[1] > 0)
    temporal = (frames[0] - frames[1])[there].std() / 2**0.5
    expected = z_mm**2 * stereo.SUBPIXEL_PX * (1 - stereo.FIXED_SHARE) ** 0.5 / (447.0 * 50.0)
    step = z_mm**2 * stereo.DISPARITY_STEP_PX / (447.0 * 50.0)
    assert temporal == pytest.approx((expected**2 + step**2 / 12) ** 0.5, rel=0.15)


def test_part_of_the_depth_noise_is_the_same_in_every_frame_of_one_camera_and_of_no_other() -> None:
    def error(serial: str, index: int) -> NDArray[np.float64]:
        frame = measure(wall(1000), Imager(serial, 447.0, 50.0, unit_mm=0.1), (1, serial, index)).astype(float)
        frame[frame == 0] = 10_000
        return np.asarray((frame - cv2.GaussianBlur(frame, (0, 0), 12)).ravel())

    def likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        return float(np.corrcoef(one, other)[0, 1])

    assert 0.35 < likeness(error("A", 0), error("A", 1)) < 0.75
    assert abs(likeness(error("A", 0), error("B", 1))) < 0.1


def test_depth_comes_in_steps_of_disparity() -> None:
    found = np.unique(measure(wall(2000), D435, KEY))
    gaps = np.diff(found[found > 0])
    step = 2000**2 * stereo.DISPARITY_STEP_PX / (447.0 * 50.0)
    assert np.median(gaps) == pytest.approx(step, rel=0.15)


def test_what_the_second_imager_cannot_see_is_a_hole_left_of_the_near_thing() -> None:
    """The second imager is to the right: it looks past the near thing's right side, not its left."""
    depth = wall(800)
    depth[:, 60:100] = 500
    frame = measure(depth, D435, KEY)
    width = 447.0 * 50.0 * (1 / 500 - 1 / 800)
    rows = slice(20, 100)
    assert (frame[rows, 62 - int(width) : 57] == 0).mean() > 0.9
    assert (frame[rows, 105:130] == 0).mean() < 0.05


def test_an_edge_is_rounded_by_the_matchers_window() -> None:
    depth = wall(800)
    depth[60, 80] = 500
    assert measure(depth, D435, KEY)[60, 80] > 700


@pytest.mark.parametrize(("light", "lost"), [(0.003, 0.95), (0.3, 0.02), (4.0, 0.95)], ids=["black", "grey", "glare"])
def test_black_and_dazzling_surfaces_have_no_depth(light: float, lost: float) -> None:
    frame = measure(wall(600), D435, KEY, brightness=np.full(SHAPE, light, np.float32))
    share = float((frame == 0).mean())
    assert share >= lost if lost > 0.5 else share <= lost


def test_nothing_is_nowhere_and_nothing_too_near_is_found() -> None:
    depth = wall(600)
    depth[:, 140:] = 0
    depth[:, 40:80] = 150
    frame = measure(depth, Imager("A", 447.0, 50.0, nearest_mm=177), KEY)
    assert not frame[:, 143:].any()
    assert not frame[:, 40:78].any()
    assert (frame[:, 85:135] > 0).mean() > 0.9


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_its_parallax_and_its_nearest_distance(name: str) -> None:
    preset, pose = PRESETS[name], CAMERAS["left"].pose
    camera = mounted(preset, "S1", pose, (1280, 720))
    apart = np.linalg.inv(pose) @ camera.depth.pose[:, 3]
    assert apart[0] == pytest.approx(-preset.colour_at_mm, abs=1e-9)
    point = np.array([30.0, -20.0, 500.0])
    there = camera.depth.pose @ [*point, 1.0]
    by_info = camera.depth_to_colour.matrix() @ point + camera.depth_to_colour.translation_mm
    assert np.allclose(np.linalg.inv(pose) @ there, [*by_info, 1.0])
    assert camera.imager.nearest_mm == pytest.approx(camera.depth.lens.fx_px * preset.baseline_mm / DISPARITIES_PX)


def test_focal_lengths_of_the_presets_are_those_of_their_fields_of_view() -> None:
    focal = {name: mounted(PRESETS[name], "S", CAMERAS["left"].pose, (1280, 720)).depth.lens.fx_px for name in PRESETS}
    assert focal == {
        "D415": pytest.approx(1004, abs=1),
        "D435": pytest.approx(674, abs=1),
        "D455": pytest.approx(674, abs=1),
    }


def test_no_two_specimens_are_mounted_alike() -> None:
    poses = [mounted(PRESETS["D435"], serial, CAMERAS["left"].pose).depth.pose for serial in ("S1", "S2", "S1")]
    assert not np.allclose(poses[0], poses[1])
    assert np.array_equal(poses[0], poses[2])
