"""The one clock. Nothing else in the product reads time or sleeps."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from drivers.units import NANOSECONDS, Duration, Instant, after, ms

COARSE = ms(1.2)
"""An event loop rounds its timers up to whole milliseconds of epoll, and takes a while to wake."""


class Clock(Protocol):
    """Time as the booth knows it.

    `now` may be called from any thread under SystemClock; under LoopClock only where a loop runs.
    """

    def now(self) -> Instant:
        """The instant on the booth clock."""

    def utc(self) -> datetime:
        """Wall-clock time, for people. Never subtract two of these: the wall clock steps."""

    async def sleep_until(self, when: Instant) -> None:
        """Return at `when`, or at once if it has passed."""

    async def punctual(self, when: Instant) -> None:
        """As sleep_until, and not a millisecond later. Costs a core for that millisecond: for what must be on time."""

    def deadline(self, when: Instant) -> asyncio.Timeout:
        """A context that raises TimeoutError at `when`."""


class SystemClock:
    """CLOCK_MONOTONIC; every process of the machine reads the same value."""

    def now(self) -> Instant:
        return Instant(time.monotonic_ns())

    def utc(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, when: Instant) -> None:
        await asyncio.sleep(max(0, when - self.now()) / NANOSECONDS)

    async def punctual(self, when: Instant) -> None:
        await self.sleep_until(Instant(when - COARSE))
        while self.now() < when:
            pass

    def deadline(self, when: Instant) -> asyncio.Timeout:
        loop = asyncio.get_running_loop()
        return asyncio.timeout_at(loop.time() + (when - self.now()) / NANOSECONDS)


class LoopClock:
    """Time as the running event loop tells it: virtual under `fakes.loop.VirtualLoop`.

    Wall-clock time starts at a fixed day, so that a virtual run is the same whenever it is run.
    """

    EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self) -> None:
        self._stepped = timedelta()

    def now(self) -> Instant:
        return Instant(round(asyncio.get_running_loop().time() * NANOSECONDS))

    def utc(self) -> datetime:
        return self.EPOCH + self._stepped + timedelta(microseconds=self.now() // 1000)

    def step(self, by: timedelta) -> None:
        """Step the wall clock, as somebody who sets it does; the booth clock does not notice."""
        self._stepped += by

    async def sleep_until(self, when: Instant) -> None:
        await asyncio.sleep(max(0, when - self.now()) / NANOSECONDS)

    async def punctual(self, when: Instant) -> None:
        await self.sleep_until(when)

    def deadline(self, when: Instant) -> asyncio.Timeout:
        return asyncio.timeout_at(when / NANOSECONDS)


async def pause(clock: Clock, span: Duration) -> None:
    await clock.sleep_until(after(clock.now(), span))
