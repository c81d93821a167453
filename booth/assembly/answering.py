"""The line keeper as a process where the line belongs to a PLC: its ledger, its socket, its registers."""

import asyncio

from booth.line.keeper import Notify
from booth.line.ledger import Ledger
from booth.line.plc.agreed import Terms
from booth.line.plc.keeper import PlcKeeper
from booth.line.plc.server import serving
from booth.settings import Settings
from booth.settings.plc import Plc
from drivers.clock import Clock, pause
from drivers.links import serve
from drivers.units import Duration, ms


async def answer(
    settings: Settings, plc: Plc, clock: Clock, notify: Notify, period: Duration | None, stop: asyncio.Event
) -> None:
    """Answer the PLC until `stop`. `period`: how often a watchdog wants to hear of it.

    Raises LedgerInvalid, DeviceBusy, OSError before it is ready.
    """
    ledger = Ledger(settings.state_dir)
    past = ledger.open()
    due, taken, silent = (ms(each) for each in (plc.verdict_due_ms, plc.taken_within_ms, plc.silent_after_ms))
    keeper = PlcKeeper(Terms(past.boot, due, taken, silent, plc.trays, settings.simulated), ledger, past, clock)
    keeper.begin()
    server = await serve(settings.runtime_dir / "line.sock", keeper.welcome)
    beside = [asyncio.ensure_future(_stop(keeper, stop)), asyncio.ensure_future(_live(clock, notify, period))]
    try:
        async with serving(keeper, plc.listen, plc.port):
            notify("READY=1")
            await keeper.run()
    finally:
        notify("STOPPING=1")
        for task in beside:
            task.cancel()
        server.close()


async def _stop(keeper: PlcKeeper, stop: asyncio.Event) -> None:
    await stop.wait()
    keeper.stop()


async def _live(clock: Clock, notify: Notify, period: Duration | None) -> None:
    """The loop that answers the PLC is the one that says so."""
    while period is not None:
        notify("WATCHDOG=1")
        await pause(clock, period)
