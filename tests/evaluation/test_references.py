"""Pristine trays of a data set as a booth's gallery."""

from pathlib import Path

import pytest

from booth.evaluation.reading import read
from booth.evaluation.references import ReferenceTrays
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.packs.manifest import ViewShape
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
