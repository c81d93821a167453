"""A PLC's program, the keeper that answers it and a controller, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from booth.line import wire
from booth.line.ledger import Ledger
from booth.line.plc.agreed import Terms
from booth.line.plc.keeper import PlcKeeper
from booth.line.plc.registers import Command, Disposition, Status
from booth.line.relay import LineLost, Relay
from booth.tray import End, Judgement, Reason, Verdict
from drivers.clock import pause
from drivers.links import connect, serve
from drivers.units import ms, seconds

client = pytest.importorskip("pymodbus.client", reason="pymodbus is not installed (extra: modbus)")

from booth.line.plc.server import serving  # noqa: E402 - imports pymodbus
from tests.line.plc_program import CLOCK, Plc  # noqa: E402 - as above

TERMS = Terms(0, ms(400), seconds(5), seconds(2), trays=4)


@dataclass
class Stand:
    keeper: PlcKeeper
    plc: Plc
    socket: Path
    news: list[wire.LineMessage | LineLost] = field(default_factory=list)

    @property
    def ends(self) -> list[End]:
        return [each.end for each in self.news if isinstance(each, wire.TrayEnded)]


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Stand]:
    ledger = Ledger(folder)
    past = ledger.open()
    keeper = PlcKeeper(replace(TERMS, boot=past.boot), ledger, past, CLOCK)
    keeper.begin()
    server = await serve(folder / "line.sock", keeper.welcome)
    running = asyncio.ensure_future(keeper.run())
    async with serving(keeper, "127.0.0.1", 0) as port:
        modbus = client.AsyncModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
        assert await modbus.connect()
        try:
            yield Stand(keeper, Plc(modbus), folder / "line.sock")
        finally:
            modbus.close()
            keeper.stop()
            await running
            server.close()
            if others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others, timeout=1)


@asynccontextmanager
async def controlled(stand: Stand, verdicts: Callable[[int], Verdict | None]) -> AsyncIterator[None]:
    """A controller that decides as `verdicts` says of the n-th tray; None: never."""

    relay = Relay(partial(connect, stand.socket), CLOCK)

    async def control() -> None:
        trays = 0
        async for message in relay.messages():
            stand.news.append(message)
            if isinstance(message, wire.TrayAt):
                trays += 1
                await relay.send(wire.CaptureDone(message.tray))
                if verdict := verdicts(trays):
                    await relay.send(wire.Decision(message.tray, Judgement(verdict, (Reason("said", "so"),), 0.5)))

    task = asyncio.ensure_future(control())
    try:
        yield
    finally:
        task.cancel()
        await relay.close()


def play(folder: Path, story: Callable[[Stand], Awaitable[None]]) -> None:
    async def main() -> None:
        async with standing(folder) as stand:
            await story(stand)

    asyncio.run(main())


def test_trays_go_where_their_own_result_says(tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        async with controlled(stand, lambda tray: Verdict.PASS if tray % 2 else Verdict.DIVERT):
            went = [await stand.plc.one_tray(number) for number in (70_001, 70_002, 70_003)]
            await pause(CLOCK, ms(50))
        assert went == [Disposition.PASSED, Disposition.DIVERTED, Disposition.PASSED]
        assert stand.ends == [End.PASSED, End.DIVERTED, End.PASSED]
        assert [each.plate for each in stand.news if isinstance(each, wire.TrayIdentified)] == ["LPN1"] * 3
        assert stand.keeper.hands.counts.in_flight == 0

    play(tmp_path, story)


def test_a_controller_that_does_not_decide_diverts_after_the_deadline(tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        async with controlled(stand, lambda tray: None):
            await stand.plc.until(Status.READY)
            begun = CLOCK.now()
            await stand.plc.write(Command.TRIGGER, tray=1)
            found = await stand.plc.until(Status.RESULT_VALID)
            assert CLOCK.now() - begun >= TERMS.verdict_due
        assert Status.ERROR | Status.DIVERT in found["status"]

    play(tmp_path, story)


def test_without_a_controller_nothing_is_ready_and_a_trigger_is_an_error(tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.plc.write()
        assert Status.READY not in (await stand.plc.read())["status"]
        await stand.plc.write(Command.TRIGGER, tray=1)
        found = await stand.plc.until(Status.RESULT_VALID)
        assert Status.ERROR | Status.DIVERT in found["status"]

    play(tmp_path, story)


def test_the_booths_heart_beats_and_its_block_cannot_be_written(tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        first = (await stand.plc.read())["heartbeat"]
        await pause(CLOCK, ms(250))
        assert (await stand.plc.read())["heartbeat"] > first
        for address in (100, 102, 50):
            assert (await stand.plc.client.write_register(address, 0xFFFF)).isError()
        assert (await stand.plc.client.read_coils(0, count=8)).isError()
        assert (await stand.plc.read())["status"] & Status.PASS == Status(0)

    play(tmp_path, story)


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 4096, bytes(range(256)) * 8])
def test_a_stranger_that_speaks_no_modbus_is_dropped_and_the_plc_served_on(tmp_path: Path, noise: bytes) -> None:
    async def story(stand: Stand) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stand.plc.client.comm_params.port)
        writer.write(noise)
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(1):
                while await reader.read(4096):
                    pass
        writer.close()
        await stand.plc.write()
        assert (await stand.plc.read())["version"] == 1

    play(tmp_path, story)


def test_trays_that_were_open_when_it_died_have_to_be_looked_at(tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        async with controlled(stand, lambda tray: None):
            await stand.plc.until(Status.READY)
            await stand.plc.write(Command.TRIGGER, tray=1)
            await stand.plc.until(Status.TRIGGER_ACK)

    async def again(stand: Stand) -> None:
        async with controlled(stand, lambda tray: Verdict.PASS):
            await stand.plc.until(Status.ERROR | Status.DIVERT)
            await pause(CLOCK, ms(100))
            assert stand.ends == [End.HELD]
            await stand.plc.write()  # a reset wants to hear the PLC's heart
            channel = await connect(stand.socket)
            await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
            await wire.send(channel, wire.Reset("anna", "took it off the belt"))
            await stand.plc.until(Status.READY)
            await channel.close()
            assert await stand.plc.one_tray(2) is Disposition.PASSED

    play(tmp_path, story)
    play(tmp_path, again)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with standing(tmp_path / "one") as stand:
            port = stand.plc.client.comm_params.port
            with pytest.raises(OSError, match="does another program use the port"):
                async with serving(stand.keeper, "127.0.0.1", port):
                    pass

    (tmp_path / "one").mkdir()
    asyncio.run(main())
