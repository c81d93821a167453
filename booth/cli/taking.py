"""Devices taken from the service that owns them, for one command: the same lock file, and the words of who holds it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal

from booth.cli.exits import Exit, Failed
from booth.service.lock import Taken, held
from booth.settings import Settings

Devices = Literal["line", "lights", "cameras"]

SERVICES: dict[Devices, str] = {"line": "booth-line", "lights": "boothd", "cameras": "boothd"}
COMMAND = "booth "
"""How a command of ours calls itself in a lock file, and no service does."""


@contextmanager
def taken(settings: Settings, devices: Devices, command: str) -> Iterator[None]:
    """They are `command`'s, as in "booth io read", while this lasts: the service that owns them does not start. Raises
    Failed if it runs."""
    path = settings.runtime_dir / f"{SERVICES[devices]}.lock"
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(path, command))
        except Taken as error:
            raise Failed(Exit.DEVICE_BUSY, "device-busy", _whose(error, devices)) from error
        except PermissionError as error:
            says = f"{path} may not be written; do this as the user of the services: sudo -u boothd {command} ..."
            raise Failed(Exit.STORAGE, "storage-failed", says) from error
        yield


def _whose(taken: Taken, devices: Devices) -> str:
    which = f" (process {taken.process})" * bool(taken.process)
    if taken.holder.startswith(COMMAND):
        return f"{taken.holder}{which} has the {devices} now; end it first, with Ctrl-C: it puts everything back"
    service = SERVICES[devices]
    costs = "the belt stops, and trays on it end HELD" if devices == "line" else "every tray is diverted meanwhile"
    belong = "belongs" if devices == "line" else "belong"
    return (
        f"the {devices} {belong} to {service}, which runs{which}; stop it first: systemctl stop {service} ({costs}), "
        "or end its `booth run` with Ctrl-C"
    )
