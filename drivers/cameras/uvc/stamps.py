"""When a frame of a UVC camera was exposed, from what the kernel says of its buffer. Pure."""

from dataclasses import dataclass

from drivers.cameras.device_clock import Between
from drivers.cameras.uvc.wanted import Wanted
from drivers.units import Duration, Instant, seconds

OLDEST = seconds(86_400)
"""A queue may have stood since the last tray; a stamp that is older, or of the future, is not of this clock."""


@dataclass(frozen=True, slots=True)
class Buffered:
    """A buffer was dequeued at `taken`; the kernel says that its first packet came at `stamp`, if it says so at all."""

    taken: Instant
    stamp: Instant | None


@dataclass(frozen=True, slots=True)
class Exposed:
    """As in drivers.frames.Frame."""

    at: Instant
    error: Duration
    readout: Duration


def buffered(taken: Instant, pos_ms: float) -> Buffered:
    """`pos_ms` is CAP_PROP_POS_MSEC, which under V4L2 is the buffer's timestamp: of CLOCK_MONOTONIC with uvcvideo as it
    comes, of nothing with a driver that does not stamp."""
    stamp = Instant(round(pos_ms * 1_000_000))
    return Buffered(taken, stamp if stamp > 0 and 0 <= taken - stamp <= OLDEST else None)


def began(buffer: Buffered, exposure: Duration, wanted: Wanted) -> Between:
    """When the first row's exposure began. Without a stamp the packets may have taken a whole frame period."""
    latest = buffer.taken if buffer.stamp is None else buffer.stamp
    earliest = latest - wanted.period if buffer.stamp is None else latest
    return Between(
        Instant(earliest - wanted.underway.most - exposure), Instant(latest - wanted.underway.least - exposure)
    )


def exposed(buffer: Buffered, exposure: Duration, wanted: Wanted) -> Exposed:
    """The middle of what is possible. Nothing is exposed after it was dequeued, whatever the readout is said to be."""
    span = began(buffer, exposure, wanted)
    error = Duration((span.latest - span.earliest) // 2)
    last_row = min(span.latest + exposure + wanted.readout, buffer.taken)
    return Exposed(Instant(span.earliest + error), error, Duration(max(0, last_row - exposure - span.latest)))
