"""What a pack says of itself: `manifest.json`, schema booth.pack/2."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from booth.geometry.region import Size

LaneName = Literal["appearance", "reference", "relief", "geometry"]
InputName = Literal["colour", "height", "left", "right"]
OutputName = Literal["score", "types", "heat", "maps", "embedding"]


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
        raise ValueError("name a file inside the pack's own folder, as `model.onnx`")
    return name


def _rises(curve: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    for (before, less), (after, more) in pairwise(curve):
        if after <= before or more < less:
            raise ValueError(f"[{after:g}, {more:g}] after [{before:g}, {less:g}]: statistics rise, scores never fall")
    return curve


def _once(names: tuple[LaneName, ...]) -> tuple[LaneName, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a lane is named twice")
    return names


FileName = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Named = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]  # part of a folder's name, too
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Above0 = Annotated[FiniteFloat, Field(gt=0)]
AtMost = Annotated[float, Field(gt=0)]  # infinity: as much as there is
Weight = Annotated[FiniteFloat, Field(ge=0)]
Curve = Annotated[tuple[tuple[FiniteFloat, Share], ...], Field(min_length=2), AfterValidator(_rises)]
LaneSet = Annotated[tuple[LaneName, ...], Field(min_length=1), AfterValidator(_once)]


class Frozen(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Tuned = TypeVar("Tuned", bound=Frozen)


class ViewShape(Frozen):
    """What a view is brought to before any lane sees it. `size_px`: height, width."""

    size_px: tuple[PositiveInt, PositiveInt]
    mm_per_px: Above0 | None
    """Across the tray's floor. None: the whole view is stretched to the size, whatever its scale."""

    @property
    def size(self) -> Size:
        """Width, height."""
        return self.size_px[1], self.size_px[0]


class Inputs(Frozen):
    """The graph's names. colour, left, right: (N, H, W, 3) uint8 BGR; height: (N, H, W) float32 mm, NaN unknown. It
    normalises inside, and takes all 0 for the light, all NaN for the height, that a booth has not got."""

    colour: Text
    height: Text | None = None
    left: Text | None = None
    right: Text | None = None


class Outputs(Frozen):
    """The graph's names. All but `maps` and `embedding` in [0, 1], higher is worse.

    score (N,); types (N, T) and heat (N, T, h, w) in the order of `damage_types`; maps (N, C, h, w) patch features;
    embedding (N, D), to compare pictures by.
    """

    score: Text
    types: Text | None = None
    heat: Text | None = None
    maps: Text | None = None
    embedding: Text | None = None


class Appearance(Frozen):
    """The network. Without an input that it `needs` the lane does not run; without another it does."""

    model: FileName
    inputs: Inputs
    outputs: Outputs
    needs: tuple[InputName, ...] = ("colour",)

    @property
    def fed(self) -> dict[InputName, str]:
        return {name: named for name in _INPUTS if (named := getattr(self.inputs, name)) is not None}

    @property
    def given(self) -> dict[OutputName, str]:
        return {name: named for name in _OUTPUTS if (named := getattr(self.outputs, name)) is not None}

    @model_validator(mode="after")
    def what_it_needs_it_takes(self) -> "Appearance":
        if missing := [name for name in self.needs if name not in self.fed]:
            raise ValueError(f"it needs {', '.join(missing)}, which `inputs` does not name")
        return self


_INPUTS: tuple[InputName, ...] = ("colour", "height", "left", "right")
_OUTPUTS: tuple[OutputName, ...] = ("score", "types", "heat", "maps", "embedding")


class Measured(BaseModel):
    """A lane that measures: its statistic to a score along `curve`. The other keys are the lane's own (`tuned`)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    curve: Curve

    def score(self, statistic: float) -> float:
        """Piecewise linear, level beyond both ends; of NaN NaN, which no fusion takes for a score."""
        statistics, scores = zip(*self.curve, strict=True)
        return float(np.interp(statistic, statistics, scores))

    def tuned(self, parameters: type[Tuned]) -> Tuned:
        """The lane's own keys, as its module wants them. Raises pydantic's ValidationError: `scorer.lanes_of` makes it
        PackInvalid."""
        return parameters.model_validate(self.model_extra or {})


class Lanes(Frozen):
    """The lanes that the pack brings: these run, and no others."""

    appearance: Appearance | None = None
    reference: Measured | None = None
    relief: Measured | None = None
    geometry: Measured | None = None

    @property
    def brought(self) -> tuple[LaneName, ...]:
        every: tuple[LaneName, ...] = ("appearance", "reference", "relief", "geometry")
        return tuple(name for name in every if getattr(self, name) is not None)

    @model_validator(mode="after")
    def there_is_one(self) -> "Lanes":
        if not self.brought:
            raise ValueError("a pack brings at least one lane")
        return self


class Fusion(Frozen):
    """For exactly these lanes: confidence = logistic(bias + sum of weight * logit(score)). No weight is negative, so
    that the confidence never falls when a lane's score rises."""

    lanes: LaneSet
    bias: FiniteFloat
    weights: Mapping[str, Weight]

    @model_validator(mode="after")
    def every_lane_has_its_weight(self) -> "Fusion":
        if set(self.weights) != set(self.lanes):
            raise ValueError(f"`weights` are of {', '.join(sorted(self.weights))}, not of {', '.join(self.lanes)}")
        if not any(self.weights.values()):
            raise ValueError("every weight is 0: nothing would ever be seen")
        return self


class Suggested(Frozen):
    """A threshold that the pack suggests; those in force stand in the settings. `fpr`: the share of pristine trays that
    it diverted, on what it was chosen on."""

    lanes: LaneSet
    divert_at: Share
    fpr: Share | None = None


class Licences(Frozen):
    """As far as they are known; what is not known is said."""

    weights: Text
    weights_wheel_field: Text
    code: Text
    data: Text


class Training(Frozen):
    """How to make the pack again. `generator_sha256` is of probe pictures of what drew the data."""

    command: Text
    seeds: dict[str, int]
    generator_sha256: Sha256 | None = None


class Expected(Frozen):
    """The output of one view, flattened, starts with these numbers, each within `tolerance`; or has them from number
    `starts_at` on."""

    starts_at: Annotated[int, Field(ge=0)] = 0
    starts_with: tuple[FiniteFloat, ...] = Field(min_length=1)
    tolerance: Above0


class Machine(Frozen):
    """A class of machines: those that agree in all of it answer alike to the bit. `runtime`: release and build;
    `processor`: architecture and maker, `features`: those of its that kernels are chosen by; `libc` has the powers."""

    runtime: Text
    provider: Text
    processor: Text
    features: tuple[Text, ...]
    libc: Text

    def __str__(self) -> str:
        return ", ".join((self.processor, *self.features, self.libc, self.runtime, self.provider))


class Exact(Frozen):
    """What that class of machines answers, to the bit: SHA-256 of each whole output of one view, float32 little-endian
    in C order."""

    machine: Machine
    outputs: dict[OutputName, Sha256] = Field(min_length=1)


class GoldenInputs(Frozen):
    """Of the view's size, losslessly stored. colour, left, right: pictures. height: .npz with one float32 array
    `height`."""

    colour: FileName
    height: FileName | None = None
    left: FileName | None = None
    right: FileName | None = None

    @property
    def files(self) -> dict[InputName, str]:
        return {name: file for name in _INPUTS if (file := getattr(self, name)) is not None}


class Golden(Frozen):
    """A view, and what the graph answers. What is not stored is fed as what a booth has not got. A machine of a class
    in `exact` has to answer to the bit; the tolerances are for the others."""

    inputs: GoldenInputs
    outputs: dict[OutputName, Expected] = Field(min_length=1)
    tolerance_reason: Text
    exact: tuple[Exact, ...] = ()

    @property
    def answered(self) -> set[OutputName]:
        return set(self.outputs).union(*(row.outputs for row in self.exact))

    def of(self, machine: Machine | None) -> Exact | None:
        return next((row for row in self.exact if row.machine == machine), None)

    @model_validator(mode="after")
    def a_class_is_spoken_of_once(self) -> "Golden":
        for number, row in enumerate(self.exact):
            if self.of(row.machine) is not row:
                raise ValueError(f"exact.{number}: a second row for {row.machine}")
        return self


class Manifest(Frozen):
    """The whole of it. Every file the pack uses is in `files` with its hash."""

    schema_: Annotated[Literal["booth.pack/2"], Field(alias="schema")]
    name: Named
    version: Named
    files: dict[FileName, Sha256]
    card: FileName
    view: ViewShape
    damage_types: tuple[Text, ...] = Field(min_length=1)
    severities: tuple[Text, ...] = ("minor", "major")
    lanes: Lanes
    fusion: tuple[Fusion, ...] = ()
    thresholds: tuple[Suggested, ...] = ()
    licences: Licences
    origin: Text
    training: Training
    golden: Golden | None = None
    metrics: dict[str, FiniteFloat]  # each simulated unless its name says otherwise

    @model_validator(mode="after")
    def every_file_has_its_hash(self) -> "Manifest":
        if missing := [name for name in self._used() if name not in self.files]:
            raise ValueError(f"{', '.join(missing)} has no hash in `files`; add it")
        return self

    @model_validator(mode="after")
    def a_network_has_a_golden(self) -> "Manifest":
        network = self.lanes.appearance
        if (network is None) != (self.golden is None):
            raise ValueError("`golden` is there if and only if `lanes.appearance` is")
        if network and self.golden and (odd := sorted(self.golden.answered - set(network.given))):
            raise ValueError(f"golden.outputs.{odd[0]}: `lanes.appearance.outputs` does not name it")
        if network and self.golden and (extra := sorted(set(self.golden.inputs.files) - set(network.fed))):
            raise ValueError(f"golden.inputs.{extra[0]}: `lanes.appearance.inputs` does not name it")
        return self

    @model_validator(mode="after")
    def a_set_of_lanes_is_spoken_of_once(self) -> "Manifest":
        for key, sets in (
            ("fusion", [row.lanes for row in self.fusion]),
            ("thresholds", [row.lanes for row in self.thresholds]),
        ):
            for number, lanes in enumerate(sets):
                if foreign := sorted(set(lanes) - set(self.lanes.brought)):
                    raise ValueError(f"{key}.{number}: {foreign[0]} is none of the pack's `lanes`")
                if any(set(lanes) == set(other) for other in sets[:number]):
                    raise ValueError(f"{key}.{number}: a second row for {', '.join(lanes)}")
        return self

    def _used(self) -> tuple[str, ...]:
        network = () if self.lanes.appearance is None else (self.lanes.appearance.model,)
        golden = () if self.golden is None else tuple(self.golden.inputs.files.values())
        return self.card, *network, *golden
