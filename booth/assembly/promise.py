"""The line's promise, judged after the fact from the world's truth and from the scores that were given. Pure.

Shares no code with tracker, cycle or verdict: a mistake there must not excuse itself here.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from booth.assembly.witness import Passage
from booth.tray import End, TrayId
from drivers.units import Duration, Instant

WENT = {End.PASSED: "passed", End.BYPASSED: "passed", End.DIVERTED: "diverted"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise. `tray` is its id, or, of a tray that the keeper never named, its product."""

    promise: str
    tray: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A shift, as booth.assembly.witness has it; `confirmations` is in order.

    `scores`: by product, all that its own pictures were given; `views` is how many pictures a score needs, and
    `looks` how many cameras saw the product. `pitch`: two entries closer than this are too close to be parted.
    """

    passages: Mapping[Instant, Passage]
    entries: Mapping[TrayId, Instant]
    ends: Mapping[TrayId, set[End]]
    ended_at: Mapping[TrayId, Instant]
    confirmations: Sequence[Instant]
    scores: Mapping[str, list[float]]
    looks: Mapping[str, int]
    divert_at: float
    views: int
    pitch: Duration


def violations(facts: Facts) -> list[Violation]:
    """Every broken promise of the day, in no particular order."""
    return [*_ends(facts), *_words_and_deeds(facts), *_unconfirmed(facts), *_passes(facts), *_too_close(facts)]


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


def _unconfirmed(facts: Facts) -> Iterator[Violation]:
    """A divert is confirmed: between gate and end the sensor said that a tray was there."""
    for tray, at in facts.entries.items():
        passage = facts.passages.get(at)
        if End.DIVERTED not in facts.ends.get(tray, set()) or passage is None or passage.at is None:
            continue
        first = bisect_left(facts.confirmations, passage.at)
        if not any(each <= facts.ended_at[tray] for each in facts.confirmations[first : first + 1]):
            yield Violation("confirmed", tray, "it ended DIVERTED, and no confirm sensor had seen it")


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
