"""`python -m fakes.faults.every > config/faults/every-fault.yaml`: the plan that has every fault in it."""

from fakes.faults.planned import ANYWHERE
from fakes.faults.table import TABLE, FaultRow, Kind

RATES = {Kind.OCCASION: 0.003, Kind.SPELL: 0.001, Kind.EVENT: 0.001}
"""By tray: a day of 10,000 trays sees each fault several times, and most trays none."""


def every_fault() -> str:
    """The plan as YAML, one fault of each row."""
    lead = (
        "# Every fault there is, each now and then. Written by `python -m fakes.faults.every`.\n"
        "# rate: the chance that it comes as a tray enters; instead: at_ms, or after_trays.\n"
        "seed: 1\nfaults:\n"
    )
    return lead + "\n".join(map(_entry, TABLE.values())) + "\n"


def _entry(row: FaultRow) -> str:
    words = [f"name: {row.name}", f"rate: {RATES[row.kind]:g}"]
    words += [f"where: {ANYWHERE}"] if row.where else []
    words += [] if row.lasts_ms is None else [f"lasts_ms: {row.lasts_ms or 3000:g}"]
    words += [f"{row.amount.key}: {row.amount.default:g}"] if row.amount else []
    return f"  # {row.does}\n  - {{{', '.join(words)}}}"


if __name__ == "__main__":
    print(every_fault(), end="")  # noqa: T201 - a command
