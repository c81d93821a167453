"""A run as a growing table with a progress display."""

import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from booth.assembly.account import Account, Row
from booth.assembly.simulation import pictures_are_simulated
from booth.cli.exits import reader_gone
from booth.faults import FAULTS, Severity
from booth.settings import Settings

COLUMNS = {
    "tray": 13, "plate": 13, "product": 14, "score": 6, "verdict": 8, "end": 9, "reason": 30, "ms": 6, "truth": 20,
}  # fmt: skip
"""How wide each is; the reason takes what is left of the line."""
SPARED = ("plate", "ms", "product", "truth")
"""What a narrow terminal does without, the first first."""
COLOURS = {"PASSED": "green", "DIVERTED": "yellow", "HELD": "bold red", "BYPASSED": "cyan"}


class _Paper(Console):
    def on_broken_pipe(self) -> None:
        reader_gone()


class Table:
    """Rows on stdout, the rest on stderr. On a terminal both share one screen, so one console draws them."""

    def __init__(self, settings: Settings, trays: int | None) -> None:
        together = sys.stdout.isatty()
        self._rows = _Paper(highlight=False, width=None if together else 140)
        self._rest = self._rows if together else Console(stderr=True, highlight=False)
        self._settings = settings
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=self._rest, transient=True, disable=not self._rest.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("starting", total=trays)
        self._begun = False
        self._columns = _fitting(self._rows.width)
        self._latched: set[str] = set()

    def __enter__(self) -> Self:
        if self._settings.simulated:
            recorded = "no tray or gate here is real, the pictures are recorded"
            told = "no tray, camera or gate here is real" if pictures_are_simulated(self._settings) else recorded
            name = self._settings.name
            self._rest.print(f"[bold black on yellow] SIMULATED BOOTH [/] {name}: {told}", soft_wrap=True)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, who: str, line: str) -> None:
        self._rest.print(f"[dim]{escape(who)}: {escape(line)}[/]", soft_wrap=True)

    def fault(self, code: str, text: str, raised: bool) -> None:
        mark = "[bold red]fault[/]" if raised else "[green]over [/]"
        self._rest.print(f"{mark} {code}: {escape(text)}" if text else f"{mark} {code}", soft_wrap=True)
        if FAULTS[code].severity is Severity.LATCHED:
            (self._latched.add if raised else self._latched.discard)(code)
            self._progress.update(self._task, description="held" if self._latched else "waiting for a tray")

    def entered(self, account: Account) -> None:
        self._progress.update(self._task, description=self._under_way(account))

    def row(self, row: Row, account: Account) -> None:
        if not self._begun:
            self._rows.print(_grid(self._columns, {name: Text(name, style="bold") for name in COLUMNS}))
            self._begun = True
        self._rows.print(_grid(self._columns, _cells(row)))
        self._progress.update(self._task, advance=1, description=self._under_way(account))

    def summary(self, summary: dict[str, Any]) -> None:
        self._progress.stop()
        counts = {name: count for name, count in summary.items() if name != "kind"}
        ends = " + ".join(f"{counts[name]} {name}" for name in ("passed", "diverted", "held", "bypassed"))
        adds_up = f"{ends} + {counts['in_flight']} in flight"
        self._rows.print(f"\n[bold]{counts['entered']} entered[/] = {adds_up}   ({counts['late']} late)")

    def _under_way(self, account: Account) -> str:
        if self._latched:
            return "held"
        return f"{len(account.open)} on the line" if account.open else "waiting for a tray"


def _fitting(width: int) -> dict[str, int]:
    """The columns, and how wide each is, that fit a line of `width` characters."""
    columns = dict(COLUMNS)
    for name in SPARED:
        if _wide(columns) > width:
            del columns[name]
    return {**columns, "reason": max(10, columns["reason"] + width - _wide(columns))}


def _wide(columns: dict[str, int]) -> int:
    return sum(columns.values()) + len(columns) - 1


def _grid(columns: dict[str, int], cells: dict[str, RenderableType]) -> Grid:
    grid = Grid.grid(padding=(0, 1))
    for width in columns.values():
        grid.add_column(width=width, no_wrap=True, overflow="ellipsis")
    grid.add_row(*(cells[name] for name in columns))
    return grid


def _cells(row: Row) -> dict[str, RenderableType]:
    line = row.line()
    truth = line["truth"] or {}
    score, latency = line["score"], line["latency_ms"]
    return {
        "tray": Text(line["tray_id"]),
        "plate": Text(line["plate"] or "-"),
        "product": Text(str(truth.get("product", "-"))),
        "score": Text("-" if score is None else f"{score:.2f}"),
        "verdict": Text(line["verdict"] or "none"),
        "end": Text(line["end"], style=COLOURS[line["end"]]),
        "reason": Text("; ".join(reason["text"] for reason in line["reasons"])),
        "ms": Text("-" if latency is None else f"{latency:.0f}", justify="right"),
        "truth": _truth(truth),
    }


def _truth(truth: dict[str, Any]) -> Text:
    if not truth:
        return Text("-", style="dim")
    if not truth.get("damaged"):
        return Text("sound", style="dim")
    kinds = [f"{damage['severity']} {damage['type']}" for damage in truth["damages"]]
    return Text(", ".join(kinds) or "damaged", style="magenta")
