"""The judge of the kills: books that agree are right, and each way in which they may not is found."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.soak.books import Books, Row, Word

GOOD, BAD = "000001-000001", "000001-000002"


def agreeing() -> Books:
    """One tray that passed, one that was diverted; the controller was killed before it wrote the second down."""
    return Books(
        truth={10: "passed", 20: "diverted"},
        entered={GOOD: 10, BAD: 20},
        ends={GOOD: {"PASSED"}, BAD: {"DIVERTED"}},
        verdicts=[Word(1, GOOD, "PASS"), Word(1, BAD, "DIVERT")],
        told=[Word(1, GOOD, "PASSED"), Word(1, BAD, "DIVERTED")],
        journal={GOOD: Row("PASS", "PASSED")},
        last=Counter({"PASSED": 1, "DIVERTED": 1}),
        counted={"passed": 1, "diverted": 1, "held": 0, "bypassed": 0},
    )


def test_books_that_agree_are_right_and_say_what_was_lost_with_a_process() -> None:
    books = agreeing()
    assert books.wrongs() == []
    assert (books.unwritten(), books.unheard()) == ([BAD], [BAD])


def forget_the_word(books: Books) -> None:
    del books.verdicts[0]


def send_the_bad_one_on(books: Books) -> None:
    books.truth[20] = "passed"


def send_a_stranger_on(books: Books) -> None:
    books.truth[30] = "passed"


def forget_an_end(books: Books) -> None:
    books.ends[BAD] = set()


def end_twice(books: Books) -> None:
    books.ends[BAD].add("HELD")


def divert_what_was_told_to_have_passed(books: Books) -> None:
    books.truth[10] = "diverted"


def miscount(books: Books) -> None:
    books.counted["passed"] = 2


def write_another_verdict(books: Books) -> None:
    books.journal = {GOOD: Row("DIVERT", "PASSED")}


def write_another_end(books: Books) -> None:
    books.journal = {GOOD: Row("PASS", "HELD")}


def write_of_nobody(books: Books) -> None:
    books.journal = {**books.journal, "000009-000001": Row(None, None)}


def leave_a_verdict_out(books: Books) -> None:
    books.journal = {BAD: Row("DIVERT", None)}


def leave_an_end_out(books: Books) -> None:
    books.journal = {GOOD: Row("PASS", None), BAD: Row(None, "DIVERTED")}


@pytest.mark.parametrize(
    ("falsify", "says"),
    [
        (forget_the_word, "entered at 10, passed with None"),
        (send_the_bad_one_on, "entered at 20, passed with {'DIVERT'}"),
        (send_a_stranger_on, "a tray nobody named, which entered at 30, passed"),
        (forget_an_end, f"{BAD} ended never"),
        (end_twice, f"{BAD} ended"),
        (divert_what_was_told_to_have_passed, f"{GOOD} ended PASSED, and the world says diverted"),
        (miscount, "the keeper counted 2 PASSED, and wrote 1"),
        (write_another_verdict, "was judged {'PASS'}, and the journal has DIVERT"),
        (write_another_end, "ended {'PASSED'}, and the journal has HELD"),
        (write_of_nobody, "is in the journal and not in the ledger"),
        (leave_a_verdict_out, f"the verdict on {GOOD} was never written"),
        (leave_an_end_out, f"the end of {GOOD} was never written"),
    ],
)
def test_books_that_do_not_agree_are_wrong(falsify: Callable[[Books], None], says: str) -> None:
    books = agreeing()
    falsify(books)
    assert any(says in wrong for wrong in books.wrongs()), books.wrongs()
