"""The devices of the simulated booth keep the contracts."""

from dataclasses import replace

from drivers.protocols import GatePosition
from drivers.units import Instant, after, ms
from fakes.devices import belt_permit, camera, gate, light, tray_sensor, tray_stop
from tests.contracts.camera import CameraContract, CameraStand
from tests.contracts.camera import Scenario as CameraScenario
from tests.contracts.gate import GateContract, GateStand
from tests.contracts.gate import Scenario as GateScenario
from tests.contracts.light import LightContract, LightStand
from tests.contracts.light import Scenario as LightScenario
from tests.contracts.switch import Scenario as SwitchScenario
from tests.contracts.switch import SwitchContract, SwitchStand
from tests.contracts.tray_sensor import Scenario as TraySensorScenario
from tests.contracts.tray_sensor import TraySensorContract, TraySensorStand
from tests.drivers.virtual import CLOCK, PLAN, Cables, cables, virtually


class TestSimulatedCamera(CameraContract):
    def play(self, scenario: CameraScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = camera.make({"view": "left"}, booth.bench("left"))
                await scenario(CameraStand(clock=CLOCK, cut=booth.cut, camera=device))
                await device.close()

        virtually(main)

    def test_an_exposure_that_nobody_triggered_is_a_gap(self) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = camera.make({"view": "left"}, booth.bench("left"))
                await device.open()
                await device.arm(ms(4))
                await device.trigger()
                frame = await device.read(after(CLOCK.now(), ms(500)))
                await device.trigger()
                assert device._fresh(replace(frame, sequence=frame.sequence + 3)).missed == 2
                await device.close()

        virtually(main)


class TestSimulatedLight(LightContract):
    def play(self, scenario: LightScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = light.make({"lamp": "ring"}, booth.bench("ring"))

                def level() -> float:
                    return booth.world.floor.lamps.levels(CLOCK.now())["ring"]

                await scenario(LightStand(clock=CLOCK, cut=booth.cut, light=device, level=level))
                await device.close()

        virtually(main)


class TestSimulatedTraySensor(TraySensorContract):
    def play(self, scenario: TraySensorScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = tray_sensor.make({"place": "entry"}, booth.bench("entry"))
                permit = belt_permit.make({}, booth.bench("belt_permit"))
                await permit.open()
                await device.open()  # trays come once somebody has watched the entry
                await device.close()
                stand = TraySensorStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    sensor=device,
                    pass_trays=lambda: feed(booth),
                    block=lambda: feed_until_blocked(booth),
                )
                await scenario(stand)
                await device.close()
                await permit.close()

        virtually(main)


async def feed(booth: Cables) -> None:
    await booth.tell(kind="feed", trays=3)


async def feed_until_blocked(booth: Cables) -> None:
    await feed(booth)
    while not booth.world.floor.line.blocked("entry"):
        await CLOCK.sleep_until(after(CLOCK.now(), ms(100)))


class TestSimulatedGate(GateContract):
    def play(self, scenario: GateScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                floor, device = booth.world.floor, gate.make({}, booth.bench("gate"))

                def observe() -> GatePosition:
                    return GatePosition(floor.look()["gate"])

                stand = GateStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    gate=device,
                    actuation=ms(PLAN.gate_actuation_ms),
                    observe=observe,
                    moves=lambda: floor.line.gate_moves,
                )
                await scenario(stand)
                await device.close()

        virtually(main)

    def test_the_blade_stays_where_it_was_while_it_is_on_its_way(self) -> None:
        async def scenario(stand: GateStand) -> None:
            await stand.gate.open()
            await stand.gate.move(GatePosition.PASS)
            await CLOCK.sleep_until(Instant(CLOCK.now() + stand.actuation - 1000))
            assert stand.observe() is GatePosition.DIVERT

        self.play(scenario)


class TestSimulatedTrayStop(SwitchContract):
    engaged_by_open = False

    def play(self, scenario: SwitchScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = tray_stop.make({}, booth.bench("tray_stop"))
                stand = SwitchStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    device=device,
                    engage=device.hold,
                    disengage=device.release,
                    engaged=lambda: booth.world.floor.look()["stop"] == "up",
                )
                await scenario(stand)
                await device.close()

        virtually(main)


class TestSimulatedBeltPermit(SwitchContract):
    engaged_by_open = True

    def play(self, scenario: SwitchScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = belt_permit.make({}, booth.bench("belt_permit"))
                stand = SwitchStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    device=device,
                    engage=device.give,
                    disengage=device.withdraw,
                    engaged=lambda: booth.world.floor.look()["belt"] == "running",
                )
                await scenario(stand)
                await device.close()

        virtually(main)
