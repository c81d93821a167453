"""Drivers in processes of their own keep the camera's contract, each as it does in the booth's."""

import asyncio
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from drivers.isolated.job import Job
from drivers.units import after, seconds
from fakes.plan import WorldPlan
from tests.contracts.camera import EXPOSURE, CameraContract, CameraStand, Scenario
from tests.drivers.hosts import CLOCK, Camera, registered, served_world
from tests.drivers.recordings import recorded_session
from tests.drivers.uvc_nodes import NODES

STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
RECORDED = 6
LATENESS = seconds(10)  # of a busy machine; how late it is on a quiet one is measured in tests/bench/isolated.py


async def play_with(camera: Camera, scenario: Scenario) -> None:
    try:
        await scenario(CameraStand(clock=CLOCK, cut=camera.kill, camera=camera.isolated, lateness=LATENESS))
    finally:
        await camera.isolated.close()
        await camera.isolated.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an emulated RealSense gave, in the vendor's format."""
    file = tmp_path_factory.mktemp("realsense") / "tray.db3"

    async def main() -> None:
        async with served_world(STANDS) as world:
            camera = registered("emulated-realsense", {"view": "left", "record": str(file)}, world).isolated
            await camera.open()
            await camera.arm(EXPOSURE)
            for _ in range(RECORDED):
                await camera.trigger()
                await camera.read(after(CLOCK.now(), seconds(20)))
            await camera.close()

    asyncio.run(main())
    return file


class TestIsolatedRecordedCamera(CameraContract):
    def play(self, scenario: Scenario) -> None:
        with tempfile.TemporaryDirectory() as folder:
            options = {"session": str(recorded_session(Path(folder))), "camera": "left"}
            asyncio.run(play_with(registered("recorded", options), scenario))


class TestIsolatedSimulatedCamera(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with served_world() as world:
                await play_with(registered("simulated", {"view": "left"}, world), scenario)

        asyncio.run(main())


@pytest.mark.skipif(find_spec("pyrealsense2") is None, reason="needs pyrealsense2, extra [realsense]")
class TestIsolatedEmulatedRealSense(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with served_world(STANDS) as world:
                await play_with(registered("emulated-realsense", {"view": "left"}, world), scenario)

        asyncio.run(main())


@pytest.mark.skipif(find_spec("pyrealsense2") is None, reason="needs pyrealsense2, extra [realsense]")
class TestIsolatedRealSensePlayback(CameraContract):
    @pytest.fixture(autouse=True)
    def _file(self, recorded: Path) -> None:
        self.file = recorded

    def play(self, scenario: Scenario) -> None:
        asyncio.run(play_with(registered("realsense-playback", {"file": str(self.file)}), scenario))


@pytest.mark.skipif(find_spec("pypylon") is None, reason="needs pypylon, extra [basler]")
class TestIsolatedEmulatedBasler(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with served_world(STANDS) as world:
                await play_with(registered("emulated-basler", {"view": "left"}, world), scenario)

        asyncio.run(main())


@pytest.mark.skipif(not NODES, reason="no /dev/video* that gives pictures; make test-vm has one")
class TestIsolatedUvcCamera(CameraContract):
    def play(self, scenario: Scenario) -> None:
        job = Job("left", "uvc", "tests.drivers.uvc_nodes:make", {"device": str(NODES[0])})
        asyncio.run(play_with(Camera(job), scenario))
