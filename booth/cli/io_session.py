"""One go at the devices by hand: the lock against the service that owns them, and the signals that end it."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal, TypeVar

from booth.assembly.handling import Reach, reach
from booth.cli.daemon import first
from booth.cli.exits import Exit, Failed
from booth.service.lock import Taken, held
from booth.settings import Settings
from drivers.clock import SystemClock

SERVICES = {"line": "booth-line", "lights": "boothd"}
OURS = "booth io"

T = TypeVar("T")
Work = Callable[[Reach, asyncio.Event], Awaitable[T]]


def say(text: str) -> None:
    """What is not the result."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def taken(settings: Settings, whose: Literal["line", "lights"], does: str) -> Iterator[None]:
    """The devices of `line` or `lights` are ours while this lasts: the service that owns them does not start. Raises
    Failed if it runs."""
    service = SERVICES[whose]
    path = settings.runtime_dir / f"{service}.lock"
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(path, f"{OURS} {does}"))
        except Taken as error:
            raise Failed(Exit.DEVICE_BUSY, "device-busy", _whose(error, whose)) from error
        except PermissionError as error:
            says = f"{path} may not be written; do this as the user of the services: sudo -u boothd {OURS} ..."
            raise Failed(Exit.STORAGE, "storage-failed", says) from error
        yield


def _whose(taken: Taken, whose: str) -> str:
    which = f" (process {taken.process})" * bool(taken.process)
    if taken.holder.startswith(OURS):
        return f"{taken.holder}{which} has the {whose} now; end it first, with Ctrl-C: it puts everything back"
    service = SERVICES[whose]
    costs = "the belt stops, and trays on it end HELD" if whose == "line" else "every tray is diverted meanwhile"
    return (
        f"the {whose} belongs to {service}, which runs{which}; stop it first: systemctl stop {service} ({costs}), or "
        "end its `booth run` with Ctrl-C"
    )


def confirm(moves: str, yes: bool) -> None:
    """Returns when a person at the terminal has agreed to what `moves`, or `yes` stands for one. Raises Failed."""
    if yes:
        return
    if not sys.stdin.isatty():
        says = f"{moves}; nobody is there to agree: say --yes, or do it at a terminal"
        raise Failed(Exit.USAGE, "not-confirmed", says)
    print(f"{moves}.\nType yes to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise Failed(Exit.INTERRUPTED, "not-confirmed", "nobody said yes: nothing was moved")


def worked(settings: Settings, work: Work[T]) -> T:
    """What `work` returns; it is to end soon once its event is set. Raises Failed if that was by Ctrl-C, by SIGTERM or
    because the terminal was closed; and what `work` raises."""
    try:
        result, stopped = asyncio.run(_worked(settings, work))
    except BaseExceptionGroup as errors:
        raise first(errors) from errors
    if stopped:
        raise Failed(Exit.INTERRUPTED, "interrupted", "interrupted; everything was put back")
    return result


async def _worked(settings: Settings, work: Work[T]) -> tuple[T, bool]:
    stop = _stop_asked()
    if settings.simulated:
        say("SIMULATED: a world of its own, made for this command; its belt stands and is empty")
    async with reach(settings, SystemClock()) as found:
        result = await work(found, stop)
    return result, stop.is_set()


def _stop_asked() -> asyncio.Event:
    """Set by SIGINT, SIGTERM and SIGHUP: a laptop that is closed. Under nohup the last is ignored, and stays so."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:
            loop.add_signal_handler(name, stop.set)
    return stop
