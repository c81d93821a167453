"""The scanner that reads the trays' labels."""

from typing import Annotated, Literal

from pydantic import Field

from booth.settings.nouns import Frozen, NotNegative, Positive


class Labels(Frozen):
    """Where labels are read. Everything along the belt, of a tray's leading edge."""

    at_mm: Positive
    """How far the tray is past the entry sensor when the middle of its label is under the scanner."""
    window_mm: Positive
    """How far before and behind that the label may be read. A label that is read elsewhere belongs to no tray."""


class SimulatedScanner(Labels):
    """The scanner of the simulated line."""

    driver: Literal["simulated"]

    @property
    def latency_ms(self) -> float:
        """As LineScanner.latency_ms."""
        return 0.1


class LineScanner(Labels):
    """A scanner that sends every label as a line of ASCII by itself, ended by CR, LF or both."""

    prefix: str = ""
    """What it sends before each label, as "\\x02"; a line without it is dropped."""
    suffix: str = ""
    """What it sends behind each label, before the line's end."""
    no_read: tuple[str, ...] = ("NOREAD",)
    """What it sends when it has read no label."""
    longest: Annotated[int, Field(gt=0, le=256)] = 64
    """Characters; a longer line is dropped."""
    again_ms: NotNegative = 1000
    """The same text within this time of its last read is the same label. Less than two trays are apart."""
    latency_ms: Positive = 50
    """The longest from a label under the scanner to the first byte: its decoding, by its data sheet or measured."""


class SerialScanner(LineScanner):
    """On a serial line, or on USB as a virtual serial port."""

    driver: Literal["serial"]
    serial: Annotated[str, Field(min_length=1)]
    """The line's path, better one of /dev/serial/by-id."""
    baud: Annotated[int, Field(gt=0)] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class TcpScanner(LineScanner):
    """On the network, taking a connection. One whose cable is pulled is silent, which is not noticed."""

    driver: Literal["tcp"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)]


Scanner = Annotated[SimulatedScanner | SerialScanner | TcpScanner, Field(discriminator="driver")]
