"""Modbus as a master speaks it, where lines are noisy and answers late."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest

from booth.line import devices
from drivers.clock import SystemClock, pause
from drivers.errors import DeviceLost, Refused
from drivers.line_io import lcus
from drivers.line_io.modbus import ASKED_AGAIN, ON, WRITTEN, Modbus
from drivers.ports import Serial, Tcp
from drivers.units import ms
from fakes.emulators.modbus import Cell, Unit, checksum, coil, over_rtu, over_tcp
from fakes.emulators.wires import Plug, Say, Session, serial_line, tcp_port
from tests.drivers.boards import patient

CLOCK = SystemClock()
BAUD = 115200
Spoil = Callable[[bytes], bytes]


def unit() -> Unit:
    bits = [False] * 4
    coils = {n: coil(lambda n=n: bits[n], lambda on, n=n: bits.__setitem__(n, on)) for n in range(4)}  # type: ignore[misc]
    return Unit(frozenset((1, 2, 3, 5)), coils=coils, holding={n: Cell(lambda n=n: 100 + n) for n in range(4)})  # type: ignore[misc]


def spoiling(plug: Plug, spoil: Spoil) -> Plug:
    """What the device says goes through `spoil`."""

    def made(say: Say) -> Session:
        return plug(lambda text: say(spoilt) if (spoilt := spoil(text)) else None)

    return made


def on_rtu(scenario: Callable[[Modbus], Awaitable[None]], spoil: Spoil = lambda text: text) -> None:
    async def main() -> None:
        async with serial_line(spoiling(over_rtu([unit()], CLOCK), spoil), BAUD, CLOCK) as line:
            master = Modbus("m", Serial(line.path, BAUD), 1, CLOCK)
            await master.open()
            await scenario(master)
            master.link.close()

    with patient():
        asyncio.run(main())


def first_time(spoil: Spoil) -> Spoil:
    said: list[bytes] = []

    def once(text: bytes) -> bytes:
        said.append(text)
        return spoil(text) if len(said) == 1 else text

    return once


def test_it_reads_and_writes() -> None:
    async def scenario(master: Modbus) -> None:
        await master.write_coil(2, ON)
        assert list(await master.read_bits("coils", 0, 4)) == [False, False, True, False]
        assert list(await master.read_words("holding", 1, 2)) == [101, 102]

    on_rtu(scenario)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda text: text[:-1] + bytes([text[-1] ^ 0xFF]),
        lambda text: text[:3],
        lambda text: b"\x00\xff" + text[:-2],
    ],
    ids=["lost", "wrong checksum", "cut off", "noise"],
)
def test_one_answer_that_noise_has_spoilt_is_asked_for_again(spoil: Spoil) -> None:
    async def scenario(master: Modbus) -> None:
        assert list(await master.read_words("holding", 0, 2)) == [100, 101]

    on_rtu(scenario, first_time(spoil))


def test_a_line_that_is_all_noise_is_lost() -> None:
    async def scenario(master: Modbus) -> None:
        with pytest.raises(DeviceLost, match="not answered"):
            await master.read_words("holding", 0, 2)
        with pytest.raises(DeviceLost, match="not answered"):
            await master.write_coil(0, ON)

    on_rtu(scenario, lambda text: bytes(len(text)))


@pytest.mark.parametrize("late", ["01 02 01 0F", "02 03 04 0000 0000", "01 05 0001 FF00"])
def test_an_answer_to_another_question_or_of_another_unit_is_passed_over(late: str) -> None:
    """One that came too late for the question before."""
    frame = bytes.fromhex(late)

    async def scenario(master: Modbus) -> None:
        assert list(await master.read_words("holding", 0, 2)) == [100, 101]

    on_rtu(scenario, first_time(lambda _: frame + checksum(frame)))


def test_the_answer_to_a_write_of_another_coil_is_passed_over() -> None:
    frame = bytes.fromhex("01 05 0001 FF00")

    async def scenario(master: Modbus) -> None:
        asked_at = CLOCK.now()
        await master.write_coil(2, ON)
        assert CLOCK.now() - asked_at >= ms(60)  # asked again

    on_rtu(scenario, first_time(lambda _: frame + checksum(frame)))


def test_what_a_unit_refuses_is_named() -> None:
    async def scenario(master: Modbus) -> None:
        with pytest.raises(Refused, match="refuses function 5 at address 9 with code 2: it has no such address"):
            await master.write_coil(9, ON)
        with pytest.raises(Refused, match="refuses function 4 at address 0 with code 1: it knows no such function"):
            await master.read_words("input", 0, 1)

    on_rtu(scenario)


def test_an_answer_under_another_number_is_passed_over_on_tcp() -> None:
    def renumbered(text: bytes) -> bytes:
        wrong = struct.pack(">H", 0xFFFF) + text[2:9] + bytes(len(text) - 9)
        return wrong + text

    async def main() -> None:
        async with tcp_port(spoiling(over_tcp(unit()), renumbered)) as port:
            master = Modbus("m", Tcp("127.0.0.1", port.port), 1, CLOCK)
            await master.open()
            assert list(await master.read_words("holding", 0, 2)) == [100, 101]
            master.link.close()

    asyncio.run(main())


def test_something_that_does_not_speak_modbus_is_lost() -> None:
    async def main() -> None:
        async with tcp_port(spoiling(over_tcp(unit()), lambda _: b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
            master = Modbus("m", Tcp("127.0.0.1", port.port), 1, CLOCK)
            await master.open()
            asked_at = CLOCK.now()
            with pytest.raises(DeviceLost):
                await master.read_words("holding", 0, 2)
            assert CLOCK.now() - asked_at < ms(250)
            await pause(CLOCK, ms(1))

    asyncio.run(main())


@pytest.mark.parametrize("address", [Tcp("127.0.0.1", 502), Serial("/dev/ttyUSB0", 9600)])
def test_a_command_is_answered_or_its_module_lost_within_what_the_keeper_gives_an_actuator(
    address: Tcp | Serial,
) -> None:
    async def main() -> None:
        times = ASKED_AGAIN + 1 if isinstance(address, Serial) else 1
        assert times * Modbus("m", address, 1, CLOCK)._within(WRITTEN) < devices.ANSWERS_WITHIN
        assert lcus.ANSWERS_WITHIN < devices.ANSWERS_WITHIN

    asyncio.run(main())
