"""Sensors and encoders at I/O modules keep the contracts, over the real bytes."""

import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing
from drivers.line_io import inputs
from drivers.line_io.inputs import BoardSensor
from drivers.registry import Bench, Modules
from drivers.units import Millimetres, ms, seconds
from fakes.emulators.adam_6050 import Adam6050
from fakes.emulators.modbus import answer
from fakes.emulators.waveshare import PoeEthRelayB
from fakes.line.conveyor import SensorEdge
from fakes.plan import PlannedFault
from tests.contracts.encoder import EncoderContract, EncoderStand
from tests.contracts.encoder import Scenario as EncoderScenario
from tests.contracts.tray_sensor import Scenario as TraySensorScenario
from tests.contracts.tray_sensor import TraySensorContract, TraySensorStand
from tests.drivers.boards import BOARDS, CLOCK, INPUTS, PATIENCE, QUICK, Kind, Rig, on_a_rig, path_of


def sensor(rig: Rig, place: str = "entry") -> BoardSensor:
    return inputs.sensor({"module": "m", "input": INPUTS.index(place)}, rig.bench(f"line.{place}"))


COUNTER = {"counts_per_mm": QUICK.encoder_counts_per_mm, "latency_ms": 200.0}


async def feed(rig: Rig) -> None:
    rig.cabinet.drive("belt-permit", True)
    rig.floor.feed(3)


async def feed_until_blocked(rig: Rig) -> None:
    await feed(rig)
    while rig.cabinet.energised("entry"):
        await pause(CLOCK, ms(5))


class _BoardSensor(TraySensorContract):
    kind: Kind

    def play(self, scenario: TraySensorScenario) -> None:
        async def on(rig: Rig) -> None:
            device = sensor(rig)
            stand = TraySensorStand(
                clock=CLOCK,
                cut=rig.cut_the_power,
                sensor=device,
                pass_trays=lambda: feed(rig),
                block=lambda: feed_until_blocked(rig),
            )
            await scenario(stand)
            await device.close()

        on_a_rig(self.kind, on, outputs=())


class TestSensorAtAnAdam(_BoardSensor):
    kind = "adam"


class TestSensorAtAWaveshareOnTheNetwork(_BoardSensor):
    kind = "waveshare-tcp"


class TestSensorAtAWaveshareOnRs485(_BoardSensor):
    kind = "waveshare-rtu"


class TestEncoderAtAnAdam(EncoderContract):
    def play(self, scenario: EncoderScenario) -> None:
        async def on(rig: Rig) -> None:
            options = {"module": "m", "counter": INPUTS.index("encoder"), **COUNTER}
            device = inputs.encoder(options, rig.bench("line.encoder"))

            async def run(span: Millimetres) -> None:
                rig.cabinet.drive("belt-permit", span > 0)
                await pause(CLOCK, seconds(span / QUICK.belt_mm_per_s))
                rig.cabinet.drive("belt-permit", False)

            stand = EncoderStand(clock=CLOCK, cut=rig.cut_the_cable, encoder=device, run=run, coarse=Millimetres(60.0))
            await scenario(stand)
            await device.close()

        on_a_rig("adam", on, outputs=())


@BOARDS
def test_a_cut_cable_reads_blocked(kind: Kind) -> None:
    async def on(rig: Rig) -> None:
        device = sensor(rig)
        assert await device.open() is False
        rig.floor.inject(PlannedFault("sensor-cable-cut", "entry"))
        assert (await device.edge()).blocked
        await device.close()

    on_a_rig(kind, on, outputs=())


@BOARDS
def test_an_edge_lies_within_its_bound_of_when_the_tray_was_there(kind: Kind) -> None:
    async def on(rig: Rig) -> None:
        device, seen = sensor(rig), list[SensorEdge]()
        rig.floor.overhear(lambda edge: seen.append(edge) if edge.place == "entry" else None)
        await device.open()
        await feed(rig)
        for n in range(2):
            edge = await device.edge()
            assert edge.blocked is seen[n].blocked
            assert abs(edge.at - seen[n].at) <= edge.at_error
        await device.close()

    on_a_rig(kind, on, outputs=())


@BOARDS
def test_a_sensor_at_a_module_that_hangs_is_lost_within_its_deadline(kind: Kind) -> None:
    async def on(rig: Rig) -> None:
        device = sensor(rig)
        await device.open()
        rig.hang()
        hung_at = CLOCK.now()
        with pytest.raises(DeviceLost, match="not answered for"):
            await device.edge()
        assert CLOCK.now() - hung_at < 3 * PATIENCE
        rig.come_back()
        assert await device.open() is False
        await device.close()

    on_a_rig(kind, on, outputs=())


def test_two_sensors_share_one_connection_and_one_poll() -> None:
    async def on(rig: Rig) -> None:
        entry, pregate = sensor(rig), sensor(rig, "pregate")
        assert await entry.open() is False
        assert await pregate.open() is False
        rig.floor.inject(PlannedFault("sensor-cable-cut", "pregate"))
        assert (await pregate.edge()).blocked
        await pregate.close()
        rig.floor.inject(PlannedFault("sensor-cable-cut", "entry"))
        assert (await entry.edge()).blocked
        await entry.close()

    on_a_rig("adam", on, outputs=())


def test_a_counter_that_began_again_is_a_lost_encoder() -> None:
    async def on(rig: Rig) -> None:
        options = {"module": "m", "counter": INPUTS.index("encoder"), **COUNTER}
        device = inputs.encoder(options, rig.bench("line.encoder"))
        rig.cabinet.drive("belt-permit", True)
        await pause(CLOCK, ms(50))
        await device.open()
        assert isinstance(rig.board, Adam6050)
        rig.board.counters[INPUTS.index("encoder")].clear(True)
        with pytest.raises(DeviceLost, match="went back"):
            await device.read()
        await device.close()

    on_a_rig("adam", on, outputs=())


def test_a_module_of_another_make_is_not_opened() -> None:
    async def on(rig: Rig) -> None:
        modules = Modules({"m": {**rig.block, "profile": path_of("advantech-adam-6050")}}, CLOCK)
        device = inputs.sensor({"module": "m", "input": 0}, Bench("line.entry", CLOCK, None, modules))
        with pytest.raises(DeviceMissing, match="refuses function 3 at address 210 with code 2"):
            await device.open()

    on_a_rig("waveshare-tcp", on)


def test_an_output_that_follows_an_input_is_noticed_when_its_module_is_opened() -> None:
    async def on(rig: Rig) -> None:
        assert isinstance(rig.board, PoeEthRelayB)
        answer(rig.board.unit, bytes.fromhex("06 1002 0001"))
        with pytest.raises(DeviceMissing, match="register 4098 is 0x0001 and not 0x0000: an output follows"):
            await sensor(rig).open()

    on_a_rig("waveshare-tcp", on)
