"""`python -m fakes.serve --socket PATH`: the simulated booth as a process of its own.

Reads one line of JSON from stdin, a fakes.plan.WorldPlan, and says READY on stderr when it serves PATH. SIGTERM
or SIGINT: no more trays, and the end once the line is empty or stands. The end of stdin: the end at once, for
whoever started it is gone. Exits with 0; 2 for wrong arguments, 3 for a plan that cannot be used, 4 where there is no
GL for staged pictures.
"""

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from drivers.clock import Clock, SystemClock, pause
from drivers.links import serve
from drivers.units import Millimetres, ms
from fakes.graphics import NoGraphics
from fakes.plan import CAMERAS, LAMPS, PlanInvalid, WorldPlan, plan_from_json
from fakes.studios.studio import Studio, studio
from fakes.world import World

LOOKS_EVERY = ms(50)
WARM_EXPOSURE_MS = 4.0


async def run(plan: WorldPlan, path: Path, clock: Clock) -> None:
    """Serve `path` until stdin ends or a signal has emptied the line."""
    pictures = studio(plan)
    await asyncio.to_thread(_warm_up, pictures)
    world = World(plan, clock, pictures)
    server = await serve(path, world.serve)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(world.run())
        print("READY", file=sys.stderr, flush=True)  # noqa: T201 - the one line that it promises
        await _until_over(world, clock)
        server.close()
        running.cancel()


async def _until_over(world: World, clock: Clock) -> None:
    loop = asyncio.get_running_loop()
    asked, orphaned = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    _when_stdin_ends(loop, orphaned.set)
    fed_out = False
    while not orphaned.is_set():
        if asked.is_set() and not fed_out:
            world.floor.feed(0)
            fed_out = True
        if fed_out and world.floor.at_rest:
            return
        await pause(clock, LOOKS_EVERY)


def _when_stdin_ends(loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
    stdin = sys.stdin.fileno()

    def wait() -> None:
        # Not sys.stdin: a thread that waits in it holds its lock, and Python then aborts instead of ending.
        while os.read(stdin, 4096):
            pass
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(act)

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def _warm_up(pictures: Studio[Any]) -> None:
    """The first picture costs more than the others: take it before anybody waits for one."""
    for camera in CAMERAS:
        pictures.photograph(
            pictures.empty(), Millimetres(0.0), camera, dict.fromkeys(LAMPS, 0.5), WARM_EXPOSURE_MS, 0, 0
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fakes.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--socket", type=Path, required=True, help="where to serve")
    path: Path = parser.parse_args().socket
    try:
        plan = plan_from_json(sys.stdin.buffer.readline().decode())
    except PlanInvalid as error:
        print(f"the world's plan: {error}", file=sys.stderr)  # noqa: T201 - there is nobody else to tell
        return 3
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(run(plan, path, SystemClock()))
    except NoGraphics as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        return 4
    path.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
