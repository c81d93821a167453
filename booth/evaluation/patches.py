"""Pristine pictures as all that is known: a picture is as odd as the patch of it that is least like any patch of them.

After PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022): features of a frozen
backbone, each averaged with its neighbours, the distance to the nearest one of the gallery, and the largest of those as
the picture's. Features come from the pack: its `maps`; of a pack that has none, its `embedding` of overlapping tiles,
which sees less, and takes a run for each tile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.evaluation.framing import framing_for
from booth.evaluation.kept import Row
from booth.evaluation.trays import Tray
from booth.evaluation.truth import DatasetUnreadable
from booth.geometry.views import View
from booth.scoring.comparing.coreset import Bank, bank_of
from booth.scoring.fitting import fitted
from booth.scoring.packs.pack import Pack, PackInvalid

Array = NDArray[np.float32]
Progress = Callable[[int, int], None]

LOT, MOST = 24_000, 2_000
"""Of more patches so many are drawn, and of those so many are compared with, as a coreset."""
SEED = 20260601
TILES = (3, 5)
"""Rows and columns of tiles, each half as long again as their step."""
TILE = 1.5
AROUND = (3, 3)
ALL = ""
"""Stands for no product in particular."""
FEW = 10
"""Pristine pictures below which a gallery knows too little of what good ones look like."""


@dataclass(frozen=True, slots=True)
class Patches:
    """`features` (h, w, D); `inside` (h, w): the patches that lie on the picture, not beside it."""

    features: Array
    inside: NDArray[np.bool_]


@dataclass(frozen=True)
class Gallery:
    """Patches of pristine pictures: those of each product, and those of all as ALL. `spread` (D,): what features are
    divided by, so that none speaks louder than another."""

    pack: Pack
    spread: Array
    kept: Mapping[str, Bank]

    def judge(self, tray: Tray) -> Row:
        """How odd the oddest view is: no confidence, but a distance. Raises DatasetUnreadable."""
        return Row(tray.truth.name, max(float(np.nanmax(oddness)) for _, oddness in self.oddness(tray)))

    def oddness(self, tray: Tray) -> tuple[tuple[View, Array], ...]:
        """Each view as the pack sees it, and (h, w) the distance of each patch; NaN beside the picture."""
        known = self.kept.get(tray.truth.product or ALL, self.kept[ALL])
        return tuple((view, self._far(patches(view, self.pack), known)) for view in _views(tray, self.pack))

    def _far(self, found: Patches, known: Bank) -> Array:
        far = np.full(found.inside.shape, np.nan, np.float32)
        far[found.inside] = known.nearest(found.features[found.inside] / self.spread)
        return far


def fit(trays: Sequence[Tray], pack: Pack, progress: Progress) -> Gallery:
    """Look at every pristine tray. Raises DatasetUnreadable where there is none, PackInvalid for a pack without
    features."""
    if not trays:
        raise DatasetUnreadable(
            "there are no pristine pictures to make a gallery of; put them into train/good, or give good rows of a CSV "
            "file the split train"
        )
    found: dict[str, list[Array]] = {}
    for done, tray in enumerate(trays, start=1):
        for view in _views(tray, pack):
            patched = patches(view, pack)
            found.setdefault(tray.truth.product or ALL, []).append(patched.features[patched.inside])
        progress(done, len(trays))
    every = _lot([one for some in found.values() for one in some])
    spread = every.std(axis=0) + np.float32(1e-6)
    by_product = {product: bank_of(_lot(some) / spread, MOST) for product, some in found.items() if product != ALL}
    return Gallery(pack, spread, {**by_product, ALL: bank_of(every / spread, MOST)})


def patches(view: View, pack: Pack) -> Patches:
    """Of a view on the pack's pixels, `valid` where the picture is. Raises PackInvalid for a pack without features."""
    if pack.network is None or pack.manifest.lanes.appearance is None:
        raise _no_features(pack)
    given = pack.manifest.lanes.appearance.given
    if "maps" in given:
        features = np.ascontiguousarray(pack.network.of(view)["maps"].transpose(1, 2, 0))
        features = np.stack([_around(features[..., channel]) for channel in range(features.shape[2])], axis=-1)
    elif "embedding" in given:
        features = _of_tiles(view, pack)
    else:
        raise _no_features(pack)
    rows, columns = features.shape[:2]
    inside = cv2.resize(view.valid.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0.5
    return Patches(features, inside)


def _around(channel: Array) -> Array:
    return np.asarray(cv2.blur(channel, AROUND, borderType=cv2.BORDER_REPLICATE), np.float32)


def _of_tiles(view: View, pack: Pack) -> Array:
    """The embedding of each tile, as large as a view: (rows, columns, D)."""
    assert pack.network is not None
    (rows, columns), (height, width) = TILES, view.valid.shape
    tall, wide = height * TILE / (rows + TILE - 1), width * TILE / (columns + TILE - 1)
    found = []
    for y in np.linspace(0, height - tall, rows).astype(int):
        for x in np.linspace(0, width - wide, columns).astype(int):
            part = view.colour[y : y + int(tall), x : x + int(wide)]
            tile = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
            found.append(pack.network.of(_colour_alone(view, tile))["embedding"])
    return np.stack(found).reshape(rows, columns, -1)


def _views(tray: Tray, pack: Pack) -> tuple[View, ...]:
    """Colour alone, on the pack's pixels; `valid` where the picture is."""
    shape = pack.manifest.view
    return tuple(fitted(_colour_alone(view, view.colour), shape) for view in tray.views(framing_for(shape)))


def _colour_alone(view: View, colour: NDArray[np.uint8]) -> View:
    nowhere = np.full(colour.shape[:2], np.nan, np.float32)
    return replace(view, colour=colour, height_mm=nowhere, valid=np.ones(colour.shape[:2], np.bool_), lit={})


def _lot(some: Sequence[Array]) -> Array:
    features = np.concatenate(some)
    if len(features) <= LOT:
        return features
    chosen = np.random.default_rng(SEED).choice(len(features), LOT, replace=False)
    return features[np.sort(chosen)]


def _no_features(pack: Pack) -> PackInvalid:
    says = "its network gives neither maps nor an embedding, so that pictures could be compared"
    return PackInvalid(pack.folder, says, "give another one to --pack")
