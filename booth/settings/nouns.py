"""What every block of the settings is made of."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError


def _beside_the_config(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder, path).resolve()


Located = Annotated[Path, AfterValidator(_beside_the_config)]
"""A path; a relative one is meant from the folder of the settings file."""


def _file_beside_the_config(name: Path, info: ValidationInfo) -> Path:
    return _beside_the_config(name, info) if name.suffix in (".yaml", ".yml") else name


Board = Annotated[Path, AfterValidator(_file_beside_the_config)]
"""A board that comes with the booth by its name, or the file of another one."""

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


def refuse(at: str, why: str) -> PydanticCustomError:
    """A rule that spans several keys is broken; `at` is the key to look at, dotted, below this block."""
    return PydanticCustomError("rule", "{why}", {"why": why, "at": at})


class Frozen(BaseModel):
    """Unknown keys are errors; nothing changes after it has been read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
