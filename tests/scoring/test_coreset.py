"""A coreset stands for all patches; its distances are those of a plain loop."""

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.scoring.comparing import coreset as module
from booth.scoring.comparing.coreset import bank_of, coreset, rows_of


def clumps(count: int, size: int, dimensions: int = 64) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(count, 1, dimensions)) * 10
    return (centres + rng.normal(size=(count, size, dimensions)) * 0.1).reshape(-1, dimensions).astype(np.float32)


def test_of_clumps_a_coreset_takes_one_patch_each_before_it_takes_a_second_of_any() -> None:
    taken = coreset(clumps(12, 30), 12)
    assert sorted(taken // 30) == list(range(12))


def test_a_smaller_coreset_is_how_a_larger_one_begins() -> None:
    patches = clumps(20, 5)
    assert np.array_equal(coreset(patches, 40)[:10], coreset(patches, 10))


def test_the_same_patches_and_seed_give_the_same_coreset_and_another_seed_another() -> None:
    patches = clumps(30, 10)
    assert np.array_equal(coreset(patches, 15), coreset(patches, 15))
    assert not np.array_equal(coreset(patches, 15), coreset(patches, 15, seed=5))


def test_no_patch_is_taken_twice_though_all_are_equal() -> None:
    assert sorted(coreset(np.ones((9, 4), np.float32), 20)) == list(range(9))


def test_greedy_choice_leaves_no_patch_further_than_twice_the_best_radius() -> None:
    patches = np.linspace(0, 100, 101, dtype=np.float32)[:, None]
    far = bank_of(patches, 5).nearest(patches).max()
    assert far <= 2 * 10  # five centres on a line of 100 leave 10 at best


@pytest.mark.parametrize("block", [7, 10_000])
def test_nearest_is_what_a_plain_loop_finds(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    rng = np.random.default_rng(2)
    patches, queries = (rng.normal(size=(n, 16)).astype(np.float32) for n in (50, 20))
    expected = [min(float(np.linalg.norm(query - patch)) for patch in patches) for query in queries]
    assert bank_of(patches).nearest(queries) == pytest.approx(expected, rel=1e-4)


def test_a_patch_of_the_bank_is_at_distance_zero_and_without_patches_all_are_infinitely_far() -> None:
    patches = clumps(3, 4)
    assert bank_of(patches).nearest(patches[:5]).max() < 0.05
    assert np.isinf(bank_of(patches[:0]).nearest(patches[:5])).all()


def test_a_coreset_of_nothing_is_nothing() -> None:
    assert len(coreset(np.zeros((0, 8), np.float32), 5)) == 0


def test_rows_are_the_cells_of_a_map_each_of_length_one_however_bright() -> None:
    maps = np.random.default_rng(3).normal(size=(6, 2, 3)).astype(np.float32)
    rows = rows_of(maps)
    assert rows.shape == (6, 6)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
    assert rows[4] == pytest.approx(maps[:, 1, 1] / np.linalg.norm(maps[:, 1, 1]), rel=1e-5)
    assert rows_of(maps * 3) == pytest.approx(rows, rel=1e-5)
