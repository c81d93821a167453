import random

import pytest


@pytest.fixture
def soak_seed(pytestconfig: pytest.Config) -> int:
    given: int | None = pytestconfig.getoption("--soak-seed")
    return random.SystemRandom().randrange(1_000_000) if given is None else given
