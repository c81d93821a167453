"""What a restart of the keeper left open: when the belt clears it, and when only a person does."""

from dataclasses import replace
from typing import Any

import pytest

from booth.line import sweep
from booth.line.line import EdgeSeen, Heard, Line, MoveStop, Permit, Place, Ready, Tick, Turned
from booth.line.messages import FaultCleared, FaultRaised, LineState, Refused, Reset, TrayEnded
from booth.line.sweep import MEANS, Sign
from booth.line.table import TrayState
from booth.line.tracker import track
from booth.tray import End
from drivers.units import Instant, ms
from tests.core.tracker_line import LAYOUT, PASS_IN_TIME, Plan, Play, Trouble, ends, mm
from tests.core.tracker_oracle import wrongs

ON_ITS_WAY, AT_THE_STATION, UNDER_THE_PREGATE, PASSING = 4500, 2700, 5700, 6200
"""When the first tray is there. It has left the entry sensor at 3.9 s, and has passed the gate at 7.3 s."""
NOBODY_COMES = 40_000


def killed(at: int, *troubles: Trouble, trays: int = 1, comes: int = NOBODY_COMES, **plan: Any) -> Play:
    says = (PASS_IN_TIME,) * trays
    play = Play(Plan(says, (Trouble(at, "killed"), *troubles), comes=comes, **plan)).run()
    assert list(wrongs(play.told, play.went, play.fooled)) == []
    return play


def said(play: Play, kind: type[Any]) -> list[Any]:
    return [command for _, _, commands in play.told for command in commands if isinstance(command, kind)]


def codes(play: Play) -> list[str]:
    return [fault.code for fault in said(play, FaultRaised)]


def by_itself(play: Play) -> bool:
    """Whether the fault went without a person."""
    resets = [event for _, event, _ in play.told if isinstance(event, Heard) and isinstance(event.message, Reset)]
    return not resets and any(cleared.code == sweep.CODE for cleared in said(play, FaultCleared))


@pytest.mark.parametrize("at", [ON_ITS_WAY, AT_THE_STATION])
def test_the_belt_brings_what_was_left_open_to_the_bin_and_the_line_goes_on(at: int) -> None:
    play = killed(at)
    assert by_itself(play)
    assert codes(play) == ["keeper-restarted"]
    assert [ended.end for ended in ends(play)] == [End.HELD]
    assert set(play.went.values()) == {"diverted"}


def test_a_tray_that_enters_while_the_belt_is_swept_is_diverted_and_says_why_and_one_that_enters_later_passes() -> None:
    play = killed(ON_ITS_WAY, trays=5)
    assert by_itself(play)
    told = [(ended.end, {reason.code for reason in ended.reasons}) for ended in ends(play)]
    assert (End.DIVERTED, {"keeper-restarted"}) in told
    assert told[-1] == (End.PASSED, set())


def test_no_tray_is_stopped_while_the_belt_is_swept() -> None:
    play = killed(ON_ITS_WAY, trays=2)
    begun = next(n for n, (_, event, _) in enumerate(play.told) if isinstance(event, Ready) and event.held)
    over = next(n for n, (_, _, told) in enumerate(play.told) if any(isinstance(each, FaultCleared) for each in told))
    stops = [each for _, _, told in play.told[begun:over] for each in told if isinstance(each, MoveStop)]
    assert not any(stop.up for stop in stops)


def test_the_belt_does_not_count_as_having_run_while_it_stands() -> None:
    play = killed(ON_ITS_WAY, Trouble(4600, "stop", 30_000))
    cleared = next(at for at, _, told in play.told if any(isinstance(each, FaultCleared) for each in told))
    assert cleared > ms(34_600)


@pytest.mark.parametrize("at", [UNDER_THE_PREGATE, PASSING])
def test_a_tray_that_the_sensors_cannot_count_is_a_persons(at: int) -> None:
    play = killed(at)
    assert not by_itself(play)
    assert not said(play, Permit)[-1].given


def line(left: int = 1, **ready: Any) -> Line:
    """Of a keeper that begins where `left` trays were left open."""
    begun: dict[str, Any] = {"clear": False, "sweepable": True, "turned": Turned(mm(0), Instant(0))} | ready
    return track(Line(LAYOUT, 2), Ready(Instant(0), held=left, **begun))[0]


def unfolds(line: Line, belt: float, seen: tuple[tuple[int, Place], ...]) -> tuple[Line, list[Any]]:
    """Trays come to sensors, each at so many ms, on a belt that runs at `belt` mm/s and is read every 100 ms."""
    told: list[Any] = []
    for now in range(0, 9000, 20):
        for at, place in seen:
            if now in (at, at + 1000):
                line, commands = track(line, EdgeSeen(place, now == at, Instant(ms(now))))
                told += commands
        event = Turned(mm(belt * now / 1000), Instant(ms(now))) if now % 100 == 0 else Tick(Instant(ms(now)))
        line, commands = track(line, event)
        told += commands
    return line, told


STORIES: dict[Sign, tuple[float, tuple[tuple[int, Place], ...]]] = {
    Sign.ONE_TOO_MANY: (300, ((1000, "pregate"), (2600, "pregate"))),
    Sign.BY_HAND: (0, ((3000, "pregate"),)),
    Sign.NOT_IN_THE_BIN: (300, ((1000, "pregate"),)),
    Sign.SOME_NOT_SEEN: (300, ()),
    Sign.ALL_SEEN: (300, ((1000, "pregate"), (1800, "confirm"))),
}


@pytest.mark.parametrize("sign", STORIES)
def test_what_contradicts_the_count_is_a_persons_and_nothing_but_its_row_says_so(
    sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, told = unfolds(line(), *STORIES[sign])
    contradicted = sign is not Sign.ALL_SEEN
    assert [fault.code for fault in after.latched] == [sweep.CODE, "trays-unaccounted"] * contradicted
    assert [each.given for each in told if isinstance(each, Permit)] == [False] * contradicted
    assert after.following is not contradicted
    monkeypatch.setitem(MEANS, sign, None if contradicted else "broken")
    broken, _ = unfolds(line(), *STORIES[sign])
    assert ("trays-unaccounted" in {fault.code for fault in broken.latched}) is not contradicted


def test_what_the_power_has_left_is_a_persons_and_so_it_is_on_a_line_without_an_encoder() -> None:
    assert line().sweep is not None
    assert line(sweepable=False).sweep is None
    assert line(turned=None).sweep is None
    assert line(blocked=frozenset({"pregate"})).sweep is None


def test_a_line_that_went_on_by_itself_still_asks_a_person_once_what_became_of_the_held_trays() -> None:
    went_on = replace(line(), sweep=None, latched=(), state=LineState.EXECUTE)
    asked, told = track(went_on, Heard(Reset("ann", "looked into the bin"), Instant(ms(10))))
    assert not [each for each in told if isinstance(each, (Refused, Permit, MoveStop, TrayEnded))]
    _, told = track(asked, Heard(Reset("ann", "again"), Instant(ms(20))))
    assert [type(each) for each in told] == [Refused]


def test_a_person_who_clears_the_line_before_the_belt_has_takes_the_trays_off_that_entered_meanwhile() -> None:
    on_it, _ = unfolds(line(), 0, ((1000, "entry"),))
    assert [tray.state for tray in on_it.trays] == [TrayState.ENTERED]
    cleared, told = track(on_it, Heard(Reset("ann", "took them off"), on_it.now))
    assert [each.end for each in told if isinstance(each, TrayEnded)] == [End.HELD]
    assert (cleared.sweep, cleared.latched, cleared.state) == (None, (), LineState.IDLE)


def test_the_belt_counts_from_when_nothing_from_before_is_under_the_entry_sensor_any_more() -> None:
    begun = line(blocked=frozenset({"entry"}))
    assert begun.sweep is not None
    assert begun.sweep.since is None
    for event in (EdgeSeen("entry", False, Instant(ms(500))), Turned(mm(150), Instant(ms(500)))):
        begun, _ = track(begun, event)
    begun, _ = track(begun, Tick(Instant(ms(600))))
    assert begun.sweep is not None
    assert begun.sweep.since == mm(150)


def test_a_full_bin_takes_the_permit_from_a_belt_that_is_swept_and_gives_it_back() -> None:
    full, told = track(line(), EdgeSeen("bin_full", True, Instant(ms(100))))
    full, told = track(full, Tick(Instant(ms(200))))
    assert [each.given for each in told if isinstance(each, Permit)] == [False]
    empty, _ = track(full, EdgeSeen("bin_full", False, Instant(ms(300))))
    empty, told = track(empty, Tick(Instant(ms(400))))
    assert [each.given for each in told if isinstance(each, Permit)] == [True]
    assert empty.sweep is not None


def test_a_tray_that_is_taken_off_with_the_others_is_not_asked_for_by_its_name() -> None:
    missed, _ = unfolds(line(left=2), 300, ((100, "entry"), (1000, "pregate"), (1800, "confirm")))
    assert [fault.code for fault in missed.latched] == [sweep.CODE, "trays-unaccounted"]
    cleared, told = track(missed, Heard(Reset("ann", "took them off"), missed.now))
    assert not [each for each in told if isinstance(each, Refused)]
    assert cleared.latched == ()


@pytest.mark.parametrize(("belt", "refused"), [(0, True), (300, False)])
def test_the_next_tray_under_the_entry_sensor_of_a_belt_that_runs_keeps_nobody_from_resetting(
    belt: int, refused: bool
) -> None:
    begun = line()
    for now in range(0, 1000, 100):
        begun, _ = track(begun, Turned(mm(belt * now / 1000), Instant(ms(now))))
    begun, _ = track(begun, EdgeSeen("entry", True, Instant(ms(920))))
    begun, _ = track(begun, Tick(Instant(ms(950))))
    _, told = track(begun, Heard(Reset("ann", "took them off"), Instant(ms(960))))
    assert bool([each for each in told if isinstance(each, Refused)]) is refused
