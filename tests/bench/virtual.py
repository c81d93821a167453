"""The whole booth in virtual time."""

import tempfile
from pathlib import Path

from booth.assembly.virtual import VirtualBooth
from tests.bench.rows import Row, once
from tests.scenarios.booths import Notebook, play

TRAYS = 200


def rows() -> list[Row]:
    shown: list[Notebook] = []

    async def story(booth: VirtualBooth) -> None:
        await booth.send_trays(TRAYS, within=1e5)

    with tempfile.TemporaryDirectory() as folder:
        took = once(lambda: shown.append(play(Path(folder), story, damaged=0.1)[0]))
    assert len(shown[0].rows) == TRAYS, "the benchmark lost trays"
    says = f"{TRAYS} trays through world, keeper and controller; flat pictures, one in ten damaged, each row committed"
    return [Row("virtual time, whole booth", TRAYS / took, "trays/s", None, says)]
