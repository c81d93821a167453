"""From a score to PASS or DIVERT."""

from collections.abc import Iterable
from typing import Protocol

from booth.scoring.fusion import Scored
from booth.tray import Judgement, Reason, Verdict


class Threshold(Protocol):
    """Divert at this score and above, for exactly this set of lanes."""

    @property
    def lanes(self) -> tuple[str, ...]: ...

    @property
    def divert_at(self) -> float: ...


NO_SCORE = Reason("no-score", "nothing could be scored")
SCORE_INVALID = Reason("score-invalid", "the score is not a number in [0, 1]")
THRESHOLD_INVALID = Reason("threshold-invalid", "a threshold is not a number in [0, 1]; correct recipe.thresholds")
NO_THRESHOLD = "no-threshold"
UNJUDGED = frozenset({NO_SCORE.code, SCORE_INVALID.code, THRESHOLD_INVALID.code, NO_THRESHOLD})
"""The reasons of a DIVERT that no threshold made."""


def judge(scored: Scored | None, thresholds: Iterable[Threshold]) -> Judgement:
    """PASS only below a threshold for exactly the lanes that ran; of two for the same lanes the lower holds."""
    if scored is None or not scored.lanes:
        return Judgement(Verdict.DIVERT, (NO_SCORE,))
    if not _in_range(scored.score, *dict(scored.lanes).values()):
        return Judgement(Verdict.DIVERT, (SCORE_INVALID,))
    limits = _limits(scored, thresholds)
    if not limits:
        return _judgement(Verdict.DIVERT, scored, _no_threshold(scored))
    if not _in_range(*limits):
        return _judgement(Verdict.DIVERT, scored, THRESHOLD_INVALID)
    divert_at = min(limits)
    if scored.score < divert_at:
        return _judgement(Verdict.PASS, scored, _no_damage(scored, divert_at))
    return _judgement(Verdict.DIVERT, scored, *_case(scored, divert_at))


def by_score(judgement: Judgement) -> bool:
    """Whether a score beside a threshold made it: nothing else may be overruled."""
    told = {reason.code for reason in judgement.reasons}
    return judgement.score is not None and _in_range(judgement.score) and not told & UNJUDGED


def _in_range(*numbers: float) -> bool:
    """False for NaN too."""
    return all(0 <= number <= 1 for number in numbers)


def _limits(scored: Scored, thresholds: Iterable[Threshold]) -> list[float]:
    ran = {lane for lane, _ in scored.lanes}
    return [threshold.divert_at for threshold in thresholds if set(threshold.lanes) == ran]


def _judgement(verdict: Verdict, scored: Scored, *reasons: Reason) -> Judgement:
    return Judgement(verdict, (*reasons, *scored.notes), scored.score, scored.lanes)


def _no_threshold(scored: Scored) -> Reason:
    ran = ", ".join(lane for lane, _ in scored.lanes)
    lacked = "".join(f"; {lane.lane} did not run: {lane.why}" for lane in scored.not_run)
    return Reason(NO_THRESHOLD, f"no threshold for the lanes that ran ({ran}){lacked}; add one to recipe.thresholds")


def _no_damage(scored: Scored, divert_at: float) -> Reason:
    return Reason("no-damage", f"no damage seen: {_beside(scored.score, divert_at)}")


def _case(scored: Scored, divert_at: float) -> tuple[Reason, ...]:
    """The case for damage; the number stands beside its strongest reason."""
    strongest, *others = scored.reasons or (Reason("damage-seen", "looks damaged"),)
    return (Reason(strongest.code, f"{strongest.text}: {_beside(scored.score, divert_at)}"), *others)


def _beside(score: float, divert_at: float) -> str:
    """Both with as many digits as it takes to tell them apart: 0.598 is not "0.60, diverts from 0.60"."""
    digits = 2
    while f"{score:.{digits}f}" == f"{divert_at:.{digits}f}" and score != divert_at and digits < 17:
        digits += 1
    return f"{score:.{digits}f}, diverts from {divert_at:.{digits}f}"
