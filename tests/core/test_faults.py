"""Every fault that the code can raise has a row, and every row can be read aloud."""

import re
from pathlib import Path

import pytest

from booth.faults import FAULTS, Occurrence

SOURCES = [path for path in Path("booth").rglob("*.py") if path.name != "faults.py"]


@pytest.mark.parametrize("code", FAULTS)
def test_a_row_reads_as_two_sentences_with_nothing_left_blank(code: str) -> None:
    text = Occurrence(code, tray="T1", device="left", detail="why").text()
    assert "{" not in text
    assert text.rstrip().count(" ") > 6


def test_every_code_the_product_names_has_a_row() -> None:
    named = {
        code
        for path in SOURCES
        for code in re.findall(r'(?:Occurrence|_gone|FaultRaised|Raise|Latch)\(\s*"([a-z-]+)"', path.read_text())
    }
    assert named, "no fault is raised anywhere: this test looks for the wrong thing"
    assert named <= FAULTS.keys()


def test_every_row_is_raised_somewhere() -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    assert [code for code in FAULTS if f'"{code}"' not in text] == []


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(KeyError):
        Occurrence("no-such-fault").text()
