"""A simulated line in real time whose keeper and controller are killed, stopped and cut off again and again.

World, keeper and controller are processes; every link goes through a proxy that can be cut. The controller is a small
one, which writes down each word before it says it: every third tray is diverted, the others may pass.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import yaml

from booth.assembly import simulation
from booth.line import wire
from booth.line.answers import SOUGHT
from booth.settings import load
from booth.tray import Found, TrayId
from drivers.clock import SystemClock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Message, connect
from drivers.units import ms, seconds

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()
HOW = ("kill keeper", "kill controller", "stop keeper", "stop controller", "cut controller", "cut devices")

CONTROLLER = """
import asyncio, sys
from pathlib import Path
from booth.line import wire
from booth.tray import Judgement, Verdict
from drivers.errors import LinkLost
from drivers.links import connect

async def judge(link, tray, book):
    await asyncio.sleep(0.5)
    verdict = Verdict.DIVERT if int(tray[-6:]) % 3 == 0 else Verdict.PASS
    book.write(f"{tray} {verdict.value}\\n")
    book.flush()
    await wire.send(link, wire.Decision(tray, Judgement(verdict, ())))

async def main():
    tasks = set()
    with open(sys.argv[2], "a") as book:
        while True:
            try:
                link = await connect(Path(sys.argv[1]))
                await wire.send(link, wire.Hello(wire.Role.CONTROLLER))
                while True:
                    match await wire.receive(link):
                        case wire.TrayAt(tray=tray, place="station"):
                            await wire.send(link, wire.CaptureDone(tray))
                            tasks.add(asyncio.ensure_future(judge(link, tray, book)))
            except LinkLost:
                await asyncio.sleep(0.05)

asyncio.run(main())
"""


@dataclass
class Proxy:
    """Bytes from one socket to another, until it is cut."""

    near: Path
    far: Path
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.AbstractServer | None = None

    async def serve(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, self.near)

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self.far)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        pumps = [asyncio.ensure_future(_pump(reader, far_writer)), asyncio.ensure_future(_pump(far_reader, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for each in both:
            each.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)
        self._open -= both


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()


def config(folder: Path) -> Path:
    """The shipped simulated booth, at twice the speed."""
    tree: dict[str, Any] = yaml.safe_load((ROOT / "config/sim.yaml").read_text(encoding="utf-8"))
    tree |= {"state_dir": str(folder / "state"), "runtime_dir": str(folder / "run"), "calibration": str(folder)}
    tree["world"] |= {"pitch_mm": [640, 800]}
    tree["line"] |= {"belt_mm_per_s": 600, "position_tolerance_mm": 120, "station_hold_ms": 200}
    tree["line"] |= {"heartbeat": {"driver": "simulated"}, "encoder_sample_ms": 50}
    tree["line"]["gate"] |= {"actuation_ms": 20}
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return path


class Abused:
    """One line, from its first tray to its judgement."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.path = config(folder)
        self.settings = load(self.path)
        self.run_dir, self.book = self.settings.runtime_dir, folder / "words"
        self.run_dir.mkdir(parents=True)
        self.draw = Random(f"kills {seed}")
        self.done: Counter[str] = Counter()
        self.entered: dict[str, int] = {}
        self.ends: dict[str, set[str]] = {}
        self.truth: dict[int, str] = {}
        self.resets = 0
        self._latched: tuple[str, ...] = ()
        self._sought: str | None = None
        self._world_at = self.run_dir / "real-world.sock"
        self.devices = Proxy(self.run_dir / "world.sock", self._world_at)
        self.steering = Proxy(self.run_dir / "steering.sock", self.run_dir / "line.sock")
        self.processes: dict[str, Process] = {}

    async def abuse(self, kills: int) -> None:
        world = await self._start_world()
        listening = [asyncio.ensure_future(work()) for work in (self._see, self._hear, self._attend)]
        try:
            await self.devices.serve()
            await self.steering.serve()
            await self._start("keeper")
            await self._start("controller")
            await self.ask(kind="feed", trays=None)
            for _ in range(kills):
                await pause(CLOCK, ms(self.draw.uniform(300, 6000)))
                await self._harm(self.draw.choice(HOW))
            await self.ask(kind="feed", trays=0)
            await self._settled()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            for process in (*self.processes.values(), world):
                await _end(process)
            self.devices.close()
            self.steering.close()

    def wrongs(self) -> list[str]:
        """Judged from the world's truth, the words that were written down, and the keeper's ledger."""
        self._read_ledger()
        words: dict[str, set[str]] = {}
        for line in self.book.read_text().splitlines():
            words.setdefault(line.split()[0], set()).add(line.split()[1])
        named = {at: tray for tray, at in self.entered.items()}
        wrong = [f"{tray} ended {ends or 'never'}" for tray, ends in self._both() if len(ends) != 1]
        for at, went in self.truth.items():
            tray = named.get(at, "nobody")
            if went == "passed" and words.get(tray) != {"PASS"}:
                wrong.append(f"{tray}, which entered at {at}, passed with {words.get(tray)}")
        for tray, ends in self.ends.items():
            where, told = self.truth.get(self.entered.get(tray, -1)), next(iter(ends))
            if told in ("PASSED", "DIVERTED") and where not in (told.lower(), None):
                wrong.append(f"{tray} ended {told} and {where}")
        return wrong

    def _both(self) -> list[tuple[str, set[str]]]:
        return [(tray, self.ends.get(tray, set())) for tray in self.entered]

    def _read_ledger(self) -> None:
        """What each boot wrote, before the next puts it away: of an end that a kill followed nobody may have heard."""
        path = self.settings.state_dir / "ledger.jsonl"
        for line in path.read_text().splitlines() if path.exists() else []:
            match json.loads(line):
                case {"in": tray, "at": at}:
                    self.entered.setdefault(tray, at)
                case {"end": tray, "as": end}:
                    self.ends.setdefault(tray, set()).add(end)

    # --- the processes

    async def _start_world(self) -> Process:
        plan = json.dumps(asdict(simulation.plan(self.settings, None, pictures="flat")))
        world = await _spawned("-m", "fakes.serve", "--socket", str(self._world_at))
        assert world.stdin is not None
        world.stdin.write(plan.encode() + b"\n")
        while not self._world_at.exists():
            await pause(CLOCK, ms(50))
        return world

    async def _start(self, name: str) -> None:
        if name == "keeper":
            self._read_ledger()
            self.processes[name] = await _spawned("-m", "booth.cli.booth_line", str(self.path))
        else:
            self.processes[name] = await _spawned("-c", CONTROLLER, str(self.steering.near), str(self.book))

    async def _harm(self, how: str) -> None:
        self.done[how] += 1
        await self._start_what_has_ended()
        verb, _, whom = how.partition(" ")
        match verb:
            case "kill":
                await _end(self.processes[whom])
                await pause(CLOCK, ms(self.draw.uniform(50, 1500)))
            case "stop":
                self.processes[whom].send_signal(signal.SIGSTOP)
                await pause(CLOCK, ms(self.draw.uniform(50, 4000)))
                self.processes[whom].send_signal(signal.SIGCONT)
            case "cut":
                (self.devices if whom == "devices" else self.steering).cut()
        await self._start_what_has_ended()

    async def _start_what_has_ended(self) -> None:
        """As systemd does."""
        for name, process in list(self.processes.items()):
            if process.returncode is not None:
                await self._start(name)

    async def _settled(self) -> None:
        """Until every tray has ended and nothing is latched; or for long enough."""
        for _ in range(600):
            await pause(CLOCK, ms(100))
            await self._start_what_has_ended()
            self._read_ledger()
            if not self._latched and all(tray in self.ends for tray in self.entered):
                await pause(CLOCK, seconds(3))
                return

    # --- who sees, hears and attends

    async def ask(self, **words: Any) -> None:
        async with linked(self._world_at) as link:
            await link.send(Message({"role": "truth"}))
            await link.send(Message({**words, "ask": 1}))
            while (await link.receive()).head.get("re") != 1:
                pass

    async def _see(self) -> None:
        async with linked(self._world_at) as link:
            await link.send(Message({"role": "truth"}))
            while True:
                head = (await link.receive()).head
                if head.get("kind") == "truth" and self.truth.get(head["entered_at"]) not in ("passed", "diverted"):
                    self.truth[head["entered_at"]] = head["went"]

    async def _hear(self) -> None:
        while True:
            with suppress(LinkLost):
                async with linked(self.run_dir / "line.sock") as link:
                    await wire.send(link, wire.Hello(wire.Role.OBSERVER))
                    while True:
                        self._told(await wire.receive(link))
            self._latched, self._sought = (), None
            await pause(CLOCK, ms(20))

    def _told(self, said: wire.LineMessage) -> None:
        match said:
            case wire.TrayEntered(tray=tray, entered_at=at):
                self.entered[tray] = at
            case wire.TrayEnded(tray=tray, end=end, entered_at=at):
                self.entered.setdefault(tray, at)
                self.ends.setdefault(tray, set()).add(end.value)
            case wire.FaultRaised(code=code, tray=tray) if code in SOUGHT and self._sought is None:
                self._sought = tray
            case wire.Status(latched=latched):
                self._latched = latched
                self._sought = self._sought if latched else None

    async def _attend(self) -> None:
        """Somebody clears the belt and resets, whenever it is held."""
        while True:
            await pause(CLOCK, ms(400))
            if self._latched:
                with suppress(LinkLost):
                    await self.ask(kind="clear")
                    await pause(CLOCK, ms(100))
                    await self._reset()

    async def _reset(self) -> None:
        async with linked(self.run_dir / "line.sock") as link:
            await wire.send(link, wire.Hello(wire.Role.OBSERVER))
            sought = TrayId(self._sought) if self._sought else None
            await wire.send(link, wire.Reset("soak", "cleared", sought, Found.REMOVED if sought else None))
            await pause(CLOCK, ms(300))
            self.resets += 1


@asynccontextmanager
async def linked(path: Path) -> AsyncIterator[Channel]:
    """Raises LinkLost."""
    link = await connect(path)
    try:
        yield link
    finally:
        await link.close()


async def _spawned(*arguments: str) -> Process:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    spawn = partial(asyncio.create_subprocess_exec, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, env=environment)
    return await spawn(sys.executable, *arguments, cwd=ROOT)


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
