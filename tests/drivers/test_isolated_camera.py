"""Drivers in processes of their own keep the camera's contract, each as it does in the booth's."""

import asyncio
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from drivers.units import seconds
from fakes.plan import WorldPlan
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.hosts import CLOCK, Camera, registered, served_world
from tests.drivers.recordings import recorded_session

STANDS = WorldPlan(seed=3, pictures="flat", exhibit="empty")
LATENESS = seconds(10)  # of a busy machine; how late it is on a quiet one is measured in tests/bench/isolated.py


async def play_with(camera: Camera, scenario: Scenario) -> None:
    try:
        await scenario(CameraStand(clock=CLOCK, cut=camera.kill, camera=camera.isolated, lateness=LATENESS))
    finally:
        await camera.isolated.close()
        await camera.isolated.close()


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


@pytest.mark.skipif(find_spec("pypylon") is None, reason="needs pypylon, extra [basler]")
class TestIsolatedEmulatedBasler(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with served_world(STANDS) as world:
                await play_with(registered("emulated-basler", {"view": "left"}, world), scenario)

        asyncio.run(main())
