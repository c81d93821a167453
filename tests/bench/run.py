"""`make bench`: measures the budgets, prints a table, writes build/bench.json. Ends with 0 whatever it finds."""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[0] = str(ROOT)

from rich.console import Console  # noqa: E402 the path comes first: this file is run, not imported
from rich.table import Table  # noqa: E402

from tests.bench import (  # noqa: E402
    alignment,
    cameras_basler,
    cameras_realsense,
    codes,
    command_line,
    controller,
    day,
    firing,
    isolated,
    journal,
    keeper,
    lane,
    lanes_measuring,
    line_io,
    link,
    reference,
    stage,
    tracker,
    verdict,
)
from tests.bench.rows import Row  # noqa: E402

BENCHES = {
    "help": command_line.rows,
    "keeper": keeper.rows,
    "firing": firing.rows,
    "controller": controller.rows,
    "lane": lane.rows,
    "measuring": lanes_measuring.rows,
    "codes": codes.rows,
    "reference": reference.rows,
    "alignment": alignment.rows,
    "verdict": verdict.rows,
    "day": day.rows,
    "tracker": tracker.rows,
    "journal": journal.rows,
    "link": link.rows,
    "line-io": line_io.rows,
    "isolated": isolated.rows,
    "basler": cameras_basler.rows,
    "realsense": cameras_realsense.rows,
    "stage": stage.rows,
}
MARKS = {None: "", True: "[green]yes[/]", False: "[bold red]NO[/]"}


def table(rows: list[Row]) -> Table:
    shown = Table("what", "value", "unit", "target", "ok", "conditions")
    for row in rows:
        value = "-" if row.value is None else f"{row.value:.3g}"
        shown.add_row(row.name, value, row.unit, row.target or "", MARKS[row.ok], row.conditions)
    return shown


def document(rows: list[Row]) -> dict[str, dict[str, object]]:
    return {
        row.name: {
            "value": row.value,
            "unit": row.unit,
            "target": row.target,
            "ok": row.ok,
            "conditions": row.conditions,
        }
        for row in rows
    }


def verdict_on(rows: list[Row]) -> str:
    missed = [f"{row.name} ({row.value:.3g} {row.unit}, target {row.target})" for row in rows if row.ok is False]
    return f"missed: {'; '.join(missed)}" if missed else "every target that was measured is met"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES), metavar="NAME")
    rows: list[Row] = []
    for name in parser.parse_args().only:
        print(f"measuring {name} ...", file=sys.stderr)
        rows += BENCHES[name]()
    Console(width=150).print(table(rows))
    print(verdict_on(rows))
    path = ROOT / "build/bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document(rows), indent=2) + "\n")
    print(f"written to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
