"""The RealSense driver over the vendor's own SDK: an emulated device, a recording, and a camera on this machine."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

from drivers.cameras import realsense
from drivers.clock import pause
from drivers.registry import Bench
from drivers.units import ms, seconds
from fakes.plan import PlannedFault
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.emulated_realsense import CLOCK, NAME, emulation

ON_ANY_D400 = {"depth_px": (640, 480), "colour_px": (640, 480), "fps": 30}
LATENESS = seconds(2)  # real time, on a machine that may be busy


class TestEmulatedRealSense(CameraContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            async with emulation() as there:

                async def unplug() -> None:
                    there.floor.inject(PlannedFault("camera-lost", NAME, lasts_ms=60_000))

                camera = there.camera()
                await scenario(CameraStand(clock=CLOCK, cut=unplug, lateness=LATENESS, camera=camera))
                await camera.close()

        asyncio.run(main())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of an emulated camera."""
    file = tmp_path_factory.mktemp("realsense") / "tray.db3"

    async def main() -> None:
        async with emulation() as there:
            camera = there.camera(record=file)
            await camera.open()
            await camera.arm(ms(4))
            await pause(CLOCK, seconds(1))
            await camera.close()

    asyncio.run(main())
    return file


class TestPlayedRealSense(CameraContract):
    @pytest.fixture(autouse=True)
    def _file(self, recorded: Path) -> None:
        self.file = recorded

    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            camera = realsense.make_playback({"file": self.file}, Bench(NAME, CLOCK))
            stand = CameraStand(clock=CLOCK, cut="a file has no cable", lateness=LATENESS, camera=camera)
            await scenario(stand)
            await camera.close()

        asyncio.run(main())


@pytest.mark.hardware
class TestRealSenseOnThisMachine(CameraContract):
    """`pytest -m hardware --hardware realsense=SERIAL`."""

    @pytest.fixture(autouse=True)
    def _serial(self, hardware: Callable[[str], str]) -> None:
        self.serial = hardware("realsense")

    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            camera = realsense.make({"serial": self.serial, **ON_ANY_D400}, Bench(NAME, CLOCK))
            stand = CameraStand(
                clock=CLOCK, cut="somebody would have to pull the cable", lateness=LATENESS, camera=camera
            )
            await scenario(stand)
            await camera.close()

        asyncio.run(main())
