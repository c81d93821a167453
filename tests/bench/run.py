"""`make bench`: measures the budgets, prints a table, writes build/bench.json. Ends with 0 whatever it finds."""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402 the path comes first: this file is run, not imported
from rich.table import Table  # noqa: E402

from tests.bench import flow, geometry, scoring, start_up  # noqa: E402
from tests.bench.rows import Row  # noqa: E402

BENCHES = {"start-up": start_up.rows, "scoring": scoring.rows, "geometry": geometry.rows, "flow": flow.rows}


def table(rows: list[Row]) -> Table:
    shown = Table("what", "value", "unit", "target", "ok", "conditions")
    for row in rows:
        ok = {None: "", True: "[green]yes[/]", False: "[bold red]NO[/]"}[row.ok]
        shown.add_row(row.name, f"{row.value:.3g}", row.unit, row.target or "", ok, row.conditions)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES))
    rows: list[Row] = []
    for name in parser.parse_args().only:
        print(f"measuring {name} ...", file=sys.stderr)
        rows += BENCHES[name]()
    Console(width=150).print(table(rows))
    path = ROOT / "build/bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document(rows), indent=2) + "\n")
    print(f"written to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
