"""Which product is on the tray: by its plate, else by a code that a camera sees, else by what it looks like.

What it merely looks like is never trusted: damage changes that too, and a threshold that is looser than the general one
must not be had by looking like another product.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.products.codes import Sight, codes_in

How = Literal["plate", "barcode", "embedding"]
TRUSTED: frozenset[How] = frozenset(("plate", "barcode"))

NEAR = 1.5
"""How far a product may be off, of how far its own references are from one another."""
CLEAR = 0.6
"""And of how far the next product is. Chosen on 60 products in the gallery (train): 47 % of their trays are named, 1 %
wrongly, and 10 % of those of others are taken for one of them. On 14 products (val): 67 %, none wrongly, and 17 %.
damage-lite0, two references a product, simulated, 2026-11."""

Embedding = NDArray[np.float32]
Embeddings = Mapping[str, Embedding]
"""(D,) by camera."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written on a tray and on its items. `plate`: as the line's scanner read it. `sights`: where codes may be
    seen; they are looked for only if the plate does not tell the product."""

    plate: str | None = None
    sights: tuple[Sight, ...] = ()


NOTHING_WRITTEN = Labels()


@dataclass(frozen=True, slots=True)
class Identity:
    """`product`: None where it is not known, and the general recipe holds. `said`: by what, for people."""

    product: str | None = None
    how: How | None = None
    said: str = ""

    @property
    def trusted(self) -> bool:
        """Whether it may select a threshold that is looser than the general one. No one can say so of what was only
        found to look alike."""
        return self.product is not None and self.how in TRUSTED


UNKNOWN = Identity(said="no product is known")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The products that there is something to know of, and what else stands on them: code -> product."""

    products: frozenset[str] = frozenset()
    codes: Mapping[str, str] = field(default_factory=dict)

    def product_of(self, text: str) -> str | None:
        """The one product whose name or code stands in `text`, whole or as a word of it: GTINs are the same with and
        without leading zeros. None for none, and for two."""
        words = {text.strip(), *re.split(r"[^A-Za-z0-9._-]+", text)}
        found = {product for word in words if word and (product := self._of(word)) is not None}
        return found.pop() if len(found) == 1 else None

    def _of(self, word: str) -> str | None:
        for known in (word, *_gtins(word)):
            if known in self.codes:
                return self.codes[known]
            if known in self.products:
                return known
        return None


def _gtins(word: str) -> tuple[str, ...]:
    """The same number as GTIN-8, -12, -13 and -14 (GS1 General Specifications, 3.3.2)."""
    if not (word.isascii() and word.isdecimal()) or len(word) > 14:
        return ()
    number = word.lstrip("0")
    return tuple(number.zfill(length) for length in (8, 12, 13, 14) if len(number) <= length)


class Neighbours:
    """The embeddings of references, to find whose are nearest: distances are 1 - cosine, the mean over the cameras that
    both have."""

    def __init__(self, references: Iterable[tuple[str, Embeddings]]) -> None:
        """(product, embeddings) of each reference."""
        kept: dict[str, list[Embeddings]] = {}
        for product, embeddings in references:
            kept.setdefault(product, []).append({camera: _unit(each) for camera, each in embeddings.items()})
        self._kept = kept
        spreads = {product: spread for product, each in kept.items() if (spread := _spread(each)) is not None}
        self._usual = float(np.median(list(spreads.values()))) if spreads else 0.0
        self._spreads = spreads

    def nearest(self, embeddings: Embeddings) -> tuple[tuple[str, float], ...]:
        """(product, distance) of each product that shares a camera, the nearest first."""
        units = {camera: _unit(each) for camera, each in embeddings.items()}
        found: list[tuple[str, float]] = []
        for product, references in self._kept.items():
            distances = [each for reference in references if (each := _distance(units, reference)) is not None]
            if distances:
                found.append((product, min(distances)))
        return tuple(sorted(found, key=lambda each: (each[1], each[0])))

    def spread(self, product: str) -> float:
        """How far references of one product are from one another: of this one, or the median of all if that is more. 0
        where no product has two: nothing is near then."""
        return max(self._spreads.get(product, 0.0), self._usual)

    def guess(self, embeddings: Embeddings) -> Identity:
        """The nearest product if it is near and no other is: an Identity that is not trusted."""
        ranked = self.nearest(embeddings)
        if not ranked:
            return UNKNOWN
        (product, distance), *others = ranked
        following = f", the next {others[0][0]} by {others[0][1]:.3f}" if others else ""
        said = f"looks like {product} by {distance:.3f}{following}"
        clear = not others or distance <= CLEAR * others[0][1]
        if distance <= NEAR * self.spread(product) and clear:
            return Identity(product, "embedding", said)
        return Identity(said=f"{said}: not near enough" if clear else f"{said}: which of them is not clear")


@dataclass(frozen=True, slots=True)
class Identifier:
    """Tells the product of a tray. `embeds`: the pack's embedding of a view; None for a pack that gives none."""

    catalogue: Catalogue
    neighbours: Neighbours | None = None
    embeds: Callable[[View], Embedding | None] = lambda _: None

    def told(self, plate: str | None) -> Identity | None:
        """By the plate, or that there is no product to be told; None: that is for codes and looks to say."""
        if not self.catalogue.products:
            return UNKNOWN
        if plate and (product := self.catalogue.product_of(plate)):
            return Identity(product, "plate", f"plate {plate}")
        return None

    def codes(self, labels: Labels) -> tuple[str, ...]:
        """What the codes say, if it is for them to tell the product. Blocking, as long as `codes_in` takes; any thread:
        it may run beside the network."""
        if self.told(labels.plate) is not None:
            return ()
        return tuple(text for sight in labels.sights for text in codes_in(sight))

    def identify(self, labels: Labels, codes: tuple[str, ...], views: tuple[View, ...]) -> Identity:
        """`codes`: what `codes` read. Raises what `embeds` does."""
        return self.told(labels.plate) or self._named(codes) or self._alike(views)

    def _named(self, read: tuple[str, ...]) -> Identity | None:
        """Codes of two products are of none: nobody knows which of them is on the tray."""
        named = {product: text for text in read if (product := self.catalogue.product_of(text)) is not None}
        if len(named) > 1:
            return Identity(said=f"codes of {' and of '.join(sorted(named))}")
        for product, text in named.items():
            return Identity(product, "barcode", f"code {text}")
        return None

    def _alike(self, views: tuple[View, ...]) -> Identity:
        if self.neighbours is None:
            return UNKNOWN
        embeddings = {view.camera: each for view in views if (each := self.embeds(view)) is not None}
        return self.neighbours.guess(embeddings)


def _unit(embedding: Embedding) -> Embedding:
    return np.asarray(embedding / max(float(np.linalg.norm(embedding)), 1e-12), np.float32)


def _distance(one: Embeddings, other: Embeddings) -> float | None:
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return None
    return float(np.mean([1 - float(one[camera] @ other[camera]) for camera in shared]))


def _spread(references: Sequence[Embeddings]) -> float | None:
    """The largest distance of a reference from the one of its product that is nearest to it."""
    nearest: list[float] = []
    for place, one in enumerate(references):
        others = (other for number, other in enumerate(references) if number != place)
        distances = [each for other in others if (each := _distance(one, other)) is not None]
        nearest += [min(distances)] if distances else []
    return max(nearest, default=None)
