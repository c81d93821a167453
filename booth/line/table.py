"""One tray's way along the line, as data. Dangerous rows first; what is not in a table changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from booth.tray import Verdict


class TrayState(Enum):
    """Where a tray is; in the order in which it goes."""

    ENTERED = auto()  # on its way to the station, the stop not yet up for it
    APPROACHING = auto()  # the stop is up and waits for it
    STANDING = auto()  # at the stop, being looked at
    SEEN = auto()  # at the stop, to be let go when the gap ahead is the pitch
    TRAVELLING = auto()  # from the station to the pre-gate sensor
    NEARING = auto()  # past the pre-gate sensor, the gate not yet committed
    PASSING = auto()  # the gate is at pass, for this tray
    DEPARTING = auto()  # it has cleared the gate; the confirm sensor may still say otherwise
    DIVERTING = auto()  # the gate is at divert, and the confirm sensor must see it
    BYPASSING = auto()  # the key was on when the gate would have been committed
    ENDED = auto()


class TrayEvent(Enum):
    """What can happen to a tray on the line."""

    MAY_PASS = auto()  # commit: its own PASS is held, and the gate is free
    LATE = auto()  # commit: nobody has said a word
    MUST_DIVERT = auto()  # commit: anything else
    KEY_ON = auto()  # commit: the bypass key is on
    CLEARED = auto()  # its tail is past the gate
    CONFIRMED = auto()  # the confirm sensor saw a tray inside its window
    SILENT = auto()  # the confirm window is over and nothing was seen
    HOLD = auto()  # the line stops
    MISSING = auto()  # the pre-gate window is over and nothing was seen
    AT_PREGATE = auto()  # the pre-gate sensor saw a tray inside its window
    STOP_FREE = auto()  # the tray ahead is clear of the stop
    UNSTOPPED = auto()  # it is at the station and the stop could not rise for it
    ROLLED_BY = auto()  # it is at the station of a line that does not stop trays
    ARRIVED = auto()  # it is at the stop
    CAPTURED = auto()  # it has been looked at
    HOLD_OVER = auto()  # it has stood for as long as a tray may
    PARTED = auto()  # the gap ahead is the pitch


class Do(Enum):
    """What the tracker does about it."""

    OPEN_GATE = auto()
    CLOSE_GATE = auto()
    RAISE_STOP = auto()
    LOWER_STOP = auto()
    LET_GO = auto()
    TELL_STATION = auto()
    LEAVE_STATION = auto()
    TELL_PREGATE = auto()
    MARK_LATE = auto()
    BAR_UNSTOPPED = auto()
    LATCH_MISSING = auto()
    LATCH_UNCONFIRMED = auto()
    LATCH_CONTRADICTED = auto()
    END_PASSED = auto()
    END_DIVERTED = auto()
    END_HELD = auto()
    END_BYPASSED = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """Where the tray goes, and what is done about it, in order."""

    to: TrayState
    do: tuple[Do, ...] = ()


S, E = TrayState, TrayEvent
Table = Mapping[tuple[TrayState, TrayEvent], Step]

# fmt: off
TABLE: Table = {
    (S.NEARING,     E.MAY_PASS):    Step(S.PASSING,     (Do.OPEN_GATE,)),
    (S.NEARING,     E.LATE):        Step(S.DIVERTING,   (Do.MARK_LATE,)),
    (S.NEARING,     E.MUST_DIVERT): Step(S.DIVERTING),
    (S.NEARING,     E.KEY_ON):      Step(S.BYPASSING),  # the key holds the gate by wire; the keeper's stays at divert
    (S.PASSING,     E.CLEARED):     Step(S.DEPARTING,   (Do.CLOSE_GATE,)),
    (S.PASSING,     E.HOLD):        Step(S.ENDED,       (Do.CLOSE_GATE, Do.END_HELD)),
    (S.DEPARTING,   E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.DEPARTING,   E.SILENT):      Step(S.ENDED,       (Do.END_PASSED,)),
    (S.DIVERTING,   E.SILENT):      Step(S.ENDED,       (Do.LATCH_UNCONFIRMED, Do.END_HELD)),
    (S.DIVERTING,   E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.DIVERTING,   E.CONFIRMED):   Step(S.ENDED,       (Do.END_DIVERTED,)),
    (S.BYPASSING,   E.CONFIRMED):   Step(S.ENDED,       (Do.LATCH_CONTRADICTED, Do.END_HELD)),
    (S.BYPASSING,   E.SILENT):      Step(S.ENDED,       (Do.END_BYPASSED,)),
    (S.BYPASSING,   E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.NEARING,     E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.TRAVELLING,  E.MISSING):     Step(S.ENDED,       (Do.LATCH_MISSING, Do.END_HELD)),
    (S.TRAVELLING,  E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.TRAVELLING,  E.AT_PREGATE):  Step(S.NEARING,     (Do.TELL_PREGATE,)),
    (S.ENTERED,     E.UNSTOPPED):   Step(S.TRAVELLING,  (Do.BAR_UNSTOPPED, Do.TELL_STATION, Do.LEAVE_STATION)),
    (S.ENTERED,     E.ROLLED_BY):   Step(S.TRAVELLING,  (Do.TELL_STATION, Do.LEAVE_STATION)),
    (S.ENTERED,     E.STOP_FREE):   Step(S.APPROACHING, (Do.RAISE_STOP,)),
    (S.ENTERED,     E.HOLD):        Step(S.ENDED,       (Do.END_HELD,)),
    (S.APPROACHING, E.ARRIVED):     Step(S.STANDING,    (Do.TELL_STATION,)),
    (S.APPROACHING, E.HOLD):        Step(S.ENDED,       (Do.LOWER_STOP, Do.END_HELD)),
    (S.STANDING,    E.CAPTURED):    Step(S.SEEN),
    (S.STANDING,    E.HOLD_OVER):   Step(S.SEEN),
    (S.STANDING,    E.HOLD):        Step(S.ENDED,       (Do.LOWER_STOP, Do.END_HELD)),
    (S.SEEN,        E.PARTED):      Step(S.TRAVELLING,  (Do.LET_GO, Do.LEAVE_STATION)),
    (S.SEEN,        E.HOLD):        Step(S.ENDED,       (Do.LOWER_STOP, Do.END_HELD)),
}

DEADLINE: Mapping[TrayState, tuple[TrayEvent, ...]] = {
    S.ENTERED:     (E.STOP_FREE, E.UNSTOPPED, E.ROLLED_BY),
    S.APPROACHING: (E.ARRIVED,),
    S.STANDING:    (E.HOLD_OVER,),
    S.SEEN:        (E.PARTED,),
    S.TRAVELLING:  (E.MISSING,),
    S.NEARING:     (E.MAY_PASS, E.LATE, E.MUST_DIVERT, E.KEY_ON),
    S.PASSING:     (E.CLEARED,),
    S.DEPARTING:   (E.SILENT,),
    S.DIVERTING:   (E.SILENT,),
    S.BYPASSING:   (E.SILENT,),
}
# fmt: on
"""What a state's deadline may turn into. Each of these has a row, and leads on."""


class Word(Enum):
    """What has been said of a tray. Only the controller says it, and only before the gate is committed."""

    NONE = auto()
    PASS = auto()
    DIVERT = auto()  # fmt: off


WORDS: Mapping[tuple[Word, Verdict], Word] = {
    (Word.DIVERT, Verdict.PASS): Word.DIVERT,  # never taken back
    (Word.PASS, Verdict.DIVERT): Word.DIVERT,
    (Word.NONE, Verdict.DIVERT): Word.DIVERT,
    (Word.DIVERT, Verdict.DIVERT): Word.DIVERT,
    (Word.PASS, Verdict.PASS): Word.PASS,
    (Word.NONE, Verdict.PASS): Word.PASS,
}

COMMIT: Mapping[Word, TrayEvent] = {
    Word.NONE: E.LATE,
    Word.DIVERT: E.MUST_DIVERT,
    Word.PASS: E.MAY_PASS,
}
# fmt: on
