"""The keeper's word at the gate, over a scripted line."""

from pathlib import Path

from booth.line import wire
from booth.tray import End, TrayId
from drivers.clock import pause
from drivers.protocols import GatePosition
from drivers.units import ms, seconds
from tests.scenarios.line_bench import CLOCK, DIVERT, LAYOUT, PASS, Bench, Ear, decide, in_virtual_time, play

FIRST = TrayId("000001-000001")


@in_virtual_time
async def test_a_tray_with_its_own_pass_passes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller))
        await bench.tray()
        await pause(CLOCK, seconds(3))
        assert [ended.end for ended in controller.ends.values()] == [End.PASSED]
        assert list(bench.went.values()) == [GatePosition.PASS]
        assert bench.gate.blade(CLOCK.now()) is GatePosition.DIVERT


@in_virtual_time
async def test_silence_diverts_and_is_counted_as_late(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        await bench.tray()
        assert ear.ends[FIRST].end is End.DIVERTED
        assert ear.ends[FIRST].late
        assert ear.ends[FIRST].counts.late == 1


@in_virtual_time
async def test_a_divert_in_hand_is_not_late(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller, DIVERT))
        await bench.tray()
        ended = controller.ends[FIRST]
        assert (ended.end, ended.late) == (End.DIVERTED, False)
        assert ended.reasons == DIVERT.reasons


@in_virtual_time
async def test_a_pass_that_comes_after_the_gate_has_committed_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(bench.tray())
        while not any(at.place == "pregate" for at in controller.of(wire.TrayAt)):
            await pause(CLOCK, ms(5))
        await pause(CLOCK, ms(200))
        await controller.say(wire.Decision(FIRST, PASS))
        await pause(CLOCK, seconds(2))
        assert list(bench.went.values()) == [GatePosition.DIVERT]
        assert controller.ends[FIRST].end is End.DIVERTED
        assert controller.ends[FIRST].late


@in_virtual_time
async def test_a_pass_after_a_divert_is_not_believed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
        for judgement in (DIVERT, PASS, PASS):
            await controller.say(wire.Decision(FIRST, judgement))
        await pause(CLOCK, seconds(6))
        assert controller.ends[FIRST].end is End.DIVERTED


@in_virtual_time
async def test_an_unknown_trays_pass_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        for unknown in ("000001-000009", "000000-000001", "nobody"):
            await controller.say(wire.Decision(TrayId(unknown), PASS))
        await bench.tray()
        assert list(bench.went.values()) == [GatePosition.DIVERT]
        assert controller.ends[FIRST].end is End.DIVERTED


@in_virtual_time
async def test_an_observer_cannot_let_a_tray_pass(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.keeper() as keeper:
        observer = await bench.client(keeper)
        bench.start(bench.tray())
        await pause(CLOCK, seconds(1))
        await observer.say(wire.Decision(FIRST, PASS))
        await pause(CLOCK, seconds(6))
        assert observer.ends[FIRST].end is End.DIVERTED
        assert len(observer.of(wire.Refused)) == 1


@in_virtual_time
async def test_two_trays_closer_than_the_pitch_are_both_diverted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller))
        bench.start(bench.tray())
        await pause(CLOCK, ms(1800))
        bench.start(bench.tray())
        await pause(CLOCK, seconds(10))
        ends = list(controller.ends.values())
        assert [ended.end for ended in ends] == [End.DIVERTED, End.DIVERTED]
        assert all(ended.reasons[0].code == "pitch-short" for ended in ends)


@in_virtual_time
async def test_something_longer_than_a_tray_is_diverted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller))
        await bench.tray(long=1.5)
        assert controller.ends[FIRST].end is End.DIVERTED
        assert [reason.code for reason in controller.ends[FIRST].reasons] == ["trays-merged"]


@in_virtual_time
async def test_a_tray_under_the_bypass_key_ends_bypassed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.bypass.turns(True)
        bench.jammed = True  # the key holds the gate by wire: nothing reaches the confirm sensor
        await bench.tray()
        await pause(CLOCK, seconds(3))
        assert ear.ends[FIRST].end is End.BYPASSED
        assert not ear.status.latched


@in_virtual_time
async def test_a_tray_that_was_diverted_while_the_bypass_key_reads_on_holds_the_line(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        bench.bypass.turns(True)  # a cut cable reads like a turned key
        await bench.tray()
        await pause(CLOCK, seconds(3))
        assert ear.ends[FIRST].end is End.HELD
        assert [reason.code for reason in ear.ends[FIRST].reasons] == ["bypass-contradicted"]


@in_virtual_time
async def test_a_bouncing_entry_sensor_counts_one_tray(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard() as ear:
        began = CLOCK.now()
        bench.start(bench.tray())
        for blocked in (False, True, False, True):
            await pause(CLOCK, ms(2))
            bench.entry.turns(blocked)
        await pause(CLOCK, seconds(7))
        assert [tray.entered_at for tray in ear.of(wire.TrayEntered)] == [began]
        assert ear.ends[FIRST].end is End.DIVERTED


def test_the_stop_keeps_a_tray_until_it_has_been_looked_at_or_its_time_is_over(tmp_path: Path) -> None:
    async def left_after(ear: Ear, bench: Bench, looked_after: int | None) -> int:
        bench.start(bench.tray())
        while not ear.of(wire.TrayAt) or ear.of(wire.TrayAt)[-1].place != "station":
            await pause(CLOCK, ms(1))
        at = ear.of(wire.TrayAt)[-1]
        if looked_after is not None:
            await pause(CLOCK, ms(looked_after))
            await ear.say(wire.CaptureDone(at.tray))
        await bench.stop.sunk.wait()
        left: int = (CLOCK.now() - at.at) // ms(1)
        await pause(CLOCK, seconds(7))
        return left

    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with bench.heard(wire.Role.CONTROLLER) as controller:
            assert await left_after(controller, bench, 150) in (150, 151)
            assert await left_after(controller, bench, None) == LAYOUT.hold_at_most // ms(1)

    play(scenario())


@in_virtual_time
async def test_counts_add_up_with_every_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        bench.start(decide(controller, PASS))
        for _ in range(5):
            bench.start(bench.tray())
            await pause(CLOCK, ms(2200))
        await pause(CLOCK, seconds(8))
        for told, ended in enumerate(controller.of(wire.TrayEnded), 1):
            assert ended.counts.entered - ended.counts.in_flight == told
        assert controller.status.counts.passed == 5
        assert controller.status.state is wire.LineState.IDLE


@in_virtual_time
async def test_the_gate_is_at_divert_again_before_the_next_tray_is_there(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.heard(wire.Role.CONTROLLER) as controller:
        deciding = bench.start(decide(controller))
        bench.start(bench.tray())
        await pause(CLOCK, LAYOUT.lasts(LAYOUT.pitch))
        deciding.cancel()
        await bench.tray()
        assert list(bench.went.values()) == [GatePosition.PASS, GatePosition.DIVERT]
