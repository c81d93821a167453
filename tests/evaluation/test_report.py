"""The page that an evaluation is told on."""

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.evaluation import curves, report, worst
from booth.evaluation.measuring import Evaluation
from booth.evaluation.ranking import ranking
from booth.evaluation.runs import Scoring, Wish, as_a_booth, by_gallery
from tests.evaluation import made


@contextmanager
def quiet(what: str) -> Iterator[object]:
    yield lambda done, total: None


def measured(tmp_path: Path, data: Path, *, gallery: bool = False) -> tuple[Evaluation, Scoring]:
    wish = Wish(data, made.pack(tmp_path / "pack", maps=True), resamples=20)
    return (by_gallery if gallery else as_a_booth)(wish, quiet)  # type: ignore[arg-type]  # told nothing


def drawn(tmp_path: Path) -> Path:
    made.simulated(tmp_path / "drawn", 2, split="test")
    made.capture(tmp_path / "drawn" / "captures" / "000009", split="test", damages=[], visible_px={"left": []})
    return tmp_path / "drawn"


def test_a_page_of_drawn_pictures_says_so_in_large_letters(tmp_path: Path) -> None:
    path = report.write(tmp_path / "report", *measured(tmp_path, drawn(tmp_path)))
    page = path.read_text()
    assert '<p class="simulated">SIMULATED</p>' in page
    assert re.search(r"\.simulated\{font-size:2\.\dem", page)


def test_a_page_of_photographs_does_not(tmp_path: Path) -> None:
    path = report.write(tmp_path / "report", *measured(tmp_path, made.textures(tmp_path / "set")))
    assert "SIMULATED" not in path.read_text()


@pytest.mark.parametrize("gallery", [True, False], ids=["gallery", "pack"])
def test_a_page_needs_nothing_but_itself_and_shows_the_worst(tmp_path: Path, gallery: bool) -> None:
    found = measured(tmp_path, made.textures(tmp_path / "set"), gallery=gallery)
    path = report.write(tmp_path / "report", *found)
    page = path.read_text()
    assert list(path.parent.iterdir()) == [path]
    assert not re.findall(r'(?:src|href)="(?!data:)|@import|url\(|<script', page)
    assert page.count("<figure>") == 2 * worst.SHOWN
    assert page.count("<svg") == 2
    assert "appearance" in page or gallery


def test_misses_are_the_lowest_of_the_damaged_and_alarms_the_highest_of_the_pristine(tmp_path: Path) -> None:
    found, scoring = measured(tmp_path, made.textures(tmp_path / "set"))
    scores = {row.name: row.score for row in found.rows}
    missed, alarmed = worst.misses(found, scoring), worst.false_alarms(found, scoring)
    assert missed[0].name == min((name for name in scores if "blob" in name), key=lambda name: scores[name])
    assert alarmed[0].name == max((name for name in scores if "good" in name), key=lambda name: scores[name])
    assert missed[0].says[0] == "blob"


def test_a_case_tells_its_truth_its_lanes_and_why(tmp_path: Path) -> None:
    found, scoring = measured(tmp_path, drawn(tmp_path))
    (first, _) = worst.misses(found, scoring)
    assert first.says[0] == "minor dent, carton-01, one"
    assert first.says[1].startswith("lanes: appearance ")
    assert "looks damaged in left" in " ".join(first.says)


def test_heat_is_red_and_damage_has_a_yellow_line_around_it() -> None:
    grey = np.full((40, 40, 3), 100, np.uint8)
    heat, mask = np.zeros((4, 4), np.float32), np.zeros((40, 40), np.bool_)
    heat[0, 0], mask[20:30, 20:30] = 1, True
    shown = worst.overlaid(grey, heat, mask)
    assert shown[1, 1, 2] > 150 > shown[1, 1, 0]
    assert tuple(shown[20, 25]) == worst.OUTLINE
    assert (shown[25, 25] == 100).all()
    assert (worst.overlaid(grey, None, None) == 100).all()


def test_the_line_is_around_the_damage_on_the_pixels_that_were_scored(tmp_path: Path) -> None:
    found, scoring = measured(tmp_path, drawn(tmp_path))
    picture = worst.misses(found, scoring)[0].picture
    yellow = np.argwhere((picture == worst.OUTLINE).all(axis=2))
    height, width = made.VIEW_PX
    for axis, scale in enumerate((height / made.HIGH, width / made.WIDE)):
        middle = (made.DENT[axis].start + made.DENT[axis].stop) / 2 * scale
        assert abs(yellow[:, axis].mean() + 0.5 - middle) <= 0.8
    assert picture.shape == (height, width, 3)


def test_curves_are_drawn_from_corner_to_corner() -> None:
    scores = np.random.default_rng(1).normal(size=3000)
    curve = ranking(scores, scores + np.random.default_rng(2).normal(size=3000) > 0).curve()
    for svg in (curves.roc(curve), curves.precision_recall(curve)):
        (path,) = (one for one in ET.fromstring(svg).iter("path"))  # noqa: S314 - written here
        points = [tuple(map(float, point.lstrip("ML").split(","))) for point in path.attrib["d"].split()]
        assert len(points) <= curves.POINTS
        assert points[-1][0] == pytest.approx(curves.WIDE - curves.RIGHT, abs=0.1)
        assert all(before[0] <= after[0] for before, after in itertools.pairwise(points))


def test_what_is_below_the_least_rate_is_at_the_edge() -> None:
    assert curves._rate(0.0) == curves._rate(curves.RAREST) == 0
    assert curves._rate(0.01) == pytest.approx(0.5)
    assert curves._rate(1.0) == 1


def test_names_cannot_break_the_page(tmp_path: Path) -> None:
    made.textures(tmp_path / "set", good=2, bad=1)
    (tmp_path / "set" / "test" / "blob").rename(tmp_path / "set" / "test" / "<b>&dent")
    page = report.write(tmp_path / "report", *measured(tmp_path, tmp_path / "set")).read_text()
    assert "&lt;b&gt;&amp;dent" in page
    assert "<b>&dent" not in page


def test_a_picture_in_the_page_is_a_picture() -> None:
    import base64

    told = report._embedded(np.full((4, 6, 3), 90, np.uint8))
    content = base64.b64decode(told.removeprefix("data:image/jpeg;base64,"))
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (4, 6, 3)
