"""How `booth run` is shown: what a narrow terminal does without, and what happens when the reader leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from booth.assembly.account import Account, Row
from booth.cli.exits import Exit
from booth.cli.run_table import COLUMNS, Table
from booth.line import wire
from booth.settings import load
from booth.tray import Counts, End, Reason, TrayId
from drivers.units import Instant

ROOT = Path(__file__).parents[2]
SIM = ROOT / "config/sim.yaml"
TRAY = TrayId("000001-000001")
WHY = (Reason("no-verdict", "It came to the gate with no verdict."),)


def a_row() -> Row:
    ended = wire.TrayEnded(TRAY, End.DIVERTED, WHY, True, Instant(0), Instant(1), Counts(entered=1, diverted=1))
    return Row(TRAY, 0, ended=ended)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 200])
def test_a_narrow_terminal_shows_each_tray_and_its_end_whole(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    Table(load(SIM), None).row(a_row(), Account())
    head, row = Text.from_ansi(capsys.readouterr().out).plain.splitlines()
    assert TRAY in row
    assert "DIVERTED" in row
    assert max(len(head), len(row)) <= width
    assert set(head.split()) <= set(COLUMNS)
    assert ("truth" in head) is (width >= 100)


def test_a_recorded_booth_does_not_say_that_its_pictures_are_unreal(capsys: pytest.CaptureFixture[str]) -> None:
    with Table(load(ROOT / "config/recorded.yaml"), None):
        pass
    assert "no tray or gate here is real, the pictures are recorded" in capsys.readouterr().err


@pytest.mark.parametrize("show", ["run_table.Table(load(Path(sys.argv[1])), None)", "run_lines.Lines()"])
def test_a_reader_that_leaves_ends_a_run_as_ctrl_c_does(show: str) -> None:
    program = f"""
import sys
from pathlib import Path
from booth.assembly.account import Account
from booth.cli import run_lines, run_table
from booth.cli.exits import Failed
from booth.settings import load
from tests.cli.test_run_shown import a_row
try:
    {show}.row(a_row(), Account())
except Failed as failed:
    sys.exit(failed.code)
"""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", program, str(SIM)], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, b"")
