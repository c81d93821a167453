"""What the world saw, what the keeper and the controller wrote down, what they said to each other: judged together.
Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ENDS = ("PASSED", "DIVERTED", "HELD", "BYPASSED")
ALLOWED = {"PASSED": "passed", "DIVERTED": "diverted"}
"""Ends by which the keeper says where a tray went, and the world's word for it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A verdict of the controller's, or an end of the keeper's, on its way to the other. `by`: which of the processes,
    or of the links, one after the other, it came by."""

    by: int
    tray: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """What the controller's journal has of a tray."""

    verdict: str | None
    end: str | None


@dataclass
class Books:
    """`truth`: where each tray went that broke the entry sensor at an instant; `entered` and `ends` by the keeper's
    ledger; `journal` by the controller's; `verdicts` and `told`: heard on the way between the two. `last`: the ends
    that the keeper's last boot wrote; `counted`: what it says it has counted."""

    truth: dict[int, str] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    ends: dict[str, set[str]] = field(default_factory=dict)
    verdicts: list[Word] = field(default_factory=list)
    told: list[Word] = field(default_factory=list)
    journal: Mapping[str, Row] = field(default_factory=dict)
    last: Counter[str] = field(default_factory=Counter)
    counted: dict[str, int] = field(default_factory=dict)

    def wrongs(self) -> list[str]:
        return [*self.undecided(), *self._ends(), *self._counts(), *self._contradictions(), *self._gaps()]

    def undecided(self) -> list[str]:
        """Trays that passed and of which no PASS had left the controller, or which nobody ever named."""
        words = self._words()
        named = {at: tray for tray, at in self.entered.items()}
        return [
            f"{named.get(at, 'a tray nobody named')}, which entered at {at}, passed with {words.get(named.get(at, ''))}"
            for at, went in self.truth.items()
            if went == "passed" and words.get(named.get(at, "")) != {"PASS"}
        ]

    def unwritten(self) -> list[str]:
        """Verdicts that left a controller which died before it had written them down."""
        return [word.tray for word in self.verdicts if self._row(word.tray).verdict is None]

    def unheard(self) -> list[str]:
        """Ends that the journal lacks: the controller was not there."""
        return [tray for tray in self.ends if self._row(tray).end is None]

    def _ends(self) -> list[str]:
        """Not exactly one, or another than the world saw."""
        wrong = [f"{tray} ended {self.ends.get(tray) or 'never'}" for tray in self.entered
                 if len(self.ends.get(tray, ())) != 1]  # fmt: skip
        wrong += [f"{tray} ended and never entered" for tray in self.ends.keys() - self.entered.keys()]
        for tray, ends in self.ends.items():
            went = self.truth.get(self.entered.get(tray, -1))
            for end in ends & ALLOWED.keys():
                if went != ALLOWED[end]:
                    wrong.append(f"{tray} ended {end}, and the world says {went}")
        return wrong

    def _counts(self) -> list[str]:
        """The keeper's own since it was started last, and the sum of all its boots."""
        ends = Counter(end for ends in self.ends.values() for end in ends)
        wrong = [f"the keeper counted {self.counted.get(end.lower())} {end}, and wrote {self.last[end]}"
                 for end in ENDS if self.counted.get(end.lower(), 0) != self.last[end]]  # fmt: skip
        if len(self.entered) != ends.total():
            wrong.append(f"{len(self.entered)} entered, and {ends.total()} ended")
        return wrong

    def _contradictions(self) -> list[str]:
        """Between the journal on one side, the ledger and what was said on the other."""
        words, wrong = self._words(), []
        for tray, row in self.journal.items():
            if tray not in self.entered:
                wrong.append(f"{tray} is in the journal and not in the ledger")
            if row.verdict is not None and tray in words and words[tray] != {row.verdict}:
                wrong.append(f"{tray} was judged {words[tray]}, and the journal has {row.verdict}")
            if row.end is not None and self.ends.get(tray) != {row.end}:
                wrong.append(f"{tray} ended {self.ends.get(tray)}, and the journal has {row.end}")
        return wrong

    def _gaps(self) -> list[str]:
        """The journal is written in order, so it lacks none but the last words of a process that was killed, the last
        ends of a link that was cut."""
        wrong = [f"the verdict on {tray} was never written" for tray in _gaps(self.verdicts, self._judged())]
        return wrong + [f"the end of {tray} was never written" for tray in _gaps(self.told, self._ended())]

    def _words(self) -> dict[str, set[str]]:
        words: dict[str, set[str]] = {}
        for word in self.verdicts:
            words.setdefault(word.tray, set()).add(word.word)
        return words

    def _row(self, tray: str) -> Row:
        return self.journal.get(tray, Row(None, None))

    def _judged(self) -> set[str]:
        return {tray for tray, row in self.journal.items() if row.verdict is not None}

    def _ended(self) -> set[str]:
        return {tray for tray, row in self.journal.items() if row.end is not None}


def _gaps(words: Iterable[Word], written: set[str]) -> list[str]:
    """Trays whose word is missing although a later word that came by the same way is not."""
    ways: dict[int, list[str]] = {}
    for word in words:
        ways.setdefault(word.by, []).append(word.tray)
    gaps = []
    for trays in ways.values():
        last = max((at for at, tray in enumerate(trays) if tray in written), default=-1)
        gaps += [tray for tray in trays[:last] if tray not in written]
    return gaps
