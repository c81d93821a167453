import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.scoring.gallery import index
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.store import load
from booth.scoring.gallery.writing import Draft, writing
from tests.scoring.gallery.captures import capture, signed, view


def add(folder: Path, product: str, *seeds: int, codes: tuple[str, ...] = ()) -> index.Index:
    with writing(folder) as desk:
        return desk.add(Draft(product, tuple(map(capture, seeds)), codes), signed())


def ids(folder: Path, product: str) -> list[str]:
    return [reference.id for reference in load(folder).references(product)]


def the(folder: Path, product: str = "tea") -> Reference:
    (reference,) = load(folder).references(product)
    return reference


def files(folder: Path) -> dict[str, bytes]:
    """What a gallery holds; what is being written is not yet in it."""
    there = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in there}


def test_a_view_comes_back_as_it_was_but_for_a_twentieth_of_a_millimetre(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    (found,), given = the(tmp_path).views, view(1)
    assert (found.colour == given.colour).all()
    assert (found.lit["left"] == given.lit["left"]).all()
    assert (found.valid == given.valid).all()
    assert (np.isnan(found.height_mm) == ~given.valid).all()
    assert np.nanmax(np.abs(found.height_mm - given.height_mm)) <= 0.0501
    assert (found.camera, found.standpoint, set(found.lit)) == (given.camera, given.standpoint, {"left"})


@pytest.mark.parametrize("height_mm", [-1000.0, 5554.0, np.inf])
def test_a_height_that_cannot_be_kept_is_no_measurement(tmp_path: Path, height_mm: float) -> None:
    given = view()
    seen = np.full_like(given.height_mm, height_mm)
    odd = replace(given, height_mm=seen, valid=np.ones_like(given.valid))
    with writing(tmp_path) as desk:
        desk.add(Draft("tea", (replace(capture(), views=(odd,)),)), signed())
    (found,) = the(tmp_path).views
    assert not found.valid.any()
    assert np.isnan(found.height_mm).all()


def test_a_product_that_has_no_reference_has_none(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    assert load(tmp_path).references("coffee") == ()


def test_each_change_is_a_version_that_says_who_and_why(tmp_path: Path) -> None:
    first = add(tmp_path, "tea", 1)
    with writing(tmp_path) as desk:
        desk.add(Draft("tea", (capture(2),)), signed("a second one"))
    second = load(tmp_path).index
    assert (second.version, second.made_by, second.why) == (2, "a person", "a second one")
    assert set(second.references["tea"]) == {*first.references["tea"], *second.added}
    assert second.follows == load(tmp_path, 1).sha256


def test_an_older_version_is_what_it_was_after_its_reference_has_been_removed(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1, 2)
    before, gone = load(tmp_path, 1), ids(tmp_path, "tea")[0]
    with writing(tmp_path) as desk:
        desk.remove([gone], signed("scratched"))
    assert gone not in ids(tmp_path, "tea")
    older = load(tmp_path, 1)
    assert (older.sha256, [r.id for r in older.references("tea")]) == (before.sha256, list(before.about("tea")))


def test_a_version_that_is_open_does_not_see_what_is_added_later(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    opened = load(tmp_path)
    add(tmp_path, "tea", 2)
    assert len(opened.references("tea")) == 1


def test_the_same_capture_is_the_same_reference_and_added_again_it_keeps_its_first_word(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    (key,) = ids(tmp_path, "tea")
    with writing(tmp_path) as desk:
        desk.remove([key], signed())
    with writing(tmp_path) as desk:
        desk.add(Draft("tea", (capture(1),)), replace(signed(), by="another"))
    assert ids(tmp_path, "tea") == [key]
    assert the(tmp_path).about.added_by == "a person"
    assert len(load(tmp_path, 1).references("tea")) == 1


def test_what_does_not_exist_cannot_be_removed(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    with writing(tmp_path) as desk, pytest.raises(GalleryInvalid, match="has no reference 00ff"):
        desk.remove(["00ff"], signed())
    assert index.numbers(tmp_path) == (1,)


def test_a_code_means_one_product_for_as_long_as_it_is_there(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1, codes=("4006381333931",))
    with pytest.raises(GalleryInvalid, match="4006381333931 means tea, not coffee"):
        add(tmp_path, "coffee", 2, codes=("4006381333931",))
    assert load(tmp_path).products == ("tea",)
    assert not (tmp_path / "coffee").exists()
    with writing(tmp_path) as desk:
        desk.remove(ids(tmp_path, "tea"), signed())
    assert add(tmp_path, "coffee", 2, codes=("4006381333931",)).codes == {"4006381333931": "coffee"}


@pytest.mark.parametrize("name", ["../tea", "", ".tea", "a/b", "versions/../x"])
def test_a_product_whose_name_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="product"):
        add(tmp_path / "gallery", name, 1)
    assert files(tmp_path) == {}


def kinds(folder: Path) -> list[str]:
    return sorted(files(folder))


def test_any_file_that_changes_by_one_bit_is_found_and_named(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    names = kinds(tmp_path)
    assert len(names) == 6
    for name in names:
        path, content = tmp_path / name, (tmp_path / name).read_bytes()
        path.chmod(0o644)
        path.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
        # A version's own hash stands in the records, and in the version that follows it.
        if not name.startswith(index.VERSIONS):
            with pytest.raises(GalleryInvalid, match=name):
                load(tmp_path)
        path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": "booth.gallery/2"}', b"\xff\xfe"])
def test_a_damaged_version_is_never_replaced_by_an_older_one(tmp_path: Path, content: bytes) -> None:
    add(tmp_path, "tea", 1)
    add(tmp_path, "tea", 2)
    path = index.path_of(tmp_path, 2)
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(GalleryInvalid, match=r"000002\.json.*older version"):
        load(tmp_path)
    assert load(tmp_path, 1).version == 1


def test_a_missing_file_is_found_and_its_reference_can_still_be_removed(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    (key,) = ids(tmp_path, "tea")
    add(tmp_path, "tea", 2)
    (tmp_path / "tea" / key / "left.colour.png").unlink()
    with pytest.raises(GalleryInvalid, match=rf"{key}/left\.colour\.png: cannot be read"):
        load(tmp_path)
    with writing(tmp_path) as desk:
        desk.remove([key], signed("its disk is broken"))
    assert key not in ids(tmp_path, "tea")


def test_a_picture_that_changes_after_it_was_hashed_is_found_when_it_is_decoded(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    opened = load(tmp_path)
    (path,) = tmp_path.glob("tea/*/left.colour.png")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(GalleryInvalid, match=r"left\.colour\.png"):
        opened.references("tea")


def test_a_folder_that_no_version_names_is_no_reference(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    (there,) = tmp_path.glob("tea/*")
    shutil.copytree(there, tmp_path / "tea" / "0123456789abcdef")
    assert ids(tmp_path, "tea") == [there.name]


def test_no_gallery_is_no_empty_gallery(tmp_path: Path) -> None:
    with pytest.raises(GalleryInvalid, match=r"there is no gallery.*booth gallery add"):
        load(tmp_path / "nowhere")
    add(tmp_path, "tea", 1)
    with pytest.raises(GalleryInvalid, match="has no version 3"):
        load(tmp_path, 3)


def test_a_version_that_was_renamed_is_refused(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1)
    index.path_of(tmp_path, 1).rename(index.path_of(tmp_path, 9))
    with pytest.raises(GalleryInvalid, match="was renamed: it holds version 1"):
        load(tmp_path)


def test_a_reference_keeps_where_it_came_from(tmp_path: Path) -> None:
    add(tmp_path, "tea", 7)
    (path,) = tmp_path.glob("tea/*/reference.json")
    told = json.loads(path.read_text())
    assert told["source"] == {"kind": "dataset", "folder": "sets/one", "capture": "000007"}
    assert told["simulated"] is True
    assert told["added_by"] == "a person"


def test_references_are_the_same_objects_again(tmp_path: Path) -> None:
    add(tmp_path, "tea", 1, 2)
    opened = load(tmp_path)
    assert all(a is b for a, b in zip(opened.references("tea"), opened.references("tea"), strict=True))
