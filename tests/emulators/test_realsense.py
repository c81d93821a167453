"""The emulated RealSense, as a stranger with nothing but the vendor's SDK meets it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.clock import pause
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Millimetres, ms, seconds
from fakes.line.floor import Floor
from fakes.plan import LAMPS, PlannedFault, WorldPlan
from fakes.studios.flat import FlatStudio
from tests.emulators.floors import on_a_floor, on_a_virtual_floor

rs = pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from fakes.emulators.realsense import DRIFT_PPM, RealSense  # noqa: E402 - it imports the SDK

NAME = "left"
INFO = FlatStudio().info(NAME)
STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
PERIOD_MS = 1000 / 30

Frames = Callable[[], list[Any]]
"""Takes what has come so far."""


@asynccontextmanager
async def streaming(floor: Floor, info: CameraInfo = INFO) -> AsyncIterator[tuple[RealSense, dict[str, Frames]]]:
    """The camera with both sensors started."""
    camera = RealSense(floor, NAME, info)
    running = asyncio.create_task(camera.run())
    sensors = camera.device.query_sensors()
    taken = {sensor.name: start(sensor) for sensor in sensors}
    yield camera, taken
    for sensor in sensors:
        sensor.stop()
        sensor.close()
    running.cancel()


def start(sensor: Any) -> Frames:
    queue = rs.frame_queue(64)
    sensor.open(sensor.get_stream_profiles()[0])
    sensor.start(queue)

    def take() -> list[Any]:
        frames = []
        while frame := queue.poll_for_frame():
            frames.append(frame)
        return frames

    return take


def sensor(camera: RealSense, name: str) -> Any:
    """`first_color_sensor` knows none of a software device."""
    return next(each for each in camera.device.query_sensors() if each.name == name)


def counters(frames: list[Any]) -> list[int]:
    key = rs.frame_metadata_value.frame_counter
    assert [frame.frame_number for frame in frames] == [frame.get_frame_metadata(key) for frame in frames]
    return [frame.frame_number for frame in frames]


def pixels(frame: Any) -> Any:
    return np.asanyarray(frame.get_data())


def metadata(frame: Any, key: str) -> int:
    return int(frame.get_frame_metadata(getattr(rs.frame_metadata_value, key)))


def light(floor: Floor) -> None:
    floor.lamps.turn("ring", 1.0, floor.clock.now())


def test_the_pictures_are_those_of_the_world() -> None:
    async def scenario(floor: Floor) -> None:
        light(floor)
        await pause(floor.clock, ms(5))
        async with streaming(floor) as (_, taken):
            await pause(floor.clock, ms(60))
            (depth, *_), (colour, *_) = taken["Stereo Module"](), taken["RGB Camera"]()
        lamps = {lamp: float(lamp == "ring") for lamp in LAMPS}
        studio = FlatStudio()
        seen, far = studio.photograph(studio.empty(), Millimetres(0.0), NAME, lamps, 4.0, STANDS.seed, 0)
        assert (pixels(colour) == seen).all()
        assert (pixels(depth) == far).all()
        assert depth.as_depth_frame().get_distance(160, 120) == pytest.approx(0.63)

    on_a_virtual_floor(scenario, STANDS)


def test_a_longer_exposure_takes_in_more_light_and_is_told_in_its_metadata() -> None:
    async def scenario(floor: Floor) -> None:
        light(floor)
        async with streaming(floor) as (camera, taken):
            rgb = sensor(camera, "RGB Camera")
            await pause(floor.clock, ms(150))
            before = taken["RGB Camera"]()[-1]
            rgb.set_option(rs.option.exposure, 80)
            await pause(floor.clock, ms(150))
            later = taken["RGB Camera"]()[-1]
        assert (metadata(before, "actual_exposure"), metadata(later, "actual_exposure")) == (4000, 8000)
        assert pixels(later).mean() > 1.7 * pixels(before).mean()

    on_a_virtual_floor(scenario, STANDS)


def test_a_dark_lamp_makes_a_dark_picture() -> None:
    async def scenario(floor: Floor) -> None:
        async with streaming(floor) as (_, taken):
            await pause(floor.clock, ms(100))
            assert pixels(taken["RGB Camera"]()[-1]).max() < 10

    on_a_virtual_floor(scenario, STANDS)


def test_a_stamp_is_the_middle_of_the_exposure_on_a_clock_that_drifts() -> None:
    async def scenario(floor: Floor) -> None:
        powered = floor.clock.now()
        async with streaming(floor) as (_, taken):
            began = floor.clock.now()
            await pause(floor.clock, seconds(6))
            last = taken["RGB Camera"]()[-1]
        begun = (began - powered) / 1000 + (last.frame_number - 1) * PERIOD_MS * 1000
        assert metadata(last, "sensor_timestamp") == pytest.approx((begun + 2000) * (1 + DRIFT_PPM * 1e-6), abs=2)
        assert metadata(last, "frame_timestamp") == metadata(last, "sensor_timestamp") + 2000
        assert last.get_timestamp() * 1000 == pytest.approx(metadata(last, "frame_timestamp"), abs=1)
        assert last.get_frame_timestamp_domain() == rs.timestamp_domain.hardware_clock

    on_a_virtual_floor(scenario, STANDS)


def test_a_point_of_the_depth_camera_lands_where_the_world_has_it() -> None:
    turn, _ = cv2.Rodrigues(np.array([0.1, -0.2, 0.3]))
    eye = Intrinsics(320, 240, 250.0, 251.0, 158.0, 121.5, (0.1, -0.05, 0.002, -0.001, 0.01))
    pose = Transform(tuple(float(each) for each in turn.ravel()), (-15.0, 2.0, 5.0))
    info = replace(INFO, colour=eye, depth_to_colour=pose)
    point = np.array([60.0, -40.0, 700.0])
    expected, _ = cv2.projectPoints(
        point, np.array([0.1, -0.2, 0.3]), np.array(pose.translation_mm), eye.matrix(), np.array(eye.distortion)
    )

    async def scenario(floor: Floor) -> None:
        stereo, rgb = RealSense(floor, NAME, info).device.query_sensors()
        depth, colour = stereo.get_stream_profiles()[0], rgb.get_stream_profiles()[0]
        moved = rs.rs2_transform_point_to_point(depth.get_extrinsics_to(colour), list(point / 1000))
        lands = rs.rs2_project_point_to_pixel(colour.as_video_stream_profile().get_intrinsics(), moved)
        assert lands == pytest.approx(expected.ravel(), abs=0.01)
        back = rs.rs2_transform_point_to_point(colour.get_extrinsics_to(depth), moved)
        assert back == pytest.approx(point / 1000, abs=1e-6)

    on_a_virtual_floor(scenario, STANDS)


def test_the_sdk_aligns_depth_to_colour_across_the_parallax() -> None:
    info = replace(INFO, depth_to_colour=Transform(translation_mm=(-15.0, 0.0, 0.0)))

    async def scenario(floor: Floor) -> None:
        camera = RealSense(floor, NAME, info)
        running = asyncio.create_task(camera.run())
        syncer = rs.syncer()
        for sensor in camera.device.query_sensors():
            sensor.open(sensor.get_stream_profiles()[0])
            sensor.start(syncer)
        await pause(floor.clock, ms(300))
        pairs = []
        while frames := syncer.poll_for_frames():
            pairs += [frames] if frames.size() == 2 else []
        aligned = rs.align(rs.stream.color).process(pairs[-1]).get_depth_frame()
        raw = pairs[-1].get_depth_frame()
        assert middle(pixels(raw)) - middle(pixels(aligned)) == pytest.approx(240 * 15 / 630, abs=1)
        running.cancel()

    on_a_virtual_floor(scenario, STANDS)


def middle(depth: Any) -> float:
    """Of the tray in the picture, in columns; the tray is cut off at neither side."""
    return float(np.nonzero(depth[120] == 630)[0].mean())


def test_a_waiting_client_gets_frames_in_real_time() -> None:
    def stranger(sensor: Any) -> list[int]:
        queue = rs.frame_queue(8)
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queue)
        numbers = [queue.wait_for_frame(5000).frame_number for _ in range(3)]
        sensor.stop()
        sensor.close()
        return numbers

    async def scenario(floor: Floor) -> None:
        camera = RealSense(floor, NAME, INFO)
        running = asyncio.create_task(camera.run())
        numbers = await asyncio.to_thread(stranger, camera.device.first_depth_sensor())
        assert numbers == sorted(set(numbers))
        running.cancel()

    on_a_floor(scenario, STANDS)


def with_fault(fault: PlannedFault) -> list[Any]:
    """The colour frames of ten turns, the fault at the fourth."""
    taken: list[Any] = []

    async def scenario(floor: Floor) -> None:
        light(floor)
        async with streaming(floor) as (_, frames):
            await pause(floor.clock, ms(3.5 * PERIOD_MS))
            floor.inject(fault)
            await pause(floor.clock, ms(8 * PERIOD_MS))
            taken.extend(frames["RGB Camera"]())

    on_a_virtual_floor(scenario, STANDS)
    return taken


def test_frames_are_counted_from_one_without_gaps() -> None:
    frames = with_fault(PlannedFault("frame-late", NAME, amount=0))
    assert counters(frames) == list(range(1, len(frames) + 1))
    assert len(frames) >= 9


def test_a_dropped_frame_is_a_gap_in_the_counter() -> None:
    numbers = counters(with_fault(PlannedFault("frame-dropped", NAME)))
    assert sorted(set(range(1, numbers[-1])) - set(numbers)) == [5]


def test_a_stale_frame_comes_again_as_it_was() -> None:
    fourth, fifth = with_fault(PlannedFault("frame-stale", NAME))[3:5]
    assert fourth.frame_number == fifth.frame_number == 4
    assert metadata(fourth, "sensor_timestamp") == metadata(fifth, "sensor_timestamp")
    assert (pixels(fourth) == pixels(fifth)).all()


def test_a_repeated_frame_has_a_new_counter_and_the_old_picture() -> None:
    fourth, fifth, sixth = with_fault(PlannedFault("frame-repeated", NAME))[3:6]
    assert counters([fourth, fifth]) == [4, 5]
    assert (pixels(fourth) == pixels(fifth)).all()
    assert (pixels(fifth) != pixels(sixth)).any()


def test_a_stuck_counter_stands_while_pictures_change() -> None:
    frames = with_fault(PlannedFault("counter-stuck", NAME, lasts_ms=3 * PERIOD_MS))
    stuck = [frame for frame in frames if frame.frame_number == 4]
    assert len(stuck) == 4
    assert (pixels(stuck[0]) != pixels(stuck[1])).any()
    assert counters(frames)[-1] > 4


def test_a_late_frame_comes_after_younger_ones() -> None:
    numbers = counters(with_fault(PlannedFault("frame-late", NAME, amount=2.5 * PERIOD_MS)))
    assert numbers[3:8] == [4, 6, 7, 5, 8]


def test_a_frame_under_a_burnt_gain_is_saturated() -> None:
    frames = with_fault(PlannedFault("saturated", NAME, amount=50))
    assert pixels(frames[4])[120, 160].min() == 255
    assert pixels(frames[5])[120, 160].max() < 255


def test_an_unplugged_camera_falls_silent_and_comes_back_as_another_device() -> None:
    async def scenario(floor: Floor) -> None:
        async with streaming(floor) as (camera, taken):
            first = camera.device
            await pause(floor.clock, ms(100))
            floor.inject(PlannedFault("camera-lost", NAME, lasts_ms=500))
            taken["RGB Camera"]()
            await pause(floor.clock, ms(400))
            assert camera.device is None
            assert taken["RGB Camera"]() == []
            await pause(floor.clock, ms(200))
            again = start(sensor(camera, "RGB Camera"))
            await pause(floor.clock, ms(200))
            assert camera.device is not first
            assert counters(again())[:3] == [1, 2, 3]
            assert taken["RGB Camera"]() == []

    on_a_virtual_floor(scenario, STANDS)


def test_what_the_camera_says_of_itself() -> None:
    async def scenario(floor: Floor) -> None:
        device = RealSense(floor, NAME, INFO, usb="2.1").device
        assert device.get_info(rs.camera_info.serial_number) == "flat-left"
        assert device.get_info(rs.camera_info.usb_type_descriptor) == "2.1"
        stereo = device.first_depth_sensor()
        assert stereo.get_depth_scale() == pytest.approx(0.001)
        with pytest.raises(RuntimeError, match="out of range"):
            stereo.set_option(rs.option.exposure, 200_000)

    on_a_virtual_floor(scenario, STANDS)


def test_the_chip_gets_as_warm_as_the_booth() -> None:
    async def scenario(floor: Floor) -> None:
        async with streaming(floor) as (camera, _):
            await pause(floor.clock, seconds(3))
            cold = camera.device.first_depth_sensor().get_option(rs.option.asic_temperature)
            floor.climate.start_c = 31.0
            await pause(floor.clock, seconds(1))
            warm = camera.device.first_depth_sensor().get_option(rs.option.asic_temperature)
            assert warm - cold == pytest.approx(11, abs=0.5)

    on_a_virtual_floor(scenario, STANDS)


def test_a_camera_without_depth_is_refused() -> None:
    async def scenario(floor: Floor) -> None:
        with pytest.raises(ValueError, match="has depth and colour"):
            RealSense(floor, NAME, replace(INFO, depth=None))

    on_a_virtual_floor(scenario, STANDS)
