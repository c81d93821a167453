"""Nouns of what is kept. Pure: no file, no clock, no numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from booth.faults import Occurrence
from booth.tray import End, Judgement, Reason, TrayId
from drivers.units import Duration, Instant


@dataclass(frozen=True, slots=True)
class Source:
    """One file or folder that a decision rests on. `sha256` is hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TrayRecord:
    """What the controller decided on one tray, and on what grounds.

    `latency` runs from the entry edge to the verdict out. `recipe` is the sha256 of the recipe.
    `evidence` is the tray's folder, relative to the state folder; None when no picture is kept.
    `written` is wall-clock time, with its zone. `plate` is what the tray's label said, as far as that was known when
    the verdict left. `product` is what the tray was taken for, None: unknown; `identified_by` plate or barcode, which
    may select a looser threshold, or embedding, which may not. `gallery`: the version whose references were there.
    """

    tray: TrayId
    entered_at: Instant
    judged_at: Instant
    written: datetime
    judgement: Judgement
    latency: Duration
    recipe: str
    pack: Source
    calibrations: tuple[Source, ...]
    settings: str
    simulated: bool
    evidence: str | None = None
    plate: str | None = None
    product: str | None = None
    identified_by: str | None = None
    gallery: Source | None = None


@dataclass(frozen=True, slots=True)
class TrayEnd:
    """Where the keeper says the tray went."""

    tray: TrayId
    end: End
    reasons: tuple[Reason, ...]
    late: bool
    entered_at: Instant
    ended_at: Instant
    simulated: bool


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault, when it came. `written` is wall-clock time, with its zone."""

    occurrence: Occurrence
    at: Instant
    written: datetime


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """The open faults of `code` are over; `device` None: those of every device."""

    code: str
    at: Instant
    device: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One start of the controller, or another pack taken while it ran. `versions` maps a package to its version."""

    run: str
    started: datetime
    versions: Mapping[str, str]
    settings: str
    pack: Source
    calibrations: tuple[Source, ...]
    simulated: bool


Row = TrayRecord | TrayEnd | FaultRecord | FaultCleared | RunRecord


@dataclass(frozen=True, slots=True)
class KeptTray:
    """What the journal holds of one tray. `judged` is None for a tray that the controller never decided
    on (it may have been dead); `ended` is None for one whose end was not, or not yet, told."""

    tray: TrayId
    judged: TrayRecord | None
    ended: TrayEnd | None
