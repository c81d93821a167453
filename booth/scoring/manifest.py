"""What a pack says of itself: `manifest.json`, schema booth.pack/1."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

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


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
        raise ValueError("name a file inside the pack's own folder, as `model.onnx`")
    return name


FileName = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Frozen(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(Frozen):
    """The picture that the graph takes: (N, height, width, 3); it normalises inside."""

    name: Text
    dtype: Literal["uint8"]
    layout: Literal["NHWC"]
    size_px: tuple[PositiveInt, PositiveInt]  # height, width
    channels: Literal["BGR"]


class Output(Frozen):
    """One output of the graph and what its numbers mean."""

    name: Text
    meaning: Text


class Outputs(Frozen):
    """`score`: (N,) in [0, 1], higher is worse. `embedding`: (N, D), to compare pictures by."""

    score: Output
    embedding: Output


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
    """The output, flattened, starts with these numbers, each within `tolerance`."""

    starts_with: tuple[FiniteFloat, ...] = Field(min_length=1)
    tolerance: Annotated[FiniteFloat, Field(gt=0)]


class Golden(Frozen):
    """A picture of the input's size, losslessly stored, and what the graph answers."""

    input: FileName
    outputs: dict[Text, Expected] = Field(min_length=1)
    tolerance_reason: Text


class Manifest(Frozen):
    """The whole of it. Every file the pack uses is in `files` with its hash."""

    schema_: Annotated[Literal["booth.pack/1"], Field(alias="schema")]
    name: Text
    version: Text
    files: dict[FileName, Sha256]
    model: FileName
    card: FileName
    input: Input
    outputs: Outputs
    damage_types: tuple[Text, ...] = Field(min_length=1)
    licences: Licences
    origin: Text
    training: Training
    golden: Golden
    metrics: dict[str, FiniteFloat]  # each simulated unless its name says otherwise

    @model_validator(mode="after")
    def every_file_has_its_hash(self) -> "Manifest":
        for name in (self.model, self.card, self.golden.input):
            if name not in self.files:
                raise ValueError(f"{name} has no hash in `files`; add it")
        return self
