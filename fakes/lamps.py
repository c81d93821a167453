"""The lamps of the simulated booth: how bright each was when."""

from dataclasses import dataclass, field

from drivers.units import Duration, Instant
from fakes.plan import LAMPS

KEEPS = 32  # commands per lamp; an exposure sees one or two
SAMPLES = 9


@dataclass(slots=True)
class _Lamp:
    """Ramps: from `level` at `at` in a straight line to `target` within the rise time."""

    ramps: list[tuple[Instant, float, float]] = field(default_factory=list)

    def level(self, when: Instant, rise: Duration) -> float:
        for at, start, target in reversed(self.ramps):
            if at <= when:
                return start + (target - start) * min(1.0, (when - at) / rise)
        return 0.0


class Lamps:
    """Levels are 0 to 1 of full; rising and falling both take `rise`."""

    def __init__(self, rise: Duration) -> None:
        self._rise = rise
        self._lamps = {name: _Lamp() for name in LAMPS}

    def turn(self, name: str, level: float, now: Instant) -> Instant:
        """Returns the instant from which the lamp is settled."""
        lamp = self._lamps[name]
        lamp.ramps = [*lamp.ramps[1 - KEEPS :], (now, lamp.level(now, self._rise), level)]
        return Instant(now + self._rise)

    def levels(self, now: Instant) -> dict[str, float]:
        return {name: lamp.level(now, self._rise) for name, lamp in self._lamps.items()}

    def seen(self, start: Instant, end: Instant) -> dict[str, float]:
        """The mean level of each lamp between two instants that have passed."""
        when = [Instant(start + (end - start) * step // (SAMPLES - 1)) for step in range(SAMPLES)]
        samples = [self.levels(instant) for instant in when]
        return {name: sum(sample[name] for sample in samples) / SAMPLES for name in self._lamps}
