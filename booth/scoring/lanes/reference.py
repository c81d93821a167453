"""What the tray shows beside pristine items of its product: registered first, compared second.

A camera's view is compared with the references that lie over it best, channel by channel (`comparison.CHANNELS`); by
how much its worst cells exceed what references of this product differ by among themselves, weighted, is the lane's
statistic: the logarithm of the odds of damage on the simulated training trays. The worst camera decides.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, PositiveInt, model_validator

from booth.geometry.views import Standpoint, View
from booth.scoring.comparing.comparison import (
    CHANNELS,
    Compared,
    Item,
    bank_for,
    compared,
    levels,
    reference_of,
    stands_alike,
    tray_of,
    usual,
    worst,
)
from booth.scoring.comparing.coreset import Bank
from booth.scoring.comparing.differences import CELL_PX
from booth.scoring.comparing.ground import Floats
from booth.scoring.fitting import fitted
from booth.scoring.gallery.reference import Reference
from booth.scoring.lanes import HeatMap, LaneScore, NotRun, ScoreInvalid
from booth.scoring.packs.manifest import Above0, Frozen, Weight
from booth.scoring.packs.pack import Pack
from booth.scoring.places import Place
from booth.tray import Reason

NAME = "reference"
KIND = "difference"
Channel = Literal["colour", "structure", "height", "beside", "spilt", "pattern"]
SAYS: Mapping[str, str] = {
    "colour": "colour",
    "structure": "structure",
    "height": "height",
    "beside": "something beside it",
    "spilt": "the tray's floor",
    "pattern": "pattern",
}
HELD = 16
"""Products whose references stay ready, some 1.5 MB a reference and camera."""
HOT = 0.5
"""Of the worst cell's excess: what has that much is the same difference."""
TOLD = 0.4
"""Of the strongest channel's excess there: a channel with that much is named, too."""

# Fitted on 839 pristine and damaged trays of 108 products with two or three references each, among the pristine ones
# printed decoys, repaired tape and dirty trays; simulated (train, seed 11), 2026-11. Edges tell nothing there that
# colour does not: they have no weight.
SCALES: Mapping[Channel, float] = {
    "colour": 10.0, "structure": 0.05, "height": 1.5, "beside": 8.0, "spilt": 12.0, "pattern": 0.3,
}  # fmt: skip
USUAL: Mapping[Channel, float] = {
    "colour": 1.15, "structure": 0.96, "height": 1.44, "beside": 0.11, "spilt": 0.85, "pattern": 1.04,
}  # fmt: skip
ALONE: Mapping[Channel, float] = {
    "colour": 1.7, "structure": 1.3, "height": 2.05, "beside": 0.9, "spilt": 1.4, "pattern": 1.2,
}  # fmt: skip
WEIGHTS: Mapping[Channel, float] = {
    "colour": 0.41, "structure": 0.0, "height": 1.97, "beside": 0.27, "spilt": 1.83, "pattern": 1.86,
}  # fmt: skip
BIAS = 0.07


class ReferenceTuning(Frozen):
    """The lane's own keys in a manifest, by channel. `scales`: a difference that much is one that counts; `usual`: what
    pristine items of any product show, on the logarithmic scale, as much as one pair of references tells; `alone`: what
    those of the most uneven products show, for a product with a single reference; `weights` and `bias`: from what
    exceeds that to the statistic. `most`: references that a tray is compared with, of those that lie over it best."""

    scales: Mapping[Channel, Above0] = SCALES
    usual: Mapping[Channel, FiniteFloat] = USUAL
    alone: Mapping[Channel, FiniteFloat] = ALONE
    weights: Mapping[Channel, Weight] = WEIGHTS
    bias: FiniteFloat = BIAS
    most: PositiveInt = 2

    @model_validator(mode="after")
    def every_channel_is_named(self) -> "ReferenceTuning":
        for key in ("scales", "usual", "alone", "weights"):
            if missing := sorted(set(CHANNELS) - set(getattr(self, key))):
                raise ValueError(f"{key}: {', '.join(missing)} is missing")
        return self

    def row(self, key: Literal["scales", "usual", "alone", "weights"]) -> Floats:
        """In the order of CHANNELS."""
        return np.array([getattr(self, key)[name] for name in CHANNELS], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """References of one product as one camera shows them. `usual`: by channel, what is usual for the product."""

    items: tuple[Item, ...]
    usual: Floats
    known: Bank | None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One camera's view: `excess` (channels, rows, columns), weighted; never negative."""

    view: View
    height_mm: float
    statistic: float
    excess: Floats
    compared: Compared


class ReferenceLane:
    """Asked by `compare`. It never runs without references, and never against those of another camera geometry."""

    name = NAME

    def __init__(self, pack: Pack) -> None:
        """Raises pydantic's ValidationError."""
        entry = pack.manifest.lanes.reference
        assert entry is not None
        self._entry, self._tuning = entry, entry.tuned(ReferenceTuning)
        self._network, self._shape = pack.network, pack.manifest.view
        self._ready: OrderedDict[str, dict[tuple[str, ...], Ready]] = OrderedDict()
        self._lock = Lock()

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        return self.compare(views, ())

    def compare(self, views: tuple[View, ...], references: tuple[Reference, ...]) -> LaneScore | NotRun:
        """The first tray of a product, whatever it shows, waits until its references are ready: some 80 ms for each and
        camera, besides two runs of the network. HELD products stay ready, those asked for last. Raises
        ScoreInvalid."""
        if not references:
            return NotRun(NAME, "neither plate nor code names a product that has references; booth gallery add")
        product = references[0].product
        beside = {view.camera: _of_camera(view, references) for view in views}
        ready = {camera: self._made_ready(camera, each) for camera, each in beside.items() if each}
        if not ready:
            return NotRun(NAME, f"the references of {product} are of another camera geometry; add them again")
        trays = [(view, tray) for view in views if view.camera in ready and (tray := tray_of(view, self._network))]
        if not trays:
            return NotRun(NAME, "no camera measured something on the tray that a reference could be laid over")
        found = [self._judged(view, tray, ready[view.camera]) for view, tray in trays]
        judged = sorted((each for each in found if each is not None), key=lambda each: -each.statistic)
        if not judged:
            return NotRun(NAME, f"no reference of {product} could be laid over it")
        seen = {each.view.camera for each in judged}
        return self._answer(product, judged, sorted({view.camera for view, _ in trays} - seen))

    def _judged(self, view: View, tray: Item, ready: Ready) -> Judged | None:
        found = compared(tray, ready.items, self._tuning.most, ready.known)
        if found is None:
            return None
        level, weights = levels(found.found, self._tuning.row("scales")), self._tuning.row("weights")
        above = weights * (worst(level) - ready.usual)
        statistic = self._tuning.bias + float(above.sum())
        if not np.isfinite(statistic):
            raise ScoreInvalid(f"the reference lane found {statistic} in {view.camera}")
        excess = np.maximum(weights[:, None, None] * (level - ready.usual[:, None, None]), np.float32(0))
        return Judged(view, tray.flat.top_mm, statistic, excess, found)

    def _made_ready(self, camera: str, beside: Sequence[tuple[Reference, View]]) -> Ready:
        product, key = beside[0][0].product, (camera, *(reference.id for reference, _ in beside))
        with self._lock:  # two trays of one product wait for the same work
            of_product = self._ready.setdefault(product, {})
            self._ready.move_to_end(product)
            while len(self._ready) > HELD:
                self._ready.popitem(last=False)
            if key not in of_product:
                of_product[key] = self._work(beside)
            return of_product[key]

    def _work(self, beside: Sequence[tuple[Reference, View]]) -> Ready:
        fits = ((reference.id, fitted(view, self._shape)) for reference, view in beside)
        items = tuple(item for name, view in fits if (item := reference_of(name, view, self._network)) is not None)
        expected = usual(items, *(self._tuning.row(key) for key in ("scales", "usual", "alone")))
        return Ready(items, expected, bank_for(items))

    def _answer(self, product: str, judged: Sequence[Judged], lost: Sequence[str]) -> LaneScore:
        """`lost`: cameras in which something stands on the tray that nothing could be laid over."""
        first = judged[0]
        told = [_reason(product, first)]
        if lost:
            told.append(Reason("not-compared", f"no reference of {product} could be laid over it in {', '.join(lost)}"))
        heat = tuple(
            HeatMap(each.view.camera, KIND, _heat(each, self._tuning.bias, self._entry.score)) for each in judged
        )
        looked_at = frozenset(each.view.camera for each in judged)
        return LaneScore(NAME, self._entry.score(first.statistic), tuple(told), heat, looked_at)


def _of_camera(view: View, references: Sequence[Reference]) -> list[tuple[Reference, View]]:
    """The references that the same camera shows from where it stands now."""
    return [
        (reference, other)
        for reference in references
        for other in reference.views
        if other.camera == view.camera and stands_alike(other.standpoint, view.standpoint)
    ]


def _heat(judged: Judged, bias: float, score: Callable[[float], float]) -> NDArray[np.float32]:
    """From 0 where nothing exceeds what is usual to 1 where that alone would make the lane sure."""
    total = judged.excess.sum(axis=0)
    steps = np.linspace(0, max(1.0, float(total.max())), 64)
    least, *_ = scores = [score(bias + step) for step in steps]
    shares = [(each - least) / max(1 - least, 1e-6) for each in scores]
    return np.asarray(np.interp(total, steps, shares), np.float32)


def _reason(product: str, judged: Judged) -> Reason:
    """Which reference, where, how large, and by what."""
    total = judged.excess.sum(axis=0)
    row, column = (int(each) for each in np.unravel_index(total.argmax(), total.shape))
    if not total[row, column] > 0:
        return Reason("differs", f"differs from {product} no more than its references do")
    where = _around(total, row, column)
    amounts = judged.excess[:, where].sum(axis=1)
    channels = " and ".join(SAYS[CHANNELS[each]] for each in np.flatnonzero(amounts >= TOLD * amounts.max()))
    reference = judged.compared.references[judged.compared.nearest[int(amounts.argmax()), row, column]]
    cm2 = int(where.sum()) * _cell_cm2(judged.view.standpoint, judged.height_mm)
    place = f"{_place(where)} of {judged.view.camera}, {cm2:.0f} cm2"
    return Reason("differs", f"differs from reference {reference} of {product}, {place}: {channels}")


def _place(where: NDArray[np.bool_]) -> Place:
    rows, columns = where.shape
    down, across = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    return Place(across[0] / columns, down[0] / rows, (across[-1] + 1) / columns, (down[-1] + 1) / rows)


def _around(total: Floats, row: int, column: int) -> NDArray[np.bool_]:
    """The cells that are as hot as that one, and connected with it."""
    hot = (total >= HOT * total[row, column]).astype(np.uint8)
    _, labels = cv2.connectedComponents(hot)
    return np.asarray(labels == labels[row, column], np.bool_)


def _cell_cm2(stands: Standpoint | None, height_mm: float) -> float:
    """Of a cell that shows what is `height_mm` above the floor: nearer to the camera, so smaller."""
    assert stands is not None
    side_mm = float(CELL_PX * stands.mm_per_px * (1 - height_mm / stands.distance_mm))
    return side_mm**2 / 100
