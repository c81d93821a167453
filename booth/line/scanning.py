"""The scanner, listened to: what it reads goes to the tracker, and one that is lost is opened again by itself."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from booth.line.line import LabelRead, ScannerThere
from drivers.clock import Clock, pause
from drivers.errors import DeviceError
from drivers.protocols import Scanner
from drivers.units import Instant, seconds

AGAIN_AFTER = seconds(2)

Report = Callable[[LabelRead | ScannerThere], Awaitable[None]]


async def listen(scanner: Scanner, clock: Clock, report: Report) -> None:
    """For ever. Trays go on without their plates while it is away."""
    while True:
        try:
            while True:
                read = await scanner.read()
                await report(LabelRead(read.text, Instant(min(read.at, clock.now())), read.at_error))
        except DeviceError as error:
            await report(ScannerThere(False, str(error), clock.now()))
        await _opened_again(scanner, clock)
        await report(ScannerThere(True, "-", clock.now()))


async def _opened_again(scanner: Scanner, clock: Clock) -> None:
    while True:
        await pause(clock, AGAIN_AFTER)
        with suppress(DeviceError):
            return await scanner.open()
