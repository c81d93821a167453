"""What became of a pack's 8 bits, in the words of its card and among the metrics of its manifest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sections import ORDER, add

from booth.scoring.packs.contents import MANIFEST

HEADING = ORDER[1]
Found = Mapping[str, Any]
"""As eight_bits.py writes it."""


def tell(folder: Path, found: Found) -> None:
    """Write it into a pack that nobody has signed yet, in place of what an earlier try said. Raises ValueError for one
    that is signed or another than was tried, PackInvalid if it no longer holds."""
    about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if about["files"][about["lanes"]["appearance"]["model"]] != found["model_sha256"]:
        raise ValueError(f"{folder} has another network than the one that was tried: try again")
    add(folder, section(found), metrics(found), "_int8_")


def metrics(found: Found) -> dict[str, float]:
    return {
        f"simulated_val_int8_{lanes}_{name}": round(change["int8"], 4)
        for lanes, figures in found["figures"].items()
        for name, change in figures.items()
    }


def section(found: Found) -> str:
    rows = "\n".join(
        _row(lanes, name, change) for lanes, figures in found["figures"].items() for name, change in figures.items()
    )
    size, time, rule = found["model_mb"], found["time"], found["rule"]
    return f"""{HEADING}
The same network with convolutions in 8 bits, its ranges taken from {found["calibrated_on"]} training captures, on the
{found["trays"]} validation trays; in brackets 95 % of the difference, by bootstrap over products:

| lanes | figure | 32 bits | 8 bits | difference |
|---|---|---|---|---|
{rows}

It is {size["int8"]:.1f} MB instead of {size["fp32"]:.1f} and took {time["ratio_p50"]:.2f} of the time where the pack
was made, both by turns on one core. It is shipped if it takes {rule["time_at_most"]:g} at most and is shown to fall by
no more than {_allowed(rule)}.
{_verdict(found)}

"""


def _row(lanes: str, name: str, change: Mapping[str, Any]) -> str:
    apart = change["difference"]
    interval = "" if apart["low"] is None else f" ({apart['low']:+.3f} to {apart['high']:+.3f})"
    told = f"{apart['value']:+.3f}{interval}"
    return f"| {lanes.replace('_', ' ')} | {SAYS[name]} | {change['fp32']:.3f} | {change['int8']:.3f} | {told} |"


SAYS = {
    "auroc": "AUROC",
    "recall_at_fpr_1pct": "recall at 1 % FPR",
    "recall_at_fpr_01pct": "recall at 0.1 % FPR",
}


def _allowed(rule: Mapping[str, Any]) -> str:
    return ", ".join(f"{most:g} in {SAYS[name]}" for name, most in rule["may_fall"].items())


def _verdict(found: Found) -> str:
    if found["shipped"] == "int8":
        return "It was: the variant is a pack of its own."
    reasons = "\n".join(f"* {_plain(one)}" for one in found["because"])
    return f"**This pack stays in 32 bits**, for these reasons:\n{reasons}"


def _plain(reason: str) -> str:
    for name, says in {**SAYS, "all_lanes": "all lanes"}.items():
        reason = reason.replace(name, says)
    return reason
