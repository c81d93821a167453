"""Isolated cameras in real time, with the booth that they look at."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.clock import SystemClock
from drivers.isolated.budget import Budget
from drivers.isolated.camera import Isolated, Patience
from drivers.isolated.job import Job
from drivers.links import serve
from drivers.registry import CAMERAS
from drivers.units import seconds
from fakes.plan import WorldPlan
from fakes.studios.flat import FlatStudio
from fakes.world import World

CLOCK = SystemClock()
PLAN = WorldPlan(seed=3, pictures="flat")
CALM = Patience(opens=seconds(60), answers=seconds(20), answers_late=seconds(20), closes=seconds(10))
"""For what is no test of patience: this machine may be busy with something else."""


@dataclass
class Camera:
    """An isolated camera, and what it wrote to the log."""

    job: Job
    patience: Patience = CALM
    budget: Budget = field(default_factory=Budget)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.isolated = Isolated(
            self.job, CLOCK, lambda name, line: self.log.append(f"{name}: {line}"), self.patience, self.budget
        )

    @property
    def process(self) -> int:
        """Of the host that has the camera."""
        assert self.isolated._host is not None
        return self.isolated._host._process.pid

    async def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)

    def stop(self) -> None:
        os.kill(self.process, signal.SIGSTOP)

    def said(self, words: str) -> bool:
        return any(words in line for line in self.log)


def unruly(patience: Patience = CALM, **options: Any) -> Camera:
    return Camera(Job("left", "unruly", "tests.drivers.unruly:make", options), patience)


def registered(driver: str, options: Mapping[str, Any], world: Path | None = None) -> Camera:
    return Camera(Job("left", driver, CAMERAS[driver], options, None if world is None else str(world)))


@asynccontextmanager
async def served_world(plan: WorldPlan = PLAN) -> AsyncIterator[Path]:
    """A simulated booth at a socket, as fakes.serve has it."""
    with tempfile.TemporaryDirectory() as folder:
        path, world = Path(folder) / "world.sock", World(plan, CLOCK, FlatStudio())
        server = await serve(path, world.serve)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(world.run())
            yield path
            server.close()
            running.cancel()


def play(camera: Camera, scenario: Callable[[Camera], Awaitable[None]]) -> None:
    """The scenario, and the camera closed afterwards."""

    async def main() -> None:
        try:
            await scenario(camera)
        finally:
            await camera.isolated.close()
            await camera.isolated.close()  # the first leaves a host that starts after a loss

    asyncio.run(main())


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
