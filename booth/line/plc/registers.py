"""The registers that PLC and booth share: holding registers of 16 bits, big-endian where a value takes two. Pure.

The PLC writes the first block (Modbus function 16, whole, so that it never is half new), the booth the second one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

VERSION = 1
COMMANDS_AT, STATUS_AT = 0, 100
PLATE_WORDS = 8
NO_SCORE = 0xFFFF
SCORE_STEPS = 10_000


class Command(IntFlag):
    """What the PLC asks. Each bit is an edge: it counts when it rises, and is answered until it falls."""

    TRIGGER = 1
    RESULT_ACK = 2


class Status(IntFlag):
    """What the booth says. No bit means PASS but PASS, and that only together with RESULT_VALID."""

    READY = 1
    TRIGGER_ACK = 2
    CAPTURE_DONE = 4
    RESULT_VALID = 8
    PASS = 16
    DIVERT = 32
    ERROR = 64
    OVERRUN = 128
    SIMULATED = 256


class Disposition(IntEnum):
    """What the PLC says became of a tray when it acknowledges its result."""

    UNKNOWN = 0
    PASSED = 1
    DIVERTED = 2
    BYPASSED = 3


@dataclass(frozen=True, slots=True)
class Register:
    """`words` registers from `at` on."""

    name: str
    at: int
    words: int
    says: str


# fmt: off
COMMANDS = (
    Register("version",     0, 1, f"{VERSION}; with any other nothing is taken"),
    Register("heartbeat",   1, 1, "any value, another one at least twice a second"),
    Register("command",     2, 1, "bit 0 trigger, bit 1 result ack"),
    Register("tray",        3, 2, "the PLC's number of the tray that stands at the station; counts when trigger rises"),
    Register("plate",       5, PLATE_WORDS, "its licence plate, ASCII, two characters a register, the first in the "
                                            "high byte; zeros behind it; all zeros: none was read"),
    Register("acked",      13, 2, "the number of the tray whose result is taken; counts when result ack rises"),
    Register("disposition", 15, 1, "what became of it: 1 passed, 2 diverted, 3 bypassed, 0 nobody knows"),
)
STATUS = (
    Register("version",   100, 1, f"{VERSION}"),
    Register("heartbeat", 101, 1, "counts up ten times a second while the booth is alive"),
    Register("status",    102, 1, "bit 0 ready, 1 trigger ack, 2 capture done, 3 result valid, 4 pass, 5 divert, "
                                  "6 error, 7 overrun, 8 simulated; error asserts divert, too"),
    Register("tray",      103, 2, "the number of the tray that was triggered last"),
    Register("result",    105, 2, "the number of the tray whose result is valid"),
    Register("score",     107, 1, f"its damage score in steps of 1/{SCORE_STEPS}; {NO_SCORE}: none"),
    Register("waiting",   108, 1, "how many results wait to be taken, this one included"),
    Register("open",      109, 1, "how many trays are triggered and not yet acknowledged"),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Asked:
    """The PLC's block, read. `plate` is empty if none was read."""

    version: int
    heartbeat: int
    command: Command
    tray: int
    plate: str
    acked: int
    disposition: int


@dataclass(frozen=True, slots=True)
class Said:
    """The booth's block, to be written. `score` in [0, 1] or None."""

    heartbeat: int
    status: Status
    tray: int
    result: int
    score: float | None
    waiting: int
    open: int


def size(block: Sequence[Register]) -> int:
    """How many registers the block has."""
    return block[-1].at + block[-1].words - block[0].at


def read(words: Sequence[int]) -> Asked:
    """The PLC's block from its registers, as many as `size(COMMANDS)`. A plate that is not ASCII reads as none."""
    fields = {each.name: words[each.at : each.at + each.words] for each in COMMANDS}
    return Asked(
        fields["version"][0],
        fields["heartbeat"][0],
        Command(fields["command"][0] & int(Command.TRIGGER | Command.RESULT_ACK)),
        _number(fields["tray"]),
        _text(fields["plate"]),
        _number(fields["acked"]),
        fields["disposition"][0],
    )


def write(said: Said) -> tuple[int, ...]:
    """The booth's block, register by register."""
    score = NO_SCORE if said.score is None else round(said.score * SCORE_STEPS)
    return (
        VERSION,
        said.heartbeat & 0xFFFF,
        int(said.status),
        *_words(said.tray),
        *_words(said.result),
        score,
        said.waiting,
        said.open,
    )


def _number(words: Sequence[int]) -> int:
    high, low = words
    return (high << 16) | low


def _words(number: int) -> tuple[int, int]:
    return number >> 16 & 0xFFFF, number & 0xFFFF


def _text(words: Iterable[int]) -> str:
    raw = b"".join(word.to_bytes(2, "big") for word in words).rstrip(b"\0")
    return raw.decode("ascii") if raw.isascii() and raw.decode("ascii").isprintable() else ""
