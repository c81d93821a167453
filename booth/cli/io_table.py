"""The live table of `booth io watch`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from booth.assembly.handling import wired
from booth.assembly.watching import Tally, Watch, level
from drivers.units import Instant, as_ms, as_seconds, between

COLUMNS = ("input", "wired to", "level", "edges", "last edge", "shortest pulse", "lost", "")


@contextmanager
def shown(watching: Watch) -> Iterator[Callable[[], None]]:
    """Yields what draws it anew."""
    console = Console()
    with Live(console=console, auto_refresh=False, transient=False) as live:
        yield lambda: live.update(table(watching, watching.reach.clock.now()), refresh=True)


def table(watching: Watch, now: Instant) -> Table:
    simulated = watching.reach.settings.simulated
    drawn = Table(title="SIMULATED BOOTH" if simulated else None, caption="Ctrl-C ends it", expand=False)
    for column in COLUMNS:
        drawn.add_column(column, overflow="fold")
    for tally in watching.tallies.values():
        drawn.add_row(*_cells(tally, wired(watching.reach.settings, tally.name), now))
    return drawn


def _cells(tally: Tally, where: str, now: Instant) -> tuple[str | Text, ...]:
    ago = "-" if tally.last_at is None else f"{max(0.0, as_seconds(between(tally.last_at, now))):.1f} s ago"
    shortest = "-"
    if tally.shortest is not None:
        shortest = f"{as_ms(tally.shortest[0]):.1f} ms {level(tally.shortest[1])}"
    if tally.name == "encoder":
        return tally.name, where, _counts(tally), "", "", "", str(tally.losses), Text(tally.problem, style="red")
    edges, losses = str(tally.edges), str(tally.losses)
    return tally.name, where, _level(tally), edges, ago, shortest, losses, Text(tally.problem, style="red")


def _level(tally: Tally) -> Text:
    if tally.problem:
        return Text("no answer", style="bold red")
    if tally.blocked is None:
        return Text("...", style="dim")
    return Text(level(tally.blocked), style="bold yellow" if tally.blocked else "green")


def _counts(tally: Tally) -> Text:
    if tally.problem:
        return Text("no answer", style="bold red")
    speed = "" if tally.mm_per_s is None else f", {tally.mm_per_s:.0f} mm/s"
    return Text(f"{tally.count}{speed}")
