"""Nouns of a reference: one capture of a pristine item, and what is known of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt, StringConstraints

from booth.geometry.views import Side, View

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Product = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


class Kept(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stood(Kept):
    """A Standpoint, kept."""

    size_px: tuple[PositiveInt, PositiveInt]  # width, height
    mm_per_px: FiniteFloat
    normal: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    distance_mm: FiniteFloat


class Seen(Kept):
    """The files of one view, and from where it was taken."""

    camera: Text
    standpoint: Stood | None
    colour: FileName
    height: FileName
    valid: FileName
    lit: dict[Side, FileName]


class Origin(Kept):
    """Where the capture came from: the folder and the tray or capture in it."""

    kind: Literal["evidence", "session", "dataset"]
    folder: Text
    capture: Text


class About(Kept):
    """reference.json. `added_by` is the person or account who said that the item is pristine."""

    schema_: Annotated[Literal["booth.reference/1"], Field(alias="schema")] = "booth.reference/1"
    product: Product
    added_at: datetime
    added_by: Text
    source: Origin
    simulated: bool
    views: tuple[Seen, ...] = Field(min_length=1)
    files: dict[FileName, Sha256]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One capture of a pristine item. `id` hangs on its product, its pictures and its standpoints alone. `views`: one a
    camera, at the scale of the pack it was added for; not to be written to."""

    id: str
    product: str
    views: tuple[View, ...]
    about: About


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """What may become a reference: one tray's views at the pack's scale."""

    views: tuple[View, ...]
    source: Origin
    simulated: bool
