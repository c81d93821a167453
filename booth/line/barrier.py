"""One input behind its debounce. Pure."""

from dataclasses import dataclass, replace

from booth.line.layout import DEBOUNCE
from drivers.units import Duration, Instant


@dataclass(frozen=True, slots=True)
class Barrier:
    """`blocked` is the level that counts. While the raw level has moved since `first`, give or take `error`, nothing
    counts until it has stood still for `debounce` after `last`."""

    blocked: bool = False
    raw: bool = False
    first: Instant | None = None
    last: Instant = Instant(0)
    debounce: Duration = DEBOUNCE
    error: Duration = Duration(0)

    def moved(self, blocked: bool, at: Instant, error: Duration = Duration(0)) -> "Barrier":
        if blocked == self.raw:
            return self
        if self.first is not None:
            return replace(self, raw=blocked, last=at)
        return replace(self, raw=blocked, first=at, last=at, error=error)

    def settled(self) -> tuple["Barrier", Instant | None]:
        """The level that stood, and when it began; None if the input came back to where it was (a glitch)."""
        began = self.first if self.raw != self.blocked else None
        return replace(self, blocked=self.raw, first=None), began
