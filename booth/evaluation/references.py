"""Pristine trays of a data set as the gallery that a booth would have: the same references, without the folder."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

from booth.evaluation.framing import framing_for
from booth.evaluation.trays import Tray
from booth.evaluation.truth import DatasetUnreadable
from booth.scoring.fitting import fitted
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.index import Index
from booth.scoring.gallery.reference import About, Reference
from booth.scoring.gallery.store import HELD, Gallery
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.manifest import ViewShape

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class ReferenceTrays(Gallery):
    """References by product, read when they are asked for. Trays that show two products, or none that is named, are of
    no use as references, and left out."""

    def __init__(self, trays: Iterable[Tray], shape: ViewShape) -> None:
        listed = list(trays)
        folder = listed[0].files()[0].parent
        about = Index(
            version=1, made_at=LONG_AGO, made_by="a data set", why="to be measured", follows=None, references={}
        )
        super().__init__(folder, about, "", {})
        self._shape = shape
        self._trays: dict[str, list[Tray]] = {}
        for tray in listed:
            if len(tray.truth.products) == 1:
                self._trays.setdefault(tray.truth.products[0], []).append(tray)
        self._read: OrderedDict[str, Reference] = OrderedDict()
        self._reading = Lock()

    @property
    def products(self) -> tuple[str, ...]:
        return tuple(sorted(self._trays))

    def about(self, product: str) -> dict[str, About]:
        return {reference.id: reference.about for reference in self.references(product)}

    def references(self, product: str) -> tuple[Reference, ...]:
        """Raises GalleryInvalid."""
        return tuple(self._at_hand(product, tray) for tray in self._trays.get(product, ()))

    def _at_hand(self, product: str, tray: Tray) -> Reference:
        name = tray.truth.name
        with self._reading:
            if name not in self._read:
                self._read[name] = self._of(product, tray)
            self._read.move_to_end(name)
            while len(self._read) > HELD:
                self._read.popitem(last=False)
            return self._read[name]

    def _of(self, product: str, tray: Tray) -> Reference:
        """At the pack's scale, as they are added to a gallery."""
        try:
            views = tuple(fitted(view, self._shape) for view in tray.views(framing_for(self._shape)))
        except (DatasetUnreadable, ScoreInvalid) as error:
            raise GalleryInvalid(tray.files()[0], str(error), "take it out of the data set") from error
        simulated = tray.truth.simulated
        about = About.model_construct(product=product, added_at=LONG_AGO, added_by="a data set", simulated=simulated)
        return Reference(tray.truth.name, product, views, about)
