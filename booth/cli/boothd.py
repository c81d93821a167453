"""`boothd CONFIG`: the controller's process."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from booth.cli import daemon

if TYPE_CHECKING:
    from booth.assembly.foundation import Foundation


def main() -> None:
    """Runs until SIGTERM or SIGINT; with --supervised also until its supervisor closes its stdin."""
    daemon.command("boothd", "The controller: captures, scores, decides.", _serve)


def _serve(config: Path, supervised: bool) -> None:
    from booth.assembly.foundation import lay
    from booth.service.lock import held
    from booth.settings import load

    settings = load(config)
    foundation = lay(config, settings)
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    with held(settings.runtime_dir / "boothd.lock"):
        daemon.run(_run(foundation, supervised))


async def _run(foundation: "Foundation", supervised: bool) -> None:
    from booth.assembly.controlling import Surroundings, control, threads
    from booth.assembly.processes import desk_socket, line_socket
    from booth.assembly.simulation import dial
    from booth.service.desk import Desk
    from booth.service.logs import FaultLog, device_log, logger
    from booth.service.notify import supervision
    from drivers.clock import SystemClock
    from drivers.links import connect, serve

    settings, clock, desk = foundation.settings, SystemClock(), Desk()
    log = logger(sys.stderr, "boothd", clock)
    stop = daemon.stop_asked(supervised)
    around = Surroundings(
        clock,
        supervision(os.environ, os.getpid()),
        FaultLog(log),
        partial(connect, line_socket(settings)),
        dial(settings),
        threads(settings),
        desk,
        device_log(log),
    )
    server = await serve(desk_socket(settings), desk.serve)
    try:
        await control(foundation, around, stop)
    finally:
        around.supervision.notifier.stopping()
        server.close()


if __name__ == "__main__":
    main()
