"""The tracker by encoder, on a line with physics, judged by an oracle that shares no code with it."""

from hypothesis import given, settings

from booth.line.table import TABLE, Table, TrayEvent, TrayState
from booth.tray import End
from tests.core.tracker_line import PATIENT, PLANS, Plan, Play, ends
from tests.core.tracker_oracle import wrongs

S, E = TrayState, TrayEvent


def broken_promises(plan: Plan, table: Table = TABLE) -> list[str]:
    play = Play(plan, table).run()
    return list(wrongs(play.told, play.went))


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
