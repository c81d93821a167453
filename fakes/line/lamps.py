"""The lamps of the simulated booth: how bright each was when."""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.units import Duration, Instant
from fakes.plan import LAMPS

KEEPS = 32  # commands per lamp; an exposure sees one or two
SAMPLES = 9


@dataclass(slots=True)
class _Lamp:
    """Ramps: from `start` at `at` in a straight line to `target` within `rise`. `share` is left of the light."""

    rise: Duration
    share: float = 1.0
    asked: float = 0.0
    ramps: list[tuple[Instant, float, float, Duration]] = field(default_factory=list)

    def turn(self, now: Instant) -> None:
        ramp = (now, self.level(now), self.asked * self.share, self.rise)
        self.ramps = [*self.ramps[1 - KEEPS :], ramp]

    def level(self, when: Instant) -> float:
        for at, start, target, rise in reversed(self.ramps):
            if at <= when:
                return start + (target - start) * min(1.0, (when - at) / rise)
        return 0.0


class Lamps:
    """Levels are 0 to 1 of full; rising and falling both take `rise`. `drift`: the share that is left at an instant."""

    def __init__(self, rise: Duration, drift: Callable[[Instant], float] = lambda _: 1.0) -> None:
        self._rise, self._drift = rise, drift
        self._lamps = {name: _Lamp(rise) for name in LAMPS}

    def turn(self, name: str, level: float, now: Instant) -> Instant:
        """Returns the instant from which a sound lamp is settled."""
        lamp = self._lamps[name]
        lamp.asked = level
        lamp.turn(now)
        return Instant(now + self._rise)

    def fail(self, name: str, share: float, rise: Duration | None, now: Instant) -> None:
        """From now on the lamp gives `share` of what is asked of it, and takes `rise`; None: as a sound one."""
        lamp = self._lamps[name]
        lamp.rise = rise or self._rise
        if share != lamp.share:
            lamp.share = share
            lamp.turn(now)

    def levels(self, now: Instant) -> dict[str, float]:
        left = self._drift(now)
        return {name: lamp.level(now) * left for name, lamp in self._lamps.items()}

    def seen(self, start: Instant, end: Instant) -> dict[str, float]:
        """The mean level of each lamp between two instants that have passed."""
        when = [Instant(start + (end - start) * step // (SAMPLES - 1)) for step in range(SAMPLES)]
        samples = [self.levels(instant) for instant in when]
        return {name: sum(sample[name] for sample in samples) / SAMPLES for name in self._lamps}
