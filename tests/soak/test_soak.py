"""Hours in minutes: `make soak`. What fails names its seed; `--soak-seed` plays it again."""

import itertools
import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from booth.assembly.virtual import VirtualBooth
from booth.inspection.cycle import TABLE as CYCLE
from booth.inspection.cycle import Event
from booth.line.table import TABLE as LINE
from booth.line.table import Table
from drivers.clock import pause
from drivers.units import seconds
from fakes.plan import PlannedFault
from tests.core import test_tracker, test_tracker_line, tracker_line, tracker_story
from tests.core.test_cycle import not_exactly_one_end
from tests.scenarios.booths import Notebook, play, settings_in

pytestmark = pytest.mark.soak

JOURNEYS = 1_000_000
STORIES_AT_ONCE = 500
STORIES_AHEAD = 4
SHARE = {"time": 1, "encoder": 10}
"""By encoder a story takes some ten times as long: so many times fewer of them are told."""
PLAYED = settings(
    max_examples=STORIES_AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
ROUNDS, TRAYS = 25, 20
KILLED, TURNS_AT_MOST = 0.4, 200

# Not camera-lost: a controller does not start without its cameras.
FAULTS = ("frame-dropped", "frame-late", "frame-stale", "frame-repeated", "counter-stuck", "saturated", "sensor-bounce")


def test_no_journey_has_two_verdicts_or_none(soak_seed: int) -> None:
    draw, events = random.Random(f"cycle {soak_seed}"), list(Event)
    for number in range(JOURNEYS):
        journey = [*draw.choices(events, k=draw.randrange(12)), Event.DEADLINE]
        assert not_exactly_one_end(CYCLE, journey) == [], f"--soak-seed {soak_seed}, journey {number}: {journey}"


@pytest.mark.parametrize("by", SHARE)
def test_the_line_keeps_its_promise_through_all_stories(by: str, soak_seed: int, pytestconfig: pytest.Config) -> None:
    wanted, told = int(pytestconfig.getoption("--soak-trays")) // SHARE[by], 0
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        for first in itertools.count(soak_seed, STORIES_AHEAD * cores):
            for number, trays, why in pool.map(partial(trays_of, by=by), range(first, first + STORIES_AHEAD * cores)):
                assert not why, f"{again(number)}\n{why}"
                told += trays
            if told >= wanted:
                return


def again(number: int) -> str:
    return f"again with: pytest -m soak --soak-trays 1 --soak-seed {number}"


def trays_of(number: int, table: Table = LINE, how: settings = PLAYED, by: str = "time") -> tuple[int, int, str]:
    """Tell the stories of one seed; returns it, how many trays they had, and the smallest one that breaks a promise."""
    plans: Any = tracker_line.PLANS if by == "encoder" else tracker_story.PLANS
    trays = 0

    @seed(number)
    @how
    @given(plans)
    def stories(plan: tracker_line.Plan | tracker_story.Plan) -> None:
        nonlocal trays
        if isinstance(plan, tracker_line.Plan):
            trays += len(plan.says)
            assert test_tracker_line.broken_promises(plan, table) == []
        else:
            trays += len(plan.trays)
            assert test_tracker.broken_promises(plan, table) == []

    try:
        stories()
    except AssertionError as error:
        return number, trays, "\n".join((str(error), *getattr(error, "__notes__", ())))
    return number, trays, ""


def test_no_tray_passes_without_its_pass_while_controllers_die_and_cameras_fail(soak_seed: int, tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    troubles: set[str] = set()
    for number in range(soak_seed, soak_seed + ROUNDS):
        shown, booth = a_bad_day(number, tmp_path / str(number))
        assert booth.account.counts.in_flight == 0, again(number)
        assert booth.account.counts.entered == len(shown.rows) == TRAYS, again(number)
        assert passed_without_a_pass(shown) == [], again(number)
        ends += Counter(shown.ends())
        troubles.update(*shown.reasons())
    assert min(ends["PASSED"], ends["DIVERTED"]) > ROUNDS * TRAYS / 5, f"too one-sided to show anything: {ends}"
    assert troubles >= {"no-verdict", "camera-silent", "frame-stale", "quality-poor"}, f"hardly a fault: {troubles}"


def a_bad_day(number: int, folder: Path) -> tuple[Notebook, VirtualBooth]:
    """TRAYS trays, while the controller is killed and a camera or a sensor fails again and again."""
    draw = random.Random(f"kills {number}")

    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(TRAYS)
        for _ in range(TURNS_AT_MOST):
            if booth.account.counts.entered == TRAYS and not booth.account.open:
                break
            name = draw.choice(FAULTS)
            where = "entry" if name == "sensor-bounce" else draw.choice(("left", "right"))
            booth.world.floor.inject(PlannedFault(name, where))
            await pause(booth.clock, seconds(draw.uniform(0.5, 9)))
            if draw.random() < KILLED:
                await booth.kill("controller")
                await pause(booth.clock, seconds(draw.uniform(0, 3)))
                await booth.start_controller()
        await pause(booth.clock, seconds(15))

    kept = settings_in(folder)
    quiet = kept.model_copy(update={"records": kept.records.model_copy(update={"evidence": "none"})})
    return play(folder, story, settings=quiet, damaged=0.3, seed=number)


def passed_without_a_pass(shown: Notebook) -> list[str]:
    lines = [row.line() for row in shown.rows]
    return [
        line["tray_id"]
        for line in lines
        if line["truth"]["went"] == "passed" and not (line["verdict"] == "PASS" and line["end"] == "PASSED")
    ]
