"""`booth io` puts back whatever it was told to hold, and never works beside a service: at emulated boards."""

import asyncio
import fcntl
import os
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from booth.cli.exits import Exit
from drivers.clock import pause
from drivers.units import ms
from fakes.emulators.modbus import over_tcp
from fakes.emulators.wires import tcp_port
from tests.cli.io_site import OUTPUTS, STACK, Site, on_site, until
from tests.drivers.boards import CLOCK

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


# --- outputs


@pytest.mark.parametrize("how", [INT, TERM])
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


def test_a_terminal_that_is_closed_puts_it_back(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        at_usb(site, "tray_stop", 1)
        ours, theirs = os.openpty()
        command = ["-m", "booth.cli.app", "io", "set", str(site.config), "tray_stop", "on"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        await until(lambda: site.usb.outputs.on(1))
        os.close(ours)
        await asyncio.wait_for(process.wait(), 20)
        assert not site.usb.outputs.on(1)

    on_site(tmp_path, scenario)


def at_usb(site: Site, device: str, relay: int) -> None:
    """A board that holds its relays for ever: what falls has been told to."""
    tree = yaml.safe_load(site.config.read_text())
    tree["line"][device] = {"driver": "relay", "module": "usb", "output": relay}
    site.config.write_text(yaml.safe_dump(tree))


def test_a_relay_that_is_unplugged_while_it_is_on_may_still_be_on_and_that_is_said(tmp_path: Path) -> None:
    async def scenario(site: Site) -> None:
        at_usb(site, "tray_stop", 1)
        async with site.running("io", "set", "{}", "tray_stop", "on") as command:
            await command.says("tray_stop is on")
            site.usb_line.unplug()
            done = await command.ended(INT)
            assert done.code == Exit.DEVICE_MISSING
            assert "may still be on: take its power away" in done.said

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


@pytest.fixture
def hangs_up() -> Iterator[None]:
    """Tests that are themselves run under nohup would hand its deaf ear on to the command."""
    before = signal.signal(HUP, signal.SIG_DFL)
    yield
    signal.signal(HUP, before)


@pytest.mark.usefixtures("hangs_up")
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
