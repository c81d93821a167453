"""A data set, whatever its form: trays to be scored, and what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from booth.evaluation.framing import Framing
from booth.evaluation.truth import Truth
from booth.geometry.views import View

Form = Literal["simulated", "folder", "csv"]


class Tray(Protocol):
    """One tray, or one picture of an item. Nothing is decoded before it is asked for."""

    @property
    def truth(self) -> Truth: ...

    def views(self, framing: Framing) -> tuple[View, ...]:
        """Raises DatasetUnreadable."""

    def masks(self, framing: Framing) -> Mapping[str, NDArray[np.bool_]]:
        """Where the damage is, for each camera, on the pixels of its view; without the cameras that nobody marked.
        Raises DatasetUnreadable."""

    def files(self) -> tuple[Path, ...]:
        """The pictures that it is made of."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """`trays` are to be scored, all of one part of it. `gallery`: pristine trays that may be compared with: references,
    and those for training. `split`: the part; None where there are none. `unsplit`: products that are in this part and
    in another one, too."""

    path: Path
    form: Form
    trays: Sequence[Tray]
    gallery: Sequence[Tray]
    split: str | None
    unsplit: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        return self.form == "simulated"
