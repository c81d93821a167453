"""Trays from the entry sensor to their end, through the real keeper, controller and world, in virtual time."""

from pathlib import Path

from booth.assembly.virtual import VirtualBooth
from tests.scenarios.booths import play


def test_sound_trays_pass_and_damaged_ones_are_diverted(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        await booth.send_trays(20)

    shown, booth = play(tmp_path, story, damaged=0.4)
    assert booth.account.counts.entered == 20
    assert {row.line()["verdict"] for row in shown.rows} == {"PASS", "DIVERT"}
    for row in shown.rows:
        assert row.truth is not None
        assert row.line()["end"] == ("DIVERTED" if row.truth["damaged"] else "PASSED")
