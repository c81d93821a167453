"""The emulated Basler, as a stranger with nothing but the vendor's SDK meets it."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import pause
from drivers.units import Millimetres, ms
from fakes.emulators.basler import Basler
from fakes.emulators.pylon_camera import SERIALS, emulate
from fakes.line.floor import Floor
from fakes.plan import LAMPS, PlannedFault, WorldPlan
from fakes.studios.flat import FlatStudio
from tests.emulators.floors import on_a_floor

pylon = pytest.importorskip("pypylon.pylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
INFO = FlatStudio().info("left")
READY_MS, FRAME_MS = 2_000, 5_000

Stranger = Callable[[Any], None]
"""Is given an open camera, set up for software triggers."""


def found(serial: str) -> Any:
    emulate(2)
    wanted = pylon.DeviceInfo()
    wanted.SetSerialNumber(serial)
    wanted.SetDeviceClass("BaslerCamEmu")  # else it looks on the network first
    return pylon.InstantCamera(pylon.TlFactory.GetInstance().CreateDevice(wanted))


@contextmanager
def opened(basler: Basler, serial: str = SERIALS[0]) -> Iterator[Any]:
    camera = found(serial)
    camera.Open()
    basler.plug(camera)
    camera.PixelFormat.Value = "BGR8Packed"
    camera.TriggerSelector.Value = "FrameStart"
    camera.TriggerMode.Value = "On"
    camera.TriggerSource.Value = "Software"
    camera.AcquisitionFrameRateEnable.Value = False
    camera.ExposureTime.Value = 4_000.0
    camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
    try:
        yield camera
    finally:
        camera.StopGrabbing()
        camera.Close()
        camera.DestroyDevice()


def trigger(camera: Any) -> None:
    assert camera.WaitForFrameTriggerReady(READY_MS, pylon.TimeoutHandling_Return)
    camera.ExecuteSoftwareTrigger()


def result(camera: Any, within_ms: int = FRAME_MS) -> Any:
    return camera.RetrieveResult(within_ms, pylon.TimeoutHandling_Return)


def shot(camera: Any) -> Any:
    """The picture of one trigger."""
    trigger(camera)
    grabbed = result(camera)
    assert grabbed.GrabSucceeded(), grabbed.ErrorDescription
    return grabbed.GetArray()


def failure(camera: Any) -> str:
    trigger(camera)
    grabbed = result(camera)
    assert not grabbed.GrabSucceeded()
    return str(grabbed.ErrorDescription)


def visit(stranger: Stranger, lit: bool = True, fault: PlannedFault | None = None) -> None:
    """The stranger in a thread, before one camera of a floor."""

    async def scenario(floor: Floor) -> None:
        if lit:
            floor.lamps.turn("ring", 1.0, floor.clock.now())
            await pause(floor.clock, ms(20))
        basler = Basler(floor, "left", INFO)
        if fault is not None:
            floor.inject(fault)
        await asyncio.to_thread(meet, basler, stranger)
        basler.close()

    on_a_floor(scenario, STANDS)


def meet(basler: Basler, stranger: Stranger) -> None:
    with opened(basler) as camera:
        stranger(camera)


def seen(number: int, exposure_ms: float = 4.0) -> Any:
    """What the floor's camera sees at its exposure of that number under the ring."""
    studio, lamps = FlatStudio(), {lamp: float(lamp == "ring") for lamp in LAMPS}
    return studio.photograph(studio.empty(), Millimetres(0.0), "left", lamps, exposure_ms, STANDS.seed, number)[0]


def test_the_pictures_are_those_of_the_world_one_a_trigger() -> None:
    def stranger(camera: Any) -> None:
        for number in range(3):
            assert (shot(camera) == seen(number)).all()

    visit(stranger)


def test_without_a_trigger_there_is_no_frame() -> None:
    def stranger(camera: Any) -> None:
        assert camera.WaitForFrameTriggerReady(READY_MS)
        assert not result(camera, 100).IsValid()

    visit(stranger)


def test_a_longer_exposure_and_more_gain_take_in_more_light() -> None:
    def stranger(camera: Any) -> None:
        short = shot(camera).mean()
        camera.ExposureTime.Value = 8_000.0
        assert shot(camera).mean() > 1.7 * short
        camera.Gain.Value = 6.0
        assert shot(camera).mean() > 2.5 * short

    visit(stranger)


def test_a_dark_lamp_makes_a_dark_picture() -> None:
    def stranger(camera: Any) -> None:
        assert shot(camera).max() < 10

    visit(stranger, lit=False)


@pytest.mark.parametrize(("pixels", "channels"), [("Mono8", 1), ("BayerRG8", 1), ("RGB8Packed", 3)])
def test_the_sdk_makes_every_pixel_format_of_it(pixels: str, channels: int) -> None:
    def stranger(camera: Any) -> None:
        camera.StopGrabbing()
        camera.PixelFormat.Value = pixels
        camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
        picture = shot(camera)
        assert picture.size == 320 * 240 * channels
        assert picture.mean() == pytest.approx(seen(0).mean(), abs=1)

    visit(stranger)


def test_two_cameras_see_each_their_own_at_the_same_time() -> None:
    def both(left: Basler, right: Basler) -> tuple[Any, Any]:
        with opened(left, SERIALS[0]) as one, opened(right, SERIALS[1]) as other:
            trigger(one)
            trigger(other)
            return result(other).GetArray(), result(one).GetArray()

    async def scenario(floor: Floor) -> None:
        cameras = [Basler(floor, name, INFO) for name in ("left", "right")]
        right, left = await asyncio.to_thread(both, *cameras)
        assert left.shape == right.shape == (240, 320, 3)
        assert (left != right).any()
        for camera in cameras:
            camera.close()

    on_a_floor(scenario, STANDS)


def test_a_dropped_frame_is_a_buffer_that_failed_and_the_next_one_is_whole() -> None:
    def stranger(camera: Any) -> None:
        assert failure(camera) == "The buffer was incompletely grabbed."
        assert (shot(camera) == seen(1)).all()

    visit(stranger, fault=PlannedFault("frame-dropped", "left"))


def test_a_repeated_frame_has_a_new_number_and_the_old_picture() -> None:
    async def scenario(floor: Floor) -> None:
        basler, loop = Basler(floor, "left", INFO), asyncio.get_running_loop()

        def stranger() -> None:
            with opened(basler) as camera:
                trigger(camera)
                first = result(camera)
                loop.call_soon_threadsafe(floor.inject, PlannedFault("frame-repeated", "left"))
                trigger(camera)
                again = result(camera)
                assert (first.GetArray() == again.GetArray()).all()
                assert again.BlockID == first.BlockID + 1
                assert (shot(camera) != again.GetArray()).any()

        await asyncio.to_thread(stranger)
        basler.close()

    on_a_floor(scenario, STANDS)


def test_a_late_frame_comes_late() -> None:
    def stranger(camera: Any) -> None:
        trigger(camera)
        assert not result(camera, 150).IsValid()
        assert result(camera).GrabSucceeded()

    visit(stranger, fault=PlannedFault("frame-late", "left", amount=400))


def test_a_frame_under_a_burnt_gain_is_saturated() -> None:
    def stranger(camera: Any) -> None:
        assert shot(camera)[120, 160].min() == 255
        assert shot(camera)[120, 160].max() < 255

    visit(stranger, fault=PlannedFault("saturated", "left", amount=50))


def test_grabbing_stops_while_a_picture_is_waited_for_and_starts_again_with_a_fresh_one() -> None:
    def stranger(camera: Any) -> None:
        trigger(camera)
        assert not result(camera, 100).IsValid()
        camera.StopGrabbing()
        camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
        assert (shot(camera) == seen(1)).all()

    visit(stranger, fault=PlannedFault("frame-late", "left", amount=60_000))


def test_grabbing_stops_in_the_middle_of_an_exposure_and_starts_again() -> None:
    def stranger(camera: Any) -> None:
        for _ in range(3):
            trigger(camera)
            camera.StopGrabbing()
            camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
            shot(camera)

    visit(stranger)


def test_a_trigger_while_a_frame_is_under_way_is_ignored() -> None:
    def stranger(camera: Any) -> None:
        trigger(camera)
        camera.ExecuteSoftwareTrigger()
        assert (result(camera).GetArray() == seen(0)).all()
        assert not result(camera, 100).IsValid()
        assert (shot(camera) == seen(1)).all()

    visit(stranger, fault=PlannedFault("frame-late", "left", amount=200))


def test_an_unplugged_camera_is_physically_removed_and_can_be_opened_again_afterwards() -> None:
    async def scenario(floor: Floor) -> None:
        basler, loop = Basler(floor, "left", INFO), asyncio.get_running_loop()
        lost = PlannedFault("camera-lost", "left", lasts_ms=300)

        def stranger() -> None:
            with opened(basler) as camera:
                shot(camera)
                loop.call_soon_threadsafe(floor.inject, lost)
                while not camera.IsCameraDeviceRemoved():
                    result(camera, 10)
                with pytest.raises(Exception, match="physically removed"):
                    camera.GetNodeMap()

        await asyncio.to_thread(stranger)
        await pause(floor.clock, ms(400))
        await asyncio.to_thread(meet, basler, shot)
        basler.close()

    on_a_floor(scenario, STANDS)


def test_a_camera_without_colour_is_refused() -> None:
    async def scenario(floor: Floor) -> None:
        with pytest.raises(ValueError, match="has colour"):
            Basler(floor, "left", replace(INFO, colour=None))

    on_a_floor(scenario, STANDS)


def test_nothing_is_left_in_the_file_system_not_even_of_a_process_that_was_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    (tmp_path / f"emulated-basler-{gone.pid}-x").mkdir()
    theirs = tmp_path / f"emulated-basler-{os.getppid()}-x"
    theirs.mkdir()
    visit(shot)
    assert list(tmp_path.iterdir()) == [theirs]
