"""Hours in minutes: `make soak`. hypothesis prints the blob that repeats a failure."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from booth.assembly.virtual import VirtualBooth
from booth.inspection.cycle import TABLE as CYCLE
from booth.inspection.cycle import Event
from booth.line.table import TABLE as LINE
from drivers.clock import pause
from drivers.units import seconds
from fakes.plan import PlannedFault
from tests.core.test_cycle import not_exactly_one_end
from tests.core.test_tracker import broken_promises
from tests.core.tracker_story import PLANS, Plan
from tests.scenarios.booths import Notebook, play, settings_in

pytestmark = pytest.mark.soak

JOURNEYS = 500_000
STORIES = 10_000
ROUNDS, TRAYS = 30, 12


def test_no_journey_of_half_a_million_has_two_verdicts_or_none() -> None:
    draw = random.Random("cycle")
    events = list(Event)
    for number in range(JOURNEYS):
        journey = draw.choices(events, k=draw.randrange(12))
        assert not_exactly_one_end(CYCLE, journey) == [], f"journey {number}: {journey}"


@settings(max_examples=STORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(PLANS)
def test_the_line_keeps_its_promise_through_thousands_of_stories(plan: Plan) -> None:
    assert broken_promises(plan, LINE) == []


FAULTS = ("frame-dropped", "frame-stale", "sensor-bounce")  # a controller does not start without its cameras


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_tray_passes_without_its_pass_while_controllers_die_and_cameras_fail(seed: int, tmp_path: Path) -> None:
    draw = random.Random(f"kills {seed}")

    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(TRAYS)
        for _ in range(6):
            name = draw.choice(FAULTS)
            where = "entry" if name == "sensor-bounce" else draw.choice(("left", "right"))
            booth.world.floor.inject(
                PlannedFault(
                    name,
                    where,
                )
            )
            await pause(booth.clock, seconds(draw.uniform(0.2, 6)))
            await booth.kill("controller")
            await pause(booth.clock, seconds(draw.uniform(0, 3)))
            await booth.start_controller()
        await booth.send_trays(0)
        await pause(booth.clock, seconds(15))

    kept = settings_in(tmp_path)
    quiet = kept.model_copy(update={"records": kept.records.model_copy(update={"evidence": "none"})})
    shown, booth = play(tmp_path, story, settings=quiet, damaged=0.3, seed=seed)
    counts = booth.account.counts
    assert counts.in_flight == 0
    assert counts.entered == len(shown.rows)
    assert passed_without_a_pass(shown) == []


def passed_without_a_pass(shown: Notebook) -> list[str]:
    lines = [row.line() for row in shown.rows]
    return [
        line["tray_id"]
        for line in lines
        if line["truth"]["went"] == "passed" and not (line["verdict"] == "PASS" and line["end"] == "PASSED")
    ]
