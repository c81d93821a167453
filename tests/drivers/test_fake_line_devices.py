"""Encoder, heartbeat and stack light of the simulated booth keep their contracts."""

from dataclasses import replace

import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, NotOpen
from drivers.protocols import Lamp
from drivers.units import Duration, Instant, Millimetres, MillimetresPerSecond, ms, travel_time
from fakes.devices import belt_permit, encoder, heartbeat, scanner, stack_light
from fakes.line.labels import plate
from tests.contracts.encoder import EncoderContract, EncoderStand
from tests.contracts.encoder import Scenario as EncoderScenario
from tests.contracts.heartbeat import HeartbeatContract, HeartbeatStand
from tests.contracts.heartbeat import Scenario as HeartbeatScenario
from tests.drivers.virtual import CLOCK, PLAN, Cables, cables, virtually


class TestSimulatedEncoder(EncoderContract):
    def play(self, scenario: EncoderScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = encoder.make({}, booth.bench("encoder"))

                async def run(distance: Millimetres) -> None:
                    permit = belt_permit.make({}, booth.bench("belt_permit"))
                    await permit.open()
                    await pause(CLOCK, travel_time(distance, MillimetresPerSecond(PLAN.belt_mm_per_s)))
                    await permit.close()
                    await pause(CLOCK, ms(100))

                stand = EncoderStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    encoder=device,
                    run=run,
                    coarse=Millimetres(2 / PLAN.encoder_counts_per_mm),
                )
                await scenario(stand)
                await device.close()

        virtually(main)


class TestSimulatedHeartbeat(HeartbeatContract):
    def play(self, scenario: HeartbeatScenario) -> None:
        async def main() -> None:
            async with cables() as booth:
                device = heartbeat.make({}, booth.bench("heartbeat"))
                permit = belt_permit.make({}, booth.bench("belt_permit"))
                await permit.open()
                stand = HeartbeatStand(
                    clock=CLOCK,
                    cut=booth.cut,
                    heartbeat=device,
                    closed=lambda: running(booth),
                    slack=Duration(1),
                )
                await scenario(stand)
                await device.close()

        virtually(main)


@pytest.mark.parametrize(("unread", "read"), [(0.0, [plate({"product": "box"})] * 3), (1.0, [])])
def test_a_scanner_reads_each_label_as_it_passes_but_for_those_it_cannot(unread: float, read: list[str]) -> None:
    async def main() -> None:
        async with cables(replace(PLAN, unread=unread)) as booth:
            device = scanner.make({}, booth.bench("scanner"))
            with pytest.raises(NotOpen):
                await device.read()
            await device.open()
            entered = await three_trays(booth)
            await booth.cut()
            found = [await device.read() for _ in read]
            with pytest.raises(DeviceLost):
                await device.read()
            await device.close()
            assert [each.text for each in found] == read
            to_scanner = travel_time(Millimetres(PLAN.entry_to_scanner_mm), MillimetresPerSecond(PLAN.belt_mm_per_s))
            assert [each.at for each in found] == [at + to_scanner for at in entered][: len(read)]

    virtually(main)


async def three_trays(booth: Cables) -> list[Instant]:
    """When they entered."""
    entered = list[Instant]()
    await belt_permit.make({}, booth.bench("belt_permit")).open()
    booth.world.floor.watch("entry", lambda edge: entered.append(edge.at) if edge.blocked else None)
    booth.world.floor.feed(3)
    await pause(CLOCK, ms(20_000))
    return entered


def running(booth: Cables) -> bool:
    return bool(booth.world.floor.look()["belt"] == "running")


def test_a_stack_light_shows_what_it_is_told_and_is_dark_when_nobody_holds_it() -> None:
    async def main() -> None:
        async with cables() as booth:
            device = stack_light.make({}, booth.bench("stack_light"))
            with pytest.raises(NotOpen):
                await device.show(frozenset())
            await device.open()
            await device.show(frozenset({Lamp.RED, Lamp.BLUE}))
            assert booth.world.floor.look()["signals"] == ["blue", "red"]
            await device.show(frozenset({Lamp.GREEN}))
            assert booth.world.floor.look()["signals"] == ["green"]
            await device.close()
            await device.close()
            assert booth.world.floor.look()["signals"] == []
            await device.open()
            await device.show(frozenset({Lamp.GREEN}))
            await booth.cut()
            assert booth.world.floor.look()["signals"] == []
            with pytest.raises(DeviceLost):
                await device.show(frozenset())
            await device.close()

    virtually(main)
