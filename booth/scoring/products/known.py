"""What a booth knows of products beside its pack: the gallery, and the products that have thresholds of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from booth.geometry.views import View
from booth.scoring.gallery.features import Arrays, Features
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.store import Gallery
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.pack import Pack
from booth.scoring.products.identity import Catalogue, Embedding, Embeddings, Identifier, Identity, Neighbours


@dataclass(frozen=True, slots=True)
class Known:
    """`products`: those that the recipe names. `remembers`: the folder where what is worked out of references is kept
    for the next start, None: nowhere; never the gallery itself. `_asked`: whose references were asked for, the last one
    last."""

    gallery: Gallery | None = None
    products: frozenset[str] = frozenset()
    remembers: Path | None = None
    _asked: dict[str, None] = field(default_factory=dict, compare=False, repr=False)

    def identifier(self, pack: Pack) -> Identifier:
        """By this pack's embeddings. Blocking: the network runs once for each view of the gallery, unless it did before
        and `remembers` has it. Raises GalleryInvalid."""
        gallery = self.gallery
        if gallery is None:
            return Identifier(Catalogue(self.products))
        catalogue = Catalogue(self.products | set(gallery.products), gallery.index.codes)

        def embeds(view: View) -> Embedding | None:
            return embedding_of(view, pack)

        return Identifier(catalogue, Neighbours(_embedded(gallery, pack, self.remembers)), embeds)

    def references(self, identity: Identity) -> tuple[Reference, ...]:
        """Those of the product; () for one that is unknown, has none, or was only found to look alike: a lane that
        compares selects another threshold, and can only speak for what looks like its references. Raises ScoreInvalid
        for one that does not hold any more."""
        if self.gallery is None or identity.product is None or not identity.trusted:
            return ()
        try:
            found = self.gallery.references(identity.product)
        except GalleryInvalid as error:
            raise ScoreInvalid(str(error)) from error
        if found:
            self._asked.pop(identity.product, None)
            self._asked[identity.product] = None
        return found

    def awaited(self, most: int) -> tuple[str, ...]:
        """At most so many products with references, the likeliest first. What came last comes again: a line works
        through orders. Before anything came the recipe's own products are likeliest, then any."""
        if self.gallery is None:
            return ()
        codes, asked = self.gallery.index.codes, tuple(self._asked)  # in one step: trays come meanwhile
        named = (codes.get(name, name) for name in sorted(self.products))
        likely = dict.fromkeys((*reversed(asked), *named, *self.gallery.products))
        return tuple(product for product in likely if self.gallery.about(product))[:most]


NOTHING_KNOWN = Known()


def embedding_of(view: View, pack: Pack) -> Embedding | None:
    """(D,); None for a pack that gives none. Raises ScoreInvalid."""
    return None if pack.network is None else pack.network.of(view).get("embedding")


def embeddings(features: Features, reference: Reference, pack: Pack) -> Embeddings:
    """By camera. Raises ScoreInvalid."""

    def work(one: Reference) -> Arrays:
        found = {view.camera: embedding_of(view, pack) for view in one.views}
        return {camera: each for camera, each in found.items() if each is not None}

    return features.of(reference, work)


def _embedded(gallery: Gallery, pack: Pack, remembers: Path | None) -> Iterator[tuple[str, Embeddings]]:
    features = Features(pack.sha256, "embedding", remembers)
    for product in gallery.products:
        for reference in gallery.references(product):
            yield product, _embeddings(gallery, features, reference, pack)


def _embeddings(gallery: Gallery, features: Features, reference: Reference, pack: Pack) -> Embeddings:
    try:
        return embeddings(features, reference, pack)
    except ScoreInvalid as error:
        do = f"remove it: booth gallery remove CONFIG {reference.id}"
        raise GalleryInvalid(gallery.folder / reference.product / reference.id, str(error), do) from error
