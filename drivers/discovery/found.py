"""What a look at one kind of device found: devices, and problems with their next step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Literal


class Detail(IntEnum):
    """How much is asked of each device."""

    NAMES = 0
    STREAMS = 1
    OPTIONS = 2


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be set, or read. `limits`: least, most and step, where it has them; `choices` otherwise."""

    name: str
    value: str
    limits: tuple[float, float, float] | None = None
    choices: tuple[str, ...] = ()
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """`at`: its address (a USB socket, an IP address, a device node). `facts`: firmware, link and the like. `lenses`:
    by stream, what it states of its optics, in px. `block`: a block of settings that opens it, None if none does."""

    kind: str
    model: str
    serial: str
    at: str
    facts: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ()
    lenses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    block: Mapping[str, Any] | None = None
    to_correct: Mapping[str, str] = field(default_factory=dict)
    """Keys of `block` whose values are guesses, and where the right ones are found."""


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable; `says` what is wrong and what to do. `severity`: info for what is only not there."""

    kind: str
    code: str
    severity: Severity
    says: str


@dataclass(frozen=True, slots=True)
class Look:
    found: tuple[Found, ...] = ()
    problems: tuple[Problem, ...] = ()

    def packed(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @staticmethod
    def unpacked(packed: Mapping[str, Any]) -> "Look":
        return Look(
            tuple(_found(each) for each in packed["found"]), tuple(Problem(**each) for each in packed["problems"])
        )


def _found(packed: Mapping[str, Any]) -> Found:
    options = tuple(
        Option(**{**each, "limits": each["limits"] and tuple(each["limits"]), "choices": tuple(each["choices"])})
        for each in packed["options"]
    )
    return Found(**{**packed, "streams": tuple(packed["streams"]), "options": options})
