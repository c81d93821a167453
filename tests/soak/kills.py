"""A simulated line in real time whose keeper and controller are killed, stopped and cut off again and again.

World, `booth-line` and `boothd` are the real processes, with real records; every link between them goes through a proxy
that can be cut, and that hears each verdict before the keeper does. Pictures are flat, so that many trays pass.
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
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from booth.assembly import simulation
from booth.assembly.controlling import JOURNAL
from booth.line import wire
from booth.line.answers import SOUGHT
from booth.records.journal import read_trays
from booth.records.record import KeptTray
from booth.settings import load
from booth.tray import Found, TrayId
from drivers.clock import SystemClock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Message, connect
from drivers.units import after, ms, seconds
from tests.soak import flat_booth
from tests.soak.books import Books, Row, Word
from tests.soak.proxies import Proxy

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()
HOW = (
    "kill keeper", "kill controller", "stop keeper", "stop controller",
    "cut steering", "cut keeper's devices", "cut controller's devices",
)  # fmt: skip
MODULES = {"keeper": "booth.cli.booth_line", "controller": "booth.cli.boothd"}


class Abused:
    """One line, from its first tray to its judgement."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.draw = folder, Random(f"kills {seed}")
        self._whim = Random(f"operator {seed}")
        self.books = Books()
        self.done: Counter[str] = Counter()
        self.died: Counter[str] = Counter()
        self.starts: Counter[str] = Counter()
        self.resets = 0
        self._configs = self._configured()
        self._latched: tuple[str, ...] = ()
        self._sought: str | None = None
        self._spoken = asyncio.Event()
        self._down: set[str] = set()
        self._processes: dict[str, Process] = {}
        self._world_at, self._line_at = folder / "world.sock", folder / "keeper/line.sock"
        self._steering = Proxy(folder / "controller/line.sock", self._line_at, self._says, self._is_told)
        self._links = {
            "steering": self._steering,
            "keeper's devices": Proxy(folder / "keeper/world.sock", self._world_at),
            "controller's devices": Proxy(folder / "controller/world.sock", self._world_at),
        }

    def _configured(self) -> dict[str, Path]:
        """The keeper's settings and the controller's differ by where their sockets are: that is where proxies fit."""
        flat_booth.calibrate(self.folder)
        divert_at = flat_booth.threshold(flat_booth.settings(self.folder, "keeper"))
        return {name: flat_booth.settings(self.folder, name, divert_at) for name in MODULES}

    async def abuse(self, kills: int) -> None:
        for name in MODULES:
            (self.folder / name).mkdir()
        world = await self._start_world()
        listening = [asyncio.ensure_future(work()) for work in (self._see, self._hear, self._attend, self._mind)]
        try:
            for link in self._links.values():
                await link.serve()
            await self.ask(kind="feed", trays=None)
            for _ in range(kills):
                await self._moment()
                await self._harm(self.draw.choice(HOW))
            await self.ask(kind="feed", trays=0)
            await self._settled()
            await self._close_the_books()
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            for process in (*self._processes.values(), world):
                await _end(process)
            for link in self._links.values():
                link.close()

    # --- the processes

    async def _start_world(self) -> Process:
        plan = json.dumps(asdict(simulation.plan(load(self._configs["keeper"]), None, pictures="flat")))
        world = await self._spawned("world", "-m", "fakes.serve", "--socket", str(self._world_at))
        assert world.stdin is not None
        world.stdin.write(plan.encode() + b"\n")
        while not self._world_at.exists():
            await pause(CLOCK, ms(50))
        return world

    async def _mind(self) -> None:
        """Start what has ended, as systemd does."""
        while True:
            for name in MODULES.keys() - self._down:
                process = self._processes.get(name)
                if process is None or process.returncode is not None:
                    self._ended(name, process)
                    await self._start(name)
            await pause(CLOCK, ms(100))

    def _ended(self, name: str, process: Process | None) -> None:
        if process is not None and process.returncode != -signal.SIGKILL:
            self.died[f"{name} with {process.returncode}"] += 1
        if name == "keeper":
            self._read_ledger()

    async def _start(self, name: str) -> None:
        self.starts[name] += 1
        self._processes[name] = await self._spawned(name, "-m", MODULES[name], str(self._configs[name]))

    async def _spawned(self, name: str, *arguments: str) -> Process:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdin=PIPE, stdout=DEVNULL, stderr=log, env=environment, cwd=ROOT
            )

    # --- harm

    async def _moment(self) -> None:
        """Now and then while the controller starts; else while it steers, and half of those as a verdict leaves it."""
        if self.draw.random() < 0.15:
            await pause(CLOCK, ms(self.draw.uniform(0, 1500)))
            return
        await self._until(lambda: self._steering.there)
        await pause(CLOCK, ms(self.draw.uniform(300, 7000)))
        if self.draw.random() < 0.5:
            self._spoken.clear()
            await self._until(self._spoken.is_set)
            await pause(CLOCK, ms(self.draw.uniform(0, 50)))

    async def _until(self, there: Any) -> None:
        """Not for ever: the line may be held."""
        give_up_at = after(CLOCK.now(), seconds(8))
        while not there() and CLOCK.now() < give_up_at:
            await pause(CLOCK, ms(2))

    async def _harm(self, how: str) -> None:
        self.done[how] += 1
        verb, _, whom = how.partition(" ")
        match verb:
            case "kill":
                self._down.add(whom)
                await _end(self._processes[whom])
                await pause(CLOCK, ms(self.draw.uniform(50, 1500)))
                self._down.discard(whom)
            case "stop":
                stopped = self._processes[whom]
                _signal(stopped, signal.SIGSTOP)
                await pause(CLOCK, ms(self.draw.uniform(50, 4000)))
                _signal(stopped, signal.SIGCONT)
            case "cut":
                self._links[whom].cut()

    async def _settled(self) -> None:
        """Until for six seconds, in which a last tray comes to the entry, every tray has ended and nothing is latched.
        Raises AssertionError if that takes a minute."""
        give_up_at, quiet_since = after(CLOCK.now(), seconds(60)), CLOCK.now()
        while CLOCK.now() < after(quiet_since, seconds(6)):
            assert CLOCK.now() < give_up_at, f"the line does not come to rest: {self._latched}"
            await pause(CLOCK, ms(100))
            self._read_ledger()
            if self._latched or not all(tray in self.books.ends for tray in self.books.entered):
                quiet_since = CLOCK.now()

    # --- the books

    async def _close_the_books(self) -> None:
        """The controller ends as a service does that is stopped: what it knows is on the disk then."""
        self._down |= {"controller"}
        _signal(self._processes["controller"], signal.SIGTERM)
        await self._processes["controller"].wait()
        self.books.counted = await self._counts()
        self.books.last = self._read_ledger()
        self.books.journal = {str(kept.tray): _row(kept) for kept in read_trays(self.folder / "state" / JOURNAL)}

    def _read_ledger(self) -> Counter[str]:
        """What each boot wrote, before the next puts it away: of an end that a kill followed nobody may have heard.
        Returns how many ended how."""
        path, ended = self.folder / "state/ledger.jsonl", Counter[str]()
        for line in path.read_text().splitlines() if path.exists() else []:
            match json.loads(line):
                case {"in": tray, "at": at}:
                    self.books.entered.setdefault(tray, at)
                case {"end": tray, "as": end}:
                    self.books.ends.setdefault(tray, set()).add(end)
                    ended[end] += 1
        return ended

    def _says(self, link: int, head: dict[str, Any]) -> None:
        if head["kind"] == "Decision":
            verdict = head["judgement"]["verdict"]
            self.books.verdicts.append(Word(self.starts["controller"], head["tray"], verdict))
            self._spoken.set()

    def _is_told(self, link: int, head: dict[str, Any]) -> None:
        if head["kind"] == "TrayEnded":
            self.books.told.append(Word(link, head["tray"], head["end"]))

    # --- who sees, hears and attends

    async def ask(self, **words: Any) -> None:
        async with linked(self._world_at) as link:
            await link.send(Message({"role": "truth"}))
            await link.send(Message({**words, "ask": 1}))
            while (await link.receive()).head.get("re") != 1:
                pass

    async def _see(self) -> None:
        truth = self.books.truth
        async with linked(self._world_at) as link:
            await link.send(Message({"role": "truth"}))
            while True:
                head = (await link.receive()).head
                if head.get("kind") == "truth" and truth.get(head["entered_at"]) not in ("passed", "diverted"):
                    truth[head["entered_at"]] = head["went"]

    async def _hear(self) -> None:
        while True:
            with suppress(LinkLost):
                async with linked(self._line_at) as link:
                    await wire.send(link, wire.Hello(wire.Role.OBSERVER))
                    while True:
                        self._told(await wire.receive(link))
            self._latched, self._sought = (), None
            await pause(CLOCK, ms(20))

    def _told(self, said: wire.LineMessage) -> None:
        match said:
            case wire.TrayEntered(tray=tray, entered_at=at):
                self.books.entered[tray] = at
            case wire.TrayEnded(tray=tray, end=end, entered_at=at):
                self.books.entered.setdefault(tray, at)
                self.books.ends.setdefault(tray, set()).add(end.value)
            case wire.FaultRaised(code=code, tray=tray) if code in SOUGHT and self._sought is None:
                self._sought = tray
            case wire.Status(latched=latched):
                self._latched = latched
                self._sought = self._sought if latched else None

    async def _attend(self) -> None:
        """Somebody clears the belt and resets, whenever it is held. After a restart of the keeper they may as well
        start the belt, and see whether that does it."""
        while True:
            await pause(CLOCK, ms(400))
            if self._latched == ("keeper-restarted",) and self._whim.random() < 0.5:
                await self._until(lambda: self._latched != ("keeper-restarted",))
            if self._latched:
                with suppress(LinkLost):
                    await self.ask(kind="clear")
                    await pause(CLOCK, ms(100))
                    await self._reset()

    async def _reset(self) -> None:
        async with linked(self._line_at) as link:
            await wire.send(link, wire.Hello(wire.Role.OBSERVER))
            sought = TrayId(self._sought) if self._sought else None
            await _status(link)
            await wire.send(link, wire.Reset("soak", "cleared", sought, Found.REMOVED if sought else None))
            with suppress(TimeoutError):  # a keeper that is stopped does not answer
                async with CLOCK.deadline(after(CLOCK.now(), seconds(5))):
                    self.resets += await _status(link) is not None

    async def _counts(self) -> dict[str, int]:
        """The keeper's, since it was started last."""
        async with linked(self._line_at) as link:
            await wire.send(link, wire.Hello(wire.Role.OBSERVER))
            status = await _status(link)
            assert status is not None, "nothing was asked for that could be refused"
            return asdict(status.counts)


@asynccontextmanager
async def linked(path: Path) -> AsyncIterator[Channel]:
    """Raises LinkLost."""
    link = await connect(path)
    try:
        yield link
    finally:
        await link.close()


async def _status(link: Channel) -> wire.Status | None:
    """The next one; None: what was asked for was refused. Raises LinkLost."""
    while True:
        match await wire.receive(link):
            case wire.Status() as status:
                return status
            case wire.Refused():
                return None


def _row(kept: KeptTray) -> Row:
    judged, ended = kept.judged, kept.ended
    return Row(judged.judgement.verdict.value if judged else None, ended.end.value if ended else None)


def _signal(process: Process, which: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(which)


async def _end(process: Process) -> None:
    if process.returncode is None:
        _signal(process, signal.SIGKILL)
        await process.wait()
