"""A whole booth whose trays are followed by the simulated line's encoder: slip, death, stop buttons, a full bin."""

from pathlib import Path
from typing import Any

from booth.assembly.virtual import VirtualBooth
from booth.line import wire
from booth.settings.belt import Alarms
from booth.settings.line_io import SimulatedActuator
from drivers.clock import pause
from drivers.units import ms, seconds
from fakes.plan import PlannedFault
from tests.scenarios.booths import Notebook, play, settings_in


def faults(shown: Notebook) -> list[str]:
    return [code for code, raised in shown.faults if raised]


def goods(folder: Path, story: Any, **line: Any) -> tuple[Notebook, VirtualBooth]:
    """Trays without damage, and a recipe that would let each pass."""
    return play(folder, story, settings=settings_in(folder, **line), damaged=0.0, seed=5)


def test_trays_on_a_belt_that_somebody_stopped_wait_and_pass(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(5)
        await pause(booth.clock, seconds(9))
        assert booth.world.floor.line.on_the_line >= 2
        booth.world.floor.inject(PlannedFault("belt-stopped", lasts_ms=60_000))
        await pause(booth.clock, seconds(50))
        assert not booth.world.floor.line.running
        assert booth.account.open
        await pause(booth.clock, seconds(40))

    shown, booth = goods(tmp_path, story)
    assert set(faults(shown)) <= {
        "deadline-missed"
    }  # a tray short of the station: the controller counts from the entry
    assert shown.ends().count("PASSED") >= 4
    assert booth.account.counts.held == booth.account.counts.late == 0
    assert booth.account.counts.entered == 5


def test_an_encoder_that_slips_puts_a_tray_out_of_its_place_and_holds_the_line(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(3)
        await pause(booth.clock, seconds(2))
        booth.world.floor.inject(PlannedFault("encoder-slip", amount=0.3, lasts_ms=60_000))
        await pause(booth.clock, seconds(20))

    shown, booth = goods(tmp_path, story)
    assert "tray-unexpected" in faults(shown)
    assert booth.account.counts.held > 0
    assert booth.account.counts.passed == 0
    assert not booth.world.floor.line.running


def test_an_encoder_that_is_dead_while_trays_arrive_holds_the_line(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.inject(PlannedFault("encoder-dead", lasts_ms=60_000))
        await pause(booth.clock, seconds(1))
        booth.world.floor.feed(3)
        await pause(booth.clock, seconds(20))

    shown, booth = goods(tmp_path, story, scanner=None)
    assert faults(shown)[0] == "encoder-dead"
    assert booth.account.counts.held == booth.account.counts.entered
    assert not booth.world.floor.line.running


def test_an_encoder_that_dies_behind_an_open_gate_lets_nothing_follow_through_it(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(4)
        while booth.world.floor.look()["gate"] != "pass":
            await pause(booth.clock, ms(5))
        booth.world.floor.inject(PlannedFault("encoder-dead", lasts_ms=60_000))
        await pause(booth.clock, seconds(20))
        assert booth.world.floor.look()["gate"] == "divert"

    shown, _ = goods(tmp_path, story)
    went = [row.line()["truth"]["went"] for row in shown.rows]
    assert went.count("passed") == 1
    assert "encoder-dead" in faults(shown)


def test_a_full_bin_suspends_the_line_and_its_trays_go_on_when_it_is_emptied(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(6)
        while booth.keeper is None or booth.keeper.line.state is not wire.LineState.SUSPENDED:
            await pause(booth.clock, ms(100))
        await pause(booth.clock, seconds(20))
        look = booth.world.floor.look()
        assert (look["bin"], look["belt"], look["signals"]) == ("full", "standing", ["amber"])
        for _ in range(4):
            booth.world.floor.empty_bin()
            await pause(booth.clock, seconds(15))
        assert booth.world.floor.look()["signals"] == ["green"]

    shown, booth = play(tmp_path, story, settings=settings_in(tmp_path), damaged=1.0, bin_holds=2, seed=5)
    counts = booth.account.counts
    assert (counts.entered, counts.held, counts.in_flight) == (6, 0, 0)
    assert counts.diverted == 6
    assert faults(shown).count("bin-full") >= 1


def test_the_stack_light_is_red_while_the_line_is_held_and_blue_under_the_key(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        floor = booth.world.floor
        await pause(booth.clock, seconds(1))
        assert floor.look()["signals"] == ["green"]
        floor.turn_bypass(True)
        await pause(booth.clock, seconds(1))
        assert floor.look()["signals"] == ["blue", "green"]
        floor.turn_bypass(False)
        floor.inject(PlannedFault("confirm-spurious", lasts_ms=300))
        await pause(booth.clock, seconds(1))
        assert floor.look()["signals"] == ["red"]

    goods(tmp_path, story)


def test_a_row_of_diverts_calls_somebody_until_a_tray_passes(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.inject(PlannedFault("frame-dropped", "left", times=3))
        await booth.send_trays(4)
        await pause(booth.clock, seconds(10))

    shown, _ = goods(tmp_path, story, alarms=Alarms(diverts_in_a_row=3))
    assert shown.ends() == ["DIVERTED"] * 3 + ["PASSED"]
    mine = [raised for code, raised in shown.faults if code == "diverts-in-a-row"]
    assert mine == [True, False]


def test_a_keeper_that_hangs_stops_the_belt_by_its_heartbeat(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        async def hang(*_: object) -> None:
            await pause(booth.clock, seconds(1000))

        booth.world.floor.feed(2)
        await pause(booth.clock, seconds(5))
        assert booth.world.floor.look()["belt"] == "running"
        booth.keeper._turn = hang  # type: ignore[union-attr, method-assign] # its devices keep their places
        await pause(booth.clock, seconds(2))
        assert booth.world.floor.look()["belt"] == "standing"

    goods(tmp_path, story, heartbeat=SimulatedActuator(driver="simulated"))
