"""Not soak: that what the soak finds can be found again by what it prints."""

import pytest
from hypothesis import Phase, settings

from booth.line.table import TABLE, Do, Step, Table, TrayEvent, TrayState
from tests.soak.test_soak import PLAYED, SHARE, a_bad_day, again, trays_of

SEED = 3
QUICK = settings(PLAYED, max_examples=60, phases=[Phase.generate])
BROKEN: Table = {**TABLE, (TrayState.NEARING, TrayEvent.MUST_DIVERT): Step(TrayState.PASSING, (Do.OPEN_GATE,))}


@pytest.mark.parametrize("by", SHARE)
def test_a_story_that_breaks_a_promise_is_found_again_by_its_seed(by: str) -> None:
    found = trays_of(SEED, BROKEN, QUICK, by)
    assert found[2]
    assert found == trays_of(SEED, BROKEN, QUICK, by)
    assert not trays_of(SEED, TABLE, QUICK, by)[2], "the story breaks a promise by itself"
    assert again(SEED).endswith("--soak-seed 3")


def test_a_bad_day_is_the_same_day_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    first, second = (a_bad_day(SEED, tmp_path_factory.mktemp("day"))[0] for _ in range(2))
    assert first.ends() == second.ends()
    assert first.reasons() == second.reasons()
