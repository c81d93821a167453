"""Properties of the tracker over arbitrary stories, each of them seen to fail when a row of its table is broken."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from booth.line import table as tables
from booth.line.belt import Travel, by_time
from booth.line.layout import DEBOUNCE, MARGIN
from booth.line.line import Broken, EdgeSeen, Line, Tick, Tray
from booth.line.messages import FaultRaised, LineState, TrayEnded
from booth.line.schedule import DUE
from booth.line.table import DEADLINE, TABLE, Do, Step, Table, TrayEvent, TrayState, Word
from booth.line.tracker import track
from booth.settings.model import REACTION_MS
from booth.tray import End, Verdict, tray_id
from drivers.units import Instant, ms
from tests.core.tracker_story import GOOD_PLANS, LAYOUT, PLANS, Plan, Story, TrayPlan, of, wrongs

S, E = TrayState, TrayEvent
ENDINGS = {Do.END_PASSED, Do.END_DIVERTED, Do.END_HELD, Do.END_BYPASSED}


def broken_promises(plan: Plan, table: Table) -> list[str]:
    return wrongs(Story(plan, table).run())


def at(when: float) -> Instant:
    return Instant(ms(when))


def ends(plan: Plan, table: Table = TABLE) -> list[End]:
    story = Story(plan, table).run()
    return [command.end for told in story.told for command in told.commands if isinstance(command, TrayEnded)]


def dead_ends(table: Table) -> list[str]:
    """States that their deadline does not lead out of, towards the end; rows that end a tray twice, or not at all."""
    wrong = [f"{state} has no deadline" for state in TrayState if state is not S.ENDED and state not in DUE]
    for state, events in DEADLINE.items():
        wrong += [
            f"{state} by {e}" for e in events if (state, e) not in table or table[state, e].to.value <= state.value
        ]
    wrong += [f"{state} ignores HOLD" for state in DUE if table.get((state, E.HOLD), Step(state)).to is not S.ENDED]
    for key, row in table.items():
        if sum(do in ENDINGS for do in row.do) != (row.to is S.ENDED):
            wrong.append(f"{key} does not end a tray exactly once")
    return wrong


@given(PLANS)
@settings(max_examples=200)
def test_the_line_keeps_its_promise_whatever_happens(plan: Plan) -> None:
    assert broken_promises(plan, TABLE) == []


def test_a_tray_whose_gap_was_taken_for_a_bounce_does_not_slip_through_the_gate_behind_another() -> None:
    passed, slid = TrayPlan(gap=2000, says=((10, Verdict.PASS),), captured=0, drift=117), TrayPlan(gap=2000, drift=-541)
    plan = Plan((passed, replace(slid, says=(), captured=0)))
    assert broken_promises(plan, TABLE) == []
    faults = [c.code for told in Story(plan).run().told for c in told.commands if isinstance(c, FaultRaised)]
    assert faults == ["tray-unexpected"]


@given(GOOD_PLANS)
@settings(max_examples=60)
def test_on_a_quiet_line_every_tray_with_a_pass_passes(plan: Plan) -> None:
    assert ends(plan) == [End.PASSED] * len(plan.trays)


def test_every_state_but_the_last_has_a_deadline_that_leads_on() -> None:
    assert DUE.keys() == DEADLINE.keys() == set(TrayState) - {S.ENDED}
    assert dead_ends(TABLE) == []


BREACHES = {
    "silence passes": {(S.NEARING, E.LATE): Step(S.PASSING, (Do.OPEN_GATE,))},
    "a divert passes": {(S.NEARING, E.MUST_DIVERT): Step(S.PASSING, (Do.OPEN_GATE,))},
    "the key is forgotten": {(S.NEARING, E.KEY_ON): Step(S.PASSING, (Do.OPEN_GATE,))},
    "the gate stays open": {(S.PASSING, E.CLEARED): Step(S.DEPARTING)},
    "an unconfirmed divert counts": {(S.DIVERTING, E.SILENT): Step(S.ENDED, (Do.END_DIVERTED,))},
    "a confirmed divert counts as passed": {(S.DIVERTING, E.CONFIRMED): Step(S.ENDED, (Do.END_PASSED,))},
    "a pass counts as diverted": {(S.DEPARTING, E.SILENT): Step(S.ENDED, (Do.END_DIVERTED,))},
    "a tray ends without a word": {(S.DEPARTING, E.SILENT): Step(S.ENDED)},
    "a held line forgets a tray": {(S.TRAVELLING, E.HOLD): Step(S.TRAVELLING)},
    "a missing tray is only held": {(S.TRAVELLING, E.MISSING): Step(S.ENDED, (Do.END_PASSED,))},
    "a held tray passes": {(S.PASSING, E.HOLD): Step(S.DEPARTING)},
}


TELLING = (
    Plan((TrayPlan(),), noise=((6300, Broken("line-io-lost", "gate", "gone", Instant(0))),)),
    Plan((TrayPlan(),), noise=((1000, EdgeSeen("bypass", True, Instant(0))),)),
)
"""Stories in which something rare happens, so that the search need not wait for it."""


@pytest.mark.parametrize("breach", BREACHES)
def test_a_broken_row_is_found_out(breach: str) -> None:
    table = {**TABLE, **BREACHES[breach]}
    found = find(
        st.one_of(st.sampled_from(TELLING), PLANS),
        lambda plan: bool(broken_promises(plan, table)),
        settings=settings(max_examples=2000, phases=(Phase.generate,), database=None),
        random=Random(1),
    )
    assert broken_promises(found, TABLE) == []


@pytest.mark.parametrize("key", [(state, event) for state, events in DEADLINE.items() for event in events])
def test_a_deadline_that_leads_nowhere_is_found_out(key: tuple[TrayState, TrayEvent]) -> None:
    assert dead_ends({**TABLE, key: Step(key[0])})
    assert dead_ends({other: row for other, row in TABLE.items() if other != key})


def test_a_stop_that_is_never_lowered_is_found_out() -> None:
    table = {**TABLE, (S.SEEN, E.PARTED): Step(S.TRAVELLING)}
    assert ends(Plan((TrayPlan(),)), table) == [End.HELD]


def test_a_divert_taken_back_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan((TrayPlan(says=((1000, Verdict.DIVERT), (1500, Verdict.PASS))),))
    assert broken_promises(plan, TABLE) == []
    monkeypatch.setitem(tables.WORDS, (Word.DIVERT, Verdict.PASS), Word.PASS)
    assert broken_promises(plan, TABLE)


def test_the_gate_does_not_open_for_a_tray_with_another_close_behind_or_still_under_it() -> None:
    near = TrayPlan(gap=1450)
    assert ends(Plan((TrayPlan(), near), pitch=1400, indexed=False)) == [End.DIVERTED, End.DIVERTED]
    nearer = TrayPlan(gap=1405)
    diverted = TrayPlan(says=((1500, Verdict.DIVERT),))
    assert ends(Plan((diverted, nearer), pitch=1400, indexed=False)) == [End.DIVERTED, End.DIVERTED]


def test_a_tray_that_would_slip_under_the_open_gate_holds_the_line() -> None:
    none = Travel(0)
    first = Tray(tray_id(1, 1), S.PASSING, Instant(0), Instant(0), none, none, at(3693), Word.PASS)
    close = Tray(tray_id(1, 2), S.TRAVELLING, at(1200), at(1200), none, of(ms(1200)), at(1700))
    belt = by_time(LAYOUT.pace)
    line = Line(LAYOUT, 1, LineState.EXECUTE, at(4600), 2, (first, close), belt=belt, gate_free=of(ms(5186)))
    line, _ = track(line, EdgeSeen("pregate", True, at(4700)))
    line, commands = track(line, Tick(at(4720)))
    assert [command.end for command in commands if isinstance(command, TrayEnded)] == [End.HELD, End.HELD]
    assert [fault.code for fault in line.latched] == ["tray-unexpected"]


def test_a_divert_that_comes_after_the_gate_has_opened_is_not_written_beside_the_pass() -> None:
    story = Story(Plan((TrayPlan(says=((1500, Verdict.PASS), (4200, Verdict.DIVERT))),))).run()
    assert [t.line.trays[0].word for t in story.told if t.line.trays][-1] is Word.PASS


def test_what_the_settings_demand_of_the_gate_covers_the_keepers_own_margins() -> None:
    assert ms(REACTION_MS) > DEBOUNCE + MARGIN
