"""The reference is what the code says, and links in the docs lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

PAGES: dict[Path, str] = runpy.run_path("docs/generate.py")["pages"]()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_up_to_date(path: Path) -> None:
    assert path.read_text() == PAGES[path], "run `make docs`"


@pytest.mark.parametrize("page", [Path("README.md"), *Path("docs").rglob("*.md")], ids=str)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


PARTS = [
    *Path("docs/how-to").glob("*.md"),
    *Path("docs/reference").glob("*.md"),
    *Path("docs/explanation").glob("*.md"),
]


@pytest.mark.parametrize("page", PARTS, ids=str)
def test_every_page_can_be_reached_from_the_readme(page: Path) -> None:
    assert f"]({page})" in Path("README.md").read_text()
