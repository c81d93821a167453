"""What is wrong with a gallery: broken files, references that disagree, and those that were taken from elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from booth.scoring.gallery.agreement import apart, shown
from booth.scoring.gallery.files import GalleryInvalid, about_of, unpacked
from booth.scoring.gallery.index import Index
from booth.scoring.gallery.reference import Reference
from booth.scoring.gallery.standpoints import Floors, differs, now_of

Kind = Literal["broken", "outlier", "alone", "geometry", "simulated"]


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
    """Those that agree with no other of their product."""
    if len(references) == 1:
        says = "is alone: nothing agrees with it; add another capture of the product"
        return [Finding("alone", product, references[0].id, says)]
    seen = {reference.id: shown(reference.views) for reference in references}
    found: list[Finding] = []
    for key, one in seen.items():
        compared = [(apart(one, other), name) for name, other in seen.items() if name != key]
        if compared and not any(each.agree for each, _ in compared):
            nearest, name = max(compared, key=lambda each: each[0].print_)
            says = f"agrees with none of {len(compared)}: nearest {name}, {nearest.why} ({nearest})"
            found.append(Finding("outlier", product, key, says))
    return found


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
