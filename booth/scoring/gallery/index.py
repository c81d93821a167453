"""Versions of a gallery: what was in it, since when, and who said so. A version never changes once it is there.

<gallery>/versions/000007.json    names every reference of version 7 by the sha256 of its reference.json
<gallery>/<product>/<id>/         the references of all versions: removing one makes a version without it, no more
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, ValidationError, model_validator

from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Kept, Product, Sha256, Text

VERSIONS = "versions"
MAKE = "make one: `booth gallery add CONFIG --product NAME SOURCE...`"


class Index(Kept):
    """One version, whole. `references`: product -> id -> sha256 of reference.json. `codes`: what stands in a barcode or
    on a plate -> product. `follows`: the sha256 of the version before; None for the first."""

    schema_: Annotated[Literal["booth.gallery/1"], Field(alias="schema")] = "booth.gallery/1"
    version: PositiveInt
    made_at: datetime
    made_by: Text
    why: Text
    follows: Sha256 | None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    codes: dict[Text, Product] = Field(default_factory=dict)
    references: dict[Product, dict[str, Sha256]]

    @model_validator(mode="after")
    def every_code_is_of_a_product_that_is_there(self) -> "Index":
        if strange := sorted(set(self.codes.values()) - set(self.references)):
            raise ValueError(f"codes: no reference is of {', '.join(strange)}")
        return self


def path_of(folder: Path, version: int) -> Path:
    return folder / VERSIONS / f"{version:06d}.json"


def numbers(folder: Path) -> tuple[int, ...]:
    """The versions that are there, oldest first. What is being written has no number yet."""
    listed = (folder / VERSIONS).glob("*.json") if folder.is_dir() else ()
    return tuple(sorted(int(path.stem) for path in listed if path.stem.isdecimal()))


def read(folder: Path, version: int | None = None) -> tuple[Index, str]:
    """A version, None for the newest, and its sha256. Raises GalleryInvalid: an older one is never used instead."""
    there = numbers(folder)
    if not there:
        raise GalleryInvalid(folder, "there is no gallery", MAKE)
    wanted = there[-1] if version is None else version
    if wanted not in there:
        raise GalleryInvalid(folder, f"has no version {wanted}", f"name one of {there[0]} to {there[-1]}, or none")
    path = path_of(folder, wanted)
    do = "restore it from a copy, or name an older version in recipe.gallery_version"
    try:
        content = path.read_bytes()
        index = Index.model_validate_json(content)
    except OSError as error:
        raise GalleryInvalid(path, f"cannot be read ({error.strerror})", do) from error
    except ValidationError as error:
        raise GalleryInvalid(path, f"is damaged or of another version ({error.errors()[0]['msg']})", do) from error
    if index.version != wanted:
        raise GalleryInvalid(path, f"was renamed: it holds version {index.version}", do)
    return index, hashlib.sha256(content).hexdigest()
