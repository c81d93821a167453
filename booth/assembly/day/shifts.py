"""A simulated day: thousands of trays, in shifts, as many at a time as there are cores."""

from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

from booth.assembly.day import shift
from booth.assembly.day.drawn import Distributions
from booth.assembly.day.promise import Violation
from booth.assembly.day.shift import Progress, Shift, ShiftPlan
from booth.settings import Settings
from fakes.faults import FaultPlan
from fakes.orphans import end_with_parent

TRAYS_A_SHIFT = 2_500
"""A day is cut the same way wherever it is run, so that the same seed gives the same day."""

SEEDS_A_DAY = 1_000
LOOKS_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class DayPlan:
    """`damaged` is the share of damaged items; `seed` draws all that is drawn, each shift anew."""

    trays: int
    faults: FaultPlan
    seed: int = 0
    damaged: float = 0.02
    scores: Distributions = field(default_factory=Distributions)

    def shifts(self) -> list[ShiftPlan]:
        """Raises ValueError for more shifts than one seed is good for."""
        sizes = [TRAYS_A_SHIFT] * (self.trays // TRAYS_A_SHIFT)
        sizes += [rest] if (rest := self.trays % TRAYS_A_SHIFT) else []
        if len(sizes) > SEEDS_A_DAY:
            raise ValueError(f"{self.trays} trays: a day has at most {SEEDS_A_DAY * TRAYS_A_SHIFT}")
        first = self.seed * SEEDS_A_DAY
        return [
            ShiftPlan(size, self.faults, first + number, self.damaged, self.scores)
            for number, size in enumerate(sizes)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """`violations` with the shift, from 1, in which each happened; the rest is summed over the shifts."""

    violations: tuple[tuple[int, Violation], ...]
    total: Shift

    def summary(self) -> dict[str, Any]:
        """What `booth simulate day --json` answers."""
        ends = {name: self.total.ends[name] for name in ("passed", "diverted", "held", "bypassed")}
        return {
            "violations": [
                {"shift": number, "promise": each.promise, "tray": each.tray, "text": each.text}
                for number, each in self.violations
            ],
            "trays": self.total.trays,
            "entered": self.total.entered,
            **ends,
            "faults": dict(sorted(self.total.faults.items())),
            "resets": self.total.resets,
            "deceived": self.total.deceived,
            "passed_in_poor_light": self.total.in_poor_light,
            "hours": round(self.total.lasted / 3.6e12, 2),
        }


def simulate(settings: Settings, wanted: DayPlan, only: int | None, processes: int, progress: Progress) -> Day:
    """The day, or its shift `only`, from 1. A single shift runs in this process.

    Raises as booth.assembly.day.shift.simulate, and IndexError for a shift that the day does not have.
    """
    plans = dict(enumerate(wanted.shifts(), 1))
    if only is not None:
        if only not in plans:
            raise IndexError(f"the day has {len(plans)} shifts, and no shift {only}")
        plans = {only: plans[only]}
    if len(plans) == 1:
        done = {number: shift.simulate(settings, plan, progress) for number, plan in plans.items()}
    else:
        done = dict(zip(plans, _in_processes(settings, list(plans.values()), processes, progress), strict=True))
    told = tuple((number, violation) for number, each in done.items() for violation in each.violations)
    return Day(told, _sum(list(done.values())))


def _in_processes(settings: Settings, plans: list[ShiftPlan], processes: int, progress: Progress) -> list[Shift]:
    spawning = get_context("spawn")
    entered = spawning.Value("q", 0)
    with ProcessPoolExecutor(processes, spawning, _begin, (entered,)) as pool:
        waiting: set[Future[Shift]] = set()
        futures = [pool.submit(_simulate, settings, plan) for plan in plans]
        try:
            waiting = set(futures)
            while waiting:
                done, waiting = wait(waiting, LOOKS_EVERY_S, FIRST_COMPLETED)
                progress(entered.value)
                for future in done:
                    future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


_entered: Any = None
"""How many trays have entered in all processes: given to each as it starts, for there is no other way."""


def _begin(entered: Any) -> None:
    global _entered  # noqa: PLW0603 a worker of a pool keeps its own copy
    end_with_parent()
    _entered = entered


def _simulate(settings: Settings, plan: ShiftPlan) -> Shift:
    told = 0

    def progress(entered: int) -> None:
        nonlocal told
        with _entered.get_lock():
            _entered.value += entered - told
        told = entered

    return shift.simulate(settings, plan, progress)


def _sum(shifts: list[Shift]) -> Shift:
    total = shifts[0]
    for each in shifts[1:]:
        total = replace(
            total,
            trays=total.trays + each.trays,
            entered=total.entered + each.entered,
            ends=total.ends + each.ends,
            faults=total.faults + each.faults,
            resets=total.resets + each.resets,
            deceived=total.deceived + each.deceived,
            in_poor_light=total.in_poor_light + each.in_poor_light,
            lasted=type(total.lasted)(total.lasted + each.lasted),
        )
    return total
