"""A million trays in virtual time, with everything that can go wrong and with kills, judged from the world's truth."""

import os
from pathlib import Path

import pytest

from booth.assembly.day import DayPlan, simulate
from booth.settings import load
from fakes.faults import read

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.soak


def test_a_million_trays_keep_the_promise_whatever_goes_wrong(soak_seed: int, pytestconfig: pytest.Config) -> None:
    """`--soak-trays` cuts it into shards: each seed is another one, and `booth simulate day --seed` plays it again."""
    trays = int(pytestconfig.getoption("--soak-trays"))
    plan = DayPlan(trays, read(ROOT / "config/faults/every-fault.yaml"), soak_seed)
    day = simulate(load(ROOT / "config/sim.yaml"), plan, None, len(os.sched_getaffinity(0)), lambda entered: None)
    told = f"booth simulate day --trays {trays} --seed {soak_seed}: {day.summary()}"
    print(told)  # noqa: T201 the soak's account
    assert day.violations == (), told
    assert day.total.trays == trays, told
    assert day.total.ends["passed"] > trays / 2, f"too few passed to show anything: {told}"
