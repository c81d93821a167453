"""The booth as processes of one machine: each a child that ends when its supervisor does."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from booth.settings import Settings
from drivers.clock import Clock, pause
from drivers.errors import DeviceMissing, LinkLost
from drivers.links import Channel, connect
from drivers.units import Duration, after, ms, seconds

ANSWERS_WITHIN = seconds(30)
STOPS_WITHIN = seconds(20)
RESTARTS = 3
RESTARTS_WITHIN = seconds(60)
AGAIN_AFTER = seconds(0.5)

Say = Callable[[str, str], None]
"""Takes a child's name and one line that it wrote to stderr."""


class ChildFailed(Exception):
    """A child ended by itself; `code` is its exit code, negative for a signal."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"{name} ended with {code}")
        self.name, self.code = name, code


@dataclass(frozen=True, slots=True)
class Job:
    """A process to run. `first` goes to its stdin, which then stays open: its end means "your supervisor is gone"."""

    name: str
    arguments: tuple[str, ...]
    first: bytes = b""


def jobs(config: Path, settings: Settings, world_plan: bytes) -> tuple[Job, ...]:
    """World, keeper, controller, in the order in which they start; a real line has no world."""
    world = Job("world", ("-m", "fakes.serve", "--socket", str(world_socket(settings))), world_plan)
    keeper = Job("keeper", ("-m", "booth.cli.booth_line", str(config), "--supervised"))
    controller = Job("controller", ("-m", "booth.cli.boothd", str(config), "--supervised"))
    return (world, keeper, controller) if settings.simulated else (keeper, controller)


def world_socket(settings: Settings) -> Path:
    return settings.runtime_dir / "world.sock"


def line_socket(settings: Settings) -> Path:
    return settings.runtime_dir / "line.sock"


def desk_socket(settings: Settings) -> Path:
    return settings.runtime_dir / "booth.sock"


@dataclass(slots=True)
class Child:
    """One running job, restarted within a budget when it dies."""

    job: Job
    say: Say
    clock: Clock
    process: Process | None = None
    deaths: list[int] = field(default_factory=list)
    wanted: bool = True
    down_for: Duration | None = None

    async def start(self) -> None:
        # An own session: Ctrl-C in the terminal reaches the supervisor alone, which stops the children in order.
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *self.job.arguments, stdin=PIPE, stderr=PIPE, start_new_session=True
        )
        assert self.process.stdin is not None
        with suppress(ConnectionError):
            self.process.stdin.write(self.job.first)
            await self.process.stdin.drain()

    async def run(self) -> None:
        """Until `stop`. Raises ChildFailed for one that refuses to start (its settings, its devices), and when the
        budget of restarts is used up."""
        while True:
            code = await self._end()
            if not self.wanted:
                return
            if self.down_for is not None:
                await self._rest(self.down_for)
                continue
            now = self.clock.now()
            self.deaths = [death for death in self.deaths if now - death < RESTARTS_WITHIN]
            self.deaths.append(now)
            refused_to_start = 2 <= code < 128 and len(self.deaths) == 1
            if refused_to_start or len(self.deaths) > RESTARTS:
                raise ChildFailed(self.job.name, code)
            self.say("supervisor", f"{self.job.name} ended with {code}; starting it again")
            await pause(self.clock, AGAIN_AFTER)
            await self.start()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not heed it."""
        self.wanted = False
        if self.process is None or self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            async with self.clock.deadline(after(self.clock.now(), STOPS_WITHIN)):
                await self.process.wait()
        except TimeoutError:
            self.say("supervisor", f"{self.job.name} did not stop in time; killing it")
            self.process.kill()
            await self.process.wait()

    def kill(self, down_for: Duration) -> None:
        """SIGKILL, as a fault plan wants it: it is started again after `down_for`, and its budget is not touched."""
        if self.process is not None and self.process.returncode is None and self.down_for is None:
            self.down_for = down_for
            self.process.kill()

    async def _rest(self, span: Duration) -> None:
        self.say("supervisor", f"{self.job.name} was killed, as the fault plan wants it; starting it again")
        await pause(self.clock, span)
        self.down_for = None
        if self.wanted:
            await self.start()

    async def _end(self) -> int:
        assert self.process is not None
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.say(self.job.name, line.decode(errors="replace").rstrip())
        return await self.process.wait()


async def answering(
    path: Path, clock: Clock, children: Sequence["asyncio.Task[None]"], within: Duration = ANSWERS_WITHIN
) -> Channel:
    """A channel to `path` as soon as somebody serves it. Raises DeviceMissing after `within`, or what a child of
    `children` died of."""
    give_up_at = after(clock.now(), within)
    while clock.now() < give_up_at:
        for child in children:
            if child.done():
                child.result()
        try:
            return await connect(path)
        except LinkLost:
            await pause(clock, ms(20))
    raise DeviceMissing(f"nobody answers at {path}; look at the messages above for why it did not start")
