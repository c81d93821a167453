"""How trays are followed: the belt's encoder, the inputs' debounce, and when diverts call for a person."""

from typing import Annotated, Literal

from pydantic import Field

from booth.settings.nouns import Frozen, NotNegative, Positive

LAG_MM = 5.0
"""A belt may run so far within an encoder's latency: a third of the gate's margins on either side of a tray."""


class SimulatedEncoder(Frozen):
    """The encoder of the simulated line."""

    driver: Literal["simulated"]

    @property
    def latency_ms(self) -> float:
        """Every block of an encoder states this bound of how old, or how uncertain, a reading may be."""
        return 0.1


class Debounce(Frozen):
    """How long a level has to stand until it counts, by input. The edge is then its first change."""

    entry: NotNegative = 10
    pregate: NotNegative = 10
    confirm: NotNegative = 10
    """Mechanical switches bounce for several ms, light barriers hardly at all."""
    bypass: NotNegative = 10
    bin_full: NotNegative = 2000
    """Longer than a tray takes to fall past the sensor."""
    low_air: NotNegative = 500
    backed_up: NotNegative = 2000


class Alarms(Frozen):
    """When the diverts themselves call for a person: nothing stops, the stack light turns amber."""

    diverts_in_a_row: Annotated[int, Field(ge=2)] = 5
    diverted_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """More of the last trays than this."""
    of_the_last: Annotated[int, Field(ge=2)] = 50


SampleMs = Annotated[Positive, Field(ge=5, le=200)]
