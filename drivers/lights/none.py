"""A light that is not ours to switch: recorded sessions, trials by daylight."""

from drivers.clock import Clock
from drivers.errors import NotOpen, OutOfRange
from drivers.registry import Bench, Options
from drivers.units import Instant


class NoLight:
    """Implements drivers.protocols.Light: settled at once, whatever it is told."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._is_open = False

    async def open(self) -> None:
        self._is_open = True

    async def on(self, intensity: float) -> Instant:
        now = self._now()
        if not 0 < intensity <= 1:
            raise OutOfRange(f"{self._name}: intensity {intensity:g} is not in (0, 1]; to go dark call off()")
        return now

    async def off(self) -> Instant:
        return self._now()

    async def close(self) -> None:
        self._is_open = False

    def _now(self) -> Instant:
        if not self._is_open:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        return self._clock.now()


def make(_options: Options, bench: Bench) -> NoLight:
    return NoLight(bench.name, bench.clock)
