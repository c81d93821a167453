"""How often a camera's process may die before nobody starts it any more."""

from dataclasses import dataclass, field

from drivers.units import Duration, Instant, seconds


@dataclass(slots=True)
class Budget:
    """`restarts` within any span of `within`."""

    restarts: int = 3
    within: Duration = seconds(60)
    _deaths: list[Instant] = field(default_factory=list)

    def allows(self, died_at: Instant) -> bool:
        """Count one death; False if it is one too many."""
        self._deaths = [death for death in self._deaths if died_at - death < self.within]
        self._deaths.append(died_at)
        return len(self._deaths) <= self.restarts
