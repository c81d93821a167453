"""A line that belongs to a PLC."""

from typing import Annotated

from pydantic import Field

from booth.settings.nouns import Frozen, Positive


class Plc(Frozen):
    """The PLC owns sensors, belt and gate, and triggers the booth over Modbus TCP; the booth listens. Instead of
    `line:`."""

    listen: Annotated[str, Field(min_length=1)]
    """The booth's own address on the PLC's network. 0.0.0.0: on every network, which anybody there can write to."""
    port: Annotated[int, Field(gt=0, lt=65536)] = 1502
    """502 is Modbus' own, and needs a privilege that the service does not have."""
    verdict_due_ms: Positive
    """After the trigger; later is an error, and the tray is to be diverted."""
    taken_within_ms: Positive = 10_000
    """How long a result may wait for the PLC's acknowledgement, from when it is shown; longer holds the line."""
    silent_after_ms: Positive = 1_000
    """A heartbeat that stands so long has stopped: the line is held."""
    trays: Annotated[int, Field(gt=0, le=64)] = 8
    """How many may be triggered and not yet acknowledged."""
