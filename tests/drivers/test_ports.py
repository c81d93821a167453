"""Serial lines and TCP connections that are lost, and what is said of it."""

import asyncio
import os
import pty
import termios
import tty
from collections.abc import Iterator
from contextlib import suppress

import pytest
import serial

from drivers.clock import SystemClock, pause
from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing
from drivers.exchange import Exchange
from drivers.ports import Serial, Tcp, open_port
from drivers.units import ms
from fakes.emulators.wires import tcp_port

CLOCK = SystemClock()


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A device's end, and the path of the other."""
    device, client = pty.openpty()
    tty.setraw(client)
    path = os.ttyname(client)
    os.close(client)
    yield device, path
    with suppress(OSError):
        os.close(device)


def line(_question: bytes, heard: bytes) -> tuple[bytes | None, bytes]:
    answer, ends, rest = heard.partition(b"\n")
    return (answer, rest) if ends else (None, heard)


FAMILIES = pytest.mark.parametrize(
    "family", [serial.SerialException("gone"), OSError(5, "gone"), termios.error(5, "gone")]
)


@FAMILIES
@pytest.mark.parametrize("verb", ["read", "write", "close"])
def test_each_family_of_what_a_lost_line_raises_is_one_named_error(
    family: Exception, verb: str, terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_device: serial.Serial, *_: object) -> None:
        raise family

    async def main() -> None:
        lost = list[DeviceLost]()
        with monkeypatch.context() as patched:
            patched.setattr(serial.Serial, verb, fails)
            port = await open_port("modules.usb", Serial(terminal[1], 9600), CLOCK, lambda _: None, lost.append)
            if verb == "write":
                with pytest.raises(DeviceLost, match=r"modules.usb: /dev/pts/\d+ is gone \(.*check its cable"):
                    port.send(b"?")
            elif verb == "read":
                os.write(terminal[0], b"!")
                await pause(CLOCK, ms(20))
                assert [type(error) for error in lost] == [DeviceLost]
            port.close()

    asyncio.run(main())


def test_a_line_that_hangs_up_is_lost_to_whoever_waits_and_to_whoever_asks_then(terminal: tuple[int, str]) -> None:
    async def main() -> None:
        exchange = Exchange("m", Serial(terminal[1], 9600), CLOCK, line)
        await exchange.open()
        waiting = asyncio.create_task(exchange.ask(b"?", ms(500)))
        await pause(CLOCK, ms(1))
        os.close(terminal[0])
        with pytest.raises(DeviceLost, match="is gone"):
            await waiting
        with pytest.raises(DeviceLost, match="is gone"):
            await exchange.ask(b"?", ms(500))
        exchange.close()

    asyncio.run(main())


def test_a_line_has_one_owner(terminal: tuple[int, str]) -> None:
    async def main() -> None:
        port = await open_port("m", Serial(terminal[1], 9600), CLOCK, lambda _: None, lambda _: None)
        with pytest.raises(DeviceBusy, match="another process"):
            await open_port("m", Serial(terminal[1], 9600), CLOCK, lambda _: None, lambda _: None)
        port.close()

    asyncio.run(main())


@pytest.mark.parametrize("address", [Serial("/dev/ttyNOTTHERE", 9600), Tcp("127.0.0.1", 1), Tcp("no.such.invalid", 1)])
def test_what_is_not_there_is_missing_with_what_to_check(address: Serial | Tcp) -> None:
    with pytest.raises(DeviceMissing, match=r"correct|check"):
        asyncio.run(open_port("m", address, CLOCK, lambda _: None, lambda _: None))


def test_what_is_urgent_goes_before_what_waits(terminal: tuple[int, str]) -> None:
    async def main() -> None:
        exchange = Exchange("m", Serial(terminal[1], 9600), CLOCK, line)
        await exchange.open()
        asked = [asyncio.create_task(exchange.ask(text, ms(500))) for text in (b"one ", b"two ")]
        await pause(CLOCK, ms(1))
        asked.append(asyncio.create_task(exchange.ask(b"gate ", ms(500), urgent=True)))
        await pause(CLOCK, ms(1))
        heard = b""
        for _ in range(3):
            while not heard.endswith(b" "):
                heard += await asyncio.to_thread(os.read, terminal[0], 64)
            os.write(terminal[0], b"ok\n")
            await asyncio.wait(asked, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
            heard += await asyncio.to_thread(os.read, terminal[0], 64) if heard.count(b" ") < 3 else b""
        await asyncio.gather(*asked)
        assert heard == b"one gate two "
        exchange.close()

    asyncio.run(main())


def test_one_who_gave_up_does_not_take_the_answer_to_the_next(terminal: tuple[int, str]) -> None:
    async def main() -> None:
        exchange = Exchange("m", Serial(terminal[1], 9600), CLOCK, line)
        await exchange.open()
        first = asyncio.create_task(exchange.ask(b"one", ms(500)))
        await pause(CLOCK, ms(1))
        first.cancel()
        second = asyncio.create_task(exchange.ask(b"two", ms(500)))
        await pause(CLOCK, ms(1))
        os.write(terminal[0], b"to one\n")
        await pause(CLOCK, ms(10))
        os.write(terminal[0], b"to two\n")
        assert await second == b"to two"
        exchange.close()

    asyncio.run(main())


class Mute:
    """A device that hears and says nothing."""

    def hear(self, received: bytes) -> None:
        self.heard = received

    def hung_up(self) -> None: ...


def test_what_nobody_waits_for_any_more_is_not_even_sent(terminal: tuple[int, str]) -> None:
    async def main() -> None:
        exchange = Exchange("m", Serial(terminal[1], 9600), CLOCK, line)
        await exchange.open()
        asked = [asyncio.create_task(exchange.ask(text, ms(500))) for text in (b"one ", b"two ", b"three")]
        await pause(CLOCK, ms(1))
        asked[1].cancel()
        os.write(terminal[0], b"ok\n")
        await asked[0]
        await pause(CLOCK, ms(5))
        assert os.read(terminal[0], 64) == b"one three"
        exchange.close()
        await asyncio.wait(asked)
        assert isinstance(asked[2].exception(), DeviceLost)

    asyncio.run(main())


def test_silence_costs_the_deadline_and_the_link() -> None:
    async def main() -> None:
        async with tcp_port(lambda _say: Mute()) as port:
            exchange = Exchange("m", Tcp("127.0.0.1", port.port), CLOCK, line)
            await exchange.open()
            asked_at = CLOCK.now()
            with pytest.raises(DeviceLost, match="has not answered for 30 ms"):
                await exchange.ask(b"?", ms(30), again=1)
            assert ms(60) <= CLOCK.now() - asked_at < ms(200)
            assert exchange.lost is not None

    asyncio.run(main())
