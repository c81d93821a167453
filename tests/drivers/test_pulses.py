"""What two polls of an input tell, and what the counter beside it adds."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.line_io.pulses import COUNTS, MOST_PULSES, Between, Pulses
from drivers.protocols import Edge
from drivers.units import Duration, Instant, ms

SPAN = Between(Instant(0), Instant(ms(10)), ms(2))


def edges(before: bool, now: bool, rises: tuple[int, int] | None = None) -> list[bool]:
    return [edge.blocked for edge in Pulses().edges(0, (before, now), rises, SPAN)]


def test_a_change_lies_in_the_middle_of_the_two_polls_with_the_boards_latency_in_its_bound() -> None:
    assert Pulses().edges(0, (False, True), None, SPAN) == [Edge(True, Instant(ms(5)), ms(7))]


def test_an_input_that_is_as_it_was_has_no_edge() -> None:
    assert edges(False, False) == []
    assert edges(True, True, (7, 7)) == []


def test_a_pulse_between_two_polls_has_both_its_edges() -> None:
    assert edges(False, False, (3, 4)) == [True, False]
    assert edges(True, True, (3, 4)) == [False, True]


def test_a_pulse_beside_a_change_comes_before_it() -> None:
    assert edges(True, False, (3, 5)) == [False, True, False]
    assert edges(False, True, (3, 4)) == [True, False, True]


def test_the_bound_of_each_unseen_edge_reaches_to_both_polls() -> None:
    for edge in Pulses().edges(0, (False, False), (0, 1), SPAN):
        assert edge.at - edge.at_error <= SPAN.start - SPAN.latency
        assert edge.at + edge.at_error >= SPAN.end


def test_a_rise_that_the_counter_told_too_early_or_too_late_is_no_pulse() -> None:
    pulses = Pulses()
    assert [edge.blocked for edge in pulses.edges(0, (True, False), (3, 3), SPAN)] == [False]
    assert pulses.edges(0, (False, False), (3, 4), SPAN) == []


def test_a_counter_that_does_not_count_makes_no_pulses_up() -> None:
    pulses = Pulses()
    for _ in range(5):
        assert len(pulses.edges(0, (True, False), (0, 0), SPAN)) == 1
        assert len(pulses.edges(0, (False, True), (0, 0), SPAN)) == 1


def test_a_counter_that_wraps_has_counted_on_and_one_that_goes_back_has_begun_again() -> None:
    assert edges(False, False, (COUNTS - 1, 0)) == [True, False]
    assert edges(False, False, (1000, 0)) == []


def test_an_input_that_rings_is_told_of_no_more_than_can_matter() -> None:
    assert len(edges(False, False, (0, 100_000))) == 2 * MOST_PULSES


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=30))
def test_whatever_an_input_does_its_edges_alternate_and_are_ordered(story: list[tuple[bool, int]]) -> None:
    """The counter is exact: so many pulses more than the change of level needs."""
    pulses, level, count, now, last_at = Pulses(), False, 0, 0, Instant(-1)
    for blocked, extra in story:
        rises = count + extra + (level and not blocked)
        span = Between(Instant(now), Instant(now + ms(10)), Duration(0))
        found = pulses.edges(0, (level, blocked), (count, rises), span)
        assert len(found) == 2 * extra + (level != blocked)
        for edge in found:
            assert edge.blocked is not level
            assert edge.at > last_at
            level, last_at = edge.blocked, edge.at
        assert level is blocked
        count, now = rises, now + ms(10)
