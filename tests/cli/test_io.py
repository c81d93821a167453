"""`booth io` at emulated boards: what it reads, what it puts back, and that it never works beside a service."""

import asyncio
import os
import signal
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from booth.assembly.handling import Reach
from booth.assembly.watching import Tally, Watch
from booth.cli.exits import Exit
from booth.cli.io_table import table
from booth.settings import load
from drivers.clock import pause
from drivers.protocols import Edge
from drivers.units import Instant, ms
from fakes.emulators.modbus import over_tcp
from fakes.emulators.wires import tcp_port
from tests.cli.io_site import OUTPUTS, STACK, Site, on_site, until
from tests.cli.test_manners import answered, booth, edited
from tests.drivers.boards import CLOCK

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


# --- inputs


def test_every_input_is_read_and_none_of_the_outputs_is_touched(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        site.floor.turn_bypass(True)
        done = await site.io("read", "{}", "--json")
        assert done.code == Exit.OK, done.said
        found = done.answer["data"]["inputs"]
        levels = {name: each.get("level") for name, each in found.items()}
        clear = dict.fromkeys(("entry", "pregate", "confirm", "bin_full"), "clear")
        assert levels == {**clear, "bypass": "blocked", "low_air": "blocked", "encoder": None}  # no cable is cut cable
        assert found["encoder"]["count"] == 0
        assert found["bypass"]["wired"] == "far input 1"
        assert site.cabinet.log == []

    on_site(tmp_path, scenario)


def test_a_module_that_hangs_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        site.far.is_silent = True
        done = await site.io("read", "{}", "confirm", "entry", "--json")
        assert done.code == Exit.DEVICE_MISSING
        assert {name: each["level"] for name, each in done.answer["data"]["inputs"].items()} == {
            "entry": "clear",
            "confirm": None,
        }
        (told,) = done.answer["diagnostics"]
        assert "modules.far" in told["message"]
        assert "check its" in told["message"]

    on_site(tmp_path, scenario)


def test_each_edge_is_a_line_and_ctrl_c_ends_the_watch_with_130(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "watch", "{}", "--json") as command:
            there = {(line := await command.line())["input"]: line for _ in range(7)}
            assert there["bypass"] == {"kind": "level", "input": "bypass", "level": "clear"}
            site.floor.turn_bypass(True)
            first = await command.line()
            site.floor.turn_bypass(False)
            second = await command.line()
            assert [(each["kind"], each["input"], each["level"]) for each in (first, second)] == [
                ("edge", "bypass", "blocked"),
                ("edge", "bypass", "clear"),
            ]
            assert "lasted_ms" not in first  # nobody saw that level begin
            assert second["lasted_ms"] > 0
            assert second["edges"] == 2
            assert (await command.ended(INT)).code == Exit.INTERRUPTED
            assert site.cabinet.log == []

    on_site(tmp_path, scenario)


def test_an_input_that_is_lost_is_watched_again_once_it_answers(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "watch", "{}", "--json") as command:
            for _ in range(7):
                await command.line()
            site.far.is_silent = True
            lost = [await command.line() for _ in range(2)]
            assert {(each["kind"], each["input"]) for each in lost} == {("lost", "confirm"), ("lost", "bypass")}
            site.far.is_silent = False
            back: set[str] = set()
            while len(back) < 2:
                line = await command.line()
                back |= {line["input"]} if line["kind"] == "level" else set()
            assert back == {"confirm", "bypass"}

    on_site(tmp_path, scenario)


def test_the_live_table_shows_what_is_lost_and_why(tmp_path: Path) -> None:
    settings = load(simulated(tmp_path))
    watching = Watch(Reach(settings, CLOCK, None), ("entry", "confirm"), print)
    entry, confirm = Tally("entry"), Tally("confirm")
    entry.opened(False)
    for blocked, at in ((True, 10), (False, 14)):
        entry.take(Edge(blocked, Instant(ms(at)), ms(1)))
    confirm.lost("modules.far: the cable is out")
    watching.tallies = {"entry": entry, "confirm": confirm}
    console = Console(width=160, file=StringIO())
    console.print(table(watching, Instant(ms(2014))))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "SIMULATED BOOTH" in shown
    assert "2.0 s ago" in shown
    assert "4.0 ms blocked" in shown
    assert "no answer" in shown
    assert "the cable is out" in shown


# --- outputs


@pytest.mark.parametrize("how", [INT, TERM, HUP])
def test_whatever_ends_it_the_output_is_put_back(tmp_path: Path, how: signal.Signals) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "set", "{}", "tray_stop", "on") as command:
            await command.says("tray_stop is on")
            assert site.on("tray-stop")
            done = await command.ended(how)
            assert not site.on("tray-stop")
            assert done.code == Exit.INTERRUPTED
            assert "everything was put back" in done.said
            assert {signal for signal, _ in site.cabinet.log} == {"tray-stop"}

    on_site(tmp_path, scenario)


def test_an_output_that_lost_its_link_for_a_moment_is_put_back_over_a_new_one(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "set", "{}", "tray_stop", "on") as command:
            await command.says("tray_stop is on")
            site.line.unplug()
            assert site.on("tray-stop")  # the board holds it
            async with tcp_port(over_tcp(site.board.unit), site.line.port):
                done = await command.ended()
                assert not site.on("tray-stop")
            assert done.code == Exit.DEVICE_MISSING
            assert "is gone" in done.said

    on_site(tmp_path, scenario)


def test_a_lamp_of_the_stack_light_is_pulsed(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        done = await site.io("pulse", "{}", "amber", "--ms", "60", "--json")
        assert done.code == Exit.OK, done.said
        assert site.cabinet.driven(STACK["amber"]) == [False, True, False]
        assert True not in site.cabinet.driven(STACK["red"])
        assert done.answer["data"]["lasted_ms"] >= 60

    on_site(tmp_path, scenario)


def test_a_permit_that_is_set_off_is_not_given_for_a_moment(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        site.board.outputs.put(OUTPUTS.index("belt-permit"), True)  # left by a keeper that was killed
        done = await site.io("set", "{}", "belt_permit", "off", "--for-ms", "50")
        assert done.code == Exit.OK, done.said
        assert site.cabinet.driven("belt-permit") == [True, False]

    on_site(tmp_path, scenario)


def test_a_permit_is_given_only_after_somebody_has_agreed(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        done = await site.io("set", "{}", "belt_permit", "on", "--for-ms", "50")
        assert done.code == Exit.USAGE
        assert "--yes" in done.said
        assert site.cabinet.log == []
        done = await site.io("set", "{}", "belt_permit", "on", "--for-ms", "50", "--yes")
        assert done.code == Exit.OK, done.said
        assert site.cabinet.driven("belt-permit") == [False, True, False]

    on_site(tmp_path, scenario)


def test_a_lamp_shines_until_it_is_ended_and_says_when_it_is_settled(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "light", "{}", "ring", "--intensity", "0.5") as command:
            assert "settled after" in await command.says("ring shines at 0.5")
            assert site.level() == pytest.approx(0.5, abs=0.01)
            assert (await command.ended(HUP)).code == Exit.INTERRUPTED
            await pause(CLOCK, ms(20))
            assert site.level() == 0

    on_site(tmp_path, scenario)


def test_a_switched_lamp_is_not_dimmed_and_the_message_says_to_what_it_can_be_set(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        done = await site.io("light", "{}", "switched", "--intensity", "0.5")
        assert done.code == Exit.USAGE
        assert "1.0, and nothing else" in done.said

    on_site(tmp_path, scenario)


# --- the gate


def test_the_gate_moves_to_pass_and_back_and_says_what_was_seen(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        site.floor.turn_bypass(True)
        done = await site.io("jog", "gate", "{}", "--ms", "100", "--yes")
        assert done.code == Exit.OK, done.said
        assert site.cabinet.log == [("gate", False), ("gate", True), ("gate", False)]
        assert "confirm: clear, no edge" in done.out
        assert "bypass: blocked (its key is on" in done.out

    on_site(tmp_path, scenario)


def test_the_gate_does_not_move_until_somebody_types_yes(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        assert (await typed(site, "no\n"))[0] == Exit.INTERRUPTED
        assert site.cabinet.log == []
        code, shown = await typed(site, "yes\n")
        assert code == Exit.OK, shown
        assert "The GATE moves" in shown
        assert site.cabinet.driven("gate") == [False, True, False]

    on_site(tmp_path, scenario)


async def typed(site: Site, answer: str) -> tuple[int, str]:
    """`booth io jog gate` at a terminal, where a person types `answer`."""
    ours, theirs = os.openpty()
    command = ["-m", "booth.cli.app", "io", "jog", "gate", str(site.config), "--ms", "60"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=theirs, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    os.write(ours, answer.encode())
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    os.close(ours)
    os.close(theirs)
    assert process.returncode is not None
    return process.returncode, out.decode()


def test_the_gate_is_not_jogged_over_a_belt_that_runs_and_its_permit_stays_as_it_was(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        site.board.outputs.put(OUTPUTS.index("belt-permit"), True)
        await until(lambda: site.floor.look()["belt"] == "running")
        done = await site.io("jog", "gate", "{}", "--yes")
        assert done.code == Exit.CHECK_FAILED, done.said
        assert "Stop it" in done.said
        assert site.cabinet.driven("gate") == []
        assert site.cabinet.driven("belt-permit") == [True]

    on_site(tmp_path, scenario)


def test_a_confirm_sensor_that_hangs_does_not_leave_the_gate_at_pass(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "jog", "gate", "{}", "--ms", "1500", "--yes") as command:
            await command.says("told to pass")
            site.far.is_silent = True
            done = await command.ended()
            assert done.code == Exit.OK
            assert "confirm: not seen: " in done.out
            assert not site.on("gate")

    on_site(tmp_path, scenario)


def test_a_gate_whose_module_was_away_for_a_moment_is_put_back_to_divert(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "jog", "gate", "{}", "--ms", "5000", "--yes") as command:
            await command.says("told to pass")
            assert site.on("gate")
            site.line.unplug()
            async with tcp_port(over_tcp(site.board.unit), site.line.port):
                done = await command.ended()
                assert not site.on("gate")
            assert done.code == Exit.DEVICE_MISSING

    on_site(tmp_path, scenario)


# --- the lock


def test_while_the_keeper_runs_its_devices_are_busy_and_the_lamps_are_not(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("{}", module="booth.cli.booth_line") as keeper:
            await keeper.says("ready in")
            for refused in (await site.io("read", "{}"), await site.io("jog", "gate", "{}", "--yes")):
                assert refused.code == Exit.DEVICE_BUSY
                assert "systemctl stop booth-line" in refused.said
                assert f"process {keeper.process.pid}" in refused.said
            assert (await site.io("light", "{}", "ring", "--for-ms", "10")).code == Exit.OK
            assert (await keeper.ended(TERM)).code == Exit.OK

    on_site(tmp_path, scenario)


def test_while_booth_io_runs_the_keeper_does_not_start_and_says_who_is_there(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        async with site.running("io", "set", "{}", "red", "on") as command:
            await command.says("red is on")
            async with site.running("{}", module="booth.cli.booth_line") as keeper:
                done = await keeper.ended()
                assert done.code == Exit.DEVICE_BUSY
                assert f"booth io set runs for this booth (process {command.process.pid})" in done.said
            other = await site.io("read", "{}")
            assert other.code == Exit.DEVICE_BUSY
            assert "Ctrl-C" in other.said
            assert site.on(STACK["red"])
            await command.ended(INT)

    on_site(tmp_path, scenario)


# --- names, and a simulated booth


def simulated(folder: Path) -> Path:
    return edited(folder, world__seed=7)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["read", "{}", "exit"], "there are: entry, pregate, confirm, bypass, bin_full, encoder"),
        (["set", "{}", "horn", "on"], "there are: tray_stop, red, amber, green, blue"),
        (["set", "{}", "gate", "on"], "booth io jog gate"),
        (["set", "{}", "belt_permit", "on"], "nothing here starts a belt"),
        (["light", "{}", "lamp"], "there are: low, ring"),
        (["jog", "gate", "{}"], "say --yes"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_done_ends_with_2_and_says_what_can(tmp_path: Path, arguments: list[str], says: str) -> None:
    config = simulated(tmp_path)
    result = booth("io", *(str(config) if each == "{}" else each for each in arguments))
    assert result.exit_code == Exit.USAGE
    assert says in result.stderr


def test_a_simulated_booth_is_looked_at_in_a_world_of_its_own_and_says_so(tmp_path: Path) -> None:
    result = booth("io", "read", simulated(tmp_path), "--json")
    assert result.exit_code == Exit.OK, result.stderr
    assert "SIMULATED" in result.stderr
    found = answered(result)["data"]
    assert found["simulated"]
    assert found["inputs"]["entry"]["level"] == "clear"
