"""The line keeper as a process, on a real line's settings: an ADAM-6050 and a line that runs."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import pause
from drivers.units import Duration, ms, seconds
from fakes.line.floor import Floor
from tests.architecture.tree import ROOT
from tests.drivers.boards import CLOCK, HOST_IDLE, QUICK, Kind, Rig, WatchdogRelay, rig
from tests.emulators.floors import running

PLAN = replace(QUICK, belt_mm_per_s=1000.0, pitch_mm=(1600.0, 1600.0), pregate_to_gate_mm=300.0, infeed_mm=300.0)
INPUTS = ("entry", "pregate", "confirm", "bypass")
OUTPUTS = ("gate", "tray-stop", "belt-permit")
READY = re.compile(r"ready in ([\d.]+) s, (\d+) MB")
CHANGES = (
    (r"state_dir: .*", "state_dir: state"),
    (r"runtime_dir: .*", "runtime_dir: run"),
    (r"host: 192.168.10.21", "host: 127.0.0.1\n    port: {port}"),
    (r"host_idle_ms: 300", f"host_idle_ms: {HOST_IDLE // 1_000_000}"),
    (r"poll_ms: 5", "poll_ms: 20"),
    (r"belt_mm_per_s: 300", "belt_mm_per_s: 1000"),
    (r"min_pitch_mm: 600", "min_pitch_mm: 1500"),
    (r"pregate_to_gate_mm: 100", "pregate_to_gate_mm: 300"),
    (r"actuation_ms: 120", "actuation_ms: 10"),
    (r"  bin_full:.*\n  low_air:.*\n  encoder:(.|\n)*?(?=  gate:)", ""),
    (r"  stack_light:.*\n", ""),
    (r"pack: .*", f"pack: {ROOT}/models/damage-lite0"),
)


HOLDS = (
    (r"profile: advantech-adam-6050", "profile: waveshare-poe-eth-relay-b"),
    (r"    host_idle_ms: .*\n", ""),
    (r"  tray_stop:", "  heartbeat: {driver: modbus, module: line, output: 3, holds_ms: 400}\n  tray_stop:"),
)
"""A board that keeps its outputs, and a watchdog relay for it."""


def settings(folder: Path, port: int, kind: Kind) -> Path:
    text = (ROOT / "config/site-example.yaml").read_text()
    for old, new in CHANGES if kind == "adam" else (*CHANGES, *HOLDS):
        text, found = re.subn(old, new.replace("{port}", str(port)), text, count=1)
        assert found, f"{old} is not in the example"
    path = folder / "site.yaml"
    path.write_text(text)
    return path


@asynccontextmanager
async def keeper(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "booth.cli.booth_line", str(path), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(holds: Callable[[], bool], within: Duration = seconds(8)) -> None:
    give_up = CLOCK.now() + within
    while not holds():
        assert CLOCK.now() < give_up, "it did not come to that"
        await pause(CLOCK, ms(5))


def on_a_line(
    tmp_path: Path, scenario: Callable[[Rig, asyncio.subprocess.Process], Awaitable[None]], kind: Kind = "adam"
) -> None:
    async def main() -> None:
        async with (
            running(PLAN, CLOCK) as floor,
            rig(kind, floor, INPUTS, OUTPUTS) as board,
            keeper(settings(tmp_path, int(board.block["port"]), kind)) as process,
        ):
            assert process.stderr is not None
            said = (await process.stderr.readline()).decode()
            assert READY.search(said), said
            await scenario(board, process)

    asyncio.run(main())


def went(floor: Floor) -> list[str]:
    ends: list[str] = []

    def follow(told: dict[str, Any]) -> None:
        if told["went"] != "belt":
            ends.append(told["went"])

    floor.follow(follow)
    return ends


def test_a_tray_that_nobody_decided_is_diverted_and_confirmed(tmp_path: Path) -> None:
    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        ends = went(board.floor)
        assert board.floor.look()["belt"] == "running"
        board.floor.feed(2)
        await until(lambda: len(ends) == 2)
        assert ends == ["diverted", "diverted"]
        await pause(CLOCK, ms(300))
        assert board.floor.look()["belt"] == "running"  # both were confirmed
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert board.floor.look()["belt"] == "standing"

    on_a_line(tmp_path, scenario)


def test_a_module_that_is_lost_stops_the_belt(tmp_path: Path) -> None:
    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        board.hang()
        await until(lambda: board.floor.look()["belt"] == "standing", seconds(1))
        assert process.returncode is None

    on_a_line(tmp_path, scenario)


def test_a_line_goes_on_after_its_module_was_lost_and_somebody_reset_it(tmp_path: Path) -> None:
    """All of the module's devices are back, also those that nobody had asked for anything while it was away."""

    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        ends = went(board.floor)
        board.hang()
        await until(lambda: board.floor.look()["belt"] == "standing")
        board.come_back()
        command = ("line", "reset", str(tmp_path / "site.yaml"), "--who", "test", "--why", "the module was away")
        reset = await asyncio.create_subprocess_exec(Path(sys.executable).parent / "booth", *command, cwd=ROOT)
        assert await reset.wait() == 0
        await until(lambda: board.floor.look()["belt"] == "running")
        board.floor.feed(2)
        await until(lambda: len(ends) == 2)
        assert ends == ["diverted", "diverted"]
        await pause(CLOCK, ms(300))
        assert board.floor.look()["belt"] == "running"

    on_a_line(tmp_path, scenario)


def test_a_keeper_that_is_stopped_stops_the_belt(tmp_path: Path) -> None:
    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        process.send_signal(signal.SIGSTOP)
        await until(lambda: board.floor.look()["belt"] == "standing", seconds(1))

    on_a_line(tmp_path, scenario)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_a_heartbeat_relay_holds_the_belt_until_its_keeper_dies(blow: signal.Signals, tmp_path: Path) -> None:
    """At a board that keeps its outputs, the belt's permit among them."""

    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        relay = WatchdogRelay(board, 3, ms(400))
        await until(relay.closed, seconds(1))
        for _ in range(30):
            await pause(CLOCK, ms(50))
            assert relay.closed()
        process.send_signal(blow)
        await until(lambda: not relay.closed(), seconds(1))
        assert board.floor.look()["belt"] == "running"  # but for the relay

    on_a_line(tmp_path, scenario, "waveshare-tcp")


def test_a_keeper_has_loaded_neither_openssl_nor_numpy(tmp_path: Path) -> None:
    """5 MB and 20 MB of the 40 that it may have."""

    async def scenario(board: Rig, process: asyncio.subprocess.Process) -> None:
        maps = await asyncio.to_thread(Path(f"/proc/{process.pid}/maps").read_text, encoding="ascii")
        assert not [name for name in ("libssl", "libcrypto", "numpy") if name in maps]

    on_a_line(tmp_path, scenario)
