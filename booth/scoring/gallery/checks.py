"""What is wrong with a gallery: broken files, references that disagree, and those that were taken from elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from booth.scoring.gallery.agreement import Apart, apart, shown
from booth.scoring.gallery.files import GalleryInvalid, about_of, unpacked
from booth.scoring.gallery.index import Index
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.standpoints import Floors, differs, now_of

Kind = Literal["broken", "outlier", "group", "alone", "geometry", "simulated"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`reference`: its id, and its product."""

    kind: Kind
    product: str
    reference: str
    says: str

    def __str__(self) -> str:
        return f"{self.product} {self.reference}: {self.says}"

    @property
    def told(self) -> dict[str, Any]:
        return {"kind": self.kind, "product": self.product, "reference": self.reference, "says": self.says}


def found_in(folder: Path, index: Index, floors: Floors, simulated: bool) -> list[Finding]:
    """By product. `simulated`: whether the booth is. Blocking: some 20 ms a camera and pair of references."""
    found: list[Finding] = []
    for product, listed in sorted(index.references.items()):
        whole: list[Reference] = []
        for key, sha256 in sorted(listed.items()):
            try:
                at = folder / product / key
                whole.append(unpacked(at, about_of(at, sha256)))
            except GalleryInvalid as error:
                found.append(Finding("broken", product, key, str(error)))
        found += _outliers(product, whole)
        for reference in whole:
            found += _strange(reference, whole, floors, simulated)
    return found


def _outliers(product: str, references: list[Reference]) -> list[Finding]:
    """Those that agree with no other of their product, and groups that agree with one another alone: every one but the
    largest, of two as large the one that came later."""
    if len(references) == 1:
        says = "is alone: nothing agrees with it; add another capture of the product"
        return [Finding("alone", product, references[0].id, says)]
    seen = {reference.id: shown(reference.views) for reference in references}
    pairs = {(one, other): apart(seen[one], seen[other]) for one, other in combinations(seen, 2)}
    came = {reference.id: reference.about.added_at for reference in references}
    groups = sorted(_groups(seen, pairs), key=lambda group: (-len(group), min(came[key] for key in group)))
    lone = [key for group in groups if len(group) == 1 for key in group]
    found = [_outlier(product, key, pairs) for key in lone]
    return found + [_group(product, group, len(seen)) for group in groups[1:] if len(group) > 1]


def _groups(keys: Iterable[str], pairs: Mapping[tuple[str, str], Apart]) -> list[tuple[str, ...]]:
    """References that agree, directly or by way of others."""
    group: dict[str, tuple[str, ...]] = {key: (key,) for key in keys}
    for (one, other), each in pairs.items():
        if each.agree and group[one] != group[other]:
            joined = group[one] + group[other]
            group |= dict.fromkeys(joined, joined)
    return list(dict.fromkeys(group.values()))


def _outlier(product: str, key: str, pairs: Mapping[tuple[str, str], Apart]) -> Finding:
    compared = [(each, one if other == key else other) for (one, other), each in pairs.items() if key in (one, other)]
    nearest, name = max(compared, key=lambda each: each[0].print_)
    says = f"agrees with none of {len(compared)}: nearest {name}, {nearest.why} ({nearest})"
    return Finding("outlier", product, key, says)


def _group(product: str, group: tuple[str, ...], count: int) -> Finding:
    others = f"{', '.join(group[1:])} agree with one another, and with none of the other {count - len(group)}"
    return Finding("group", product, group[0], f"and {others}: another side of the product, or another product")


def _strange(reference: Reference, whole: list[Reference], floors: Floors, simulated: bool) -> list[Finding]:
    found: list[Finding] = []
    about, product, key = reference.about, reference.product, reference.id
    if about.simulated and not simulated:
        found.append(Finding("simulated", product, key, "is a simulated reference, and this booth is not"))
    for seen in about.views:
        first = next((v.standpoint for each in whole for v in each.views if v.camera == seen.camera), None)
        now = now_of(seen.standpoint, floors.get(seen.camera))
        others = (("its camera now", now), ("the first of its product", first))
        for whom, other in others:
            if other is not None and (why := differs(seen.standpoint, other)):
                says = f"another camera geometry than {whom}: {seen.camera}: {why}"
                found.append(Finding("geometry", product, key, says))
                break
    return found
