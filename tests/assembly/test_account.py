"""The account of a run, joined from the keeper's, the controller's and the world's word."""

from typing import Any

from booth.assembly.account import Account
from booth.line import wire
from booth.tray import Counts, End, Reason, TrayId
from drivers.units import Instant

TRAY = TrayId("000001-000001")
TRUTH = {"kind": "truth", "entered_at": 5, "product": "book", "damaged": False, "damages": [], "went": "belt"}


def entered(account: Account) -> None:
    account.entered(wire.TrayEntered(TRAY, Instant(5), Instant(9)))


def ended(end: End = End.PASSED, late: bool = False, *reasons: Reason) -> wire.TrayEnded:
    return wire.TrayEnded(TRAY, end, reasons, late, Instant(5), Instant(8), Counts())


def judged(**more: Any) -> dict[str, Any]:
    reasons = [{"code": "no-damage", "text": "no damage seen"}]
    return {"tray": TRAY, "verdict": "PASS", "score": 0.1, "lanes": {"appearance": 0.1}, "reasons": reasons, **more}


def test_a_row_has_the_word_of_all_three() -> None:
    account = Account()
    entered(account)
    account.truth(TRUTH)
    account.judged(judged())
    account.truth(TRUTH | {"went": "passed"})
    row = account.ended(ended())
    assert row is not None
    line = row.line()
    assert (line["end"], line["verdict"], line["score"]) == ("PASSED", "PASS", 0.1)
    assert line["truth"] == {"product": "book", "damaged": False, "damages": [], "went": "passed"}


def test_an_end_that_is_told_twice_is_one_end() -> None:
    account = Account()
    entered(account)
    assert account.ended(ended()) is not None
    assert account.ended(ended()) is None
    assert account.counts == Counts(entered=1, passed=1)


def test_a_tray_that_nobody_judged_has_no_verdict_and_the_keepers_reason() -> None:
    account = Account()
    entered(account)
    row = account.ended(ended(End.DIVERTED, True, Reason("late", "no verdict in time")))
    assert row is not None
    assert row.line()["verdict"] is None
    assert row.line()["reasons"] == [{"code": "late", "text": "no verdict in time"}]
    assert account.summary()["late"] == 1


def test_a_reason_that_both_give_is_shown_once() -> None:
    account = Account()
    entered(account)
    account.judged(judged())
    row = account.ended(ended(End.PASSED, False, Reason("no-damage", "no damage seen")))
    assert row is not None
    assert [reason["code"] for reason in row.line()["reasons"]] == ["no-damage"]


def test_truth_that_comes_after_the_row_has_left_is_not_kept() -> None:
    account = Account()
    entered(account)
    account.truth(TRUTH)
    account.ended(ended())
    account.truth(TRUTH | {"went": "passed"})
    assert account.truths == {}


def test_the_summary_adds_up_while_trays_are_on_the_line() -> None:
    account = Account()
    entered(account)
    summary = account.summary()
    assert summary["entered"] == summary["in_flight"] == 1
