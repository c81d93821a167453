"""The line keeper as a process: its devices, its ledger, its socket, and systemd. Imports nothing heavy."""

import asyncio

from booth.line.devices import open_devices
from booth.line.keeper import Keeper, Notify, layout
from booth.line.ledger import Ledger
from booth.service.notify import Notifier, Supervision
from booth.settings import Settings
from drivers.clock import Clock
from drivers.links import Dial, serve
from drivers.units import ms

FAREWELL_WITHIN_S = 1.0


async def keep(
    settings: Settings, clock: Clock, world: Dial | None, supervision: Supervision, ready: Notify, stop: asyncio.Event
) -> None:
    """Keep the line until `stop`, then finish the trays on it. `ready` is told what systemd is told.

    Raises DeviceError, LedgerInvalid, OSError before it is ready.
    """
    ledger = Ledger(settings.state_dir)
    past = ledger.open()
    devices = await open_devices(settings, clock, world)
    notify = _both(_systemd(supervision.notifier), ready)
    keeper = Keeper(
        layout(settings.line),
        devices,
        ledger,
        past,
        clock,
        notify,
        supervision.period,
        ms(settings.line.encoder_sample_ms),
    )
    server = await serve(settings.runtime_dir / "line.sock", keeper.welcome)
    stopping = asyncio.ensure_future(_stop(keeper, stop))
    try:
        await keeper.run()
    finally:
        stopping.cancel()
        server.close()
        await _farewell()


async def _stop(keeper: Keeper, stop: asyncio.Event) -> None:
    await stop.wait()
    keeper.stop()


async def _farewell() -> None:
    """Each client's task sees that its end is closed: CPython 3.11 prints a traceback for one that is cancelled."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=FAREWELL_WITHIN_S)


def _both(first: Notify, second: Notify) -> Notify:
    def notify(state: str) -> None:
        first(state)
        second(state)

    return notify


def _systemd(notifier: Notifier) -> Notify:
    def notify(state: str) -> None:
        name, _, value = state.partition("=")
        match name:
            case "READY":
                notifier.ready("keeping the line")
            case "STATUS":
                notifier.status(value)
            case "WATCHDOG":
                notifier.watchdog()
            case "STOPPING":
                notifier.stopping()

    return notify
