"""What the two long-running processes share: their command line, how they are asked to stop, what they end with."""

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from booth.cli.exits import Exit, Failed, exit_codes


def command(name: str, does: str, serve: Callable[[Path, bool], None]) -> None:
    """`NAME CONFIG [--supervised]`: call `serve` with both, and end with the exit code that its error means."""
    parser = argparse.ArgumentParser(name, description=does)
    parser.add_argument("config", type=Path, metavar="CONFIG", help="the settings of the booth")
    parser.add_argument("--supervised", action="store_true", help="end when stdin is closed")
    asked = parser.parse_args()
    try:
        with exit_codes():
            serve(asked.config, asked.supervised)
    except Failed as failed:
        print(failed.says, file=sys.stderr)
        sys.exit(failed.code)
    sys.exit(Exit.OK)


def stop_asked(supervised: bool) -> asyncio.Event:
    """Set by SIGTERM or SIGINT; with `supervised` also when stdin ends, because then the supervisor is gone.

    To be called where a loop runs.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if supervised:
        threading.Thread(target=_wait_for_the_end, args=(loop, stop), daemon=True).start()
    return stop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; of a group of errors the first is raised, so that it finds its exit code."""
    try:
        asyncio.run(work)
    except BaseExceptionGroup as errors:
        raise first(errors) from errors


def first(error: BaseException) -> BaseException:
    return first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _wait_for_the_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not sys.stdin: a thread that waits in it holds its lock, and Python then aborts instead of ending.
    while os.read(0, 4096):
        pass
    with suppress(RuntimeError):  # the loop has ended by itself
        loop.call_soon_threadsafe(stop.set)
