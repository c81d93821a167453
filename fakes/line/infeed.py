"""Who comes down the simulated line next, and how far behind the one before. Pure; draws from the plan's seed."""

from dataclasses import dataclass

from fakes.plan import WorldPlan
from fakes.streams import stream


@dataclass(frozen=True, slots=True)
class Coming:
    """A tray that will come: `number` counts from 0, `seed` is what its look is drawn from."""

    number: int
    seed: int
    damaged: bool


class Infeed:
    """`pitch_mm`: how far the tray that came last has to have gone before the next one follows."""

    def __init__(self, plan: WorldPlan) -> None:
        self.pitch_mm = 0.0
        self._plan = plan
        self._to_feed: int | None = 0
        self._to_merge, self._packed = 0, True
        self._pitches, self._damages, self._looks = (stream(plan.seed, name) for name in ("pitch", "damage", "look"))
        self._next = self._drawn(0)

    def feed(self, trays: int | None) -> None:
        """So many more trays; None: without end, 0: no more."""
        self._to_feed = None if trays is None else (self._to_feed or 0) + trays if trays else 0

    def pack(self, done: bool) -> None:
        """Whether the next tray has been packed: until then nobody puts it on the belt."""
        self._packed = done

    def merge_next(self, trays: int) -> None:
        """So many of the trays to come have the next one touching them from behind."""
        self._to_merge += trays

    @property
    def next_up(self) -> Coming | None:
        """The tray that comes next; None: none will."""
        return None if self._to_feed == 0 or self._next.number == self._plan.trays else self._next

    @property
    def ready(self) -> bool:
        return self._packed and self.next_up is not None

    def take(self) -> Coming:
        """The next tray, which goes onto the belt now."""
        tray, self._next = self._next, self._drawn(self._next.number + 1)
        if self._to_feed is not None:
            self._to_feed -= 1
        self.pitch_mm = float(self._pitches.uniform(*self._plan.pitch_mm))
        if self._to_merge:
            self._to_merge, self.pitch_mm = self._to_merge - 1, self._plan.tray_length_mm
        return tray

    def _drawn(self, number: int) -> Coming:
        return Coming(number, int(self._looks.integers(2**31)), bool(self._damages.random() < self._plan.damaged))
