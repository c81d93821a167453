"""Latched faults: the line stands until a person has said what became of the tray."""

from pathlib import Path

from booth.line import wire
from booth.tray import End, Found, TrayId
from drivers.clock import pause
from drivers.protocols import GatePosition
from drivers.units import ms, seconds
from tests.scenarios.line_bench import CLOCK, Bench, Ear, decide, in_virtual_time

FIRST, SECOND = TrayId("000001-000001"), TrayId("000001-000002")


def codes(ear: Ear) -> list[str]:
    return [fault.code for fault in ear.of(wire.FaultRaised)]


async def holds(bench: Bench, ear: Ear, code: str) -> None:
    assert codes(ear)[-1] == code
    assert ear.status.state is wire.LineState.HELD
    assert ear.status.latched == (code,)
    assert ear.status.counts.in_flight == 0
    assert not bench.permit.given
    assert bench.gate.moves[-1][1] is GatePosition.DIVERT


@in_virtual_time
async def test_a_missing_confirmation_holds_the_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.jammed = True
    async with bench.heard() as ear:
        bench.start(bench.tray())
        await pause(CLOCK, seconds(3))
        bench.start(bench.tray())
        await pause(CLOCK, seconds(4))
        await holds(bench, ear, "confirm-missing")
        assert [ended.end for ended in ear.ends.values()] == [End.HELD, End.HELD]
        assert ear.ends[FIRST].reasons[0].code == "confirm-missing"


@in_virtual_time
async def test_a_confirmation_nobody_commanded_holds_the_line_and_the_tray_that_was_passing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller))
        await bench.tray()
        assert list(bench.went.values()) == [GatePosition.PASS]
        bench.confirm.turns(True)
        await pause(CLOCK, ms(100))
        await holds(bench, controller, "confirm-spurious")
        assert controller.ends[FIRST].end is End.HELD


@in_virtual_time
async def test_a_tray_that_does_not_come_to_the_pregate_sensor_holds_the_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.entry.turns(True)
        await pause(CLOCK, ms(1400))
        bench.entry.turns(False)
        await pause(CLOCK, seconds(5))
        await holds(bench, ear, "tray-missing")
        assert ear.ends[FIRST].end is End.HELD


@in_virtual_time
async def test_a_tray_nobody_expected_at_the_pregate_sensor_holds_the_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.pregate.turns(True)
        await pause(CLOCK, ms(100))
        await holds(bench, ear, "tray-unexpected")


@in_virtual_time
async def test_a_sensor_that_is_gone_holds_the_line_until_it_answers_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.pregate.breaks()
        await pause(CLOCK, ms(100))
        await holds(bench, ear, "line-io-lost")
        await ear.say(wire.Reset("ann", "cable"))
        await pause(CLOCK, ms(100))
        assert "pregate does not answer" in ear.of(wire.Refused)[-1].why
        bench.pregate.lost = False
        await ear.say(wire.Reset("ann", "cable mended"))
        await pause(CLOCK, ms(100))
        assert ear.status.state is wire.LineState.IDLE
        bench.pregate.turns(True)
        await pause(CLOCK, ms(100))
        assert codes(ear)[-1] == "tray-unexpected"


@in_virtual_time
async def test_a_tray_that_is_taken_off_while_its_sensor_is_gone_does_not_keep_the_line_held(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.entry.turns(True)
        await pause(CLOCK, ms(100))
        bench.entry.breaks()
        await pause(CLOCK, ms(100))
        bench.entry.blocked = bench.entry.lost = False
        await ear.say(wire.Reset("ann", "took it off, mended the cable"))
        await pause(CLOCK, ms(100))
        assert ear.of(wire.Refused) == []
        assert ear.status.state is wire.LineState.IDLE


@in_virtual_time
async def test_a_bypass_key_that_is_turned_back_while_its_cable_is_cut_lets_no_tray_pass(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.bypass.blocked = True
    async with bench.heard() as ear:
        bench.bypass.breaks()
        await pause(CLOCK, ms(100))
        bench.bypass.blocked = bench.bypass.lost = False
        await ear.say(wire.Reset("ann", "key back, cable mended"))
        await pause(CLOCK, ms(100))
        await bench.tray()
        await pause(CLOCK, seconds(1))
        assert ear.ends[FIRST].end is End.DIVERTED
        assert list(bench.went.values()) == [GatePosition.DIVERT]


@in_virtual_time
async def test_trays_that_enter_a_held_line_end_held(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.pregate.turns(True)
        await pause(CLOCK, ms(100))
        bench.entry.turns(True)
        await pause(CLOCK, ms(100))
        assert ear.ends[FIRST].end is End.HELD
        assert ear.ends[FIRST].counts.entered == ear.ends[FIRST].counts.held == 1


@in_virtual_time
async def test_only_a_person_who_says_what_became_of_the_tray_gives_the_belt_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.jammed = True
    async with bench.heard() as ear:
        await bench.tray()
        await pause(CLOCK, seconds(4))
        for wish in (
            wire.Reset("ann", "jam"),
            wire.Reset("ann", "jam", SECOND, Found.DIVERTED),
            wire.Reset("ann", "jam", FIRST),
            wire.Reset(" ", "jam", FIRST, Found.DIVERTED),
        ):
            await ear.say(wish)
            await pause(CLOCK, ms(50))
            assert not bench.permit.given
        assert len(ear.of(wire.Refused)) == 4
        await ear.say(wire.Reset("ann", "jam", FIRST, Found.DIVERTED))
        await pause(CLOCK, ms(50))
        assert bench.permit.given
        assert ear.of(wire.FaultCleared)[-1].code == "confirm-missing"
        assert ear.status.state is wire.LineState.IDLE
        assert ear.ends[FIRST].end is End.HELD


@in_virtual_time
async def test_a_blocked_sensor_refuses_the_reset(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.pregate.turns(True)
        await pause(CLOCK, ms(100))
        await ear.say(wire.Reset("ann", "looked"))
        await pause(CLOCK, ms(50))
        assert "pregate sensor is blocked" in ear.of(wire.Refused)[-1].why
        bench.pregate.turns(False)
        await pause(CLOCK, ms(50))
        await ear.say(wire.Reset("ann", "took it off"))
        await pause(CLOCK, ms(50))
        assert ear.status.state is wire.LineState.IDLE
