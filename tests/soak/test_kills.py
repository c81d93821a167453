"""A hundred real kills while the simulated line runs in real time: no tray passes undecided, and the books agree."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.soak.kills import HOW, Abused

pytestmark = pytest.mark.soak


def test_no_tray_passes_undecided_whatever_is_killed_stopped_or_cut(
    soak_seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    kills = int(pytestconfig.getoption("--soak-kills"))
    line = Abused(tmp_path, soak_seed)
    asyncio.run(line.abuse(kills))
    told = account(line, soak_seed)
    print(told)  # noqa: T201 the soak's account
    assert line.books.wrongs() == [], told
    assert sum(line.done.values()) == kills
    assert went(line)["passed"] > kills / 10, "too few passed to show anything"
    assert line.died.total() == 0, f"ended by themselves: {dict(line.died)}"
    assert kills < 4 * len(HOW) or set(line.done) == set(HOW)


def account(line: Abused, seed: int) -> str:
    """What was done, and what became of it by each side's records."""
    books = line.books
    words = Counter(word.word for word in books.verdicts)
    ends = Counter(end for ends in books.ends.values() for end in ends)
    lacks = f"{len(books.unwritten())} verdicts and {len(books.unheard())} ends"
    lines = (
        f"--soak-seed {seed}: {dict(line.done)}, {dict(line.starts)} starts, {line.resets} resets",
        f"world: {len(books.truth)} trays came to the entry, {dict(went(line))}; {len(books.undecided())} undecided",
        f"keeper's ledger: {len(books.entered)} entered, {dict(ends)}",
        f"controller said {dict(words)}; its journal has {len(books.journal)} trays, and lacks {lacks}",
    )
    return "\n".join(lines)


def went(line: Abused) -> Counter[str]:
    return Counter(line.books.truth.values())
