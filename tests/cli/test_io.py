"""`booth io read` and `watch` at emulated boards; names that do not exist, and a simulated booth."""

import signal
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from booth.assembly.handling import Reach
from booth.assembly.watching import Tally, Watch
from booth.cli.exits import Exit
from booth.cli.io_table import table
from booth.settings import load
from drivers.protocols import Edge
from drivers.units import Instant, ms
from tests.cli.io_site import Site, on_site
from tests.cli.test_manners import answered, booth, edited
from tests.drivers.boards import CLOCK

INT = signal.SIGINT


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


def test_where_a_plc_owns_the_line_only_the_lamps_are_ours(tmp_path: Path) -> None:
    config = simulated(tmp_path)
    tree = yaml.safe_load(config.read_text())
    del tree["line"]
    tree["plc"] = {"listen": "127.0.0.1", "verdict_due_ms": 3000}
    config.write_text(yaml.safe_dump(tree))
    commands: list[list[str | Path]] = [
        ["read", config],
        ["set", config, "red", "on"],
        ["jog", "gate", config, "--yes"],
    ]
    for command in commands:
        result = booth("io", *command)
        assert result.exit_code == Exit.USAGE
        assert "the PLC" in result.stderr or "a PLC" in result.stderr
    lit = booth("io", "light", config, "ring", "--for-ms", "10", "--json")
    assert lit.exit_code == Exit.OK, lit.stderr
    assert answered(lit)["data"]["settled_after_ms"] > 0
