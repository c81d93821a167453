"""One tray's journey, as a table. Pure: no clock, no I/O, no logging."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Where the controller is with one tray."""

    TRAVELLING = "travelling"  # entered, not yet at the station
    CAPTURING = "capturing"
    SCORING = "scoring"
    ENDED = "ended"


class Event(Enum):
    AT_STATION = "at station"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture failed"
    SCORED = "scored"
    NOT_SCORABLE = "not scorable"
    DEADLINE = "deadline"
    LINE_LOST = "line lost"
    STOPPING = "stopping"


class Action(Enum):
    CAPTURE = "capture"
    RELEASE = "release"  # tell the keeper that the tray has been looked at
    SCORE = "score"
    JUDGE = "judge"  # the verdict that the score and the thresholds give: the only way to a PASS
    DIVERT = "divert"
    ABANDON = "abandon"  # nobody hears a verdict any more: the keeper diverts by itself


@dataclass(frozen=True, slots=True)
class Step:
    to: State
    do: tuple[Action, ...] = ()


Table = Mapping[tuple[State, Event], Step]

S, E, A = State, Event, Action

# fmt: off
TABLE: Table = {
    (S.TRAVELLING, E.DEADLINE):       Step(S.ENDED,     (A.DIVERT,)),
    (S.CAPTURING,  E.DEADLINE):       Step(S.ENDED,     (A.DIVERT, A.RELEASE)),
    (S.SCORING,    E.DEADLINE):       Step(S.ENDED,     (A.DIVERT,)),

    (S.CAPTURING,  E.CAPTURE_FAILED): Step(S.ENDED,     (A.DIVERT, A.RELEASE)),
    (S.SCORING,    E.NOT_SCORABLE):   Step(S.ENDED,     (A.DIVERT,)),

    (S.TRAVELLING, E.STOPPING):       Step(S.ENDED,     (A.DIVERT,)),
    (S.CAPTURING,  E.STOPPING):       Step(S.ENDED,     (A.DIVERT, A.RELEASE)),
    (S.SCORING,    E.STOPPING):       Step(S.ENDED,     (A.DIVERT,)),

    (S.TRAVELLING, E.LINE_LOST):      Step(S.ENDED,     (A.ABANDON,)),
    (S.CAPTURING,  E.LINE_LOST):      Step(S.ENDED,     (A.ABANDON,)),
    (S.SCORING,    E.LINE_LOST):      Step(S.ENDED,     (A.ABANDON,)),

    (S.TRAVELLING, E.AT_STATION):     Step(S.CAPTURING, (A.CAPTURE,)),
    (S.CAPTURING,  E.CAPTURED):       Step(S.SCORING,   (A.RELEASE, A.SCORE)),
    (S.SCORING,    E.SCORED):         Step(S.ENDED,     (A.JUDGE,)),

    (S.ENDED,      E.SCORED):         Step(S.ENDED),    # the score came after its deadline: it has been diverted
    (S.ENDED,      E.CAPTURED):       Step(S.ENDED),
}
# fmt: on


def step(state: State, event: Event, table: Table = TABLE) -> Step:
    """What follows. A pair that is absent from the table changes nothing: late news is old news."""
    return table.get((state, event), Step(state))
