"""The lanes of a tray make one score."""

from collections.abc import Iterable
from dataclasses import dataclass

from booth.scoring.lanes import HeatMap, LaneScore, NotRun, ScoreInvalid
from booth.tray import Reason


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of one tray in [0, 1], the lanes that ran, and the case for damage, strongest first."""

    score: float
    lanes: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    not_run: tuple[NotRun, ...] = ()
    heat: tuple[HeatMap, ...] = ()


def fuse(answers: Iterable[LaneScore | NotRun]) -> Scored:
    """The worst lane decides, so the score never falls when a lane's rises.

    Raises ScoreInvalid when no lane ran, one ran twice, or a score is not a number in [0, 1].
    """
    given = tuple(answers)
    worst_first = sorted(
        (_checked(answer) for answer in given if isinstance(answer, LaneScore)), key=lambda lane: -lane.score
    )
    names = [lane.lane for lane in worst_first]
    if not names:
        raise ScoreInvalid("no lane ran")
    if len(set(names)) < len(names):
        raise ScoreInvalid(f"a lane ran twice: {', '.join(sorted(names))}")
    return Scored(
        score=worst_first[0].score,
        lanes=tuple(sorted((lane.lane, lane.score) for lane in worst_first)),
        reasons=tuple(reason for lane in worst_first for reason in lane.reasons),
        not_run=tuple(answer for answer in given if isinstance(answer, NotRun)),
        heat=tuple(heat for lane in worst_first for heat in lane.heat),
    )


def _checked(lane: LaneScore) -> LaneScore:
    if not 0 <= lane.score <= 1:  # false for NaN too
        raise ScoreInvalid(f"lane {lane.lane} gave {lane.score}, not a number in [0, 1]")
    return lane
