"""Pristine pictures as all that is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.evaluation import patches
from booth.evaluation.figures import overall
from booth.evaluation.measuring import apart
from booth.evaluation.reading import read
from booth.evaluation.trays import DataSet
from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.packs.manifest import ViewShape
from booth.scoring.packs.pack import PackInvalid, load
from tests.evaluation import made


def auroc(data: DataSet, folder: Path, maps: bool) -> float:
    gallery = patches.fit(data.gallery, load(made.pack(folder, maps=maps)), lambda done, total: None)
    scores = [gallery.judge(tray).score for tray in data.trays]
    value = overall([tray.truth for tray in data.trays], scores, 0).figures["auroc"].value
    assert value is not None
    return value


@pytest.mark.parametrize("maps", [True, False], ids=["maps", "tiles"])
def test_blobs_are_found_though_no_blob_was_ever_shown(tmp_path: Path, maps: bool) -> None:
    assert auroc(read(made.textures(tmp_path / "set")), tmp_path / "pack", maps) >= 0.95


@pytest.mark.parametrize("maps", [True, False], ids=["maps", "tiles"])
def test_where_the_names_say_nothing_nothing_is_found(tmp_path: Path, maps: bool) -> None:
    data = read(made.textures(tmp_path / "set", good=60, bad=60, shuffled=True))
    assert 0.35 <= auroc(data, tmp_path / "pack", maps) <= 0.65


def test_the_odd_patch_is_where_the_blob_is(tmp_path: Path) -> None:
    data = read(made.textures(tmp_path / "set", good=1, bad=1))
    gallery = patches.fit(data.gallery, load(made.pack(tmp_path / "pack", maps=True)), lambda done, total: None)
    (bad,) = (tray for tray in data.trays if tray.truth.damaged)
    ((view, odd),) = gallery.oddness(bad)
    row, column = np.unravel_index(int(np.nanargmax(odd)), odd.shape)
    darkest = view.colour.mean(axis=2).reshape(6, 4, 9, 4).mean(axis=(1, 3))
    dark_row, dark_column = np.unravel_index(int(darkest.argmin()), darkest.shape)
    assert abs(int(row) - int(dark_row)) <= 1
    assert abs(int(column) - int(dark_column)) <= 1


def test_what_lies_beside_a_picture_is_not_compared(tmp_path: Path) -> None:
    """A picture of other proportions is padded; the padding is no patch of it."""
    pack = load(made.pack(tmp_path / "pack", maps=True))
    shape = ViewShape(size_px=made.VIEW_PX, mm_per_px=1.0)
    scaled = replace(pack, manifest=pack.manifest.model_copy(update={"view": shape}))
    made.textures(tmp_path / "set", good=1, bad=1)
    narrow = np.full((made.VIEW_PX[0], made.VIEW_PX[1] // 3, 3), 128, np.uint8)
    made._save(tmp_path / "set" / "test" / "good" / "0.png", narrow)
    data = read(tmp_path / "set")
    gallery = patches.fit(data.gallery, scaled, lambda done, total: None)
    (good,) = (tray for tray in data.trays if not tray.truth.damaged)
    ((_, odd),) = gallery.oddness(good)
    assert np.isfinite(odd).any(axis=0).tolist() == [False] * 3 + [True] * 3 + [False] * 3


def test_a_product_is_compared_with_its_own_references(tmp_path: Path) -> None:
    """Dark pictures of one product are no oddity because those of another are bright."""
    for number, level in enumerate((30, 30, 220, 220, 30, 220)):
        lot = np.random.default_rng(number)
        made._save(tmp_path / f"{number}.png", np.clip(lot.normal(level, 3, (24, 36, 3)), 0, 255).astype(np.uint8))
    rows = ["path,label,split,product", "0.png,good,train,dark", "1.png,good,train,dark", "2.png,good,train,bright",
            "3.png,good,train,bright", "4.png,damaged,test,bright", "5.png,good,test,bright"]  # fmt: skip
    (tmp_path / "list.csv").write_text("\n".join(rows))
    data = read(tmp_path / "list.csv")
    gallery = patches.fit(data.gallery, load(made.pack(tmp_path / "pack", maps=True)), lambda done, total: None)
    swapped, right = (gallery.judge(tray).score for tray in data.trays)
    assert swapped > 10 * right


def test_no_pristine_pictures_for_a_gallery_says_where_they_go(tmp_path: Path) -> None:
    data = read(made.textures(tmp_path / "set", train=0))
    with pytest.raises(DatasetUnreadable, match="train/good"):
        patches.fit(data.gallery, load(made.pack(tmp_path / "pack")), lambda done, total: None)


def test_a_pack_that_gives_no_features_is_refused(tmp_path: Path) -> None:
    pack = load(made.pack(tmp_path / "pack"))
    assert pack.manifest.lanes.appearance is not None
    outputs = pack.manifest.lanes.appearance.outputs.model_copy(update={"embedding": None})
    bare = pack.manifest.lanes.appearance.model_copy(update={"outputs": outputs})
    lanes = pack.manifest.lanes.model_copy(update={"appearance": bare})
    data = read(made.textures(tmp_path / "set", good=1, bad=1))
    with pytest.raises(PackInvalid, match="neither maps nor an embedding"):
        patches.fit(
            data.gallery,
            replace(pack, manifest=pack.manifest.model_copy(update={"lanes": lanes})),
            lambda done, total: None,
        )


def test_a_picture_that_is_in_the_gallery_and_in_the_test_is_refused(tmp_path: Path) -> None:
    made.textures(tmp_path, good=2, bad=2)
    apart(read(tmp_path))
    (tmp_path / "test" / "good" / "twin.png").write_bytes((tmp_path / "train" / "good" / "3.png").read_bytes())
    with pytest.raises(DatasetUnreadable, match=r"twin\.png: it is the same picture as .*train/good/3\.png"):
        apart(read(tmp_path))
