"""A hundred real kills while the simulated line runs in real time: no tray passes undecided, and the books agree."""

import asyncio
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
    went = list(line.truth.values())
    told = f"--soak-seed {soak_seed}: {dict(line.done)}, {len(line.entered)} trays, {line.resets} resets"
    print(f"{told}; {went.count('passed')} passed, {went.count('diverted')} diverted")  # noqa: T201 the soak's account
    assert line.wrongs() == [], told
    assert sum(line.done.values()) == kills
    assert went.count("passed") > kills / 10, "too few passed to show anything"
    assert kills < 4 * len(HOW) or set(line.done) == set(HOW)
