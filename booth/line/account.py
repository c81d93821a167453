"""The ledger as a keeper uses it: a line each, at once, and onto the disk behind its back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from booth.faults import FAULTS, Severity
from booth.line import wire
from booth.line.ledger import Ledger, Written

OWN_FAULT = "ledger-failed"
"""Not written: the ledger is what failed."""

Failed = Callable[[str], None]
"""Is told why the disk did not take a line. Must not wait."""


class Account:
    """What of all that is said goes into the open `ledger`, in the order in which it is said."""

    def __init__(self, ledger: Ledger, failed: Failed) -> None:
        self._ledger, self._failed = ledger, failed
        self._unsynced = asyncio.Event()

    def note(self, said: wire.LineMessage) -> None:
        """Written if the ledger keeps such: entries, ends, latched faults, resets, and that the belt
        has been swept. Never raises: `failed` is told."""
        match said:
            case wire.TrayEntered() | wire.TrayEnded() | wire.Reset() | wire.FaultCleared(code="keeper-restarted"):
                self._write(said)
            case wire.FaultRaised(code=code) if FAULTS[code].severity is Severity.LATCHED and code != OWN_FAULT:
                self._write(said)

    def _write(self, said: Written) -> None:
        try:
            self._ledger.append(said)
        except OSError as error:
            self._failed(error.strerror or str(error))
        self._unsynced.set()

    async def keep(self) -> None:
        """Onto the disk in a thread, for ever: a slow disk must not hold up whoever writes."""
        while True:
            await self._unsynced.wait()
            self._unsynced.clear()
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._ledger.sync)
            except OSError as error:
                self._failed(error.strerror or str(error))

    def settle(self) -> None:
        """All of it onto the disk, now, if the disk takes it."""
        with suppress(OSError):
            self._ledger.sync()

    def close(self) -> None:
        """Always allowed, twice too."""
        self._ledger.close()
