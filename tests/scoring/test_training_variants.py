"""What training does to a capture before the network sees it. The scripts are loaded by path; these need no torch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.evaluation.truth import Damage, Truth
from tests.scoring.scripts import script

NUMBERS = range(5)


def capture() -> NDArray[Any]:
    """A block with a striped top on a grey tray; the light from the left is brighter on its left half."""
    samples = script("samples")
    pixels = np.zeros(samples.SIZE_PX, samples.PIXEL)
    rng = np.random.default_rng(4)
    for shot in ("colour", "left", "right"):
        pixels[shot] = 90
    pixels["colour"][80:240, 100:320] = rng.integers(60, 200, (160, 220, 1))
    pixels["left"][:, :200] = 140
    pixels["height"][80:240, 100:320] = 60
    pixels["marks"][100:130, 150:180] = 1
    return pixels


def stripes() -> NDArray[np.uint8]:
    lines = np.tile(np.repeat(np.array([40, 210], np.uint8), 8), 6)
    return np.broadcast_to(lines[None, None, :, None], (3, 96, 96, 3)).copy()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_window_of_a_variant_is_that_part_of_the_whole_variant(number: int) -> None:
    variants, pixels = script("variants"), capture()
    window = variants.Window(64, 96, 160, 192)
    rng = [np.random.default_rng([7, number]) for _ in range(2)]
    whole = variants._moved(pixels, variants._change(rng[0], number), variants.WHOLE)
    part = variants._moved(pixels, variants._change(rng[1], number), window)
    for name in ("colour", "left", "right"):
        assert np.abs(window.of(np.moveaxis(whole[name], 2, 0)).astype(int) - np.moveaxis(part[name], 2, 0)).max() <= 1
    for name in ("marks", "decoy"):
        assert (window.of(whole[name]) == part[name]).all()


def test_a_variant_is_the_same_each_time_and_number_0_is_the_capture_itself() -> None:
    variants, pixels = script("variants"), capture()
    assert (variants.variant(pixels, "one", 0, prints=stripes()) == pixels).all()
    for number in (1, 2):
        one, again = (variants.variant(pixels.copy(), "one", number, prints=stripes()) for _ in range(2))
        assert one.tobytes() == again.tobytes()


def test_a_print_is_in_every_shot_by_the_same_factor_and_not_where_it_shines() -> None:
    prints = script("prints")
    by = next(
        found
        for seed in range(20)
        if (found := prints.factor(stripes(), np.random.default_rng(seed), (0, 0), (320, 416))) is not None
    )
    assert by.min() < 0.7
    assert by.max() > 1.2
    grey = np.full((320, 416, 3), 80, np.uint8)
    dim = np.full((320, 416, 3), 40, np.uint8)
    bright, dark = (prints.printed(picture, by).astype(float) for picture in (grey, dim))
    assert np.abs(bright - 2 * dark).max() <= 2
    shining = np.full((320, 416, 3), 250, np.uint8)
    assert (prints.printed(shining, by) == shining).all()


def test_a_print_lies_in_a_window_where_it_lies_in_the_whole_view() -> None:
    prints = script("prints")
    for seed in range(12):
        rng = [np.random.default_rng(seed) for _ in range(2)]
        whole = prints.factor(stripes(), rng[0], (0, 0), (320, 416))
        part = prints.factor(stripes(), rng[1], (64, 96), (160, 192))
        assert (whole is None) == (part is None)
        if whole is not None:
            assert np.abs(whole[64:224, 96:288] - part).mean() < 0.01


def test_prints_are_taken_off_pristine_items_alone_and_of_an_item_that_is_large_enough(tmp_path: Path) -> None:
    prints, samples = script("prints"), script("samples")
    small = capture()
    small["height"][:] = 0
    found = []
    for name, pixels, damages in (
        ("good", capture(), ()), ("hurt", capture(), (Damage("tear"),)), ("small", small, ()),
    ):  # fmt: skip
        np.save(tmp_path / f"{name}.npy", pixels)
        found.append(samples.Sample(name, tmp_path / f"{name}.npy", Truth(name, damages=damages)))
    gathered = prints.gathered(found, tmp_path / "prints.npy")
    assert gathered.shape == (1, 96, 96, 3)
    assert (prints.gathered([], tmp_path / "prints.npy") == gathered).all()
    assert not len(prints.gathered(found[1:], tmp_path / "none.npy"))


def test_grey_stays_grey_in_other_colours() -> None:
    variants = script("variants")
    for seed in range(10):
        mix = variants._mix(np.random.default_rng(seed))
        assert mix.sum(1) == pytest.approx([1, 1, 1])
