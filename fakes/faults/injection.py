"""Which faults are due, which are standing, and which wait for their occasion. Pure: told the time by its caller."""

from collections import Counter
from dataclasses import dataclass, field

from drivers.units import Instant, after, ms
from fakes.faults.planned import ANYWHERE, PlannedFault
from fakes.faults.table import Kind
from fakes.streams import stream


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault happens from now on; its `where` is a place."""

    fault: PlannedFault
    at: Instant


@dataclass(frozen=True, slots=True)
class Mended:
    """A spell is over."""

    fault: PlannedFault
    at: Instant


@dataclass(slots=True)
class _Armed:
    fault: PlannedFault
    chance: "_Chance"
    over: bool = False


@dataclass(slots=True)
class _Pending:
    fault: PlannedFault
    left: int


class _Chance:
    """What one fault of the plan draws: its own, whatever the others do."""

    def __init__(self, seed: int, index: int, name: str) -> None:
        self._numbers = stream(seed, "fault", index, name)

    def comes(self, rate: float) -> bool:
        return bool(self._numbers.random() < rate)

    def place(self, fault: PlannedFault) -> str:
        places = fault.row.where
        return places[int(self._numbers.integers(len(places)))] if fault.where == ANYWHERE else fault.where


@dataclass(slots=True)
class Injection:
    """What is still to go wrong, and what does. `struck` counts by name."""

    seed: int
    start: Instant = Instant(0)
    struck: Counter[str] = field(default_factory=Counter)
    _armed: list[_Armed] = field(default_factory=list)  # will strike once
    _chances: list[_Armed] = field(default_factory=list)  # may, with every tray
    _pending: dict[tuple[str, str], list[_Pending]] = field(default_factory=dict)
    _standing: dict[tuple[str, str], tuple[Instant, PlannedFault]] = field(default_factory=dict)
    _drawn: int = 0

    def arm(self, fault: PlannedFault) -> None:
        armed = _Armed(fault, _Chance(self.seed, self._drawn, fault.name))
        (self._chances if fault.rate else self._armed).append(armed)
        self._drawn += 1

    def next_due_at(self, entered: int) -> Instant | None:
        """When something strikes or is mended if no tray enters meanwhile; None: never."""
        due = [self._at(each) for each in self._armed if self._by_time(each, entered)]
        due += [until for until, _ in self._standing.values()]
        return min(due, default=None)

    def advance(self, now: Instant, entered: int) -> list[Struck | Mended]:
        """What strikes and what is mended up to `now`, without chance."""
        happened: list[Struck | Mended] = []
        for key, (until, fault) in list(self._standing.items()):
            if until <= now:
                del self._standing[key]
                happened.append(Mended(fault, now))
        for each in self._armed:
            if self._by_time(each, entered) and self._at(each) <= now:
                each.over = True
                happened += self._strike(each, now)
        self._armed = [each for each in self._armed if not each.over]
        return happened

    def tray_entered(self, now: Instant, entered: int) -> list[Struck | Mended]:
        """What strikes as a tray enters: what has waited for it, and what comes by chance."""
        happened = self.advance(now, entered)
        for each in self._chances:
            fault = each.fault
            may = entered > fault.after_trays and self._at(each) <= now
            if may and each.chance.comes(fault.rate):
                happened += self._strike(each, now)
        return happened

    def take(self, name: str, where: str = "") -> PlannedFault | None:
        """One occurrence of an occasion that waits at `where`."""
        waiting = self._pending.get((name, where))
        if not waiting:
            return None
        first = waiting[0]
        first.left -= 1
        if not first.left:
            waiting.pop(0)
        return first.fault

    def standing(self, name: str, where: str = "") -> PlannedFault | None:
        """The spell that stands at `where`."""
        found = self._standing.get((name, where))
        return found[1] if found else None

    def _at(self, each: _Armed) -> Instant:
        return after(self.start, ms(each.fault.at_ms))

    def _by_time(self, each: _Armed, entered: int) -> bool:
        return not each.over and entered >= each.fault.after_trays

    def _strike(self, each: _Armed, now: Instant) -> list[Struck | Mended]:
        planned = each.fault
        where = each.chance.place(planned)
        fault = PlannedFault(planned.name, where, planned.times, lasts_ms=planned.lasts_ms, amount=planned.amount)
        key = (fault.name, where)
        if not fault.times:
            self._pending.pop(key, None)
            return [Mended(fault, now)] if self._standing.pop(key, None) else []
        self.struck[fault.name] += 1
        if fault.row.kind is Kind.OCCASION:
            self._pending.setdefault(key, []).append(_Pending(fault, fault.times))
        elif fault.row.kind is Kind.SPELL:
            self._standing[key] = (after(now, ms(fault.span_ms)), fault)
        return [Struck(fault, now)]
