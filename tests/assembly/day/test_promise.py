"""The judge of a simulated day: every rule speaks when it is broken, and about that tray."""

from dataclasses import replace

import pytest

from booth.assembly.day.promise import Facts, violations
from booth.assembly.day.witness import Ending, Passage
from booth.tray import End, TrayId, tray_id
from drivers.units import Instant, seconds

FIRST, SECOND = tray_id(1, 1), tray_id(1, 2)
DIVERTS_FROM = 0.5


def at(second: float) -> Instant:
    return Instant(seconds(second))


def good_day() -> Facts:
    """Two trays ten seconds apart: a good one that passed, a damaged one that was diverted and confirmed."""
    return Facts(
        passages={
            at(0): Passage(at(0), "good", False, "passed", at(4)),
            at(10): Passage(at(10), "bad", True, "diverted", at(14)),
        },
        entries={FIRST: at(0), SECOND: at(10)},
        ends={FIRST: {End.PASSED}, SECOND: {End.DIVERTED}},
        endings={FIRST: Ending(at(5), frozenset()), SECOND: Ending(at(15), frozenset({"damage-seen"}))},
        holds=(),
        confirmations=(at(14.5),),
        key_read_on=(),
        encoder_lied=(),
        scores={"good": [0.1], "bad": [0.9]},
        looks={"good": 2, "bad": 2},
        divert_at=DIVERTS_FROM,
        views=2,
        pitch=seconds(2),
    )


def passage(facts: Facts, entered: float, **changed: object) -> Facts:
    one = replace(facts.passages[at(entered)], **changed)  # type: ignore[arg-type]
    return replace(facts, passages={**facts.passages, at(entered): one})


def ended(facts: Facts, tray: TrayId, *ends: End, why: str = "", when: float = 15) -> Facts:
    endings = {**facts.endings, tray: Ending(at(when), frozenset({why} - {""}))}
    return replace(facts, ends={**facts.ends, tray: set(ends)}, endings=endings)


def told(facts: Facts) -> list[tuple[str, str]]:
    return [(violation.promise, violation.tray) for violation in violations(facts)]


def test_nothing_is_said_of_a_good_day() -> None:
    assert violations(good_day()) == []


@pytest.mark.parametrize("ends", [(), (End.HELD, End.DIVERTED)])
def test_a_tray_without_an_end_or_with_two_is_named(ends: tuple[End, ...]) -> None:
    facts = replace(good_day(), holds=((at(14), at(16)),))
    assert told(ended(facts, SECOND, *ends)) == [("one end", SECOND)]


def test_what_the_keeper_says_is_held_against_what_became_of_the_tray() -> None:
    assert ("true end", FIRST) in told(passage(good_day(), 0, went="removed"))
    assert ("true end", SECOND) in told(ended(good_day(), SECOND, End.PASSED))


def test_a_tray_is_bypassed_by_the_key_alone() -> None:
    by_hand = ended(good_day(), FIRST, End.BYPASSED)
    assert told(by_hand) == [("by the key", FIRST)]
    assert told(passage(by_hand, 0, free=False)) == []


def test_a_tray_is_held_only_while_the_line_is() -> None:
    held = ended(good_day(), SECOND, End.HELD)
    assert told(held) == [("in a hold", SECOND)]
    assert told(replace(held, holds=((at(15), at(60)),))) == []
    assert told(replace(held, holds=((at(2), at(9)), (at(20), at(60))))) == [("in a hold", SECOND)]


@pytest.mark.parametrize("seen", [(), (13.9,), (15.5,)], ids=["never", "before the gate", "after the end"])
def test_a_divert_that_no_sensor_saw_is_named(seen: tuple[float, ...]) -> None:
    facts = replace(good_day(), confirmations=tuple(map(at, seen)))
    assert told(facts) == [("confirmed", SECOND)]


def test_a_divert_that_the_sensor_saw_is_not_held_for_want_of_it() -> None:
    held = replace(good_day(), holds=((at(16), at(60)),))
    assert told(ended(held, SECOND, End.HELD, why="confirm-missing", when=16)) == [("confirmed", SECOND)]
    assert told(ended(held, SECOND, End.HELD, why="tray-missing", when=16)) == []
    unseen = replace(held, confirmations=())
    assert told(ended(unseen, SECOND, End.HELD, why="confirm-missing", when=16)) == []


@pytest.mark.parametrize(
    "changed",
    [{"scores": {"bad": [0.9]}}, {"looks": {"good": 1, "bad": 2}}, {"scores": {"good": [0.1, 0.5], "bad": [0.9]}}],
    ids=["no score", "a camera missing", "a score that diverts"],
)  # fmt: skip
def test_a_tray_that_goes_down_the_line_undecided_is_named(changed: dict[str, object]) -> None:
    assert told(replace(good_day(), **changed)) == [("own pass", FIRST)]  # type: ignore[arg-type]


def test_an_undecided_tray_may_go_by_where_the_blade_was_not_the_keepers_but_not_as_passed() -> None:
    undecided = passage(replace(good_day(), scores={"bad": [0.9]}), 0, free=False)
    assert told(undecided) == [("own pass", FIRST)]
    assert told(ended(undecided, FIRST, End.BYPASSED)) == []
    assert told(replace(ended(undecided, FIRST, End.HELD), holds=((at(0), at(60)),))) == []


def test_a_tray_that_the_keeper_never_named_may_not_go_down_the_line_through_its_own_gate() -> None:
    unnamed = Passage(at(20), "ghost", False, "passed", at(24))
    facts = replace(good_day(), passages={**good_day().passages, at(20): unnamed})
    assert told(facts) == [("own pass", "ghost")]


def test_of_trays_too_close_to_be_parted_neither_may_pass() -> None:
    close = Passage(at(1.9), "close", False, "diverted", at(6))
    facts = replace(good_day(), passages={**good_day().passages, at(1.9): close})
    assert told(facts) == [("parted", FIRST)]
    assert told(replace(facts, pitch=seconds(1))) == []


def test_a_good_tray_that_is_diverted_without_a_word_is_named() -> None:
    diverted = replace(passage(good_day(), 0, went="diverted"), confirmations=(at(4.5), at(14.5)))
    silent = ended(diverted, FIRST, End.DIVERTED, when=5)
    assert told(silent) == [("for a reason", FIRST)]
    assert told(ended(diverted, FIRST, End.DIVERTED, why="late", when=5)) == []
    assert told(replace(silent, scores={"bad": [0.9]})) == [("for a reason", FIRST)]


def test_nobody_is_blamed_where_two_devices_lied_at_once_but_for_one_somebody_is() -> None:
    stuck = ended(passage(good_day(), 10, went="passed", free=False), SECOND, End.DIVERTED, why="damage-seen")
    assert told(stuck) == []
    assert ("true end", SECOND) in told(replace(stuck, confirmations=()))
    cut = ended(replace(good_day(), key_read_on=((at(13), at(20)),), confirmations=()), SECOND, End.BYPASSED)
    assert told(cut) == []
    assert ("true end", SECOND) in told(replace(cut, key_read_on=((at(14.1), at(20)),)))
    assert ("true end", SECOND) in told(replace(cut, confirmations=(at(14.5),)))
    slipped = ended(replace(good_day(), encoder_lied=((at(11), at(12)),), confirmations=()), SECOND, End.PASSED)
    assert told(slipped) == []
    assert ("true end", SECOND) in told(replace(slipped, encoder_lied=((at(15), at(20)),)))
    assert ("true end", SECOND) in told(replace(slipped, confirmations=(at(14.5),)))
