"""What waits for a person, and what one has decided last: read from the keeper's ledger, which is not touched."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from booth.faults import FAULTS, Occurrence
from booth.tray import End, TrayId

FILES = ("ledger.1.jsonl", "ledger.jsonl")
"""In the order in which they were written."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One reset: `who` and `why`, what they found of the tray that was looked for, and `held`, every tray that had
    ended HELD since the reset before and was taken off the line with it."""

    who: str
    why: str
    tray: TrayId | None
    found: str | None
    held: tuple[TrayId, ...]


@dataclass(slots=True)
class Waiting:
    """`latched` and `held`: since the last reset, oldest first; of a fault that an older keeper has left, no tray is
    known. `decided`: the last reset, None if the ledger knows of none any more."""

    latched: list[Occurrence] = field(default_factory=list)
    held: list[TrayId] = field(default_factory=list)
    decided: Decided | None = None

    def take(self, line: dict[str, Any]) -> None:
        match line:
            case {"latched": str(code)} if code in FAULTS:
                self.latched.append(Occurrence(code, str(line.get("tray", "-")), str(line.get("device", "-"))))
            case {"cleared": str(code)}:
                self.latched = [each for each in self.latched if each.code != code]
            case {"end": str(tray), "as": End.HELD.value}:
                self.held.append(TrayId(tray))
            case {"reset": str(who)}:
                sought = line.get("tray")
                found, held = line.get("found"), tuple(dict.fromkeys(self.held))
                self.decided = Decided(who, str(line.get("why", "")), TrayId(sought) if sought else None, found, held)
                self.latched, self.held = [], []


def waiting(folder: Path) -> Waiting:
    """By the ledger in `folder`, state_dir; of one that is not there, or that this user may not read, nothing."""
    found = Waiting()
    for line in _lines(folder / name for name in FILES):
        found.take(line)
    return found


def _lines(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            try:
                read = json.loads(line)
            except ValueError:  # the keeper is writing it
                continue
            if isinstance(read, dict):
                yield read
