"""The keeper as a process of its own, beside a real world: what a SIGKILL leaves. In real time, so nothing is timed."""

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from booth.assembly import simulation
from booth.line import wire
from booth.line.ledger import Ledger
from booth.settings import load
from booth.tray import End
from drivers.clock import SystemClock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Message, connect
from drivers.units import after, ms, seconds

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()
GUARD = seconds(40)

CONTROLLER = """
import asyncio, sys
from pathlib import Path
from booth.line import wire
from booth.line.ledger import Ledger
from booth.tray import Judgement
from drivers.links import connect

async def main():
    link = await connect(Path(sys.argv[1]))
    await wire.send(link, wire.Hello(wire.Role.CONTROLLER))
    print(flush=True)
    while True:
        match await wire.receive(link):
            case wire.TrayAt(tray=tray, place="station"):
                await wire.send(link, wire.CaptureDone(tray))
                if tray.endswith("-000001"):  # the others it is still thinking about
                    await wire.send(link, wire.Decision(tray, Judgement(wire.Verdict.PASS, ())))

asyncio.run(main())
"""


def config(folder: Path) -> Path:
    """The simulated booth at twice the speed, with room for a slow test machine."""
    text: dict[str, Any] = yaml.safe_load((ROOT / "config/sim.yaml").read_text(encoding="utf-8"))
    text |= {"state_dir": str(folder), "runtime_dir": str(folder / "run"), "calibration": str(folder)}
    text["world"] |= {"pitch_mm": [640, 700]}
    text["line"] |= {"belt_mm_per_s": 600, "position_tolerance_mm": 150, "station_hold_ms": 200}
    text["line"]["gate"] |= {"actuation_ms": 20}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(text), encoding="utf-8")
    return path


async def spawned(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE, cwd=ROOT)


async def reached(path: Path) -> Channel:
    while True:
        try:
            return await connect(path)
        except LinkLost:
            await pause(CLOCK, ms(50))


async def kill(process: Process) -> None:
    process.kill()
    await process.wait()


class Booth:
    """World and keeper as processes, and an observer."""

    def __init__(self, path: Path) -> None:
        self.path, self.settings = path, load(path)
        self.run = self.settings.runtime_dir
        self.keeper: Process
        self.link: Channel
        self.ends: dict[str, wire.TrayEnded] = {}

    async def start_world(self) -> Process:
        self.run.mkdir(parents=True)
        plan = json.dumps(asdict(simulation.plan(self.settings, None, pictures="flat")))
        world = await spawned("-m", "fakes.serve", "--socket", str(self.run / "world.sock"))
        assert world.stdin is not None
        world.stdin.write(plan.encode() + b"\n")
        self.truth = await reached(self.run / "world.sock")
        await self.truth.send(Message({"role": "truth"}))
        return world

    async def start_keeper(self) -> None:
        self.keeper = await spawned("-m", "booth.cli.booth_line", str(self.path), "--supervised")
        self.link = await reached(self.run / "line.sock")
        await wire.send(self.link, wire.Hello(wire.Role.OBSERVER))

    async def feed(self, trays: int) -> None:
        await self.truth.send(Message({"kind": "feed", "trays": trays}))

    async def hears(self, wanted: Callable[[wire.LineMessage], bool]) -> None:
        """Read until `wanted`; ends are kept."""
        while True:
            message = await wire.receive(self.link)
            if isinstance(message, wire.TrayEnded):
                self.ends[message.tray] = message
            if wanted(message):
                return


@asynccontextmanager
async def booth(folder: Path) -> AsyncIterator[Booth]:
    line = Booth(config(folder))
    async with CLOCK.deadline(after(CLOCK.now(), GUARD)):
        world = await line.start_world()
        try:
            await line.start_keeper()
            yield line
            assert line.keeper.stdin is not None
            line.keeper.stdin.close()
            assert await line.keeper.wait() == 0
        finally:
            for process in (line.keeper, world):
                if process.returncode is None:
                    await kill(process)
            await line.link.close()
            await line.truth.close()


def entered(sequence: int) -> Callable[[wire.LineMessage], bool]:
    return lambda message: isinstance(message, wire.TrayEntered) and message.tray.endswith(f"-{sequence:06d}")


def test_every_tray_of_a_killed_controller_is_diverted_and_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with booth(tmp_path) as line:
            controller = await spawned("-c", CONTROLLER, str(line.run / "line.sock"))
            assert controller.stdout is not None
            await controller.stdout.readline()
            await line.feed(4)
            await line.hears(entered(3))
            await kill(controller)
            await line.hears(lambda _: len(line.ends) == 4)
            first, *others = (line.ends[tray] for tray in sorted(line.ends))
            assert not first.late
            assert [(ended.end, ended.late) for ended in others] == [(End.DIVERTED, True)] * 3
            counts = max((ended.counts for ended in line.ends.values()), key=lambda counts: -counts.in_flight)
            assert (counts.entered, counts.in_flight, counts.late) == (4, 0, 3)
            assert counts.passed + counts.diverted == 4

    asyncio.run(scenario())


def test_the_trays_of_a_killed_keeper_end_held_and_the_belt_stands_until_a_person_resets(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with booth(tmp_path) as line:
            await line.feed(1)
            await line.hears(entered(1))
            await kill(line.keeper)
            await line.link.close()
            await line.start_keeper()
            await line.hears(lambda message: isinstance(message, wire.Status) and bool(message.latched))
            await line.hears(lambda message: isinstance(message, wire.TrayEnded))
            assert [(ended.tray, ended.end) for ended in line.ends.values()] == [("000001-000001", End.HELD)]

    asyncio.run(scenario())


def test_the_keepers_process_says_with_its_exit_code_why_it_cannot_start(tmp_path: Path) -> None:
    def ended(path: Path) -> tuple[int, str]:
        arguments = [sys.executable, "-m", "booth.cli.booth_line", str(path)]
        told = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        return told.returncode, told.stderr

    path = config(tmp_path)
    assert ended(tmp_path / "nowhere.yaml")[0] == 3
    code, why = ended(path)  # nobody serves the world
    assert (code, "world.sock" in why) == (4, True)
    other = Ledger(tmp_path)
    other.open()
    assert ended(path)[0] == 5
    other.close()
    (tmp_path / "ledger.jsonl").write_text("rubbish\n", encoding="ascii")
    code, why = ended(path)
    assert (code, "ledger.jsonl:1: not a line of the ledger" in why) == (8, True)


def test_the_keepers_process_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'cv2', 'onnxruntime', 'pyrealsense2', 'typer', 'rich', 'sqlite3'}"
    script = f"import sys, booth.cli.line_keeper; sys.exit(', '.join({heavy} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stderr.strip() == ""
