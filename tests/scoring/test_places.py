import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.scoring.places import Place, highest, hottest


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [(0, 0, "upper left"), (0, 4, "upper right"), (2, 2, "middle"), (4, 2, "lower"), (2, 0, "left")],
)
def test_a_place_is_told_in_words(row: int, column: int, says: str) -> None:
    values = np.zeros((5, 5), np.float32)
    values[row, column] = 1
    assert str(hottest(values)) == says


@given(st.integers(1, 20), st.integers(1, 20), st.data())
def test_the_hottest_cell_is_found_again_in_its_own_map(rows: int, columns: int, data: st.DataObject) -> None:
    values = np.zeros((rows, columns), np.float32)
    values[data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))] = 0.7
    assert highest(values, hottest(values)) == np.float32(0.7)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_a_place_touches_something_of_every_map(rows: int, columns: int, h: int, w: int) -> None:
    assert highest(np.ones((h, w), np.float32), hottest(np.eye(rows, columns, dtype=np.float32))) == 1


def test_a_neighbour_that_only_borders_on_a_place_is_not_in_it() -> None:
    values = np.array([[0, 0, 1, 1]], np.float32)
    assert highest(values, Place(0, 0, 0.5, 1)) == 0
    assert highest(values, Place(0, 0, 0.51, 1)) == 1
