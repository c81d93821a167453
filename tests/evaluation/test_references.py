"""Pristine trays of a data set as a booth's gallery."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.evaluation.reading import read
from booth.evaluation.references import ReferenceTrays
from booth.evaluation.runs import Shown, Wish, ablated, as_a_booth
from booth.evaluation.scoring import Progress
from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.packs.manifest import ViewShape
from booth.scoring.packs.pack import MANIFEST
from booth.scoring.products.identity import Identity
from booth.scoring.products.known import Known
from tests.evaluation import made

SHAPE = ViewShape(size_px=(20, 30), mm_per_px=10.0)


def gallery(folder: Path) -> ReferenceTrays:
    made.simulated(folder, 1, split="test")
    pristine = {"split": "test", "damages": [], "visible_px": {"left": []}}
    two: list[dict[str, object]] = [
        {"product": name, "family": "carton", "part": 2, "decoys": []} for name in ("carton-01", "carton-03")
    ]
    made.capture(folder / "captures" / "reference-carton-01-0", **pristine)
    made.capture(folder / "captures" / "reference-carton-01-1", **pristine)
    made.capture(folder / "captures" / "000007", items=two, **pristine | {"split": "train"})
    return ReferenceTrays(read(folder).gallery, SHAPE)


def test_references_are_those_of_the_product_on_the_packs_pixels(tmp_path: Path) -> None:
    found = gallery(tmp_path)
    assert found.products == ("carton-01",)
    first, second = found.references("carton-01")
    assert (first.id, second.id) == ("reference-carton-01-0", "reference-carton-01-1")
    assert first.views[0].colour.shape == (20, 30, 3)
    assert first.views[0].valid.any()
    assert first.about.simulated


def twins(folder: Path) -> Path:
    """A picture that is a reference and for the test, too, and one of the same length that is not."""
    for name, level in (("known", 90), ("twin", 90), ("other", 91), ("bad", 30)):
        assert cv2.imwrite(str(folder / f"{name}.bmp"), np.full((24, 36, 3), level, np.uint8))
    rows = ("known.bmp,good,a,train", "twin.bmp,good,a,test", "other.bmp,good,a,test", "bad.bmp,damaged,a,test")
    path = folder / "list.csv"
    path.write_text("\n".join(("path,label,product,split", *rows)))
    return path


def comparing(folder: Path) -> Path:
    pack = made.pack(folder, maps=True)
    about = json.loads((pack / MANIFEST).read_text())
    about["lanes"]["reference"] = {"curve": [[0, 0], [1, 1]]}
    (pack / MANIFEST).write_text(json.dumps(about))
    return pack


@contextmanager
def quiet(what: str) -> Iterator[Progress]:
    yield lambda done, total: None


@pytest.mark.parametrize("measure", [as_a_booth, ablated])
def test_a_tray_is_not_compared_with_itself(tmp_path: Path, measure: Callable[[Wish, Shown], object]) -> None:
    wish = Wish(twins(tmp_path), comparing(tmp_path / "pack"), resamples=0, scores=tmp_path / "scores.csv")
    with pytest.raises(DatasetUnreadable, match=r"twin\.bmp: it is the same picture as .*known\.bmp"):
        measure(wish, quiet)
    assert list(tmp_path.glob("scores*")) == []


@pytest.mark.parametrize("change", [{"without": ("gallery",)}, {"lanes": ("appearance",)}])
def test_twins_do_no_harm_where_nothing_is_compared(tmp_path: Path, change: dict[str, Any]) -> None:
    wish = Wish(twins(tmp_path), comparing(tmp_path / "pack"), resamples=0, **change)
    found, _ = as_a_booth(wish, quiet)
    assert len(found.rows) == 3


def test_they_are_read_once_and_a_product_without_any_has_none(tmp_path: Path) -> None:
    found = gallery(tmp_path)
    assert found.references("carton-01")[0] is found.references("carton-01")[0]
    assert found.references("carton-09") == ()


def test_a_booth_that_knows_them_finds_them_by_the_product(tmp_path: Path) -> None:
    known = Known(gallery(tmp_path))
    assert len(known.references(Identity("carton-01", "plate"))) == 2


def test_a_reference_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    found = gallery(tmp_path)
    (tmp_path / "captures" / "reference-carton-01-0" / "left.ring.png").write_bytes(b"")
    with pytest.raises(GalleryInvalid, match=r"left\.ring\.png: it is not a picture"):
        found.references("carton-01")
