"""Intervals by drawing products."""

import numpy as np
import pytest

from booth.evaluation.resampling import Measured, draws, measured, of_trays


def test_trays_of_a_product_are_drawn_together() -> None:
    rows = draws(["a", "b", "a", "c"], rows=200)
    assert (rows[:, 0] == rows[:, 2]).all()
    assert (rows[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert not (rows[:, 0] == rows[:, 1]).all()


def test_trays_of_no_product_are_drawn_one_by_one() -> None:
    rows = draws([None, None, None], rows=200)
    assert (rows.sum(axis=1) == 3).all()
    assert rows.std(axis=0).min() > 0


def test_the_same_products_give_the_same_draws() -> None:
    assert (draws(["a", "b"], rows=50) == draws(["a", "b"], rows=50)).all()
    assert not (draws(["a", "b"], rows=50) == draws(["a", "b"], rows=50, seed=1)).all()


def test_one_product_alone_gives_no_interval() -> None:
    assert measured(0.5, draws(["a", "a"])[:, 0]) == Measured(0.5)


def test_an_interval_holds_95_in_100_of_what_was_drawn() -> None:
    found = measured(0.5, np.linspace(0, 1, 1001))
    assert (found.low, found.high) == pytest.approx((0.025, 0.975))


def test_what_could_not_be_told_is_left_out_of_the_interval_and_is_no_value() -> None:
    assert measured(0.5, np.array([np.nan, 0.4, 0.4])) == Measured(0.5, 0.4, 0.4)
    assert measured(float("nan"), np.array([0.4])) == Measured(None)


def test_none_of_a_hundred_is_not_surely_none() -> None:
    found = of_trays(Measured(0.0, 0.0, 0.0), 100)
    assert found.low == 0.0
    assert found.high is not None
    assert (1 - found.high) ** 100 == pytest.approx(0.025)
    every = of_trays(Measured(1.0, 1.0, 1.0), 100)
    assert every.low == pytest.approx(1 - found.high)
    assert every.high == 1.0


@pytest.mark.parametrize("share", [Measured(0.5, 0.5, 0.5), Measured(0.0), Measured(None), Measured(0.0, 0.0, 0.4)])
def test_what_draws_tell_apart_is_left_as_they_tell_it(share: Measured) -> None:
    assert of_trays(share, 100) == share


def test_the_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of products whose trays are all alike: drawn by picture the interval would be a third as wide, and miss."""
    lot, hits, trials = np.random.default_rng(5), 0, 200
    names = [str(product) for product in range(40) for _ in range(9)]
    for seed in range(trials):
        values = np.repeat(lot.normal(size=40), 9)
        rows = draws(names, rows=300, seed=seed)
        found = measured(float(values.mean()), rows @ values / rows.sum(axis=1))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0 <= found.high
    assert 0.87 <= hits / trials <= 0.99
