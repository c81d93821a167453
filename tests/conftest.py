import pytest
from hypothesis import settings

# A deadline would assert how fast this machine is.
settings.register_profile("booth", deadline=None, print_blob=True)
settings.load_profile("booth")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here because pytest reads options before it looks into tests/soak."""
    soak = parser.getgroup("soak")
    soak.addoption("--soak-trays", type=int, default=1_000_000, help="trays that the line tracker is shown")
    soak.addoption("--soak-seed", type=int, default=None, help="play the soak of this seed again; without: a new one")
