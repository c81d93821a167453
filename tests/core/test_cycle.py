"""Properties of the cycle's table, each a function of the table so that a broken row can be shown to break it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.inspection.cycle import TABLE, Action, Event, State, Step, Table, step

VERDICTS = {Action.JUDGE, Action.DIVERT, Action.ABANDON}
BUSY = [state for state in State if state is not State.ENDED]
Check = Callable[[Table], list[str]]


def not_exactly_one_end(table: Table, events: list[Event]) -> list[str]:
    """An ended tray has had exactly one verdict, an open one none."""
    state, verdicts = State.TRAVELLING, 0
    for event in events:
        following = step(state, event, table)
        verdicts += sum(action in VERDICTS for action in following.do)
        state = following.to
        if verdicts != (state is State.ENDED):
            return [f"{verdicts} verdicts in {state} after {event}"]
    return []


def passes_without_a_score(table: Table) -> list[str]:
    ways = [key for key, row in table.items() if Action.JUDGE in row.do]
    return [] if ways == [(State.SCORING, Event.SCORED)] else [f"JUDGE is reached by {ways}"]


def busy_states_without(event: Event) -> Check:
    def check(table: Table) -> list[str]:
        return [f"{state} ignores {event}" for state in BUSY if step(state, event, table).to is not State.ENDED]

    return check


def trays_left_at_the_station(table: Table) -> list[str]:
    """Whatever ends a capture while the keeper listens lets the tray go."""
    leaving = [
        (key, row)
        for key, row in table.items()
        if key[0] is State.CAPTURING and row.to is not State.CAPTURING and Action.ABANDON not in row.do
    ]
    return [f"{key} forgets the tray" for key, row in leaving if Action.RELEASE not in row.do]


CHECKS: list[Check] = [
    passes_without_a_score,
    busy_states_without(Event.DEADLINE),
    busy_states_without(Event.STOPPING),
    busy_states_without(Event.LINE_LOST),
    trays_left_at_the_station,
]


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_every_tray_has_exactly_one_verdict(events: list[Event]) -> None:
    assert not_exactly_one_end(TABLE, events) == []


@pytest.mark.parametrize("check", CHECKS)
def test_the_table_keeps_its_promise(check: Check) -> None:
    assert check(TABLE) == []


def test_every_row_can_be_reached() -> None:
    reached, edge = {State.TRAVELLING}, [State.TRAVELLING]
    while edge:
        state = edge.pop()
        new = {row.to for (origin, _), row in TABLE.items() if origin is state} - reached
        reached |= new
        edge += new
    assert reached == set(State)


S, E, A = State, Event, Action
BROKEN: list[tuple[str, tuple[State, Event], Step | None]] = [
    ("a late score judges", (S.ENDED, E.SCORED), Step(S.ENDED, (A.JUDGE,))),
    ("a capture counts as a score", (S.CAPTURING, E.CAPTURED), Step(S.ENDED, (A.RELEASE, A.JUDGE))),
    ("scoring has no deadline", (S.SCORING, E.DEADLINE), None),
    ("capturing has no deadline", (S.CAPTURING, E.DEADLINE), None),
    ("travelling has no deadline", (S.TRAVELLING, E.DEADLINE), None),
    ("a stop forgets the tray being scored", (S.SCORING, E.STOPPING), None),
    ("a lost line leaves a tray open", (S.TRAVELLING, E.LINE_LOST), None),
    ("a deadline diverts and goes on", (S.CAPTURING, E.DEADLINE), Step(S.CAPTURING, (A.DIVERT, A.RELEASE))),
    ("a failed capture says nothing", (S.CAPTURING, E.CAPTURE_FAILED), Step(S.ENDED, (A.RELEASE,))),
    ("a failed capture keeps the tray", (S.CAPTURING, E.CAPTURE_FAILED), Step(S.ENDED, (A.DIVERT,))),
    ("an unscorable tray is judged", (S.SCORING, E.NOT_SCORABLE), Step(S.ENDED, (A.JUDGE,))),
]
JOURNEYS = [
    [E.AT_STATION, E.CAPTURED, E.SCORED, E.SCORED],
    [E.AT_STATION, E.CAPTURE_FAILED, E.DEADLINE],
    [E.AT_STATION, E.DEADLINE, E.DEADLINE],
]


@pytest.mark.parametrize(("mistake", "key", "row"), BROKEN, ids=[mistake for mistake, _, _ in BROKEN])
def test_a_broken_row_is_caught(mistake: str, key: tuple[State, Event], row: Step | None) -> None:
    table = {**TABLE, key: row} if row else {k: v for k, v in TABLE.items() if k != key}
    found = [said for check in CHECKS for said in check(table)]
    found += [said for events in JOURNEYS for said in not_exactly_one_end(table, events)]
    assert found, f"nothing noticed that {mistake}"
