"""Which captures may become references: those that another capture of the same product agrees with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booth.scoring.gallery.agreement import Apart, Shown, apart, shown
from booth.scoring.gallery.reference import Capture, Reference
from booth.scoring.gallery.standpoints import differs
from booth.scoring.products.identity import Embeddings, Neighbours

SAME_PRINT = 0.98
"""What lies where it lay, and agrees by more, adds nothing."""
ALONE = "nothing to compare it with: give two captures of the product at least"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """`name`: for people. `embeddings`: by camera, empty for a pack that gives none."""

    name: str
    capture: Capture
    embeddings: Embeddings


@dataclass(frozen=True, slots=True)
class Sifted:
    """What becomes of a candidate. `nearest`: what it was compared with and agrees with most, and `apart` by how much.
    `refused`: why it is no reference; `merged`: it is one that is there, or that comes with it, already."""

    name: str
    nearest: str | None
    apart: Apart | None
    refused: str | None = None
    merged: bool = False

    @property
    def added(self) -> bool:
        return self.refused is None and not self.merged

    def __str__(self) -> str:
        if self.refused:
            return f"{self.name}: refused: {self.refused}{self._numbers}"
        if self.merged:
            return f"{self.name}: there already, as {self.nearest} in the same pose{self._numbers}"
        return f"{self.name}: added, agrees with {self.nearest}{self._numbers}"

    @property
    def _numbers(self) -> str:
        one = self.apart
        return "" if one is None or not one.shared else f" ({one})"

    @property
    def told(self) -> Mapping[str, Any]:
        what = "refused" if self.refused else "merged" if self.merged else "added"
        numbers = {} if self.apart is None else self.apart.told
        return {"capture": self.name, "what": what, "why": self.refused, "nearest": self.nearest, **numbers}


def sift(product: str, candidates: Sequence[Candidate], there: Sequence[Reference], known: Neighbours) -> list[Sifted]:
    """In the order of the candidates. `there`: the product's references; `known`: those of every product.

    A candidate is refused if it agrees with nothing, was taken from elsewhere than what is there, or looks more like
    another product than like its own. Blocking: some 20 ms a camera and comparison.
    """
    rest = {reference.id: shown(reference.views) for reference in there}
    mine = [shown(candidate.capture.views) for candidate in candidates]
    found: list[Sifted] = []
    for place, candidate in enumerate(candidates):
        others = rest | {one.name: mine[at] for at, one in enumerate(candidates) if at != place}
        why = _stranger(candidate, there) or _of_another(product, candidate, known)
        earlier = {*rest, *(one.name for one in found if one.added)}
        found.append(_sifted(candidate.name, mine[place], others, earlier, why))
    return found


def _sifted(name: str, one: Shown, others: Mapping[str, Shown], earlier: set[str], why: str | None) -> Sifted:
    """`earlier`: what it would be a double of."""
    compared = sorted(((apart(one, other), key) for key, other in others.items()), key=lambda each: _worse(each[0]))
    if not compared:
        return Sifted(name, None, None, why or ALONE)
    nearest, key = compared[0]
    if why or not nearest.agree:
        return Sifted(name, key, nearest, why or f"agrees with none of {len(compared)}: nearest {key}, {nearest.why}")
    for each, double in compared:
        if each.agree and not each.moved and each.print_ > SAME_PRINT and double in earlier:
            return Sifted(name, double, each, merged=True)
    return Sifted(name, key, nearest)


def _worse(each: Apart) -> tuple[bool, float]:
    return not each.agree, -each.print_


def _stranger(candidate: Candidate, there: Sequence[Reference]) -> str | None:
    for reference in there:
        for seen in reference.about.views:
            for view in candidate.capture.views:
                why = differs(seen.standpoint, view.standpoint) if view.camera == seen.camera else None
                if why:
                    return f"another camera geometry than {reference.id}: {seen.camera}: {why}"
    return None


def _of_another(product: str, candidate: Candidate, known: Neighbours) -> str | None:
    """Whether the gallery takes it for another product."""
    ranked = dict(known.nearest(candidate.embeddings))
    guess = known.guess(candidate.embeddings)
    if guess.product in (None, product) or product not in ranked:
        return None
    return f"{guess.said}, {product} by {ranked[product]:.3f}"
