"""The line keeper's process, as booth.cli.booth_line starts it. Neither Typer nor anything that looks at pictures."""

import os
import resource
import sys
from functools import partial
from pathlib import Path

from booth.assembly.keeping import keep
from booth.cli import daemon
from booth.service.lock import held
from booth.service.notify import supervision
from booth.settings import Settings, load
from drivers.clock import Clock, SystemClock
from drivers.links import Dial, connect
from drivers.units import Instant, as_seconds, between


def run() -> None:
    """Runs until SIGTERM or SIGINT; with --supervised also until its supervisor closes its stdin."""
    daemon.command("booth-line", "The line keeper: sensors, tray stop, gate, counts.", _serve)


def _serve(config: Path, supervised: bool) -> None:
    settings = load(config)
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    with held(settings.runtime_dir / "booth-line.lock"):
        daemon.run(_keep(settings, supervised))


async def _keep(settings: Settings, supervised: bool) -> None:
    clock = SystemClock()
    stop = daemon.stop_asked(supervised)
    systemd = supervision(os.environ, os.getpid())
    await keep(settings, clock, _world(settings), systemd, partial(_say_ready, clock), stop)


def _world(settings: Settings) -> Dial | None:
    return partial(connect, settings.runtime_dir / "world.sock") if settings.simulated else None


def _say_ready(clock: Clock, state: str) -> None:
    """How long it took and how much memory, at READY: the keeper has a budget of both."""
    if state == "READY=1":
        took = as_seconds(between(_process_started(), clock.now()))
        print(f"ready in {took:.2f} s, {_resident_mb():.0f} MB", file=sys.stderr, flush=True)


def _process_started() -> Instant:
    """When the kernel started this process, to 10 ms: field 22 of /proc/self/stat, in clock ticks since boot."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return Instant(int(fields[19]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK"))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
