from collections.abc import Callable

import pytest
from hypothesis import settings

# A deadline would assert how fast this machine is.
settings.register_profile("booth", deadline=None, print_blob=True)
settings.load_profile("booth")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here because pytest reads options before it looks into tests/soak."""
    soak = parser.getgroup("soak")
    soak.addoption("--soak-trays", type=int, default=1_000_000, help="trays that the line tracker is shown")
    soak.addoption("--soak-kills", type=int, default=100, help="real kills of keeper, controller and links")
    soak.addoption("--soak-seed", type=int, default=None, help="play the soak of this seed again; without: a new one")
    parser.addoption(
        "--hardware",
        action="append",
        default=[],
        metavar="KIND=SERIAL",
        help="a device on this machine, such as basler=40012345; with -m hardware. May be given several times",
    )


@pytest.fixture
def hardware(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the serial number of the device of a kind, or skips the test."""
    named = dict(each.partition("=")[::2] for each in request.config.getoption("--hardware"))

    def serial(kind: str) -> str:
        if kind not in named:
            pytest.skip(f"no {kind} is named: --hardware {kind}=SERIAL")
        return str(named[kind])

    return serial
