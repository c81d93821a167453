"""One go at the devices by hand: who agrees to what moves, and the signals that end it."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from booth.assembly.handling import Reach, reach
from booth.cli.daemon import first
from booth.cli.exits import Exit, Failed
from booth.settings import Settings
from drivers.clock import SystemClock

T = TypeVar("T")
Work = Callable[[Reach, asyncio.Event], Awaitable[T]]


def say(text: str) -> None:
    """What is not the result."""
    print(text, file=sys.stderr, flush=True)


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
