"""Drivers in processes of their own keep the camera's contract, each as it does in the booth's."""

import asyncio
import tempfile
from pathlib import Path

from drivers.units import seconds
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.hosts import CLOCK, Camera, registered, served_world
from tests.drivers.recordings import recorded_session

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
