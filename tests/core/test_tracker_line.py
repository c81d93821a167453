"""The tracker by encoder, on a line with physics, judged by an oracle that shares no code with it."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from booth.line.belt import Travel
from booth.line.line import (
    Broken,
    ControllerThere,
    EdgeSeen,
    Heard,
    Line,
    LineEvent,
    Permit,
    Ready,
    Stop,
    Tick,
    Turned,
)
from booth.line.messages import CaptureDone, Decision, FaultRaised, Reset
from booth.line.table import TABLE, Do, Step, Table, TrayEvent, TrayState
from booth.line.tracker import track
from booth.tray import End, Found, Judgement, TrayId, Verdict
from drivers.units import Instant, ms
from tests.core.tracker_line import LAYOUT, PASS_IN_TIME, PATIENT, PLANS, Plan, Play, Trouble, ends, mm
from tests.core.tracker_oracle import wrongs

S, E = TrayState, TrayEvent


def broken_promises(plan: Plan, table: Table = TABLE) -> list[str]:
    play = Play(plan, table).run()
    return list(wrongs(play.told, play.went, play.fooled))


@given(PLANS)
@settings(max_examples=50, deadline=None)
def test_by_encoder_the_line_keeps_its_promise_whatever_happens(plan: Plan) -> None:
    assert broken_promises(plan) == []


@given(PATIENT)
@settings(max_examples=25, deadline=None)
def test_a_belt_that_stands_makes_no_tray_late(plan: Plan) -> None:
    play = Play(plan).run()
    for ended in ends(play):
        unsure = {reason.code for reason in ended.reasons} & {"gate-late", "belt-unsure"}
        assert ended.end is End.PASSED or unsure, ended
    assert not play.line.latched


def codes(play: Play) -> list[str]:
    return [c.code for _, _, commands in play.told for c in commands if isinstance(c, FaultRaised)]


def reasons(play: Play) -> set[str]:
    return {reason.code for ended in ends(play) for reason in ended.reasons}


def one(*troubles: Trouble, **plan: Any) -> Play:
    """A tray that has its PASS in time: at the station from 2.5 s, at the pre-gate sensor at 5.6 s, at the gate 0.33 s
    later; and what goes wrong."""
    return Play(Plan((PASS_IN_TIME,), troubles, **plan)).run()


def outcome(play: Play) -> tuple[list[End], list[str]]:
    return [ended.end for ended in ends(play)], codes(play)


def test_an_encoder_that_says_nothing_holds_the_line() -> None:
    assert outcome(one(Trouble(3000, "restless", 1500))) == ([End.HELD], ["encoder-dead"])


def test_an_encoder_that_counts_nothing_while_a_tray_comes_holds_the_line() -> None:
    found = one(Trouble(1000, "dead", 20_000))
    assert codes(found)[0] == "encoder-dead"
    assert {ended.end for ended in ends(found)} == {End.HELD}


def test_a_tray_at_the_pregate_sensor_of_a_belt_that_stands_means_that_the_encoder_is_dead() -> None:
    assert codes(one(Trouble(3000, "dead", 20_000)))[0] == "encoder-dead"


def test_a_tray_that_leaves_the_pregate_sensor_of_a_belt_that_stands_means_that_the_encoder_is_dead() -> None:
    found = one(Trouble(5500, "dead", 10_000), Trouble(5000, "unconfirmed"))
    assert outcome(found) == ([End.HELD], ["encoder-dead"])


def test_the_gate_does_not_open_on_where_the_belt_may_be() -> None:
    found = one(Trouble(5450, "restless", 600))
    assert outcome(found) == ([End.DIVERTED], [])
    assert reasons(found) == {"belt-unsure"}


def test_a_tray_is_not_missed_for_where_the_belt_may_be() -> None:
    found = one(Trouble(5400, "stop", 5000), Trouble(5390, "restless", 900))
    assert outcome(found) == ([End.PASSED], [])


def test_the_pregate_sensor_says_where_a_tray_is_on_a_belt_that_slips() -> None:
    assert outcome(one(Trouble(2600, "slack", 20_000))) == ([End.PASSED], [])


def test_a_tray_that_comes_to_the_pregate_sensor_by_far_too_soon_holds_the_line() -> None:
    assert codes(one(Trouble(2600, "slip", 20_000)))[0] == "tray-unexpected"


def test_a_full_bin_withdraws_the_permit_and_gives_it_back() -> None:
    found = one(Trouble(3000, "bin", 4000))
    permits = [c.given for _, _, commands in found.told for c in commands if isinstance(c, Permit)]
    assert permits[:2] == [False, True]
    assert outcome(found) == ([End.PASSED], ["bin-full"])


def test_a_fault_ends_the_trays_of_a_suspended_line_too() -> None:
    found = one(Trouble(3000, "bin", 4000), Trouble(6000, "lost"))
    assert outcome(found) == ([End.HELD], ["bin-full", "line-io-lost"])


def test_where_an_edge_was_is_known_better_after_the_next_sample() -> None:
    line, _ = track(Line(LAYOUT, 1), Ready(Instant(0), turned=Turned(mm(0), Instant(0))))
    for event in (EdgeSeen("entry", True, at(60)), Tick(at(80))):
        line, _ = track(line, event)
    assert line.trays[0].origin == mm(0)  # the belt stood, as far as anybody knew
    line, _ = track(line, Turned(mm(30), at(100)))
    assert line.trays[0].origin == mm(18)


def at(when: float) -> Instant:
    return Instant(ms(when))


BREACHES = {
    "silence passes": ((S.NEARING, E.LATE), Step(S.PASSING, (Do.OPEN_GATE,))),
    "a divert passes": ((S.NEARING, E.MUST_DIVERT), Step(S.PASSING, (Do.OPEN_GATE,))),
    "a held tray passes": ((S.PASSING, E.HOLD), Step(S.DEPARTING)),
    "an unconfirmed divert counts": ((S.DIVERTING, E.SILENT), Step(S.ENDED, (Do.END_DIVERTED,))),
    "a confirmed divert counts as passed": ((S.DIVERTING, E.CONFIRMED), Step(S.ENDED, (Do.END_PASSED,))),
    "a pass counts as diverted": ((S.DEPARTING, E.SILENT), Step(S.ENDED, (Do.END_DIVERTED,))),
    "a missing tray has passed": ((S.TRAVELLING, E.MISSING), Step(S.ENDED, (Do.END_PASSED,))),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_broken_row_is_found_out(breach: str) -> None:
    key, row = BREACHES[breach]
    found = find(
        st.one_of(st.sampled_from(TELLING), PLANS),
        lambda plan: bool(broken_promises(plan, {**TABLE, key: row})),
        settings=settings(max_examples=300, phases=(Phase.generate,), database=None, deadline=None),
        random=Random(1),
    )
    assert broken_promises(found) == []


TELLING = (
    Plan((((1200, Verdict.DIVERT),),)),
    Plan(((),)),
    Plan((((1200, Verdict.DIVERT),),), (Trouble(7000, "unconfirmed"),)),
    Plan((PASS_IN_TIME,), (Trouble(5800, "lost"),)),
    Plan((PASS_IN_TIME,), (Trouble(2000, "removed"),)),
)
"""Lines on which something rare happens, so that the search need not wait for it."""


EDGES = st.builds(
    EdgeSeen, st.sampled_from(("entry", "pregate", "confirm", "bypass", "bin_full")), st.booleans(), st.just(Instant(0))
)
IDS = st.sampled_from(("000001-000001", "000001-000002", "000001-000003", "000009-000001", "nobody")).map(TrayId)
WORDS = st.one_of(
    st.builds(Decision, IDS, st.sampled_from(Verdict).map(lambda verdict: Judgement(verdict, ()))),
    st.builds(CaptureDone, IDS),
    st.builds(Reset, st.sampled_from(("", "ann")), st.just(""), st.none() | IDS, st.none() | st.sampled_from(Found)),
)
EVENTS = st.one_of(
    EDGES,
    EDGES,
    st.integers(0, 700).map(lambda run: Turned(mm(run), Instant(0))),  # since the sample before
    st.builds(Heard, WORDS, st.just(Instant(0))),
    st.builds(ControllerThere, st.booleans(), st.just(Instant(0))),
    st.just(Broken("line-io-lost", "gate", "", Instant(0))),
)
TALES = st.lists(st.tuples(st.integers(0, 2500), EVENTS), max_size=40)


@given(TALES)
@settings(max_examples=300, deadline=None)
def test_whatever_is_told_in_whatever_order_the_line_keeps_its_promise(tale: list[tuple[int, LineEvent]]) -> None:
    line, now, so_far = Line(LAYOUT, 1), Instant(0), 0
    told = []
    for wait, event in [(0, Ready(now, turned=Turned(mm(0), now))), *tale, (99_999, Stop(now))]:
        now = Instant(now + ms(wait))
        so_far += event.travel if isinstance(event, Turned) else 0
        fresh = replace(event, travel=Travel(so_far)) if isinstance(event, Turned) else event
        for each in (Tick(now), replace(fresh, at=now)):
            line, commands = track(line, each)
            told.append((now, each, commands))
    assert list(wrongs(told, {})) == []
