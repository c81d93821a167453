"""The emulated light controller, as a stranger with pyserial or a socket meets it."""

import asyncio
import socket
from contextlib import closing

import pytest
import serial

from drivers.clock import pause
from drivers.units import Instant, ms
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.gardasoft import LightController, Pulse, Turn
from fakes.emulators.light_controller import BAUD, LINE_LIMIT, LightControllerUnit
from fakes.emulators.wires import serial_line, tcp_port
from fakes.line.floor import Floor
from fakes.plan import LAMPS
from tests.emulators.floors import on_a_floor, on_a_virtual_floor

START = Instant(0)


def ask(port: serial.Serial, command: str) -> str:
    port.write(command.encode() + b"\r")
    return port.read_until(b">").decode()


def controller(floor: Floor) -> LightControllerUnit:
    return LightControllerUnit(Cabinet(floor), LAMPS)


def test_a_lamp_shines_as_bright_as_a_serial_client_says() -> None:
    def stranger(path: str) -> str:
        with serial.Serial(path, BAUD, timeout=2) as port:
            assert ask(port, "VR") == "RT820F-20 (HW02) V031\r\n>"
            return ask(port, "RS1,60;RS3,25")

    async def scenario(floor: Floor) -> None:
        async with serial_line(controller(floor).plug, BAUD, floor.clock) as line:
            assert await asyncio.to_thread(stranger, line.path) == ">"
        await pause(floor.clock, ms(5))
        levels = floor.look()["lamps"]
        assert (levels["ring"], levels["right"], levels["left"]) == pytest.approx((0.6, 0.25, 0))

    on_a_floor(scenario)


def test_a_client_at_another_speed_is_not_understood() -> None:
    def stranger(path: str) -> str:
        with serial.Serial(path, 9600, timeout=0.2) as port:
            return ask(port, "RS1,60")

    async def scenario(floor: Floor) -> None:
        async with serial_line(controller(floor).plug, BAUD, floor.clock) as line:
            assert await asyncio.to_thread(stranger, line.path) == ""
        assert floor.look()["lamps"]["ring"] == 0

    on_a_floor(scenario)


def test_an_unplugged_controller_fails_the_client_and_its_lamps_stay_lit() -> None:
    def stranger(port: serial.Serial) -> None:
        with pytest.raises(serial.SerialException):
            ask(port, "RS1,0")

    async def scenario(floor: Floor) -> None:
        async with serial_line(controller(floor).plug, BAUD, floor.clock) as line:
            with serial.Serial(line.path, BAUD, timeout=2) as port:
                assert await asyncio.to_thread(ask, port, "RS1,100") == ">"
                line.unplug()
                await asyncio.to_thread(stranger, port)
        await pause(floor.clock, ms(5))
        assert floor.look()["lamps"]["ring"] == 1

    on_a_floor(scenario)


def test_two_clients_on_ethernet_share_one_controller() -> None:
    def stranger(address: tuple[str, int]) -> bytes:
        with (
            closing(socket.create_connection(address, timeout=2)) as one,
            closing(socket.create_connection(address, timeout=2)) as other,
        ):
            one.sendall(b"RS2,5")
            one.sendall(b"0\r")
            assert one.recv(64) == b">"
            other.sendall(b"ST2\r")
            return other.recv(256)

    async def scenario(floor: Floor) -> None:
        async with tcp_port(controller(floor).plug) as port:
            answer = await asyncio.to_thread(stranger, ("127.0.0.1", port.port))
        assert answer.startswith(b"CH 2, MD 0, S 50.00%")

    on_a_floor(scenario)


def test_an_error_is_told_to_the_client_that_asked_for_events() -> None:
    async def scenario(floor: Floor) -> None:
        unit = controller(floor)
        async with tcp_port(unit.plug) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port.port)
            writer.write(b"RS1,80;GT1\r")
            assert await reader.readuntil(b">") == b">"
            unit.overheat()
            assert await reader.readuntil(b";") == b"Evt0,130;"
            await pause(floor.clock, ms(5))
            assert floor.look()["lamps"]["ring"] == 0
            writer.write(b"GR\r")
            assert await reader.readuntil(b">") == b"Evt0,44\r\n>"
            await pause(floor.clock, ms(5))
            assert floor.look()["lamps"]["ring"] == pytest.approx(0.8)
            writer.close()

    on_a_floor(scenario)


def test_a_pulse_comes_after_its_delay_and_lasts_its_width() -> None:
    async def scenario(floor: Floor) -> None:
        unit = controller(floor)
        unit.obey("RT1,20,10,100;TR1", lambda _: None)
        lit = []
        for _ in range(5):
            await pause(floor.clock, ms(8))
            lit.append(floor.look()["lamps"]["ring"])
        assert lit == pytest.approx([0, 1, 1, 1 / 3, 0])

    on_a_virtual_floor(scenario)


def test_the_internal_trigger_fires_every_period_until_it_is_switched_off() -> None:
    async def scenario(floor: Floor) -> None:
        unit, answers = controller(floor), list[bytes]()
        unit.obey("RT2,5,0.01,100,50;TT1,50", answers.append)
        before = floor.clock.now()
        await pause(floor.clock, ms(120))
        fired = unit.core.channels[2].pulsed_at
        assert fired == before + ms(100)
        unit.obey("TT0", answers.append)
        await pause(floor.clock, ms(200))
        assert unit.core.channels[2].pulsed_at == fired
        assert answers == [b">", b">"]

    on_a_virtual_floor(scenario)


def test_a_switched_channel_follows_its_trigger_input() -> None:
    core = LightController()
    core.line("RW4,70", START)
    assert core.trigger(4, True, START) == [Turn(4, 0.7)]
    assert core.trigger(4, False, START) == [Turn(4, 0.0)]


def test_a_trigger_within_the_retrigger_delay_is_ignored() -> None:
    core = LightController()
    core.line("RT1,2,0.01,500", START)
    pulse = [Pulse(1, ms(0.01), ms(2), 5.0)]
    assert core.trigger(1, True, START) == pulse
    assert core.trigger(1, True, Instant(ms(19.9))) == []  # 2 ms at a duty cycle of at most 10 %
    assert core.trigger(1, True, Instant(ms(20))) == pulse


def test_a_retrigger_delay_can_be_longer_than_it_must_be_but_not_shorter() -> None:
    core = LightController()
    assert core.line("RT1,2,0.01,500,40", START)[0] == ">"
    assert core.trigger(1, True, START)
    assert core.trigger(1, True, Instant(ms(39.9))) == []
    assert core.line("RT1,2,0.01,500,5", START)[0] == "Err 5\r\n>"
    assert core.channels[1].retrigger_ms == pytest.approx(20)


def test_a_pulse_comes_with_the_rise_of_its_trigger_and_not_with_the_fall() -> None:
    core = LightController()
    core.line("RT1,2,1,100", START)
    assert core.trigger(1, False, START) == []
    assert core.trigger(1, True, START) != []


def test_an_overheated_controller_gives_no_light_until_its_error_is_cleared() -> None:
    core = LightController()
    core.line("RT2,2,1,100", START)
    core.overheat()
    assert core.line("RS1,50;TR2", START) == (">", [])
    assert core.trigger(2, True, START) == []
    assert Turn(1, 0.5) in core.line("GR", START)[1]
    assert core.trigger(2, True, START) != []


def test_an_error_is_told_to_nobody_who_did_not_ask_for_events() -> None:
    async def scenario(floor: Floor) -> None:
        unit, said = controller(floor), list[bytes]()
        unit.obey("VR", said.append)
        unit.overheat()
        assert said == [b"RT820F-20 (HW02) V031\r\n>"]

    on_a_virtual_floor(scenario)


def test_other_commands_do_not_disturb_the_internal_trigger() -> None:
    async def scenario(floor: Floor) -> None:
        unit, start = controller(floor), floor.clock.now()
        unit.obey("RT2,5,0.01,100,5;TT1,50", lambda _: None)
        await pause(floor.clock, ms(25))
        unit.obey("VR", lambda _: None)
        assert unit.core.channels[2].pulsed_at == start
        unit.obey("TT0", lambda _: None)
        await pause(floor.clock, ms(50))

    on_a_virtual_floor(scenario)


def test_noise_without_an_end_is_forgotten() -> None:
    async def scenario(floor: Floor) -> None:
        said = list[bytes]()
        session = controller(floor).plug(said.append)
        session.hear(b"\x00" * 100_000)
        assert len(session._heard) == LINE_LIMIT
        session.hear(b"\rVR\r")
        assert said == [b"Err 2\r\n>", b"RT820F-20 (HW02) V031\r\n>"]

    on_a_virtual_floor(scenario)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RS9,50", "Err 1"),
        ("RS0,50", "Err 1"),
        ("XX1", "Err 2"),
        ("RSa,50", "Err 3"),
        ("RS1,0,5", "Err 4"),
        ("RS1", "Err 4"),
        ("RS1,130", "Err 5"),
        ("RT1,5,0,100", "Err 5"),
        ("RT1,5,1,400", "Err 1"),
    ],
)
def test_what_cannot_be_is_answered_with_its_error(command: str, answer: str) -> None:
    core = LightController()
    assert core.line(command, START)[0] == f"{answer}\r\n>"
    assert core.line("GR", START)[0] == ">"


def test_a_value_out_of_range_is_taken_as_near_as_it_can_be_had() -> None:
    core = LightController()
    core.line("RS1,130", START)
    core.line("RT2,5,0,100", START)
    assert core.channels[1].percent == 100
    assert core.channels[2].delay_ms == 0.003


def test_an_overdriving_pulse_that_would_burn_the_light_changes_nothing() -> None:
    core = LightController()
    core.line("RS1,40", START)
    answer, effects = core.line("RT1,5,1,400", START)
    assert (answer, effects) == ("Err 1\r\n>", [])
    assert core.channels[1].percent == 40


@pytest.mark.parametrize(("written", "width_ms"), [("2", 2), ("2ms", 2), ("200us", 0.2), ("0.05s", 50)])
def test_a_time_has_the_unit_that_is_written_behind_it(written: str, width_ms: float) -> None:
    core = LightController()
    core.line(f" rt 1, {written} ,1,50", START)
    assert core.channels[1].width_ms == pytest.approx(width_ms)
