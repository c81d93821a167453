"""What a scanner says, line by line: ASCII that ends with CR, LF or both. Pure.

A scanner sends by itself, so its line carries whatever was cut off by a plug, a power-up banner, a second device's
noise. Nothing but a whole and printable line is a read: a plate that is half right names another tray.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.units import Duration, Instant, after, ms, seconds

HALF_LINE = ms(100)
"""Bytes of one line come in one go, at 9600 baud a millisecond each, in USB packets no further apart than some 16 ms.
What then stays without an end was cut off, and does not begin the next line."""

ENDS = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class Format:
    """How a scanner is set. `before` and `behind` frame every line, as STX and ETX do; `nothing`: what it says when it
    was triggered and read no label. A text that comes again within `again` of its last time is the same read."""

    before: str = ""
    behind: str = ""
    nothing: frozenset[str] = frozenset({"NOREAD"})
    longest: int = 64
    again: Duration = seconds(1)


@dataclass(slots=True)
class Heard:
    """How many lines were no reads, by why."""

    too_long: int = 0
    garbled: int = 0
    cut_off: int = 0
    nothing: int = 0
    again: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """`begun`: when its first bytes were heard, `together`: how many of them there were then."""

    text: str
    begun: Instant
    together: int


@dataclass(slots=True)
class Framing:
    """Bytes as they come in, lines as they are whole. `dropped` counts what was not worth telling."""

    format: Format
    dropped: Heard = field(default_factory=Heard)
    _half: bytes = b""
    _begun: Instant = Instant(0)
    _together: int = 0
    _last_byte: Instant = Instant(0)
    _swallowing: bool = False
    _seen: dict[str, Instant] = field(default_factory=dict)

    def take(self, received: bytes, at: Instant) -> Iterator[Line]:
        """The lines that end in `received`, which was heard at `at`, oldest first."""
        if at > after(self._last_byte, HALF_LINE):
            self._forget_half()
        self._last_byte = at
        *whole, rest = ENDS.split(received)
        for part in whole:
            self._add(part, at)
            line, swallowed = Line(self._half.decode("latin-1"), self._begun, self._together), self._swallowing
            self._half, self._swallowing = b"", False
            if line.text and not swallowed and (told := self._read(line)) is not None:
                yield told
        self._add(rest, at)

    def _add(self, part: bytes, at: Instant) -> None:
        if not self._half:
            self._begun, self._together = at, len(part)
        self._half += part
        if not self._swallowing and len(self._half) > self._most:
            self.dropped.too_long += 1
            self._swallowing = True
        if self._swallowing:
            self._half = self._half[:1]  # something of it, so that it has begun

    @property
    def _most(self) -> int:
        return self.format.longest + len(self.format.before) + len(self.format.behind)

    def _forget_half(self) -> None:
        if self._half and not self._swallowing:
            self.dropped.cut_off += 1
        self._half, self._swallowing = b"", False

    def _read(self, line: Line) -> Line | None:
        """The line without its frame, if it is worth telling."""
        before, behind = self.format.before, self.format.behind
        framed = line.text.startswith(before) and line.text.endswith(behind)
        text = line.text[len(before) : len(line.text) - len(behind)] if framed else ""
        if not (text.strip() and text.isascii() and text.isprintable()):
            self.dropped.garbled += 1
            return None
        if text in self.format.nothing:
            self.dropped.nothing += 1
            return None
        if self._is_again(text, line.begun):
            self.dropped.again += 1
            return None
        return Line(text, line.begun, line.together)

    def _is_again(self, text: str, at: Instant) -> bool:
        self._seen = {each: when for each, when in self._seen.items() if at < after(when, self.format.again)}
        again = text in self._seen
        self._seen[text] = at
        return again
