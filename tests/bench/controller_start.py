"""`python -m tests.bench.controller_start CONFIG`: boothd until its READY, and the seconds that each part took."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

TOOK: dict[str, float] = {}


def main() -> None:
    from booth.assembly import controlling, foundation, processes, simulation  # noqa: F401 what boothd imports
    from booth.cli import boothd
    from booth.inspection.controller import Controller
    from booth.inspection.examination import Examiner
    from booth.service.notify import Notifier

    TOOK["imports"] = _since_process_start()
    with ExitStack() as patches:
        for owner, name, part in (
            (foundation, "load", "pack"),
            (foundation, "lay", "foundation"),
            (Controller, "open", "devices"),
            (Examiner, "warm_up", "warm-up"),
        ):
            patches.enter_context(patch.object(owner, name, _timed(getattr(owner, name), part)))
        patches.enter_context(patch.object(Notifier, "ready", _ready))
        boothd._serve(Path(sys.argv[1]), supervised=False)
    print(json.dumps(TOOK))


def _timed(work: Callable[..., Any], part: str) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        begun = time.perf_counter()
        result = work(*given)
        TOOK[part] = time.perf_counter() - begun
        return result

    async def timed_awaiting(*given: Any) -> Any:
        begun = time.perf_counter()
        waiting: Awaitable[Any] = work(*given)
        result = await waiting
        TOOK[part] = time.perf_counter() - begun
        return result

    return timed_awaiting if asyncio.iscoroutinefunction(work) else timed


def _ready(_notifier: object, _status: str) -> None:
    TOOK["ready"] = _since_process_start()
    os.kill(os.getpid(), signal.SIGTERM)


def _since_process_start() -> float:
    """To 10 ms: field 22 of /proc/self/stat, in clock ticks since boot."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return time.monotonic() - ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
