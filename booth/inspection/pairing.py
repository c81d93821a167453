"""Which frames belong to a shot, and which to each other. Pure."""

from dataclasses import dataclass

from booth.faults import Occurrence
from drivers.frames import Frame
from drivers.units import Duration, Instant, after, as_ms


@dataclass(frozen=True, slots=True)
class Lit:
    """The span in which a shot's light stood still."""

    settled_at: Instant
    changed_at: Instant


def outside_light(frame: Frame, lit: Lit) -> Occurrence | None:
    """The whole exposure, of every row and with the error of its timestamp, must lie within `lit`."""
    begun = after(frame.exposed_at, Duration(-frame.exposed_at_error))
    ended = after(frame.exposed_at, Duration(frame.exposure + frame.readout + frame.exposed_at_error))
    if begun < lit.settled_at:
        detail = f"{as_ms(Duration(lit.settled_at - begun)):.1f} ms before the light had settled"
    elif ended > lit.changed_at:
        detail = f"{as_ms(Duration(ended - lit.changed_at)):.1f} ms after the light had changed"
    else:
        return None
    return Occurrence("frame-outside-light", device=frame.camera, detail=detail)


def gap(frame: Frame) -> Occurrence | None:
    """A frame that is not the next one may be that of another trigger: nobody can say what it shows."""
    if not frame.missed:
        return None
    return Occurrence("frame-gap", device=frame.camera, detail=f"{frame.missed} missing before frame {frame.sequence}")


def apart(frames: tuple[Frame, ...], tolerance: Duration) -> Occurrence | None:
    """The cameras of one shot start exposing within `tolerance`, errors included."""
    earliest = min(frame.exposed_at - frame.exposed_at_error for frame in frames)
    latest = max(frame.exposed_at + frame.exposed_at_error for frame in frames)
    if latest - earliest <= tolerance:
        return None
    detail = f"{as_ms(Duration(latest - earliest)):.1f} ms, the recipe allows {as_ms(tolerance):.1f}"
    return Occurrence("pair-apart", device=" and ".join(frame.camera for frame in frames), detail=detail)
