"""What the line's inputs and outputs are wired to: I/O modules, USB relays, GPIO lines. Channels count from 0."""

from typing import Annotated, Literal

from pydantic import Field

from booth.settings.nouns import Board, Frozen, Name, Positive

Channel = Annotated[int, Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Unit = Annotated[int, Field(ge=0, le=255)]


# --- modules


class ModbusModule(Frozen):
    """What every module on Modbus has."""

    profile: Board
    """What the board is like: the name of one that comes with the booth (drivers/line_io/profiles), or a file that ends
    in .yaml, from the folder of this file."""
    unit: Unit | None = None
    """Its address; nothing: the profile's."""
    poll_ms: Positive = 5
    """How often its inputs are read. An edge lies between two polls; a serial line may take longer than this."""
    host_idle_ms: Positive | None = None
    """How long the board hears nothing until it drops its outputs, as it was set with the vendor's utility. Nothing: it
    was not set, and they stay as they are."""


class ModbusTcpModule(ModbusModule):
    """An I/O module on the network."""

    driver: Literal["modbus-tcp"]
    host: Annotated[str, Field(min_length=1)]
    port: Port | None = None
    """Nothing: the profile's."""


class ModbusRtuModule(ModbusModule):
    """An I/O module on a serial line of its own."""

    driver: Literal["modbus-rtu"]
    serial: Annotated[str, Field(min_length=1)]
    """The line's path, better one of /dev/serial/by-id."""
    baud: Annotated[int, Field(gt=0)] | None = None
    """Nothing: the profile's."""


class LcusModule(Frozen):
    """A USB relay board of the LCUS type."""

    driver: Literal["lcus"]
    serial: Annotated[str, Field(min_length=1)]
    relays: Literal[1, 2, 4, 8]


# --- inputs


class SimulatedSensor(Frozen):
    """A light barrier, confirm switch or key-switch of the simulated line."""

    driver: Literal["simulated"]
    place: Literal["entry", "pregate", "confirm", "bypass", "bin"]


class ModbusSensor(Frozen):
    """An input of a module. With voltage it is clear, without it is blocked: a cut cable reads blocked."""

    driver: Literal["modbus"]
    module: Name
    input: Channel


class GpioSensor(Frozen):
    """A line of a GPIO chip, whose edges the kernel stamps. With voltage it is clear."""

    driver: Literal["gpio"]
    chip: Annotated[str, Field(min_length=1)]
    """As /dev/gpiochip0."""
    line: Channel
    bias: Literal["as-is", "pull-down", "disabled"] = "as-is"
    """No pull-up: with it a cut cable would read clear."""


class ModbusEncoder(Frozen):
    """A hardware counter in a module. An input that is polled is no encoder: it misses counts."""

    driver: Literal["modbus"]
    module: Name
    counter: Channel
    counts_per_mm: Positive
    latency_ms: Positive = 12
    """A reading that is less certain than this is read again; three in a row and the encoder is lost."""


# --- outputs


class SimulatedActuator(Frozen):
    """The tray stop, belt permit, heartbeat or stack light of the simulated line."""

    driver: Literal["simulated"]


class ModbusOutput(Frozen):
    """An output of a module."""

    driver: Literal["modbus"]
    module: Name
    output: Channel


class RelayOutput(Frozen):
    """A relay of a USB board."""

    driver: Literal["relay"]
    module: Name
    output: Channel


class GpioOutput(Frozen):
    """A line of a GPIO chip."""

    driver: Literal["gpio"]
    chip: Annotated[str, Field(min_length=1)]
    line: Channel


class Beaten(Frozen):
    """What every heartbeat has that is a watchdog relay behind an output."""

    holds_ms: Positive
    """How long the relay stays after a change of its input, as it is set on the relay; for one that hears only rising
    contacts, half of that."""


class ModbusHeartbeat(ModbusOutput, Beaten):
    """A watchdog relay behind an output of a module."""


class RelayHeartbeat(RelayOutput, Beaten):
    """A watchdog relay behind a relay of a USB board."""


class GpioHeartbeat(GpioOutput, Beaten):
    """A watchdog relay behind a line of a GPIO chip."""


class Column(Frozen):
    """The outputs of a stack light's lamps; nothing: it has no such lamp."""

    module: Name
    red: Channel | None = None
    amber: Channel | None = None
    green: Channel | None = None
    blue: Channel | None = None


class ModbusStackLight(Column):
    """A stack light at the outputs of a module."""

    driver: Literal["modbus"]


class RelayStackLight(Column):
    """A stack light at the relays of a USB board."""

    driver: Literal["relay"]


# --- the gate


class Divert(Frozen):
    """What every gate has. What may be combined: docs/how-to/wire-the-line.md."""

    actuation_ms: Positive
    """Command to blade at the tray."""
    confirm_within_ms: Positive
    """Tray at the gate to confirm sensor; too short: false faults; too long: a jam is seen one tray late."""
    wiring: Literal["energise-to-pass", "energise-to-divert"]
    fail_to: Literal["divert", "stop"]
    """What happens when power or the line keeper fails: trays are diverted, or the belt stops."""


class SimulatedGate(Divert):
    """The gate of the simulated line."""

    driver: Literal["simulated"]


class ModbusGate(ModbusOutput, Divert):
    """A gate at an output of a module."""


class RelayGate(RelayOutput, Divert):
    """A gate at a relay of a USB board."""


class GpioGate(GpioOutput, Divert):
    """A gate at a line of a GPIO chip."""


_by_driver = Field(discriminator="driver")
Sensor = Annotated[SimulatedSensor | ModbusSensor | GpioSensor, _by_driver]
Actuator = Annotated[SimulatedActuator | ModbusOutput | RelayOutput | GpioOutput, _by_driver]
Gate = Annotated[SimulatedGate | ModbusGate | RelayGate | GpioGate, _by_driver]
Heartbeat = Annotated[SimulatedActuator | ModbusHeartbeat | RelayHeartbeat | GpioHeartbeat, _by_driver]
StackLight = Annotated[SimulatedActuator | ModbusStackLight | RelayStackLight, _by_driver]
