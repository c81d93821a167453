"""The vendors' SDKs on this machine: which are installed, and whether they load. Touches no device."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

SDKS = {
    "pyrealsense2": ("realsense", "libusb-1.0-0"),
    "pypylon": ("basler", ""),
}
"""Package: the extra that installs it, and the Debian package that it needs to load."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """One SDK. `version` None: not installed. `problem`: why it does not load, and what to do."""

    name: str
    version: str | None
    problem: str | None = None

    def __str__(self) -> str:
        if self.version is None:
            return f"{self.name}: not installed; needed only for its cameras (extra [{SDKS[self.name][0]}])"
        return f"{self.name} {self.version}: {self.problem or 'loads'}"


def installed() -> tuple[Sdk, ...]:
    """Every SDK of the table; loads each that is installed, which takes 0.1 s."""
    return tuple(_state(name) for name in SDKS)


def _state(name: str) -> Sdk:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Sdk(name, None)
    try:
        import_module(name)
    except ImportError as error:
        package = SDKS[name][1]
        hint = f"; as root: apt-get install {package}" if package else ""
        return Sdk(name, found, f"does not load: {error}{hint}")
    return Sdk(name, found)
