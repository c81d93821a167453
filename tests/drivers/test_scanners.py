"""Scanners that send lines, on a real pseudo-terminal and a real socket."""

import asyncio
import os
import pty
import tty
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.settings.scanner import SerialScanner, TcpScanner
from drivers import registry
from drivers.clock import SystemClock, pause
from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing, NotOpen
from drivers.protocols import Read, Scans
from drivers.registry import Bench
from drivers.scanners.framing import HALF_LINE, Format, Framing
from drivers.scanners.line_ended import READS_KEPT, LineEndedScanner
from drivers.units import Duration, Instant, ms, seconds
from fakes.emulators.wires import Say, tcp_port

CLOCK = SystemClock()
SHAPES = {"serial": SerialScanner, "tcp": TcpScanner}


def made(driver: str, **options: Any) -> LineEndedScanner:
    """As the line keeper makes it of the settings."""
    block = SHAPES[driver](driver=driver, at_mm=120, window_mm=60, longest=32, **options)
    make = registry.load(registry.SCANNERS, driver)
    scanner: LineEndedScanner = make(block.model_dump(exclude={"driver"}), Bench("line.scanner", CLOCK))
    return scanner


class Cable:
    """The scanner's end of a serial line, at `path`."""

    def __init__(self) -> None:
        self.plug()

    def plug(self) -> None:
        self._device, client = pty.openpty()
        tty.setraw(client)
        self.path = os.ttyname(client)
        os.close(client)

    def say(self, text: bytes) -> None:
        os.write(self._device, text)

    def unplug(self) -> None:
        with suppress(OSError):
            os.close(self._device)


def on_a_cable(story: Callable[[Cable], Awaitable[None]]) -> None:
    cable = Cable()
    try:
        asyncio.run(asyncio.wait_for(story(cable), 20))
    finally:
        cable.unplug()


async def texts(scanner: LineEndedScanner, count: int) -> list[str]:
    return [(await scanner.read()).text for _ in range(count)]


def test_each_line_is_a_read_whatever_ends_it() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        cable.say(b"4001234567890\r4001234567906\n4001234567913\r\n\r\n4001234567920\r\n")
        assert await texts(scanner, 4) == ["4001234567890", "4001234567906", "4001234567913", "4001234567920"]
        await scanner.close()

    on_a_cable(story)


def test_a_line_in_pieces_is_one_read_of_when_it_began() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        before = CLOCK.now()
        cable.say(b"40012")
        await pause(CLOCK, ms(30))
        begun_by = CLOCK.now()
        cable.say(b"34567890\r")
        read = await scanner.read()
        assert read.text == "4001234567890"
        assert before <= read.at + read.at_error <= begun_by
        assert 2 * read.at_error >= ms(40)
        await scanner.close()

    on_a_cable(story)


def test_noise_is_dropped_and_counted_and_costs_no_other_read() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        cable.say(b"\xff\x00\x7f\r" + b"9" * 33 + b"\r" + b"NOREAD\r" + b"good\r" + b"good\r")
        await pause(CLOCK, ms(20))
        cable.say(b"half a li")
        await pause(CLOCK, Duration(HALF_LINE + ms(50)))
        cable.say(b"next\r")
        assert await texts(scanner, 2) == ["good", "next"]
        dropped = scanner.dropped
        assert (dropped.garbled, dropped.too_long, dropped.nothing) == (1, 1, 1)
        assert (dropped.again, dropped.cut_off) == (1, 1)
        await scanner.open()
        cable.say(b"third\r")
        assert await texts(scanner, 1) == ["third"]
        assert scanner.scans == Scans(read=3, none=1, unreadable=3), "it counts on when it was opened again"
        await scanner.close()

    on_a_cable(story)


def test_a_scanner_that_is_unplugged_is_lost_after_its_last_read_and_can_be_opened_again() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        cable.say(b"last\r")
        await pause(CLOCK, ms(20))
        cable.unplug()
        assert (await scanner.read()).text == "last"
        for _ in range(2):
            with pytest.raises(DeviceLost, match=r"line.scanner: .* is gone .*check its cable"):
                await scanner.read()
        with pytest.raises(DeviceMissing):
            await scanner.open()
        cable.plug()
        again = made("serial", serial=cable.path)
        await again.open()
        cable.say(b"back\r")
        assert (await again.read()).text == "back"
        await again.close()

    on_a_cable(story)


def test_whoever_waits_when_it_is_unplugged_or_closed_is_told() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        waiting = asyncio.ensure_future(scanner.read())
        await pause(CLOCK, ms(5))
        await scanner.close()
        with pytest.raises(DeviceLost, match="was closed"):
            await waiting
        await scanner.open()
        waiting = asyncio.ensure_future(scanner.read())
        await pause(CLOCK, ms(5))
        cable.unplug()
        with pytest.raises(DeviceLost, match="is gone"):
            await waiting

    on_a_cable(story)


def test_order_and_owner_are_kept() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.close()
        with pytest.raises(NotOpen):
            await scanner.read()
        await scanner.open()
        with pytest.raises(DeviceBusy, match="another process"):
            await made("serial", serial=cable.path).open()
        cable.say(b"before\r")
        await pause(CLOCK, ms(20))
        await scanner.open()
        cable.say(b"since\r")
        assert (await scanner.read()).text == "since"
        await scanner.close()
        await scanner.close()

    on_a_cable(story)


def test_a_scanner_whose_reads_nobody_takes_is_lost() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        for number in range(READS_KEPT + 1):
            cable.say(b"%d\r" % number)
            await pause(CLOCK, Duration(0))
        await pause(CLOCK, ms(50))
        assert len(await texts(scanner, READS_KEPT)) == READS_KEPT
        with pytest.raises(DeviceLost, match="nobody takes"):
            await scanner.read()
        await scanner.close()

    on_a_cable(story)


def test_a_scanner_on_the_network_reads_and_is_lost_when_it_restarts() -> None:
    class Telling:
        def __init__(self, say: Say) -> None:
            say(b"\x024001234567890\x03\r\nNOREAD\r\n")

        def hear(self, received: bytes) -> None: ...

        def hung_up(self) -> None: ...

    async def main() -> None:
        async with tcp_port(Telling) as port:
            scanner = made("tcp", host="127.0.0.1", port=port.port, prefix="\x02", suffix="\x03")
            await scanner.open()
            assert (await scanner.read()).text == "4001234567890"
            assert scanner.dropped.garbled == 1, "what has not its frame is no read"
            port.unplug()
            with pytest.raises(DeviceLost):
                await scanner.read()
            await scanner.close()

    asyncio.run(main())


def heard(form: Format, *said: tuple[bytes, Instant]) -> list[str]:
    framing = Framing(form)
    return [line.text for received, at in said for line in framing.take(received, at)]


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=32), unique=True))
def test_however_lines_are_cut_into_packets_the_reads_are_the_same(plates: list[str]) -> None:
    wanted = [plate for plate in plates if plate.strip()]
    said = b"".join(plate.encode() + b"\r\n" for plate in plates)
    at = Instant(seconds(1))
    for size in (1, 3, 7, len(said) or 1):
        packets = [(said[start : start + size], at) for start in range(0, len(said), size)]
        assert heard(Format(longest=32, nothing=frozenset()), *packets) == wanted


def test_a_label_that_stays_under_the_scanner_is_read_once_and_one_that_comes_again_later_again() -> None:
    stays = [(b"plate\r", Instant(seconds(at / 10))) for at in range(50)]
    assert heard(Format(), *stays, (b"plate\r", Instant(seconds(6.5)))) == ["plate", "plate"]


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_whatever_comes_no_read_is_long_or_unprintable(said: list[bytes]) -> None:
    for text in heard(Format(longest=8), *((part, Instant(0)) for part in said)):
        assert 1 <= len(text) <= 8
        assert text.isascii()
        assert text.isprintable()


def test_a_read_is_never_from_the_future() -> None:
    async def story(cable: Cable) -> None:
        scanner = made("serial", serial=cable.path)
        await scanner.open()
        cable.say(b"now\r")
        read: Read = await scanner.read()
        assert read.at + read.at_error <= CLOCK.now()
        await scanner.close()

    on_a_cable(story)
