"""The line keeper as a process: its devices, its ledger, its socket, and systemd. Imports nothing heavy."""

import asyncio

from booth.line.devices import open_devices
from booth.line.keeper import Keeper, Notify, layout
from booth.line.ledger import Ledger
from booth.service import realtime
from booth.service.notify import Notifier, Supervision
from booth.settings import Settings
from drivers.clock import Clock, pause
from drivers.links import Dial, serve
from drivers.units import ms, seconds

FAREWELL_WITHIN_S = 1.0
TIDIES_EVERY, TIDIES_WITHIN = seconds(10), ms(50)


async def keep(
    settings: Settings, clock: Clock, world: Dial | None, supervision: Supervision, ready: Notify, stop: asyncio.Event
) -> None:
    """Keep the line until `stop`, then finish the trays on it. `ready` is told what systemd is told.

    Raises DeviceError, LedgerInvalid, OSError before it is ready.
    """
    notify = _both(_systemd(supervision.notifier), ready)
    if settings.plc is not None:
        from booth.assembly.answering import answer

        try:
            return await answer(settings, settings.plc, clock, notify, supervision.period, stop)
        finally:
            await _farewell()
    ledger = Ledger(settings.state_dir)
    past = ledger.open()
    devices = await open_devices(settings, clock, world)
    runs = realtime.claim()
    keeper = Keeper(
        layout(settings.conveyor),
        devices,
        ledger,
        past,
        clock,
        notify,
        supervision.period,
        ms(settings.conveyor.encoder_sample_ms),
        runs,
    )
    server = await serve(settings.runtime_dir / "line.sock", keeper.welcome)
    beside = [asyncio.ensure_future(_stop(keeper, stop)), asyncio.ensure_future(_tidy(keeper, clock))]
    try:
        await keeper.run()
    finally:
        for task in beside:
            task.cancel()
        server.close()
        await _farewell()


async def _stop(keeper: Keeper, stop: asyncio.Event) -> None:
    await stop.wait()
    keeper.stop()


async def _tidy(keeper: Keeper, clock: Clock) -> None:
    """Collect garbage now and then, but only while nothing is about to be due."""
    while True:
        await pause(clock, TIDIES_EVERY)
        while not keeper.quiet(TIDIES_WITHIN):
            await pause(clock, TIDIES_WITHIN)
        realtime.tidy()


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
