"""Which captures may become references: those that another capture of the same product agrees with."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from booth.scoring.gallery.agreement import Apart, apart, shown
from booth.scoring.gallery.files import identity
from booth.scoring.gallery.reference import Capture, Reference
from booth.scoring.gallery.standpoints import Floors, moved, moved_since, stands_of
from booth.scoring.products.identity import Embeddings, Neighbours

SAME_PRINT = 0.98
"""What lies where it lay, and agrees by more, adds nothing."""
ALONE = "nothing to compare it with: give two captures of the product at least"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """`name`: for people. `embeddings`: by camera, empty for a pack that gives none. `unfit`: why it can be no
    reference whatever it shows."""

    name: str
    capture: Capture
    embeddings: Embeddings
    unfit: str | None = None


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
            return f"{self.name}: there already, as {self.nearest}{self._pose}{self._numbers}"
        return f"{self.name}: added, agrees with {self.nearest}{self._numbers}"

    @property
    def _numbers(self) -> str:
        one = self.apart
        return "" if one is None or not one.shared else f" ({one})"

    @property
    def _pose(self) -> str:
        """Without numbers it is that capture itself."""
        return "" if self.apart is None else " in the same pose"

    @property
    def told(self) -> Mapping[str, Any]:
        what = "refused" if self.refused else "merged" if self.merged else "added"
        numbers = {} if self.apart is None else self.apart.told
        return {"capture": self.name, "what": what, "why": self.refused, "nearest": self.nearest, **numbers}


def sift(
    product: str, candidates: Sequence[Candidate], there: Sequence[Reference], known: Neighbours, floors: Floors
) -> list[Sifted]:
    """In the order of the candidates. `there`: the product's references; `known`: those of every product; `floors`:
    from where the booth's cameras see the tray now.

    A candidate is refused if it is unfit, agrees with nothing, was taken from elsewhere than the cameras stand now or
    than the others were, or looks more like another product than like its own. What was refused vouches for nobody, and
    no capture for itself, by whatever name it comes again; nor does a reference from before a camera was moved, which
    is to be removed. Blocking: some 20 ms a camera and comparison. Raises ValueError for a product or a camera that
    cannot be a file's name.
    """
    keys = [identity(candidate.capture, product) for candidate in candidates]
    first: dict[str, Candidate] = {}
    for key, candidate in zip(keys, candidates, strict=True):
        first.setdefault(key, candidate)
    there = [reference for reference in there if moved_since(stands_of(reference.about), floors) is None]
    strange = _strangers(first, there, floors)
    strange = {key: why or _of_another(product, first[key], known) for key, why in strange.items()}
    table = _Table(first, there)
    found: dict[str, Sifted] = {}
    for key in first:
        others = [*table.there, *(other for other in first if strange[other] is None)]
        earlier = {*table.there, *(other for other, each in found.items() if each.added)}
        found[key] = table.sifted(key, others, earlier, strange[key])
    return [
        found[key] if first[key] is candidate else _again(candidate.name, found[key])
        for key, candidate in zip(keys, candidates, strict=True)
    ]


class _Table:
    """Candidates and references laid beside one another, by id. Two are compared once: what the one says of the other,
    the other says of it."""

    def __init__(self, candidates: Mapping[str, Candidate], there: Sequence[Reference]) -> None:
        self.there = {reference.id: reference.id for reference in there}
        self._names = {key: one.name for key, one in candidates.items()} | self.there
        self._shown = {key: shown(one.capture.views) for key, one in candidates.items()}
        self._shown |= {reference.id: shown(reference.views) for reference in there}
        self._apart: dict[tuple[str, str], Apart] = {}

    def sifted(self, key: str, others: Iterable[str], earlier: Collection[str], why: str | None) -> Sifted:
        """`others`: what may vouch for it; `earlier`: what it would be a double of; `why`: it is refused."""
        name = self._names[key]
        if key in self.there:
            return Sifted(name, key, None, merged=True)
        compared = sorted(
            ((self._between(key, other), other) for other in dict.fromkeys(others) if other != key),
            key=lambda each: _worse(each[0]),
        )
        if not compared:
            return Sifted(name, None, None, why or ALONE)
        nearest, other = compared[0][0], self._names[compared[0][1]]
        if why or not nearest.agree:
            none = f"agrees with none of {len(compared)}: nearest {other}, {nearest.why}"
            return Sifted(name, other, nearest, why or none)
        for each, double in compared:
            if each.agree and not each.moved and each.print_ > SAME_PRINT and double in earlier:
                return Sifted(name, self._names[double], each, merged=True)
        return Sifted(name, other, nearest)

    def _between(self, one: str, other: str) -> Apart:
        if (turned := self._apart.get((other, one))) is not None:
            return replace(turned, level_mm=-turned.level_mm)
        return self._apart.setdefault((one, other), apart(self._shown[one], self._shown[other]))


def _again(name: str, found: Sifted) -> Sifted:
    """What becomes of a capture that came before, as `found`."""
    if found.refused:
        return Sifted(name, found.name, None, f"is the same capture as {found.name}")
    return Sifted(name, found.name, None, merged=True)


def _worse(each: Apart) -> tuple[bool, float]:
    return not each.agree, -each.print_


def _strangers(
    candidates: Mapping[str, Candidate], there: Sequence[Reference], floors: Floors
) -> dict[str, str | None]:
    """Why each is unfit, or was taken from elsewhere than the cameras stand now, than a reference, or than the first
    candidate that was not; by id."""
    beside = [(reference.id, stands_of(reference.about)) for reference in there]
    found: dict[str, str | None] = {}
    for key, candidate in candidates.items():
        stands = {view.camera: view.standpoint for view in candidate.capture.views}
        others = ((name, moved(other, stands)) for name, other in beside)
        why = next((f"another camera geometry than {name}: {each}" for name, each in others if each), None)
        found[key] = candidate.unfit or moved_since(stands, floors) or why
        if found[key] is None and len(beside) == len(there):
            beside.append((candidate.name, stands))
    return found


def _of_another(product: str, candidate: Candidate, known: Neighbours) -> str | None:
    """Whether the gallery takes it for another product."""
    ranked = dict(known.nearest(candidate.embeddings))
    guess = known.guess(candidate.embeddings)
    if guess.product in (None, product) or product not in ranked:
        return None
    return f"{guess.said}, {product} by {ranked[product]:.3f}"
