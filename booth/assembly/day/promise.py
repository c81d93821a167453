"""The line's promise, judged after the fact from the world's truth and from the scores that were given. Pure.

Shares no code with tracker, cycle or verdict: a mistake there must not excuse itself here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from booth.assembly.day.witness import Ending, Passage, Span
from booth.tray import End, TrayId
from drivers.units import Duration, Instant, seconds

WENT = {End.PASSED: "passed", End.BYPASSED: "passed", End.DIVERTED: "diverted"}
OF_A_SCORE = {"damage-seen"}
"""What a scorer says of any score."""

COMMITS_WITHIN = seconds(1)
"""Before a tray comes to the gate the keeper has read the key for it."""

TOLD_WITHIN = seconds(1)
"""Ends and faults of one moment are told one after the other."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise. `tray` is its id, or, of a tray that the keeper never named, its product."""

    promise: str
    tray: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A shift, as booth.assembly.day.witness has it; `confirmations` is in order.

    `scores`: by product, all that its own pictures were given; `views` is how many pictures a score needs, and
    `looks` how many cameras saw the product. `pitch`: two entries closer than this are too close to be parted.
    """

    passages: Mapping[Instant, Passage]
    entries: Mapping[TrayId, Instant]
    ends: Mapping[TrayId, set[End]]
    endings: Mapping[TrayId, Ending]
    holds: Sequence[Span]
    confirmations: Sequence[Instant]
    key_read_on: Sequence[Span]
    encoder_lied: Sequence[Span]
    scores: Mapping[str, list[float]]
    looks: Mapping[str, int]
    divert_at: float
    views: int
    pitch: Duration


def violations(facts: Facts) -> list[Violation]:
    """Every broken promise of the day, in no particular order."""
    rules = (
        _ends, _words_and_deeds, _by_the_key, _in_a_hold, _unconfirmed, _in_vain, _passes, _too_close, _for_no_reason,
    )  # fmt: skip
    fooled = deceived(facts)
    return [violation for rule in rules for violation in rule(facts) if violation.tray not in fooled]


def deceived(facts: Facts) -> set[TrayId]:
    """Trays about which two independent devices lied at once: the gate, its key or the encoder that fires it, and the
    confirm sensor. What is left says one and the same wrong thing, and no line keeper could tell."""
    found = set[TrayId]()
    for tray, at in facts.entries.items():
        passage, ending = facts.passages.get(at), facts.endings.get(tray)
        if passage is None or passage.at is None or ending is None:
            continue
        key_lies = passage.free and any(
            begin <= passage.at and passage.at - COMMITS_WITHIN <= end for begin, end in facts.key_read_on
        )
        belt_lies = any(begin <= passage.at and at <= end for begin, end in facts.encoder_lied)
        seen = _seen_between(facts, passage.at, ending.at)
        confirm_lies = seen if passage.went == "passed" else not seen
        if (key_lies or belt_lies or not passage.free) and confirm_lies and passage.went != "removed":
            found.add(tray)
    return found


def _seen_between(facts: Facts, begin: Instant, end: Instant) -> bool:
    first = bisect_left(facts.confirmations, begin)
    return any(each <= end for each in facts.confirmations[first : first + 1])


def _ends(facts: Facts) -> Iterator[Violation]:
    """Exactly one end each."""
    for tray in facts.entries:
        ends = facts.ends.get(tray, set())
        if len(ends) != 1:
            told = " and ".join(sorted(end.value for end in ends)) or "nothing"
            yield Violation("one end", tray, f"it ended as {told}")


def _words_and_deeds(facts: Facts) -> Iterator[Violation]:
    """What the keeper says became of a tray is what became of it. Where a HELD tray is, a person says."""
    for tray, at in facts.entries.items():
        passage = facts.passages.get(at)
        for end in facts.ends.get(tray, set()) - {End.HELD}:
            if passage is not None and passage.went != WENT[end]:
                yield Violation("true end", tray, f"it ended {end.value} and went {passage.went}")


def _by_the_key(facts: Facts) -> Iterator[Violation]:
    """Nothing but the key lets a tray end BYPASSED."""
    for tray, at in facts.entries.items():
        passage = facts.passages.get(at)
        if End.BYPASSED in facts.ends.get(tray, set()) and passage is not None and passage.free:
            yield Violation("by the key", tray, "it ended BYPASSED, and the key was off as it came to the gate")


def _in_a_hold(facts: Facts) -> Iterator[Violation]:
    """A tray is HELD because the line is: a fault is latched, and a person will come."""
    begins = [begin for begin, _ in facts.holds]
    for tray, ending in facts.endings.items():
        if End.HELD not in facts.ends[tray]:
            continue
        last = bisect_right(begins, ending.at + TOLD_WITHIN)
        if not last or facts.holds[last - 1][1] + TOLD_WITHIN < ending.at:
            yield Violation("in a hold", tray, "it ended HELD, and the line went on")


def _unconfirmed(facts: Facts) -> Iterator[Violation]:
    """A divert is confirmed: between gate and end the sensor said that a tray was there."""
    for tray, at in facts.entries.items():
        passage = facts.passages.get(at)
        if End.DIVERTED not in facts.ends.get(tray, set()) or passage is None or passage.at is None:
            continue
        if not _seen_between(facts, passage.at, facts.endings[tray].at):
            yield Violation("confirmed", tray, "it ended DIVERTED, and no confirm sensor had seen it")


def _in_vain(facts: Facts) -> Iterator[Violation]:
    """A divert that was confirmed is not held for want of a confirmation."""
    for tray, at in facts.entries.items():
        passage, ending = facts.passages.get(at), facts.endings.get(tray)
        if passage is None or ending is None or passage.at is None or "confirm-missing" not in ending.why:
            continue
        if passage.went == "diverted" and _seen_between(facts, passage.at, Instant(ending.at - TOLD_WITHIN)):
            yield Violation("confirmed", tray, "it ended HELD for want of a confirmation, and the sensor had seen it")


def _passes(facts: Facts) -> Iterator[Violation]:
    """No tray goes down the line without a PASS of its own; where the blade was not the keeper's to move, it may, but
    not in silence: by the key it ends BYPASSED, and with a stuck blade HELD."""
    named = {at: tray for tray, at in facts.entries.items()}
    for passage in facts.passages.values():
        if passage.went != "passed" or not (why := _undecided(facts, passage)):
            continue
        tray = named.get(passage.entered_at)
        ends = facts.ends.get(tray, set()) if tray else {End.HELD}
        if passage.free or not ends <= {End.BYPASSED, End.HELD}:
            yield Violation("own pass", tray or passage.product, f"it went down the line, and {why}")


def _for_no_reason(facts: Facts) -> Iterator[Violation]:
    """A good tray is not diverted without a word on why."""
    for tray, at in facts.entries.items():
        passage = facts.passages.get(at)
        if End.DIVERTED not in facts.ends.get(tray, set()) or passage is None or facts.endings[tray].why - OF_A_SCORE:
            continue
        if not passage.free:
            continue
        if not (undecided := _undecided(facts, passage)):
            yield Violation("for a reason", tray, "it was diverted, its score let it pass, and nothing is said of why")
        elif not facts.scores.get(passage.product):
            yield Violation("for a reason", tray, f"it was diverted: {undecided}, and nothing is said of why")


def _undecided(facts: Facts, passage: Passage) -> str:
    """Why its own pictures do not let this tray pass; empty if they do."""
    scores = facts.scores.get(passage.product, [])
    if not scores:
        return "nothing scored it"
    if facts.looks.get(passage.product, 0) < facts.views:
        return f"{facts.looks.get(passage.product, 0)} of {facts.views} cameras saw it"
    if max(scores) >= facts.divert_at:
        return f"its score was {max(scores):.3f}, which diverts from {facts.divert_at:g}"
    return ""


def _too_close(facts: Facts) -> Iterator[Violation]:
    """Trays that cannot be parted are both diverted."""
    named = {at: tray for tray, at in facts.entries.items()}
    for ahead, behind in _neighbours(sorted(facts.passages)):
        if behind - ahead >= facts.pitch:
            continue
        for passage in (facts.passages[ahead], facts.passages[behind]):
            if passage.went == "passed" and passage.free:
                tray = named.get(passage.entered_at, passage.product)
                apart = (behind - ahead) / 1e9
                yield Violation("parted", tray, f"it went down the line, {apart:.2f} s from its neighbour")


def _neighbours(instants: Iterable[Instant]) -> Iterator[tuple[Instant, Instant]]:
    ahead: Instant | None = None
    for instant in instants:
        if ahead is not None:
            yield ahead, instant
        ahead = instant
