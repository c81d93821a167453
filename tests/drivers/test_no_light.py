"""The light of a booth whose light is not ours to switch."""

from drivers.lights.none import make
from drivers.registry import Bench
from tests.contracts.light import LightContract, LightStand, Scenario
from tests.drivers.virtual import CLOCK, virtually


class TestNoLight(LightContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            light = make({}, Bench("daylight", CLOCK))
            level = "this light is not ours to see"
            await scenario(LightStand(clock=CLOCK, cut="nothing is wired that could be cut", light=light, level=level))
            await light.close()

        virtually(main)
