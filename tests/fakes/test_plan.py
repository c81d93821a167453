"""What a simulated booth is told before it starts."""

import json

import pytest

from fakes.plan import PlanInvalid, PlannedFault, WorldPlan, plan_from_json


def test_a_plan_survives_its_journey_to_another_process() -> None:
    plan = WorldPlan(
        seed=9, pitch_mm=(700, 900), trays=4, pictures="flat", faults=(PlannedFault("camera-lost", "left"),)
    )
    assert plan_from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"sead": 1}, "sead"),
        ({"seed": -1}, "seed"),
        ({"damaged": 1.5}, "damaged"),
        ({"trays": -1}, "trays"),
        ({"pitch_mm": [900, 700]}, "backwards"),
        ({"pitch_mm": [300, 700]}, "tray_length_mm"),
        ({"pitch_mm": [700]}, "plan"),
        ({"exhibit": "zoo"}, "exhibit"),
        ({"exhibit": "board", "pictures": "flat"}, "rendered"),
        ({"belt_mm_per_s": 0}, "belt_mm_per_s"),
        ({"gate_actuation_ms": "slow"}, "gate_actuation_ms"),
        ({"faults": [{"name": "sensor-bounce", "where": "roof"}]}, "sensor-bounce"),
        ({"faults": [{"kind": "sensor-bounce"}]}, "kind"),
    ],
)
def test_a_plan_that_cannot_be_names_the_key(words: dict[str, object], says: str) -> None:
    with pytest.raises(PlanInvalid, match=says):
        plan_from_json(json.dumps(words))


@pytest.mark.parametrize("text", ["", "no", "[]", "3"])
def test_what_is_not_a_json_object_is_no_plan(text: str) -> None:
    with pytest.raises(PlanInvalid):
        plan_from_json(text)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(PlanInvalid, match=r"seed: .*; damaged: "):
        WorldPlan(seed=-1, damaged=2)
