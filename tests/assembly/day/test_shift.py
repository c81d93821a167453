"""Shifts in virtual time: repeatable, and a broken table does not get past the judge."""

from dataclasses import replace
from functools import partial

import pytest

from booth.assembly.day import DayPlan, Distributions, simulate
from booth.assembly.day.shift import Shift, ShiftPlan
from booth.assembly.day.shift import simulate as play
from booth.line import keeper
from booth.line.table import TABLE, Do, Step, TrayEvent, TrayState
from booth.line.tracker import track
from booth.settings import load
from fakes.faults import TABLE as FAULTS
from fakes.faults import FaultPlan, PlannedFault
from tests.scenarios.booths import SIM

S, E = TrayState, TrayEvent
OFTEN = FaultPlan(1, tuple(
    PlannedFault(name, "any" if row.where else "", rate=0.012) for name, row in FAULTS.items()
))  # fmt: skip
HOLDS_FIRST = ("belt-stopped", "encoder-dead", "encoder-slip")
ROWS_SHOW = FaultPlan(8, tuple(fault for fault in OFTEN.faults if fault.name not in HOLDS_FIRST))
"""Faults among which every row of the table comes to bear before the line is held for something else."""

BROKEN = {
    "a tray that must be diverted passes": ((S.NEARING, E.MUST_DIVERT), Step(S.PASSING, (Do.OPEN_GATE,))),
    "a tray nobody has judged passes": ((S.NEARING, E.LATE), Step(S.PASSING, (Do.OPEN_GATE,))),
    "a good tray is diverted": ((S.NEARING, E.MAY_PASS), Step(S.DIVERTING)),
    "the gate stays open": ((S.PASSING, E.CLEARED), Step(S.DEPARTING)),
    "silence counts as a divert": ((S.DIVERTING, E.SILENT), Step(S.ENDED, (Do.END_DIVERTED,))),
    "what is confirmed is held": ((S.DIVERTING, E.CONFIRMED), Step(S.ENDED, (Do.END_HELD,))),
    "what is confirmed goes unheard": ((S.DIVERTING, E.CONFIRMED), Step(S.DIVERTING)),
    "a missing tray has passed": ((S.TRAVELLING, E.MISSING), Step(S.ENDED, (Do.END_PASSED,))),
    "a missing tray is nobody's business": ((S.TRAVELLING, E.MISSING), Step(S.ENDED, (Do.END_HELD,))),
    "a tray never leaves the station": ((S.SEEN, E.PARTED), Step(S.SEEN)),
}


def shift(trays: int, faults: FaultPlan, seed: int = 5, damaged: float = 0.3) -> Shift:
    return play(load(SIM), ShiftPlan(trays, faults, seed, damaged, Distributions()), lambda entered: None)


def only(name: str, **how: object) -> FaultPlan:
    return FaultPlan(1, (PlannedFault(name, after_trays=3, **how),))  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_shift_and_another_seed_another() -> None:
    first, again, other = shift(40, OFTEN), shift(40, OFTEN), shift(40, OFTEN, seed=6)
    assert first == again
    assert first != other


def test_the_promise_is_kept_where_every_second_tray_meets_a_fault() -> None:
    kept = shift(120, OFTEN)
    assert kept.violations == ()
    assert sum(kept.ends.values()) == kept.entered
    assert sum(kept.faults.values()) > 30
    assert len(kept.faults) > len(FAULTS) / 2


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_row_of_the_table_is_found(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, step = BROKEN[what]
    monkeypatch.setattr(keeper, "track", partial(track, table={**TABLE, key: step}))
    found = shift(60, ROWS_SHOW, damaged=0.5).violations
    assert found, "the broken row was not noticed"


def test_a_line_without_damage_and_without_a_fault_passes_everything() -> None:
    quiet = shift(25, FaultPlan(), damaged=0)
    assert (quiet.ends, quiet.resets, quiet.violations) == ({"passed": 25}, 0, ())


def test_a_killed_controller_costs_its_trays_a_divert_and_comes_back() -> None:
    ends = shift(25, only("controller-killed", lasts_ms=6_000), damaged=0).ends
    assert 0 < ends["diverted"] < 10
    assert ends["passed"] == 25 - ends["diverted"]


def test_a_killed_keeper_holds_its_trays_until_a_person_has_come() -> None:
    found = shift(25, only("keeper-killed"), damaged=0)
    assert found.ends["held"] > 0
    assert found.resets > 0
    assert found.ends["passed"] > 10


def test_a_full_disk_stops_the_line_until_a_person_has_come() -> None:
    found = shift(25, only("disk-full"), damaged=0)
    assert found.ends["held"] > 0
    assert found.resets > 0
    assert found.violations == ()


def test_a_stepped_wall_clock_changes_nothing_on_the_line() -> None:
    stepped, quiet = shift(25, only("clock-step", amount=-7_200)), shift(25, FaultPlan())
    assert stepped.faults == {"clock-step": 1}
    assert replace(stepped, faults=quiet.faults) == quiet


def test_a_day_is_the_sum_of_its_shifts_wherever_they_run() -> None:
    plan = DayPlan(5_010, FaultPlan(), seed=3)
    assert [each.trays for each in plan.shifts()] == [2_500, 2_500, 10]
    assert len({each.seed for each in plan.shifts()}) == 3
    last = simulate(load(SIM), plan, 3, 2, lambda entered: None)
    assert last.total.trays == 10
    with pytest.raises(IndexError, match="3 shifts, and no shift 4"):
        simulate(load(SIM), plan, 4, 2, lambda entered: None)


def test_shifts_run_side_by_side_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booth.assembly.day.shifts.TRAYS_A_SHIFT", 6)
    plan, seen = DayPlan(12, FaultPlan(), seed=1, damaged=0), list[int]()
    whole = simulate(load(SIM), plan, None, 2, seen.append)
    assert whole.total.ends == {"passed": 12}
    assert max(seen) <= 12
    assert whole.summary()["violations"] == []
