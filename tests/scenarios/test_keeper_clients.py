"""Who reads along cannot hold up the line."""

from pathlib import Path

from booth.line import wire
from booth.line.front import RECALLED
from booth.tray import End
from drivers.clock import pause
from drivers.protocols import GatePosition
from drivers.units import ms, seconds
from tests.scenarios.line_bench import CLOCK, PASS, Bench, decide, in_virtual_time


@in_virtual_time
async def test_a_stalled_observer_is_dropped_and_the_gate_still_fires(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        controller = await bench.client(keeper, wire.Role.CONTROLLER)
        await bench.client(keeper, reads=False)
        bench.start(decide(controller))
        for _ in range(80):
            bench.start(bench.tray())
            await pause(CLOCK, ms(2200))
        await pause(CLOCK, seconds(8))
        assert keeper.dropped == 1
        assert list(bench.went.values()) == [GatePosition.PASS] * 80
        assert controller.status.counts.passed == 80


@in_virtual_time
async def test_a_stalled_controller_is_dropped_and_its_trays_are_diverted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        await bench.client(keeper, wire.Role.CONTROLLER, reads=False)
        ear = await bench.client(keeper)
        for _ in range(70):
            bench.start(bench.tray())
            await pause(CLOCK, ms(3200))
        await pause(CLOCK, seconds(8))
        assert keeper.dropped == 1
        assert ear.status.counts.diverted == ear.status.counts.late == 70
        raised = [fault.code for fault in ear.of(wire.FaultRaised)]
        assert raised == ["diverts-in-a-row", "diverts-many", "controller-lost"]


@in_virtual_time
async def test_a_lost_controller_diverts_what_it_had_not_decided_and_may_come_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper)
        controller = await bench.client(keeper, wire.Role.CONTROLLER)
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
        await controller.channel.close()
        await pause(CLOCK, seconds(7))
        assert [ended.end for ended in ear.ends.values()] == [End.DIVERTED]
        assert ear.of(wire.FaultRaised)[-1].code == "controller-lost"
        again = await bench.client(keeper, wire.Role.CONTROLLER)
        assert ear.of(wire.FaultCleared)[-1].code == "controller-lost"
        bench.start(decide(again, PASS))
        await bench.tray()
        await pause(CLOCK, seconds(3))
        assert [ended.end for ended in ear.ends.values()] == [End.DIVERTED, End.PASSED]


@in_virtual_time
async def test_a_controller_that_comes_hears_the_last_ends_that_it_missed_and_an_observer_does_not(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper)
        for _ in range(RECALLED + 2):
            bench.start(bench.tray())
            await pause(CLOCK, ms(3200))
        await pause(CLOCK, seconds(8))
        controller = await bench.client(keeper, wire.Role.CONTROLLER)
        await pause(CLOCK, ms(50))
        assert controller.of(wire.TrayEnded) == ear.of(wire.TrayEnded)[-RECALLED:]
        assert (await bench.client(keeper)).of(wire.TrayEnded) == []


@in_virtual_time
async def test_a_controller_hears_of_a_tray_that_the_last_boot_left_open_once_and_after_the_reset_too(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper():
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
    bench.entry.blocked = False
    async with bench.keeper() as keeper:
        ear = await bench.client(keeper)
        first = await bench.client(keeper, wire.Role.CONTROLLER)
        (ended,) = first.of(wire.TrayEnded)
        assert ended.end is End.HELD
        await ear.say(wire.Reset("ann", "cleared"))
        await first.channel.close()
        await pause(CLOCK, ms(50))
        assert ear.status.latched == ()
        second = await bench.client(keeper, wire.Role.CONTROLLER)
        assert second.of(wire.TrayEnded) == [ended]


@in_virtual_time
async def test_a_second_controller_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        first = await bench.client(keeper, wire.Role.CONTROLLER)
        second = await bench.client(keeper, wire.Role.CONTROLLER)
        assert "has a controller already" in second.of(wire.Refused)[0].why
        bench.start(decide(first))
        await bench.tray()
        await pause(CLOCK, seconds(3))
        assert [ended.end for ended in first.ends.values()] == [End.PASSED]


@in_virtual_time
async def test_a_client_of_another_protocol_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        from contextlib import suppress

        from drivers.errors import LinkLost
        from drivers.links import memory_pair

        near, far = memory_pair()

        async def welcome() -> None:
            with suppress(LinkLost):
                await keeper.welcome(far)

        bench.start(welcome())
        await wire.send(near, wire.Hello(wire.Role.OBSERVER, protocol="booth.line/0"))
        answer = await wire.receive(near)
        assert isinstance(answer, wire.Refused)
