"""A lamp at a plain output: a relay, an open collector. On or off, nothing between."""

from __future__ import annotations

from drivers.clock import Clock
from drivers.errors import OutOfRange
from drivers.line_io.outputs import Contact, Output
from drivers.line_io.wired import output
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, ms


class SwitchedLight:
    """Implements drivers.protocols.Light. `settles`: from the output's answer to steady light, as it was measured: the
    relay's pull-in and bounce, the supply's rise."""

    def __init__(self, wire: Output, settles: Duration, clock: Clock) -> None:
        self._name, self._contact, self._settles, self._clock = wire.name, Contact(wire), settles, clock
        self._settled_at = Instant(0)
        self._shines = False

    async def open(self) -> None:
        await self._contact.open()
        self._shines = False

    async def on(self, intensity: float) -> Instant:
        self._contact.check()
        if intensity != 1.0:
            within = "is switched, not dimmed: 1.0, and nothing else in (0, 1]"
            raise OutOfRange(f"{self._name}: intensity {intensity:g}; it {within}; use a light controller to dim it")
        await self._contact.put(True)
        if not self._shines:
            self._shines, self._settled_at = True, after(self._clock.now(), self._settles)
        return self._settled_at

    async def off(self) -> Instant:
        began = self._clock.now()
        await self._contact.put(False)
        self._shines = False
        return began

    async def close(self) -> None:
        await self._contact.close()


def make(options: Options, bench: Bench) -> SwitchedLight:
    """An output as in drivers.line_io.wired, and `settle_ms`."""
    return SwitchedLight(output(options, bench), ms(float(options["settle_ms"])), bench.clock)
