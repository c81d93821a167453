"""The lanes of a tray make one score."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from booth.scoring.lanes import HeatMap, LaneScore, NotRun, ScoreInvalid
from booth.scoring.places import Place, highest, hottest
from booth.scoring.products.identity import UNKNOWN, Identity
from booth.tray import Reason

SEES = 0.5
"""A lane that says this or more sees damage, below it none."""
NEVER_SURE = 1e-6
"""Of a lane's score: no lane alone outweighs any number of others."""


class Row(Protocol):
    """How exactly these lanes make one confidence: logistic(bias + sum of weight * logit(score)), no weight below 0."""

    @property
    def lanes(self) -> tuple[str, ...]: ...

    @property
    def bias(self) -> float: ...

    @property
    def weights(self) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of one tray in [0, 1], the lanes that ran, and the case for damage, strongest first. `notes`: what is
    to be told whatever the verdict. `identity`: which product it is taken for."""

    score: float
    lanes: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    not_run: tuple[NotRun, ...] = ()
    heat: tuple[HeatMap, ...] = ()
    notes: tuple[Reason, ...] = ()
    identity: Identity = UNKNOWN


def fuse(answers: Iterable[LaneScore | NotRun], rows: Sequence[Row] = ()) -> Scored:
    """One confidence by the row for exactly the lanes that ran; without one, the worst lane's. Either way it never
    falls when a lane's score rises, and does not hang on the lanes' order.

    Raises ScoreInvalid when no lane ran, one ran twice, or a score is not a number in [0, 1].
    """
    given = tuple(answers)
    ran = {lane.lane: lane for lane in sorted(_checked(given), key=lambda lane: lane.lane)}
    row = next((row for row in rows if set(row.lanes) == set(ran)), None)
    shares = {name: _share(lane, row) for name, lane in ran.items()}
    worst_first = sorted(ran.values(), key=lambda lane: -shares[lane.lane])
    return Scored(
        score=worst_first[0].score if row is None else _logistic(row.bias + sum(shares.values())),
        lanes=tuple((name, lane.score) for name, lane in ran.items()),
        reasons=_case(worst_first) + (() if row is None else (_contributions(shares, row),)),
        not_run=tuple(answer for answer in given if isinstance(answer, NotRun)),
        heat=tuple(heat for lane in worst_first for heat in lane.heat),
        notes=_print(ran),
    )


def _checked(given: tuple[LaneScore | NotRun, ...]) -> list[LaneScore]:
    ran = [answer for answer in given if isinstance(answer, LaneScore)]
    for lane in ran:
        if not 0 <= lane.score <= 1:  # false for NaN too
            raise ScoreInvalid(f"lane {lane.lane} gave {lane.score}, not a number in [0, 1]")
    names = sorted(lane.lane for lane in ran)
    if not names:
        raise ScoreInvalid("no lane ran")
    if len(set(names)) < len(names):
        raise ScoreInvalid(f"a lane ran twice: {', '.join(names)}")
    return ran


def _share(lane: LaneScore, row: Row | None) -> float:
    """What a lane adds to the confidence, log-odds; without a row, its score."""
    return lane.score if row is None else row.weights[lane.lane] * _logit(lane.score)


def _logit(score: float) -> float:
    kept = min(max(score, NEVER_SURE), 1 - NEVER_SURE)
    return math.log(kept / (1 - kept))


def _logistic(x: float) -> float:
    """Each step rises with x, rounded or not."""
    return 1 / (1 + math.exp(-min(max(x, -700.0), 700.0)))


def _case(worst_first: Sequence[LaneScore]) -> tuple[Reason, ...]:
    """What the strongest lane says, beside whether the others see it too; then what else speaks for damage."""
    strongest, *others = worst_first
    told = [reason for lane in others if lane.score >= SEES for reason in lane.reasons]
    if not others or not strongest.reasons:
        return (*strongest.reasons, *told)
    first, *more = strongest.reasons
    beside = "; ".join(f"{lane.lane} {'agrees' if lane.score >= SEES else 'sees none'}" for lane in others)
    return (Reason(first.code, f"{strongest.lane}: {first.text}; {beside}"), *more, *told)


def _contributions(shares: Mapping[str, float], row: Row) -> Reason:
    by_share = sorted(shares.items(), key=lambda item: -item[1])
    told = [f"{name} {share:+.2f}" for name, share in by_share if row.weights[name] > 0]
    idle = [name for name in shares if not row.weights[name] > 0]
    beside = f"; not weighed: {', '.join(idle)}" if idle else ""
    return Reason("contributions", f"{', '.join([*told, f'bias {row.bias:+.2f}'])} (log-odds of damage){beside}")


def _print(ran: Mapping[str, LaneScore]) -> tuple[Reason, ...]:
    """What looks like damage, is flat under raking light and in height, and is in the gallery's pictures, too."""
    appearance, beside = ran.get("appearance"), [ran.get(name) for name in ("relief", "geometry", "reference")]
    if appearance is None or appearance.score < SEES or None in beside:
        return ()
    heat = max((heat for heat in appearance.heat if heat.values.size), key=_peak, default=None)
    if heat is None or not all(lane is not None and _cold(lane, heat.camera, hottest(heat.values)) for lane in beside):
        return ()
    where = f"{heat.camera}, {hottest(heat.values)}"
    says = f"what looks like {heat.kind} in {where} is flat there and the same in the product's references: print"
    return (Reason("print", says),)


def _peak(heat: HeatMap) -> tuple[float, str, str]:
    """By name where two are as hot: the order of views is nobody's."""
    return float(heat.values.max()), heat.camera, heat.kind


def _cold(lane: LaneScore, camera: str, at: Place) -> bool:
    """Whether it sees nothing at a place that it looked at. A lane without a map of that camera has to see nothing
    anywhere."""
    if camera not in lane.cameras:
        return False
    maps = [heat.values for heat in lane.heat if heat.camera == camera and heat.values.size]
    return max((highest(values, at) for values in maps), default=lane.score) < SEES
