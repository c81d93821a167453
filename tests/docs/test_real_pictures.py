"""The page on real pictures shows what its script draws, and the figures say which pack they are of."""

import re
import runpy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.scoring import tiny

PAGE = Path("docs/explanation/real-pictures-scored.md")
FOLDER = Path("docs/pictures/scored")
KILOBYTES = 250
VIEW_PX = (320, 416)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What docs/scored_pictures.py defines, with its neighbours beside it, as when it is run."""
    monkeypatch.syspath_prepend("docs")
    return runpy.run_path("docs/scored_pictures.py")


def shown() -> set[str]:
    return {Path(target).name for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", PAGE.read_text())}


def drawn(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.jpg")}


def test_the_page_shows_every_picture_that_is_there_and_no_other() -> None:
    assert len(shown()) == 7
    assert shown() == drawn(FOLDER)


def test_no_picture_is_too_heavy_for_a_page() -> None:
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size >= KILOBYTES * 1000] == []


def test_the_page_quotes_no_score() -> None:
    page = PAGE.read_text()
    assert re.search(r"\d\.\d{2,}", page) is None, "a figure hangs on the pack: it belongs where the script writes"


def test_the_command_of_the_page_is_the_scripts(script: dict[str, Any]) -> None:
    assert f"    .venv/bin/{script['COMMAND']} {script['PACK']} " in PAGE.read_text()


def test_the_figures_name_the_pack_and_are_the_scripts(script: dict[str, Any]) -> None:
    figures = FOLDER.joinpath("README.md").read_text()
    named = rf"Pack: \*\*\S+ \S+\*\*, sha256 of its manifest `[0-9a-f]{{12}}`; by `{script['COMMAND']} \S+`"
    assert re.search(named, figures)
    assert all(line in figures for line in script["WHOSE"])


def test_the_script_draws_what_the_page_shows_and_says_which_lanes_were_not_run(
    script: dict[str, Any], tmp_path: Path
) -> None:
    into = tmp_path / "scored"
    script["main"](a_pack(tmp_path / "pack"), into)
    figures = into.joinpath("README.md").read_text()
    assert drawn(into) == shown()
    assert "Pack: **tiny 1**" in figures
    assert re.findall(r"^\* \*\*(\w+)\*\*: .+\((.+)\)$", figures, re.MULTILINE) == [
        ("relief", "all"),
        ("geometry", "; ".join(f"photograph of the {name} carton" for name in ("intact", "crushed", "wet-and-holed"))),
    ]


def a_pack(folder: Path) -> Path:
    """One that sees how bright a picture is, and measures."""
    curve = {"curve": [[-6.0, 0.1], [9.0, 0.9]]}
    return tiny.write(
        folder,
        onnx=tiny.model(size_px=VIEW_PX),
        picture=cv2.imencode(".png", np.full((*VIEW_PX, 3), 100, np.uint8))[1].tobytes(),
        view={"size_px": list(VIEW_PX), "mm_per_px": 1.1},
        lanes={"appearance": tiny.APPEARANCE, "relief": curve, "geometry": curve},
    )
