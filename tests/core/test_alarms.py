"""When the diverts themselves call for a person."""

from booth.line.alarms import remembered, standing
from booth.line.layout import Alarms
from booth.tray import End

LIMITS = Alarms(in_a_row=3, share=0.5, of=6)
P, D, H = End.PASSED, End.DIVERTED, End.HELD


def after(*ends: End) -> dict[str, str]:
    recent: tuple[bool, ...] = ()
    for end in ends:
        recent = remembered(recent, end, LIMITS)
    return standing(recent, LIMITS)


def test_so_many_in_a_row_and_not_one_less() -> None:
    assert after(P, D, D) == {}
    assert after(P, D, D, D) == {"diverts-in-a-row": "3 trays"}
    assert after(P, D, D, D, P) == {}


def test_trays_that_nobody_decided_on_do_not_count() -> None:
    assert after(D, H, D, H) == {}
    assert after(D, H, D, H, D) == {"diverts-in-a-row": "3 trays"}


def test_a_share_counts_once_there_are_enough_to_count() -> None:
    assert after(D, P, D, D, P) == {}
    assert after(D, P, D, D, P, D) == {"diverts-many": "4 of the last 6 trays"}
    assert after(D, P, D, P, D, P) == {}
