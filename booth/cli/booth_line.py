"""`booth-line CONFIG`: the line keeper's process. Light: neither Typer nor anything that looks at pictures."""

import argparse
import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from booth.line.keeper import Keeper, layout, open_devices
from booth.line.ledger import Ledger, LedgerInvalid
from booth.settings import Settings, SettingsInvalid, load
from drivers.clock import Clock, SystemClock
from drivers.errors import DeviceBusy, DeviceError, LinkLost
from drivers.links import Dial, connect, serve
from drivers.units import Instant, as_seconds, between, seconds

CONFIG_INVALID, DEVICE_MISSING, DEVICE_BUSY, STORAGE = 3, 4, 5, 8
"""As booth.cli.manners.Exit has them."""


def main() -> None:
    parser = argparse.ArgumentParser("booth-line", description="Keep the line: sensors, tray stop, gate, counts.")
    parser.add_argument("config", type=Path)
    parser.add_argument("--supervised", action="store_true", help="stop when stdin is closed")
    wish = parser.parse_args()
    try:
        asyncio.run(_keep(load(wish.config), SystemClock(), wish.supervised))
    except SettingsInvalid as error:
        _end(CONFIG_INVALID, error)
    except DeviceBusy as error:
        _end(DEVICE_BUSY, error)
    except (DeviceError, LinkLost) as error:
        _end(DEVICE_MISSING, error)
    except LedgerInvalid as error:
        _end(STORAGE, error)
    except OSError as error:
        _end(STORAGE, f"{error.filename or 'state_dir'}: {error.strerror}; free space or correct its rights")


def _end(code: int, why: object) -> None:
    print(why, file=sys.stderr)
    sys.exit(code)


async def _keep(settings: Settings, clock: Clock, supervised: bool) -> None:
    """Until SIGTERM, SIGINT, or, under a supervisor, the end of stdin."""
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(settings.state_dir)
    past = ledger.open()
    devices = await open_devices(settings, clock, _world(settings))
    keeper = Keeper(layout(settings.line), devices, ledger, past, clock, _ready_line(clock), pulse=seconds(1))
    _stop_on_request(keeper.stop, supervised)
    server = await serve(settings.runtime_dir / "line.sock", keeper.welcome)
    try:
        await keeper.run()
    finally:
        server.close()
        await _farewell()


async def _farewell() -> None:
    """Each client's task sees that its end is closed: CPython 3.11 prints a traceback for one that is cancelled."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=1)


def _world(settings: Settings) -> Dial | None:
    if not settings.simulated:
        return None
    return lambda: connect(settings.runtime_dir / "world.sock")


def _stop_on_request(stop: Callable[[], None], supervised: bool) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    if not supervised:
        return

    def stdin_is_readable() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop()

    loop.add_reader(0, stdin_is_readable)


def _ready_line(clock: Clock) -> Callable[[str], None]:
    def notify(state: str) -> None:
        if state == "READY=1":
            took = as_seconds(between(_process_started(), clock.now()))
            print(f"ready in {took:.2f} s, {_resident_mb():.0f} MB", file=sys.stderr, flush=True)

    return notify


def _process_started() -> Instant:
    """When the kernel started this process, to 10 ms: field 22 of /proc/self/stat, in clock ticks since boot."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return Instant(int(fields[19]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK"))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
