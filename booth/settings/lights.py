"""The lights that a booth can have, one block for each driver, and the controllers behind them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from booth.settings.line_io import GpioOutput, ModbusOutput, Port, RelayOutput
from booth.settings.nouns import Frozen, Name, NotNegative, Positive, refuse
from drivers.lights.overdrive import Drive
from drivers.units import ms


class GardasoftTcpModule(Frozen):
    """A light controller of Gardasoft's RT series on the network."""

    driver: Literal["gardasoft-tcp"]
    host: Annotated[str, Field(min_length=1)]
    port: Port = 30313


class GardasoftSerialModule(Frozen):
    """A light controller of Gardasoft's RT series on a serial line."""

    driver: Literal["gardasoft-serial"]
    serial: Annotated[str, Field(min_length=1)]
    """The line's path, better one of /dev/serial/by-id."""
    baud: Annotated[int, Field(gt=0)] = 115200


class SimulatedLight(Frozen):
    """A lamp of the simulated booth."""

    driver: Literal["simulated"]
    lamp: Literal["ring", "left", "right", "front", "back"]


class NoLight(Frozen):
    """A booth whose light is not ours to switch: recorded sessions, daylight trials."""

    driver: Literal["none"]


class Settling(Frozen):
    """What every real light has."""

    settle_ms: NotNegative
    """From the controller's or the module's answer to steady light, as it was measured with this lamp."""


class ModbusLight(ModbusOutput, Settling):
    """A lamp at an output of a module: on or off."""


class RelayLight(RelayOutput, Settling):
    """A lamp at a relay of a USB board: on or off."""


class GpioLight(GpioOutput, Settling):
    """A lamp at a line of a GPIO chip: on or off."""


class GardasoftLight(Settling):
    """A lamp at a channel of a Gardasoft RT light controller."""

    driver: Literal["gardasoft"]
    module: Name
    channel: Annotated[int, Field(ge=1, le=8)]
    """As printed on the case."""
    mode: Literal["continuous", "switched", "pulsed"] = "continuous"
    """switched: it shines while its trigger input is high, as a camera's exposure output makes it. pulsed: each trigger
    flashes it once."""
    rated_ma: Positive
    """What the lamp takes for ever, by its data sheet."""
    channel_ma: Positive
    """The rating that is set for this channel in the controller."""
    overdrive: Positive = 1
    """How many times its rated current the lamp gets at intensity 1. More than 1 for pulses only."""
    overdrive_at_most: Positive = 1
    """What the lamp's data sheet allows for pulses of this length and rate."""
    pulse_ms: Positive | None = None
    """Of mode pulsed."""
    delay_ms: Annotated[float, Field(ge=0.003)] = 0.003
    """From trigger to flash."""

    @property
    def drive(self) -> Drive:
        pulse = ms(self.pulse_ms) if self.mode == "pulsed" and self.pulse_ms is not None else None
        return Drive(self.rated_ma, self.channel_ma, self.overdrive, self.overdrive_at_most, pulse)

    @model_validator(mode="after")
    def it_is_not_driven_too_hard(self) -> "GardasoftLight":
        if (self.mode == "pulsed") != (self.pulse_ms is not None):
            raise refuse("pulse_ms", "is for mode: pulsed, and needed there; add it, or remove it")
        if why := self.drive.too_much():
            raise refuse("overdrive", f"intensity 1 is {why}")
        return self


Light = Annotated[
    SimulatedLight | NoLight | ModbusLight | RelayLight | GpioLight | GardasoftLight, Field(discriminator="driver")
]

SWITCHED = frozenset({"modbus", "relay", "gpio"})
"""Drivers of lights that are on or off, and nothing between."""
