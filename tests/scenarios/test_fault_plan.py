"""A plan of faults that the settings name."""

from pathlib import Path

import pytest

from booth.assembly.simulation import plan
from booth.settings import Settings
from fakes.faults import FaultPlanInvalid
from tests.scenarios.booths import play, settings_in


def with_faults(folder: Path, text: str) -> Settings:
    path = folder / "faults.yaml"
    path.write_text(text)
    settings = settings_in(folder)
    assert settings.world is not None
    return settings.model_copy(update={"world": settings.world.model_copy(update={"faults": path})})


def test_a_fault_of_the_settings_costs_the_tray_that_it_is_planned_for(tmp_path: Path) -> None:
    settings = with_faults(tmp_path, "faults:\n  - {name: light-dead, where: ring, after_trays: 2, lasts_ms: 1500}\n")
    shown, _ = play(tmp_path, lambda booth: booth.send_trays(4), settings=settings, damaged=0.0)
    assert shown.ends() == ["PASSED", "DIVERTED", "PASSED", "PASSED"]


def test_a_fault_plan_with_a_mistake_is_refused_before_the_world_begins(tmp_path: Path) -> None:
    with pytest.raises(FaultPlanInvalid, match=r"faults\.yaml:2: no fault is called 'gremlin'"):
        plan(with_faults(tmp_path, "faults:\n  - {name: gremlin}\n"), None)
