"""`booth run`: the whole booth, shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli import daemon
from booth.cli.manners import Exit, Failed, exit_codes, report
from booth.cli.options import Config

if TYPE_CHECKING:
    from booth.assembly.onlooker import Onlooker, Show
    from booth.assembly.processes import ChildFailed
    from booth.settings import Settings


def run(
    config: Config,
    trays: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many trays; without it, run until Ctrl-C.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line on stdout: every tray, then a summary.")
    ] = False,
) -> None:
    """Run the booth: world (if simulated), line keeper and controller. Ctrl-C finishes the trays on the line."""
    try:
        with exit_codes():
            _run(config, trays, as_json)
    except Failed as failed:
        report(failed, as_json=False)
        raise typer.Exit(failed.code) from failed


def _run(config: Path, trays: int | None, as_json: bool) -> None:
    from booth.cli.run_lines import Lines
    from booth.cli.run_table import Table
    from booth.settings import load

    settings = load(config)
    count = _count(settings, trays)
    with Lines() if as_json else Table(settings, count) as show:
        onlooker = _supervise(config, settings, count, show)
        show.summary(onlooker.account.summary())
    if onlooker.latched and trays is not None:
        told = f"the line is held ({', '.join(onlooker.latched)}): not all of {trays} trays could be sent"
        raise Failed(Exit.CHECK_FAILED, "line-held", told)


def _count(settings: "Settings", trays: int | None) -> int | None:
    """A recorded session ends at its last pair, whatever was asked for."""
    from booth.assembly.simulation import captures

    recorded = captures(settings)
    if recorded is None:
        return trays
    return recorded if trays is None else min(trays, recorded)


def _supervise(config: Path, settings: "Settings", trays: int | None, show: "Show") -> "Onlooker":
    from booth.assembly.onlooker import Onlooker
    from booth.assembly.processes import ChildFailed
    from booth.assembly.supervised import Supervised
    from drivers.clock import SystemClock

    clock = SystemClock()
    onlooker = Onlooker(clock, show)
    try:
        daemon.run(Supervised(config, settings, trays, clock, onlooker).run())
    except ChildFailed as failed:
        raise _ended(failed) from failed
    return onlooker


def _ended(failed: "ChildFailed") -> Failed:
    """A process that ended for a reason of its own ends the run with the same code."""
    known = next((code for code in Exit if code == failed.code), Exit.INTERNAL)
    return Failed(known, "process-ended", f"{failed}: the messages above say why")
