"""Plans of what goes wrong: read whole, checked whole, and drawn from a seed."""

from pathlib import Path

import pytest

from drivers.units import Instant, ms
from fakes.faults import TABLE, FaultPlanInvalid, PlannedFault, read
from fakes.faults.every import every_fault
from fakes.faults.injection import Injection, Struck

EVERY = Path("config/faults/every-fault.yaml")


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text)
    return path


def test_the_shipped_plan_has_every_fault_and_is_the_one_that_is_written() -> None:
    assert EVERY.read_text() == every_fault()
    assert {fault.name for fault in read(EVERY).faults} == set(TABLE)


def test_an_amount_stands_under_the_key_of_its_fault(tmp_path: Path) -> None:
    text = "seed: 4\nfaults:\n  - {name: frame-late, where: left, after_trays: 3, late_ms: 250}\n"
    plan = read(written(tmp_path, text))
    assert plan.seed == 4
    assert plan.faults == (PlannedFault("frame-late", "left", after_trays=3, amount=250),)


def test_an_unknown_fault_is_refused_with_the_list_of_known_ones(tmp_path: Path) -> None:
    with pytest.raises(FaultPlanInvalid, match="camera-lazy") as refused:
        read(written(tmp_path, "faults:\n  - name: camera-lazy\n"))
    assert all(name in str(refused.value) for name in TABLE)


def test_every_mistake_is_named_at_once_with_file_and_line(tmp_path: Path) -> None:
    text = """seed: -1
faults:
  - {name: frame-late, where: top}
  - {name: light-dim, where: ring, share: 2, sahre: 1}
  - name: gate-stuck
    rate: 3
    rate: often
  - 7
  - {name: clock-step, lasts_ms: 4}
  - {name: [1]}
colour: red
"""
    with pytest.raises(FaultPlanInvalid) as refused:
        read(path := written(tmp_path, text))
    found = dict(problem.removeprefix(f"{path}:").split(": ", 1) for problem in refused.value.problems)
    assert sorted(map(int, found)) == [1, 3, 4, 5, 7, 8, 9, 10, 11]
    assert "left, right" in found["3"]
    assert len(refused.value.problems) == 10


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("name: gate-stuck, lasts_ms: .inf", "gate-stuck: lasts_ms is a number, not inf"),
        ("name: gate-stuck, at_ms: .nan", "gate-stuck: at_ms is a number, not nan"),
        ("name: frame-late, where: left, late_ms: soon", "frame-late: late_ms is a number, not 'soon'"),
        ("name: clock-step, step_s: .nan", "clock-step: step_s is a number, not nan"),
    ],
)
def test_what_is_no_span_and_no_amount_is_refused_under_the_key_that_was_written(
    tmp_path: Path, words: str, says: str
) -> None:
    with pytest.raises(FaultPlanInvalid) as refused:
        read(path := written(tmp_path, f"faults:\n  - {{{words}}}\n"))
    assert refused.value.problems == (f"{path}:2: {says}",)


def test_a_clock_may_step_back(tmp_path: Path) -> None:
    (fault,) = read(written(tmp_path, "faults:\n  - {name: clock-step, step_s: -60}\n")).faults
    assert fault.much == -60


@pytest.mark.parametrize("text", ["", "- 1", "faults: [", "faults: 3", "seed: x\nfaults: []"])
def test_what_is_no_plan_is_refused_with_file_and_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(FaultPlanInvalid, match=r"plan\.yaml:1: "):
        read(written(tmp_path, text))


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultPlanInvalid, match="check the path"):
        read(tmp_path / "none.yaml")


def strikes(seed: int, *faults: PlannedFault) -> list[tuple[str, str, int]]:
    injection = Injection(seed)
    for fault in faults:
        injection.arm(fault)
    return [
        (change.fault.name, change.fault.where, change.at)
        for tray in range(1, 2001)
        for change in injection.tray_entered(Instant(ms(1000.0 * tray)), tray)
        if isinstance(change, Struck)
    ]


def test_a_chance_is_drawn_from_the_seed_and_from_nothing_else() -> None:
    dropped = PlannedFault("frame-dropped", "any", rate=0.05)
    alone, beside = strikes(1, dropped), strikes(1, dropped, PlannedFault("sensor-bounce", "entry", rate=0.5))
    assert alone == [strike for strike in beside if strike[0] == "frame-dropped"]
    assert alone != strikes(2, dropped)
    assert 50 < len(alone) < 150
    assert {where for _, where, _ in alone} == {"left", "right"}


def test_a_fault_waits_for_its_time_and_for_its_tray() -> None:
    assert strikes(1, PlannedFault("gate-stuck", at_ms=5500)) == [("gate-stuck", "", ms(6000))]
    assert strikes(1, PlannedFault("gate-stuck", after_trays=7)) == [("gate-stuck", "", ms(7000))]
    late = strikes(1, PlannedFault("gate-stuck", after_trays=1000, rate=0.5))
    assert min(at for _, _, at in late) > ms(1_000_000)


def test_a_spell_ends_by_itself_and_an_occasion_is_taken_so_often() -> None:
    injection = Injection(0)
    injection.arm(PlannedFault("light-dead", "ring", lasts_ms=50))
    injection.arm(PlannedFault("frame-dropped", "left", times=2))
    injection.advance(Instant(0), 0)
    assert injection.next_due_at(0) == Instant(ms(50))
    assert [bool(injection.take("frame-dropped", where)) for where in ("left", "right", "left", "left")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert injection.standing("light-dead", "ring")
    injection.advance(Instant(ms(50)), 0)
    assert not injection.standing("light-dead", "ring")
