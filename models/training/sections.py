"""Adds to a pack that is written: a section to its card, and figures to the metrics of its manifest."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from booth.scoring.packs.contents import MANIFEST, SIGNATURE
from booth.scoring.packs.pack import load

ORDER = ("## On the test part", "## In 8 bits", "## Licences")
"""Of the headings: what is added stands before the last, which every card has."""


def add(folder: Path, section: str, metrics: Mapping[str, float], of: str) -> None:
    """`section` begins with one of ORDER, and takes the place of an earlier one; `metrics` that of those whose names
    have `of` in them. Raises ValueError for a signed pack, PackInvalid if it no longer holds."""
    if (folder / SIGNATURE).exists():
        raise ValueError(f"{folder} is signed: nothing is added to it")
    about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    card = folder / about["card"]
    card.write_text(with_section(card.read_text(encoding="utf-8"), section), encoding="utf-8")
    about["files"][about["card"]] = hashlib.sha256(card.read_bytes()).hexdigest()
    about["metrics"] = {name: one for name, one in about["metrics"].items() if of not in name} | dict(metrics)
    (folder / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    load(folder)


def with_section(card: str, section: str) -> str:
    mine = ORDER.index(section.partition("\n")[0])
    before, _, own = card.partition(ORDER[mine])
    rest = own or before
    at = min(place for heading in ORDER[mine + 1 :] if (place := rest.find(heading)) >= 0)
    return f"{before if own else rest[:at]}{section}{rest[at:]}"
