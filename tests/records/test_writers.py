"""A writer takes what it can, in order, and never leaves anyone waiting for what will not come."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.records.writers import InTurn, OnThread, Writer
from drivers.units import Duration, ms


@given(st.lists(st.integers()), st.integers(1, 5), st.integers(1, 40))
def test_what_is_taken_is_written_in_order_however_it_is_gathered(items: list[int], rows: int, depth: int) -> None:
    for make in (InTurn(rows, depth), OnThread("test", depth, Duration(0))):
        written: list[int] = []

        def work(batch: Sequence[int], into: list[int] = written) -> bool:
            into.extend(batch)
            return True

        writer = make(work)
        taken = [item for item in items if writer.offer(item)]
        assert writer.close() == ()
        assert written == taken


@pytest.mark.parametrize("make", [InTurn(depth=3), OnThread("test", 3, ms(1))], ids=["in turn", "on a thread"])
def test_what_cannot_be_written_is_handed_back_at_the_end(make: InTurn | OnThread) -> None:
    writer: Writer[int] = make(lambda batch: False)
    assert [writer.offer(item) for item in range(5)] == [True, True, True, False, False]
    assert not writer.flush()
    assert list(writer.close()) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_makes_nobody_wait() -> None:
    def broken(batch: Sequence[int]) -> bool:
        raise RuntimeError("a bug")

    writer = OnThread("test", 3, ms(1))(broken)
    writer.offer(1)
    assert not writer.flush()
    assert not writer.offer(2)
    assert list(writer.close()) == [1]
