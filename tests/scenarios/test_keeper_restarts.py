"""What a stop, a kill and a full disk leave behind."""

import asyncio
from pathlib import Path

import pytest

from booth.line import wire
from booth.line.keeper import Keeper
from booth.line.ledger import Ledger
from booth.tray import End, TrayId
from drivers.clock import pause
from drivers.errors import DeviceError
from drivers.units import ms, seconds
from tests.scenarios.line_bench import CLOCK, Bench, decide, in_virtual_time, play

FIRST = TrayId("000001-000001")


@in_virtual_time
async def test_a_killed_keepers_open_trays_end_held_and_the_line_waits_for_a_person(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper():
        bench.start(bench.tray())
        await pause(CLOCK, seconds(2))
    bench.entry.blocked = False
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper)
        assert ear.ends[FIRST].end is End.HELD
        assert ear.status.latched == ("keeper-restarted",)
        assert (ear.status.counts.entered, ear.status.counts.held) == (1, 1)
        await ear.say(wire.Reset("ann", "cleared the belt"))
        await pause(CLOCK, ms(50))
        assert bench.permit.given
        await bench.tray()
        assert ear.ends[TrayId("000002-000001")].end is End.DIVERTED


@in_virtual_time
async def test_whoever_reaches_a_new_keeper_before_it_has_begun_hears_of_the_trays_left_open_too(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper():
        bench.start(bench.tray())
        await pause(CLOCK, seconds(2))
    bench.entry.blocked = False
    ledger = Ledger(tmp_path)
    keeper = Keeper(bench.layout, bench.devices, ledger, ledger.open(), CLOCK, bench.notified.append)
    early = await bench.client(keeper)
    bench.start(keeper.run())
    await pause(CLOCK, ms(10))
    assert early.ends[FIRST].end is End.HELD
    for task in bench.tasks:
        task.cancel()
    await asyncio.gather(*bench.tasks, return_exceptions=True)


@in_virtual_time
async def test_a_kill_does_not_clear_a_latched_fault(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper():
        bench.confirm.turns(True)
        await pause(CLOCK, ms(100))
    for _ in range(2):
        async with bench.keeper() as keeper:
            ear = await bench.client(keeper)
            assert ear.status.latched == ("keeper-restarted",)
    async with bench.heard() as ear:
        await ear.say(wire.Reset("ann", "looked"))
        await pause(CLOCK, ms(50))
    async with bench.keeper() as keeper:
        assert keeper.line.state is wire.LineState.IDLE


@in_virtual_time
async def test_a_keeper_killed_on_an_empty_line_starts_clean(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper():
        await bench.tray()
        await pause(CLOCK, seconds(1))
    async with bench.keeper() as keeper:
        assert keeper.line.state is wire.LineState.IDLE
        assert bench.permit.given


@in_virtual_time
async def test_a_tray_that_stands_in_a_sensor_at_start_waits_for_a_person(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.entry.blocked = True
    async with bench.keeper() as keeper:
        assert keeper.line.state is wire.LineState.ABORTED
        await pause(CLOCK, ms(10))
        assert not bench.permit.given


@in_virtual_time
async def test_a_stop_waits_for_the_trays_on_the_line_and_parks_the_gate(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        controller = await bench.client(keeper, wire.Role.CONTROLLER)
        bench.start(decide(controller))
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
        keeper.stop()
        await bench.running
        assert controller.ends[FIRST].end is End.PASSED
        assert controller.status.state is wire.LineState.STOPPED
        assert bench.gate.closed_at is not None
        assert not bench.permit.given
        assert bench.stop.sunk.is_set()
    assert not Ledger(tmp_path).open().unresolved


@in_virtual_time
async def test_a_stop_does_not_wait_for_ever_and_what_is_open_ends_held(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper)
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
        keeper.stop()
        asked = CLOCK.now()
        await pause(CLOCK, seconds(2))
        bench.start(bench.tray())
        await bench.running
        assert CLOCK.now() - asked < bench.layout.journey + seconds(1)
        assert ear.ends[FIRST].end is End.DIVERTED
        assert ear.ends[TrayId("000001-000002")].end is End.HELD
    past = Ledger(tmp_path).open()
    assert not past.open
    assert past.unresolved


def test_a_full_disk_holds_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(ledger: Ledger, text: bytes) -> None:
        raise OSError(28, "No space left on device")

    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with bench.heard() as ear:
            monkeypatch.setattr(Ledger, "_write", full)
            bench.start(bench.tray())
            await pause(CLOCK, ms(100))
            assert ear.status.latched == ("ledger-failed",)
            assert ear.of(wire.FaultRaised)[-1].detail == "No space left on device"
            assert ear.ends[FIRST].end is End.HELD
            assert not bench.permit.given

    play(scenario())


def test_a_gate_that_does_not_answer_holds_the_line(tmp_path: Path) -> None:
    async def stuck(to: object) -> None:
        await pause(CLOCK, seconds(60))

    async def lost(to: object) -> None:
        raise DeviceError("the relay board is gone; check its power")

    async def scenario() -> None:
        for move in (stuck, lost):
            bench = Bench(tmp_path / move.__name__)
            async with bench.heard(wire.Role.CONTROLLER) as controller:
                bench.start(decide(controller))
                bench.gate.move = move  # type: ignore[method-assign]
                await bench.tray()
                await pause(CLOCK, seconds(2))
                assert controller.status.latched == ("line-io-lost",)
                assert not bench.permit.given
                assert controller.ends[FIRST].end is End.HELD

    play(scenario())
