"""Lamps at a Gardasoft controller keep the contract, over a serial line and over TCP; and what only they do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from drivers.clock import SystemClock, pause
from drivers.errors import DeviceLost, DeviceMissing, OutOfRange, Refused
from drivers.lights import gardasoft_light
from drivers.lights.gardasoft_light import GardasoftLight
from drivers.registry import Bench, Modules
from drivers.units import ms
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.gardasoft import Err
from fakes.emulators.light_controller import BAUD, LightControllerUnit
from fakes.emulators.wires import SerialLine, TcpPort, serial_line, tcp_port
from fakes.line.floor import Floor
from fakes.plan import LAMPS
from tests.contracts.light import LightContract, LightStand
from tests.contracts.light import Scenario as LightScenario
from tests.drivers.boards import PATIENCE, QUICK, Quiet, patient
from tests.emulators.floors import running

CLOCK = SystemClock()
Way = Literal["tcp", "serial"]
LAMP = {
    "module": "m", "channel": 1, "mode": "continuous", "rated_ma": 700.0, "channel_ma": 700.0, "overdrive": 1.0,
    "overdrive_at_most": 1.0, "settle_ms": 3.0, "pulse_ms": None, "delay_ms": 0.003,
}  # fmt: skip
assert LAMPS[0] == "ring"


@dataclass
class Rig:
    floor: Floor
    unit: LightControllerUnit
    quiet: Quiet
    wire: SerialLine | TcpPort
    modules: Modules

    def light(self, **options: Any) -> GardasoftLight:
        return gardasoft_light.make({**LAMP, **options}, Bench("lights.ring", CLOCK, None, self.modules))

    def level(self, lamp: str = "ring") -> float:
        return self.floor.lamps.levels(CLOCK.now())[lamp]

    async def cut_the_power(self) -> None:
        self.wire.unplug()
        for lamp in LAMPS:
            self.floor.lamps.turn(lamp, 0.0, CLOCK.now())
        await pause(CLOCK, ms(20))


@asynccontextmanager
async def rig(way: Way, floor: Floor) -> AsyncIterator[Rig]:
    unit = LightControllerUnit(Cabinet(floor), LAMPS)
    quiet = Quiet(unit.plug)
    if way == "tcp":
        async with tcp_port(quiet.plug) as port:
            block: dict[str, Any] = {"driver": "gardasoft-tcp", "host": "127.0.0.1", "port": port.port}
            yield Rig(floor, unit, quiet, port, Modules({"m": block}, CLOCK))
    else:
        async with serial_line(quiet.plug, BAUD, CLOCK) as line:
            block = {"driver": "gardasoft-serial", "serial": line.path, "baud": BAUD}
            yield Rig(floor, unit, quiet, line, Modules({"m": block}, CLOCK))


def on_a_rig(way: Way, scenario: Callable[[Rig], Awaitable[None]]) -> None:
    async def main() -> None:
        async with running(QUICK, CLOCK) as floor, rig(way, floor) as found:
            await scenario(found)

    with patient():
        asyncio.run(main())


class _GardasoftLight(LightContract):
    way: Way

    def play(self, scenario: LightScenario) -> None:
        async def on(rig: Rig) -> None:
            device = rig.light()
            await scenario(LightStand(clock=CLOCK, cut=rig.cut_the_power, light=device, level=rig.level))
            await device.close()

        on_a_rig(self.way, on)


class TestLightOnTcp(_GardasoftLight):
    way = "tcp"


class TestLightOnASerialLine(_GardasoftLight):
    way = "serial"


BOTH = pytest.mark.parametrize("way", ["tcp", "serial"])


@BOTH
def test_it_is_settled_as_late_as_the_settings_say(way: Way) -> None:
    async def on(rig: Rig) -> None:
        light = rig.light(settle_ms=7.0)
        await light.open()
        told_at = CLOCK.now()
        assert told_at + ms(7) <= await light.on(1.0) <= CLOCK.now() + ms(7)
        await light.close()

    on_a_rig(way, on)


def test_lamps_share_one_controller_and_each_has_its_channel() -> None:
    async def on(rig: Rig) -> None:
        ring, left = rig.light(), rig.light(channel=LAMPS.index("left") + 1)
        await ring.open()
        await left.open()
        await ring.on(1.0)
        await CLOCK.sleep_until(await left.on(0.5))
        assert (rig.level(), rig.level("left")) == pytest.approx((1.0, 0.5))
        await ring.close()
        await pause(CLOCK, ms(20))
        assert (rig.level(), rig.level("left")) == pytest.approx((0.0, 0.5))
        await left.close()

    on_a_rig("tcp", on)


def test_a_lamp_is_given_its_own_rated_current_and_not_the_channels() -> None:
    async def on(rig: Rig) -> None:
        light = rig.light(rated_ma=350.0)
        await light.open()
        await CLOCK.sleep_until(await light.on(1.0))
        assert rig.unit.core.channels[1].percent == 50
        await light.close()

    on_a_rig("tcp", on)


def test_a_switched_lamp_shines_while_its_trigger_is_high() -> None:
    async def on(rig: Rig) -> None:
        light = rig.light(mode="switched")
        await light.open()
        await CLOCK.sleep_until(await light.on(0.8))
        assert rig.level() == 0
        rig.unit.trigger(1, True)
        await pause(CLOCK, ms(5))
        assert rig.level() == pytest.approx(0.8)
        await light.off()
        rig.unit.trigger(1, True)
        await pause(CLOCK, ms(5))
        assert rig.level() == 0
        await light.close()

    on_a_rig("serial", on)


def test_a_pulsed_lamp_flashes_once_for_each_trigger_beyond_its_rated_current() -> None:
    async def on(rig: Rig) -> None:
        light = rig.light(mode="pulsed", pulse_ms=8.0, overdrive=2.5, overdrive_at_most=3.0)
        await light.open()
        await CLOCK.sleep_until(await light.on(1.0))
        channel = rig.unit.core.channels[1]
        assert (channel.mode, channel.percent, channel.width_ms) == ("pulsed", 250, 8)
        assert rig.level() == 0
        rig.unit.trigger(1, True)
        assert channel.pulsed_at is not None
        await light.off()
        assert channel is not rig.unit.core.channels[1]
        await light.close()

    on_a_rig("tcp", on)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"rated_ma": 900.0}, "129 % of the channel's rating of 700 mA for ever"),
        ({"overdrive": 2.0, "overdrive_at_most": 2.0}, "2 times the lamp's rated current for ever"),
        ({"mode": "pulsed", "pulse_ms": 1.0, "overdrive": 2.0}, "its data sheet allows 1 times"),
        ({"mode": "pulsed", "pulse_ms": 11.0, "overdrive": 3.0, "overdrive_at_most": 3.0}, "for 10 ms at most"),
    ],
)
def test_over_drive_is_refused_with_the_reason_before_it_is_sent(options: dict[str, Any], why: str) -> None:
    async def on(rig: Rig) -> None:
        light = rig.light(**options)
        await light.open()
        rig.quiet.is_silent = True  # were it sent, nobody would answer
        with pytest.raises(OutOfRange, match=why):
            await light.on(1.0)
        rig.quiet.is_silent = False
        await light.close()

    on_a_rig("tcp", on)


@pytest.mark.parametrize(
    ("code", "kind", "why"),
    [
        (Err.INVALID, Refused, "Err 1: a value that it cannot take"),
        (Err.UNKNOWN, Refused, "Err 2: it does not know the command"),
        (Err.OUT_OF_RANGE, OutOfRange, "Err 5: a value outside its range, and it took the nearest one"),
    ],
)
def test_what_the_controller_refuses_is_named_and_the_lamp_is_dark(
    code: Err, kind: type[Exception], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def on(rig: Rig) -> None:
        light = rig.light()
        await light.open()
        obeys = rig.unit.core.line

        def refuses(text: str, now: Any) -> Any:
            _, effects = obeys(text, now)
            return f"Err {code.value}\r\n>" if not text.endswith(",0") else ">", effects

        monkeypatch.setattr(rig.unit.core, "line", refuses)
        with pytest.raises(kind, match=why):
            await light.on(1.0)
        await pause(CLOCK, ms(10))
        assert rig.level() == 0
        await light.close()

    on_a_rig("tcp", on)


@BOTH
def test_a_thermal_cut_out_loses_its_lamps_and_says_what_to_do(way: Way) -> None:
    """The controller goes on answering, as if its channels were not dark."""

    async def on(rig: Rig) -> None:
        light = rig.light()
        await light.open()
        await light.on(1.0)
        rig.unit.overheat()
        await pause(CLOCK, ms(20))
        with pytest.raises(DeviceLost, match="event 130: its thermal cut-out has tripped: let it cool"):
            await light.on(1.0)
        with pytest.raises(DeviceMissing, match="had stopped with error 44: its thermal cut-out"):
            await light.open()
        await light.open()
        await CLOCK.sleep_until(await light.on(1.0))
        assert rig.level() == pytest.approx(1.0)
        await light.close()

    on_a_rig(way, on)


@BOTH
def test_a_controller_that_hangs_costs_its_deadline_and_comes_back(way: Way) -> None:
    async def on(rig: Rig) -> None:
        light = rig.light()
        await light.open()
        rig.quiet.is_silent = True
        asked_at = CLOCK.now()
        with pytest.raises(DeviceLost, match="not answered for"):
            await light.on(1.0)
        assert PATIENCE <= CLOCK.now() - asked_at < 3 * PATIENCE
        rig.quiet.is_silent = False
        await light.open()
        await light.on(1.0)
        await light.close()

    on_a_rig(way, on)


def test_a_lamp_that_a_killed_process_left_on_is_dark_once_it_is_opened() -> None:
    """This hardware has no watchdog: until then it shines."""

    async def on(rig: Rig) -> None:
        rig.unit.obey("RS1,100;RS2,100", lambda _: None)
        await pause(CLOCK, ms(5))
        assert rig.level() == 1
        light = rig.light()
        await light.open()
        await pause(CLOCK, ms(5))
        assert (rig.level(), rig.level(LAMPS[1])) == (0, 0)
        await light.close()

    on_a_rig("tcp", on)


def test_something_else_at_its_address_is_not_taken_for_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    async def on(rig: Rig) -> None:
        monkeypatch.setattr(rig.unit.core, "line", lambda _text, _now: ("PP820 V1\r\n>", []))
        with pytest.raises(DeviceMissing, match="says it is 'PP820 V1', and no RT controller"):
            await rig.light().open()

    on_a_rig("tcp", on)
